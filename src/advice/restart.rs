//! How the pods of a workload are made anew, by whatever makes them.

use crate::evidence::{Canary, Evidence, GapReason, Owner, Pod, Reading};
use crate::findings::remediation::{Remediation, shell};
use crate::target::{Target, TargetKind};

/// Restarts what owns the pod, in the way that this owner is restarted.
///
/// It belongs behind every other step, because what a pod got at its creation only a new pod gets anew.
///
/// Where dry-runs showed that new pods lack their variables, a restart makes it worse: then it says to wait.
pub fn restart(evidence: &Evidence) -> Remediation {
    match evidence.canary.known().filter(|canary| canary.lacking() > 0) {
        Some(canary) => wait_for_variables(evidence, canary),
        None => restart_now(evidence),
    }
}

/// Waits until new pods get their variables.
fn wait_for_variables(evidence: &Evidence, canary: &Canary) -> Remediation {
    let namespace = shell(&evidence.target.namespace);
    let account = shell(evidence.service_account_name().unwrap_or_default());
    Remediation::kubectl(
        format!(
            "do not restart or scale yet: {} of {} new pods would get no credential variables; wait until all do",
            canary.lacking(),
            canary.answered()
        ),
        format!("kubectl podid wait sa/{account} -n {namespace} --timeout 10m"),
        "nothing: it asks for dry-runs until they have the variables",
    )
}

fn restart_now(evidence: &Evidence) -> Remediation {
    let namespace = shell(&evidence.target.namespace);
    let name = &evidence.target.name;
    if evidence.target.is_written {
        return Remediation::words("apply the manifests", "new pods are made as they say");
    }
    match evidence.workload() {
        _ if evidence.target.kind == TargetKind::ServiceAccount => Remediation::words(
            format!("restart the workloads whose pods use service account {name}"),
            "their pods are replaced; where there are none yet, nothing has to be done",
        ),
        Some(owner) => restart_owner(&namespace, owner, &evidence.target),
        None if evidence.target.kind.is_workload() => {
            rollout(&namespace, &format!("{}/{}", evidence.target.kind.resource(), shell(name)))
        }
        None if evidence.owner.known().is_none() || is_unread(&evidence.job) => Remediation::words(
            "restart the workload that owns the pod",
            "which workload that is could not be read; its pods are replaced",
        ),
        None if evidence.pod.present().is_some_and(Pod::is_mirror) => Remediation::words(
            format!("recreate static pod {name}: move its manifest out of the node's manifest folder and back"),
            "the kubelet ends the pod and starts it again; deleting it in the cluster changes nothing",
        ),
        None => recreate_pod(&namespace, name),
    }
}

/// Whether a changed template alone does not replace the pod: somebody has to delete it, or to resume a rollout.
pub fn waits_for_a_person(evidence: &Evidence) -> bool {
    let pod = &evidence.target.name;
    evidence.workload().is_some_and(|owner| owner.paused || owner.keeps_pod(pod))
}

fn restart_owner(namespace: &str, owner: &Owner, target: &Target) -> Remediation {
    let pod = &target.name;
    let name = shell(&owner.name);
    let resource = format!("{}/{name}", owner.kind.to_ascii_lowercase());
    match owner.kind.as_str() {
        "StatefulSet" | "DaemonSet" if owner.keeps_pod(pod) && target.kind == TargetKind::Pod => Remediation::kubectl(
            format!(
                "delete the pod, which {resource} recreates; with its update strategy a rollout restart leaves it as it is"
            ),
            format!("kubectl -n {namespace} delete pod {}", shell(pod)),
            format!("deletes pod {pod} — {resource} makes a new one; its other pods stay until they are deleted too"),
        ),
        "StatefulSet" | "DaemonSet" if owner.keeps_pod(pod) => Remediation::words(
            format!("delete the pods of {resource} one after the other"),
            "each is recreated; update strategy OnDelete lets rollout restart replace none of them",
        ),
        "Deployment" if owner.paused => Remediation::kubectl(
            "resume the rollout, which is paused, and restart the workload",
            format!(
                "kubectl -n {namespace} rollout resume {resource} && kubectl -n {namespace} rollout restart {resource}"
            ),
            format!("replaces every pod of {resource}, also by the template changes that wait for the rollout"),
        ),
        "Deployment" | "StatefulSet" | "DaemonSet" if owner.api_version.starts_with("apps/") => {
            rollout(namespace, &resource)
        }
        "ReplicaSet" if owner.api_version.starts_with("apps/") => Remediation::kubectl(
            "delete the pod, so that the replica set makes a new one",
            format!("kubectl -n {namespace} delete pod {}", shell(pod)),
            format!("deletes pod {pod} — replicaset/{name} makes a new one"),
        ),
        "Job" => Remediation::kubectl(
            "delete the job and create it again from its manifest",
            format!("kubectl -n {namespace} delete job {name}"),
            format!("deletes job/{name} with its pods; nothing makes it again by itself"),
        ),
        "CronJob" => Remediation::kubectl(
            "run the cron job once more, or wait for its next run",
            format!("kubectl -n {namespace} create job --from=cronjob/{name} {name}-again"),
            format!("makes one more job of cronjob/{name}"),
        ),
        kind => Remediation::words(
            format!("restart {kind} {} with the tool that made it", owner.name),
            format!("its pods are made by {kind} {}, which kubectl rollout does not know", owner.name),
        ),
    }
}

/// Whether something was asked for and not answered.
fn is_unread<T>(reading: &Reading<T>) -> bool {
    reading.gap().is_some_and(|gap| gap.reason != GapReason::NotRequested)
}

fn rollout(namespace: &str, resource: &str) -> Remediation {
    Remediation::kubectl(
        "restart the workload",
        format!("kubectl -n {namespace} rollout restart {resource}"),
        format!("replaces every pod of {resource}"),
    )
}

/// Deletes pods that a controller makes anew.
pub fn delete_pods(evidence: &Evidence, does: &str, names: &[&str]) -> Remediation {
    let words: Vec<String> = names.iter().map(|name| shell(name)).collect();
    Remediation::kubectl(
        does,
        format!("kubectl -n {} delete pod {}", shell(&evidence.target.namespace), words.join(" ")),
        "their owner makes new ones, which pass the webhook",
    )
}

fn recreate_pod(namespace: &str, pod: &str) -> Remediation {
    let pod = shell(pod);
    Remediation::kubectl(
        "delete the pod and create it again from its manifest",
        format!("kubectl -n {namespace} delete pod {pod}"),
        format!("deletes pod {pod} — nothing makes it again by itself, because no workload owns it"),
    )
}

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
