//! What each kind of answer of EKS, IAM and STS becomes: knowledge, absence, or a gap of the right reason.

use podid::evidence::{Evidence, GapReason, Source};
use podid_doubles::aws::{Fault, Kind};

use crate::command_line::verdicts::{change_cluster, without_association};
use crate::support::world::World;

/// Runs, and reads the evidence that was saved.
pub(crate) fn evidence(world: &World) -> Evidence {
    evidence_within(world, "10s")
}

fn evidence_within(world: &World, timeout: &str) -> Evidence {
    world.doctor(&["--save", &world.argument("evidence"), "--timeout", timeout]);
    Evidence::from_yaml(&world.read("evidence")).expect("evidence")
}

pub(crate) fn reason(evidence: &Evidence, source: Source) -> Option<GapReason> {
    evidence.source_gap(source).map(|gap| gap.reason.clone())
}

fn error(status: u16, code: &str) -> Kind {
    Kind::Error { status, code: code.to_owned(), message: "words of the service".to_owned() }
}

fn page(status: u16) -> Kind {
    Kind::Page { status, content_type: "text/html".to_owned(), body: "<html>MARKED-SECRET</html>".to_owned() }
}

/// Each kind of answer that is none, and the reason it becomes.
pub(crate) fn gaps() -> Vec<(&'static str, Kind, GapReason)> {
    vec![
        ("denied", Kind::AccessDenied { message: None }, GapReason::Denied),
        ("throttled", Kind::Throttled, GapReason::Throttled),
        ("an expired session", Kind::ExpiredToken, GapReason::NoCredentials),
        ("an unknown key", Kind::UnknownKey, GapReason::NoCredentials),
        ("a wrong signature", error(403, "SignatureDoesNotMatch"), GapReason::NoCredentials),
        ("not found, of nothing", error(404, "ResourceNotFoundException"), GapReason::Insufficient),
        ("a bad parameter", error(400, "InvalidParameterException"), GapReason::Malformed),
        ("a fault of the server", error(500, "ServerException"), GapReason::Unreachable),
        ("404 of something else", page(404), GapReason::Malformed),
        ("403 of something else", page(403), GapReason::Malformed),
        ("200 of something else", page(200), GapReason::Malformed),
        ("503 of something else", page(503), GapReason::Unreachable),
        ("a cut connection", Kind::Cut, GapReason::Unreachable),
        ("half an answer", Kind::Half, GapReason::Unreachable),
        ("garbage", Kind::Garbage, GapReason::Malformed),
        ("an answer that says nothing", Kind::Huge { bytes: 2_000_000 }, GapReason::Malformed),
    ]
}

/// Runs with a fault of these actions; each kind in a thread of its own, because repetitions take their time.
fn for_each_kind(actions: &[&str], judge: impl Fn(&str, &GapReason, &Evidence) + Sync) {
    for_each_kind_in(World::healthy, actions, judge);
}

/// The same, in a world of one's own.
pub(crate) fn for_each_kind_in(
    world: impl Fn() -> World + Sync,
    actions: &[&str],
    judge: impl Fn(&str, &GapReason, &Evidence) + Sync,
) {
    std::thread::scope(|scope| {
        for (what, kind, expected) in gaps() {
            let (judge, world) = (&judge, &world);
            scope.spawn(move || {
                let world = world();
                for action in actions {
                    world.aws.fault(Fault::on(action, kind.clone()));
                }
                judge(what, &expected, &evidence(&world));
            });
        }
    });
}

#[test]
fn the_cluster_the_add_on_and_the_role() {
    for_each_kind(&["eks:DescribeCluster", "eks:DescribeAddon", "iam:GetRole"], |what, expected, evidence| {
        for source in [Source::Cluster, Source::AddOn, Source::Role] {
            assert_eq!(reason(evidence, source).as_ref(), Some(expected), "{what}: {source:?}");
        }
        for source in [Source::Associations, Source::Association, Source::CallerIdentity] {
            assert_eq!(reason(evidence, source), None, "{what}: {source:?}: no call stops another");
        }
    });
}

#[test]
fn the_association() {
    for_each_kind(&["eks:DescribePodIdentityAssociation"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::Association).as_ref(), Some(expected), "{what}");
        let blocked = GapReason::Blocked { by: Source::Association };
        assert_eq!(reason(evidence, Source::Role), Some(blocked), "{what}");
    });
}

#[test]
fn the_list_of_associations() {
    for_each_kind(&["eks:ListPodIdentityAssociations"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::Associations).as_ref(), Some(expected), "{what}");
        let blocked = GapReason::Blocked { by: Source::Associations };
        assert_eq!(reason(evidence, Source::Association), Some(blocked.clone()), "{what}");
        assert_eq!(reason(evidence, Source::Role), Some(blocked), "{what}");
    });
}

#[test]
fn the_identity_of_the_caller() {
    for_each_kind(&["sts:GetCallerIdentity"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::CallerIdentity).as_ref(), Some(expected), "{what}");
        let blocked = GapReason::Blocked { by: Source::CallerIdentity };
        assert_eq!(reason(evidence, Source::Role), Some(blocked), "{what}: a role is never judged by its name alone");
    });
}

#[test]
fn no_answer() {
    let world = World::healthy();
    world.aws.fault(Fault::on("*", Kind::Hang));
    let evidence = evidence_within(&world, "1s");
    for source in [Source::Cluster, Source::Associations, Source::AddOn, Source::CallerIdentity] {
        assert_eq!(reason(&evidence, source), Some(GapReason::TimedOut), "{source:?}");
    }
}

#[test]
fn good_answers() {
    let evidence = evidence(&World::healthy());
    let sources = [
        Source::Cluster,
        Source::Associations,
        Source::Association,
        Source::AddOn,
        Source::CallerIdentity,
        Source::Role,
    ];
    for source in sources {
        assert_eq!(reason(&evidence, source), None, "{source:?}");
    }
}

#[test]
fn a_not_found_that_names_the_object_is_an_absence() {
    let world = World::healthy();
    change_cluster(&world, |cluster| cluster.addons.clear());
    world.aws.change(|state| state.accounts.values_mut().for_each(|account| account.roles.clear())).expect("a change");
    let seen = evidence(&world);
    assert_eq!(seen.add_on.known(), Some(&None));
    assert_eq!(seen.role.known(), Some(&None));
    let gone = |state: &mut podid_doubles::aws::State| {
        state
            .accounts
            .values_mut()
            .for_each(|account| account.regions.values_mut().for_each(|region| region.clusters.clear()));
    };
    world.aws.change(gone).expect("a change");
    let seen = evidence(&world);
    assert_eq!(seen.cluster.known(), Some(&None));
    // For the other calls a cluster that is not found is no absence of what was asked for.
    assert_eq!(reason(&seen, Source::AddOn), Some(GapReason::Insufficient));
    assert_eq!(reason(&seen, Source::Associations), Some(GapReason::Insufficient));
    for source in [Source::AddOn, Source::Associations] {
        assert_eq!(seen.source_gap(source).map(|gap| gap.detail.as_str()), Some("EKS knows no cluster prod"));
    }
    assert!(!evidence(&world).associations.known().is_some_and(|list| list.associations.is_empty()));
}

#[test]
fn an_association_that_vanishes_between_list_and_description_is_absent() {
    let world = World::healthy();
    let message = "Association a-0123456789abcdefg not found in cluster: prod".to_owned();
    let gone = Kind::Error { status: 404, code: "ResourceNotFoundException".to_owned(), message };
    world.aws.fault(Fault::on("eks:DescribePodIdentityAssociation", gone));
    assert_eq!(evidence(&world).association.known(), Some(&None));
    let message = "No cluster found for name: prod.".to_owned();
    let world = World::healthy();
    let gone = Kind::Error { status: 404, code: "ResourceNotFoundException".to_owned(), message };
    world.aws.fault(Fault::on("eks:DescribePodIdentityAssociation", gone));
    assert_eq!(reason(&evidence(&world), Source::Association), Some(GapReason::Insufficient));
}

#[test]
fn a_role_of_another_name_is_not_this_roles_absence() {
    let world = World::healthy();
    let message = "The role with name somebody-else cannot be found.".to_owned();
    let gone = Kind::Error { status: 404, code: "NoSuchEntity".to_owned(), message };
    world.aws.fault(Fault::on("iam:GetRole", gone));
    assert_eq!(reason(&evidence(&world), Source::Role), Some(GapReason::Malformed));
}

#[test]
fn no_association_is_knowledge_and_its_role_was_not_asked_for() {
    let world = World::healthy();
    without_association(&world);
    let evidence = evidence(&world);
    assert_eq!(evidence.association.known(), Some(&None));
    assert_eq!(reason(&evidence, Source::Role), Some(GapReason::NotRequested));
    assert!(evidence.associations.known().is_some_and(|list| list.complete && list.all_namespaces));
}

#[test]
fn a_role_of_another_account_is_not_asked_for() {
    let world = World::healthy();
    change_cluster(&world, |cluster| {
        cluster.associations.iter_mut().for_each(|one| one.role_arn = "arn:aws:iam::444455556666:role/api".to_owned());
    });
    assert_eq!(reason(&evidence(&world), Source::Role), Some(GapReason::WrongAccount));
    assert!(world.aws.requests().iter().all(|request| request.operation != "GetRole"));
}

#[test]
fn a_call_that_is_throttled_once_is_made_again() {
    let world = World::healthy();
    world.aws.fault(Fault::on("eks:DescribeCluster", Kind::Throttled).times(1));
    world.aws.fault(Fault::on("iam:GetRole", Kind::Cut).times(1));
    let evidence = evidence(&world);
    assert_eq!((reason(&evidence, Source::Cluster), reason(&evidence, Source::Role)), (None, None));
    assert_eq!(evidence.requests.aws as usize, world.aws.requests().len(), "repetitions count");
}

#[test]
fn a_name_that_no_address_holds_is_a_gap() {
    let world = World::healthy();
    change_cluster(&world, |cluster| {
        cluster.associations.iter_mut().for_each(|one| one.association_id = "a".repeat(70_000));
    });
    let seen = evidence(&world);
    assert_eq!(reason(&seen, Source::Association), Some(GapReason::Malformed));
    assert_eq!(reason(&seen, Source::Associations), None);
}
