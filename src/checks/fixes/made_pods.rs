//! Pods that another program makes: which program, and where it takes the service account from.
//!
//! It is separate because such pods have no template that a person edits: the fix is a setting of the program, or its driver
//! brings the credentials and there is nothing to fix in the pod.

use crate::checks::remediation::Remediation;
use crate::evidence::Pod;

/// A program that makes pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// A label that only its pods have: a key, or a key that begins so.
    label: &'static str,
    /// What to do.
    advice: &'static str,
    /// What that changes.
    changes: &'static str,
}

/// What changes where another account is named.
const NEXT: &str = "the pods that it makes from then on run as that service account";
/// Where nothing is to be changed.
const NOTHING: &str = "nothing in this pod";

/// The programs, by labels that their own documentation names.
static MAKERS: &[Maker] = &[
    Maker {
        label: "s3.csi.aws.com/",
        advice: "look at the pod that uses the volume: this one mounts it for the S3 CSI driver, with that pod's token or the driver's own role",
        changes: NOTHING,
    },
    Maker {
        label: "vcluster.loft.sh/",
        advice: "look inside the virtual cluster: it made this pod, and names its service account; an association needs the namespace and the account that the pod has here",
        changes: NOTHING,
    },
    Maker {
        label: "runner-pod",
        advice: "name a service account that has an association in the runner's hook template (spec.serviceAccountName of ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE)",
        changes: NEXT,
    },
    Maker {
        label: "actions.github.com/",
        advice: "name a service account that has an association in the runner scale set (template.spec.serviceAccountName)",
        changes: NEXT,
    },
    Maker {
        label: "job.runner.gitlab.com/",
        advice: "name a service account that has an association in the runner's configuration (service_account in [runners.kubernetes])",
        changes: NEXT,
    },
    Maker {
        label: "spark-role",
        advice: "name a service account that has an association in Spark's settings (spark.kubernetes.authenticate.executor.serviceAccountName, and the same for driver)",
        changes: NEXT,
    },
    Maker {
        label: "workflows.argoproj.io/",
        advice: "name a service account that has an association in the workflow (spec.serviceAccountName, for all its steps)",
        changes: NEXT,
    },
    Maker {
        label: "tekton.dev/",
        advice: "name a service account that has an association in the run (spec.serviceAccountName, or taskRunTemplate.serviceAccountName of a PipelineRun)",
        changes: NEXT,
    },
];

impl Maker {
    /// Which program made a pod, if one is known to.
    pub fn of(pod: &Pod) -> Option<Self> {
        let has = |label: &str| {
            pod.metadata
                .labels
                .keys()
                .any(|key| if label.ends_with('/') { key.starts_with(label) } else { key == label })
        };
        MAKERS.iter().find(|maker| has(maker.label)).copied()
    }

    /// Whether its own driver, or another pod, is where the credentials come from.
    pub fn brings_credentials(self) -> bool {
        self.changes == NOTHING
    }

    /// What to do about the identity of its pods.
    pub fn advice(self) -> Remediation {
        Remediation::words(self.advice, self.changes)
    }
}
