//! A pod and its service account are two views of one world: what is judged for both comes out the same.

use std::collections::BTreeMap;

use podid::diagnose::{Options, diagnose};
use podid::evidence::{Evidence, Gap, Pod, Reading, Source};
use podid::reasoning::role::node_role::TELLERS;
use podid::report::Status;
use podid::target::TargetKind;

use crate::support::case;

/// What is known where `sa/NAME` is asked for in the place of a pod; `None` where the case is of no pod on a node.
fn of_account(evidence: &Evidence) -> Option<Evidence> {
    let pod = evidence.live_pod().ok()??;
    if evidence.target.kind != TargetKind::Pod {
        return None;
    }
    let mut account = evidence.clone();
    account.target.kind = TargetKind::ServiceAccount;
    pod.service_account().clone_into(&mut account.target.name);
    account.representative = Some(pod.clone()).filter(asks);
    account.pod = Reading::Known(None);
    account.owner = Reading::Known(None);
    account.job = Reading::Known(None);
    let others = [Source::Node, Source::ConfigMaps, Source::Secrets, Source::NodeRoleSimulation, Source::Probe];
    for source in others.into_iter().chain(TELLERS) {
        account.lose(Gap::not_requested(source, "the target is a service account"));
    }
    Some(account)
}

fn asks(pod: &Pod) -> bool {
    pod.spec.node_name.is_some() && pod.has_address_since().is_some()
}

/// Checks that judge for a pod what it alone has: its node, the template of its owner, and the agent of its node. For a service
/// account they judge what the events tell, and the agents of the whole cluster.
const OF_ONE_POD: [u16; 7] = [110, 160, 395, 620, 650, 660, 665];

#[test]
fn the_account_of_a_pod_is_judged_as_the_pod_is() {
    let mut odd: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut compared, mut agreed) = (0, 0);
    for case in case::all() {
        let evidence = case.evidence();
        let Some(account) = of_account(&evidence) else { continue };
        // Where the account is not there, it is not found; its pods go on.
        if matches!(account.service_account, Reading::Known(None)) {
            continue;
        }
        let (of_pod, of_account) = (diagnose(&evidence, &case.options()), diagnose(&account, &case.options()));
        // Variables that a person wrote into the pod are not the account's.
        let by_hand = of_pod.mode == "irsa" && of_account.mode == "none";
        if of_pod.target_gap.is_some() || by_hand {
            continue;
        }
        compared += 1;
        let both = of_pod.checks.iter().zip(&of_account.checks);
        for (pod, account) in both.filter(|(pod, _)| !OF_ONE_POD.contains(&pod.check.code.0)) {
            let judged = |status| matches!(status, Status::Passed | Status::Failed);
            let differs = judged(pod.status) && account.status != Status::NotApplicable && pod.status != account.status;
            let fails_alone =
                !matches!(pod.status, Status::Failed | Status::Skipped) && account.status == Status::Failed;
            if differs || fails_alone {
                let how = format!("{} {} {}", pod.check.code, pod.status.word(), account.status.word());
                odd.entry(how).or_default().push(case.name());
            } else if judged(account.status) && pod.status == account.status {
                agreed += 1;
            }
        }
    }
    assert!(odd.is_empty(), "{odd:#?}");
    assert!(compared > 900 && agreed > 17 * compared, "{compared} cases, {agreed} checks");
}

#[test]
fn the_log_of_its_newest_pod_speaks_for_the_account() {
    let case = case::all().iter().find(|case| case.name().ends_with("agent/answered/role_refused"));
    let evidence = case.expect("the case").evidence();
    let report = diagnose(&of_account(&evidence).expect("a pod"), &Options::default());
    let check = report.checks.iter().find(|check| check.check.code.0 == 690).expect("the check");
    assert_eq!(check.status, Status::Failed);
    let told: Vec<_> = check.findings.iter().flat_map(|finding| &finding.observed).collect();
    assert!(told.iter().any(|seen| seen.value.ends_with(", the newest of the service account")), "{told:?}");
}
