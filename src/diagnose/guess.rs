//! Doubts what rests on an EKS cluster that was only guessed: a wrong guess must never make a pod look broken.

use crate::checks::Check;
use crate::checks::finding::Observation;
use crate::evidence::{Evidence, Source};

use super::outcome::Outcome;

/// Makes a suspicion of a failure that rests on a guessed cluster, unless it is proven to be the one kubectl talks to.
pub fn doubt(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    match (outcome, evidence.context.guess()) {
        (Outcome::Failed(findings, basis), Some(guess)) if evidence.rests_on_a_guess(check.reads) => {
            let why = Observation {
                source: Source::Cluster,
                field: "name".to_owned(),
                value: format!("only guessed {guess}; --eks-cluster and --region say it"),
            };
            Outcome::Failed(findings.suspected().observed(&why), basis)
        }
        (outcome, _) => outcome,
    }
}
