//! One service account of an inventory as evidence, and what the checks of the role say of it.

use crate::checks::{Check, role};
use crate::diagnose::{Options, Selection, diagnose};
use crate::evidence::aws::association::AssociationSummary;
use crate::evidence::inventory::AccountNote;
use crate::evidence::kubernetes::metadata::ROLE_ANNOTATION;
use crate::evidence::{Associations, Evidence, Gap, GapReason, Inventory, Metadata, Reading, ServiceAccount, Source};
use crate::findings::Severity;
use crate::report::inventory::{RowDecision, RowTrust};
use crate::report::{CheckReport, Status};
use crate::target::{Target, TargetKind};

/// What is known of a service account, and of the cluster around it. All else was not asked for.
pub fn evidence(inventory: &Inventory, namespace: &str, name: &str, account: Option<&AccountNote>) -> Evidence {
    let target = Target {
        kind: TargetKind::ServiceAccount,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        is_selected: false,
        is_written: false,
    };
    let unread = |source| Gap::not_requested(source, "a list does not read it");
    let mut evidence = Evidence::unread(target, inventory.context.clone(), inventory.collected_at, unread);
    evidence.cluster = inventory.cluster.clone();
    evidence.caller_identity = inventory.caller_identity.clone();
    evidence.root_certificates = inventory.root_certificates.clone();
    evidence.service_account = match &inventory.service_accounts {
        Reading::Known(_) => Reading::Known(account.map(object)),
        Reading::Unavailable(gap) => Reading::Unavailable(gap.clone()),
    };
    evidence
}

fn object(account: &AccountNote) -> ServiceAccount {
    let role = account.annotated_role.iter();
    ServiceAccount {
        metadata: Metadata {
            name: account.name.clone(),
            namespace: account.namespace.clone(),
            annotations: role.map(|role| (ROLE_ANNOTATION.to_owned(), role.clone())).collect(),
            ..Metadata::default()
        },
    }
}

/// Adds the association of the service account, and the roles behind it.
pub fn associate(evidence: &mut Evidence, inventory: &Inventory, row: &AssociationSummary) {
    // Its own row alone: nothing that is judged here looks at others.
    evidence.associations = Reading::Known(Associations {
        all_namespaces: inventory.namespace.is_none(),
        complete: true,
        asked_for: None,
        associations: vec![row.clone()],
    });
    let Some(association) = inventory.described.get(&row.association_id) else { return };
    evidence.association = association.clone();
    let Some(association) = association.present() else { return };
    if let Some(role) = inventory.roles.get(&association.role_arn) {
        evidence.role = role.clone();
    }
    if let Some(role) = association.target().and_then(|arn| inventory.roles.get(arn)) {
        evidence.target_role = role.clone();
    }
    if let Some(simulation) = inventory.target_simulations.get(&association.association_id) {
        evidence.target_role_simulation = simulation.clone();
    }
}

/// Asks the checks of the role.
pub fn judge(evidence: &Evidence, options: &Options) -> RowTrust {
    let report = diagnose(evidence, options);
    let asked: Vec<&CheckReport> = report.checks.iter().filter(|one| is_asked(one.check)).collect();
    let failed = asked.iter().find(|one| one.status == Status::Failed && one.severity == Severity::Error);
    // What rests on a cluster that was only guessed is no refusal.
    let doubted = failed.filter(|failed| failed.findings.iter().all(|finding| finding.suspected));
    if let Some(doubted) = doubted {
        let gap = guess(evidence).unwrap_or_else(|| Gap::undecidable(Source::Role, "it is only suspected"));
        return RowTrust {
            decision: RowDecision::Undecided,
            code: Some(doubted.check.code),
            says: None,
            found: None,
            gap: Some(gap),
        };
    }
    if let Some(failed) = failed {
        let finding = failed.findings.first();
        let is_missing = failed.check.code == role::exists::CHECK.code;
        return RowTrust {
            decision: if is_missing { RowDecision::RoleMissing } else { RowDecision::Refused },
            code: Some(failed.check.code),
            says: finding.map(|finding| finding.message.clone()),
            found: finding.and_then(|finding| finding.found.clone()),
            gap: None,
        };
    }
    let open = asked.iter().find(|one| one.status == Status::Unknown);
    RowTrust {
        decision: if open.is_some() { RowDecision::Undecided } else { RowDecision::Allowed },
        code: open.map(|one| one.check.code),
        says: None,
        found: None,
        gap: open.and_then(|one| one.gap.clone()),
    }
}

/// The gap of a cluster that was only guessed, and that nothing proves to be the one that kubectl talks to.
pub fn guess(evidence: &Evidence) -> Option<Gap> {
    let whence = evidence.context.guess().filter(|_| evidence.rests_on_a_guess(&[Source::Associations]))?;
    let name = evidence.cluster_name().unwrap_or("the EKS cluster");
    let words = format!(
        "{name} was guessed {whence}, and may not be the cluster that kubectl talks to; --eks-cluster and --region name it"
    );
    Some(Gap::new(Source::Cluster, GapReason::Ambiguous, words))
}

/// Only what is asked is judged.
pub fn options() -> Options {
    let codes: Vec<String> = role::REFUSES.iter().map(|check| check.code.to_string()).collect();
    // Codes of checks that there are name each a check.
    let selection = Selection::new(&codes, &[]).unwrap_or_default();
    Options { selection, ..Options::default() }
}

fn is_asked(check: &Check) -> bool {
    role::REFUSES.iter().any(|one| one.code == check.code)
}
