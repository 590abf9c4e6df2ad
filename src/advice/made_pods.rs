//! Pods that another program makes: which program, and where it takes the service account from.
//!
//! It is separate because such pods have no template that a person edits: the fix is a setting of the program, or its driver
//! brings the credentials and there is nothing to fix in the pod.

use crate::evidence::Pod;
use crate::findings::remediation::Remediation;

/// A program that makes pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// A label that only its pods have: a key, or a key that begins so.
    label: &'static str,
    /// Where its pods get their credentials from.
    from: From,
    /// What to do.
    advice: &'static str,
}

/// Where pods that a program makes get their credentials from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// From the service account that the program's setting names.
    Setting,
    /// From its driver or from another pod: nothing is wrong with this one.
    Elsewhere,
}

/// The programs, by labels that their own documentation names.
static MAKERS: &[Maker] = &[
    Maker {
        label: "s3.csi.aws.com/",
        from: From::Elsewhere,
        advice: "look at the pod that uses the volume: this one mounts it for the S3 CSI driver, with that pod's token or the driver's own role",
    },
    Maker {
        label: "vcluster.loft.sh/",
        from: From::Elsewhere,
        advice: "look inside the virtual cluster: it made this pod, and names its service account; an association needs the namespace and the account that the pod has here",
    },
    Maker {
        label: "runner-pod",
        from: From::Setting,
        advice: "name a service account that has an association in the runner's hook template (spec.serviceAccountName of ACTIONS_RUNNER_CONTAINER_HOOK_TEMPLATE)",
    },
    Maker {
        label: "actions.github.com/",
        from: From::Setting,
        advice: "name a service account that has an association in the runner scale set (template.spec.serviceAccountName)",
    },
    Maker {
        label: "job.runner.gitlab.com/",
        from: From::Setting,
        advice: "name a service account that has an association in the runner's configuration (service_account in [runners.kubernetes])",
    },
    Maker {
        label: "spark-role",
        from: From::Setting,
        advice: "name a service account that has an association in Spark's settings (spark.kubernetes.authenticate.executor.serviceAccountName, and the same for driver)",
    },
    Maker {
        label: "workflows.argoproj.io/",
        from: From::Setting,
        advice: "name a service account that has an association in the workflow (spec.serviceAccountName, for all its steps)",
    },
    Maker {
        label: "tekton.dev/",
        from: From::Setting,
        advice: "name a service account that has an association in the run (spec.serviceAccountName, or taskRunTemplate.serviceAccountName of a PipelineRun)",
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
        self.from == From::Elsewhere
    }

    /// What to do about the identity of its pods.
    pub fn advice(self) -> Remediation {
        let changes = match self.from {
            From::Setting => "the pods that it makes from then on run as that service account",
            From::Elsewhere => "nothing in this pod",
        };
        Remediation::words(self.advice, changes)
    }
}
