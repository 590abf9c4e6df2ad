//! Doubts what rests on an EKS cluster that was only guessed: a wrong guess must never make a pod look broken, nor send a
//! person to change a cluster that is not meant.

use crate::checks::Check;
use crate::evidence::{Evidence, Source};
use crate::findings::{Findings, Observation, Remediation};

use super::outcome::Outcome;

/// Makes a suspicion of a failure that rests on a guessed cluster, unless it is proven to be the one kubectl talks to; while
/// the cluster is not known to be the one, no command that writes to a cluster is left.
pub fn mark_suspected(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    match (outcome, evidence.context.guess()) {
        (Outcome::Failed(findings, basis), Some(guess)) if evidence.rests_on_a_guess(check.reads) => {
            let why = Observation {
                source: Source::Cluster,
                field: "name".to_owned(),
                value: format!("only guessed {guess}; --eks-cluster and --region say it"),
            };
            Outcome::Failed(without_writes(findings).suspected().observed(&why), basis)
        }
        (Outcome::Failed(findings, basis), _) if evidence.is_this_cluster(Source::Cluster).is_err() => {
            Outcome::Failed(without_writes(findings), basis)
        }
        (outcome, _) => outcome,
    }
}

/// Puts the question which cluster it is in the place of commands that write to one.
fn without_writes(findings: Findings) -> Findings {
    findings.replacing_remedies(|remedies| {
        let writes = |remedy: &Remediation| remedy.command.writes_to_a_cluster();
        if !remedies.iter().any(writes) {
            return remedies;
        }
        let ask = Remediation::words(
            "name the EKS cluster with --eks-cluster, --region and --aws-profile, and repeat this command",
            "nothing; the commands that help are printed once the cluster is known",
        );
        std::iter::once(ask).chain(remedies.into_iter().filter(|remedy| !writes(remedy))).collect()
    })
}
