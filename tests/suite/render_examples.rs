//! Reports made by hand: each shows one thing that a renderer must do, whatever the checks of the day say.

use podid::checks::Code;
use podid::checks::registry;
use podid::error::ExitCode;
use podid::evidence::context::Detected;
use podid::evidence::kubernetes::pod::ContainerKind;
use podid::evidence::reading::GapKind;
use podid::evidence::source::System;
use podid::evidence::{Gap, GapReason, Source};
use podid::findings::Severity;
use podid::reasoning::credential_chain::{
    CredentialChain, CredentialSource, Outcome, Sdk, SeenSource, SeenState, Winner,
};
use podid::report::{
    ContainerReport, Excuse, MissingPermission, Report, ReportAssociation, ReportContainer, ReportFinding,
    ReportRemediation, ReportTarget, Status, Unverified, VerdictWord,
};
use podid::target::{Target, TargetKind};

use crate::render_reports::{fail, finding, fix, healthy, interval, judged, seen, skip, unknown, with};

const TRUST: &str = r#"aws iam update-assume-role-policy --role-name api --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D"},"Action":"sts:AssumeRoleWithWebIdentity"},{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}'"#;

/// All made reports, by name.
pub fn all() -> Vec<(&'static str, Report)> {
    vec![
        ("healthy", healthy()),
        ("broken", broken()),
        ("three-causes", three_causes()),
        ("suspected", suspected()),
        ("degraded", degraded()),
        ("denied", denied()),
        ("without-aws", without_aws()),
        ("not-found", not_found()),
        ("unreachable", unreachable()),
        ("irsa", irsa()),
        ("service-account", service_account()),
        ("one-container-unknown", one_container_unknown()),
        ("worked", worked()),
        ("template", template()),
        ("hostile", hostile("a\u{1b}[31m\u{202e}b\nc\u{9b}2J\u{200b}")),
    ]
}

fn restart() -> ReportRemediation {
    fix(
        "restart the workload",
        Some("kubectl -n shop rollout restart deployment/api"),
        "replaces every pod of deployment/api",
    )
}

fn older_than_association() -> ReportFinding {
    let mut one = finding(
        Severity::Error,
        "the association was made 5m after the pod, and variables are injected only when a pod is created",
    );
    one.observed = vec![
        seen(Source::Association, "createdAt", "2026-11-20T13:05:00Z"),
        seen(Source::Pod, "metadata.creationTimestamp", "2026-11-20T13:00:00Z"),
    ];
    one.remediation = vec![restart()];
    one
}

fn no_trust() -> ReportFinding {
    let mut one = finding(Severity::Error, "the role does not trust EKS Pod Identity");
    one.found = Some(
        "Statement[0] allows sts:AssumeRoleWithWebIdentity for arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D"
            .to_owned(),
    );
    one.expected = Some("sts:AssumeRole and sts:TagSession for Service pods.eks.amazonaws.com".to_owned());
    one.observed = vec![seen(Source::Role, "Arn", "arn:aws:iam::111122223333:role/api")];
    one.remediation = vec![fix(
        "let EKS Pod Identity assume the role",
        Some(TRUST),
        "keeps the statement that is there and adds one; pods of other clusters with an association for this role can use it too",
    )];
    one
}

/// One cause whose fix fits a line.
pub fn broken() -> Report {
    let mut report = healthy();
    fail(&mut report, 220, vec![older_than_association()], &[340, 350, 360]);
    report.causes[0].interval = Some(interval());
    with(&mut report, 340, |check| {
        let mut missing = finding(Severity::Error, "the container has no credential variables");
        missing.container = Some("app".to_owned());
        (check.status, check.findings) = (Status::Failed, vec![missing]);
    });
    skip(&mut report, &[350, 360], 220);
    judged(report, VerdictWord::Broken, ExitCode::BROKEN)
}

fn three_causes() -> Report {
    let mut report = healthy();
    fail(&mut report, 820, vec![no_trust()], &[825, 830]);
    skip(&mut report, &[825, 830], 820);
    let mut keys = finding(Severity::Error, "static keys outrank Pod Identity");
    keys.found = Some("AWS_ACCESS_KEY_ID from Secret legacy-keys".to_owned());
    keys.remediation = vec![
        fix("take the keys out of the template", None, "the manifest of deployment/api lives in your repository"),
        restart(),
    ];
    let of = |name: &str| ReportFinding { container: Some(name.to_owned()), ..keys.clone() };
    let findings = vec![of("app"), of("migrate")];
    fail(&mut report, 410, findings, &[]);
    report.causes[1].remediation.truncate(2);
    let mut add_on = finding(Severity::Warning, "EKS reports the add-on as DEGRADED");
    add_on.observed = vec![seen(Source::AddOn, "addon.status", "DEGRADED")];
    fail(&mut report, 660, vec![add_on], &[]);
    let denied =
        Gap::new(Source::Webhooks, GapReason::Denied, "user jo cannot list resource mutatingwebhookconfigurations");
    let permission = "list mutatingwebhookconfigurations";
    unknown(&mut report, &[310, 320], &denied, Some(permission));
    report.causes[0].unverified = vec![
        Unverified { code: Code(310), gap: denied.clone(), permission: Some(permission.to_owned()) },
        Unverified { code: Code(320), gap: denied, permission: Some(permission.to_owned()) },
    ];
    with(&mut report, 250, |check| {
        check.status = Status::Failed;
        check.severity = Severity::Note;
        check.findings =
            vec![finding(Severity::Note, "an association made in the last minute may not be in effect yet")];
    });
    judged(report, VerdictWord::Broken, ExitCode::BROKEN)
}

fn suspected() -> Report {
    let mut report = healthy();
    let mut one = finding(Severity::Error, "the webhook of another tool may have removed the variables");
    one.suspected = true;
    one.found = Some("webhook strip-env.example.com changes pods after EKS' webhook".to_owned());
    fail(&mut report, 330, vec![one], &[340]);
    judged(report, VerdictWord::Inconclusive, ExitCode::INCONCLUSIVE)
}

fn degraded() -> Report {
    let mut report = healthy();
    let mut one = finding(Severity::Warning, "EKS reports the add-on as DEGRADED");
    one.observed = vec![seen(Source::AddOn, "addon.status", "DEGRADED")];
    fail(&mut report, 660, vec![one], &[]);
    judged(report, VerdictWord::Degraded, ExitCode::HEALTHY)
}

fn denied() -> Report {
    let mut report = healthy();
    let gap = Gap::new(
        Source::Role,
        GapReason::Denied,
        "AccessDenied — User: arn:aws:sts::111122223333:assumed-role/oncall/jo is not authorized to perform: iam:GetRole on resource: role api because no identity-based policy allows the iam:GetRole action",
    );
    unknown(&mut report, &[810, 820, 825, 830], &gap, Some("iam:GetRole"));
    let node = Gap::new(Source::Node, GapReason::TimedOut, "no answer within 30s");
    unknown(&mut report, &[160], &node, None);
    judged(report, VerdictWord::Inconclusive, ExitCode::INCONCLUSIVE)
}

fn without_aws() -> Report {
    let mut report = healthy();
    let gap = |source| Gap::not_requested(source, "--no-aws").because(GapKind::AwsSwitchedOff);
    unknown(&mut report, &[130], &gap(Source::Cluster), None);
    unknown(&mut report, &[210], &gap(Source::Associations), None);
    unknown(&mut report, &[220, 250], &gap(Source::Association), None);
    unknown(&mut report, &[660], &gap(Source::AddOn), None);
    unknown(&mut report, &[810, 820, 825, 830], &gap(Source::Role), None);
    judged(report, VerdictWord::Inconclusive, ExitCode::INCONCLUSIVE)
}

fn without_target(gap: &Gap, permission: Option<&str>) -> Report {
    let mut report = healthy();
    let codes: Vec<u16> = registry::all().map(|check| check.code.0).collect();
    unknown(&mut report, &codes, gap, permission);
    report.target = ReportTarget { uid: None, service_account: None, node: None, owner: None, ..report.target };
    report.mode = "unknown";
    report.association = ReportAssociation::default();
    report.target_gap = Some(gap.clone());
    judged(report, VerdictWord::Inconclusive, ExitCode::INCONCLUSIVE)
}

fn not_found() -> Report {
    let words = "pod api-7c9f was not found in namespace shop; there are api-7c9d and api-8c9f";
    without_target(&Gap::new(Source::Pod, GapReason::Insufficient, words), None)
}

fn unreachable() -> Report {
    let words = "no connection to 10.0.0.1:443: connection refused";
    without_target(&Gap::new(Source::Pod, GapReason::Unreachable, words), None)
}

fn irsa() -> Report {
    let mut report = healthy();
    report.mode = "irsa";
    for check in &mut report.checks {
        if !matches!(check.check.area.name, "cluster" | "container") {
            check.status = Status::NotApplicable;
            check.reason = Some("the service account uses IAM roles for service accounts".to_owned());
        }
    }
    report.association = ReportAssociation { exists: Some(false), ..ReportAssociation::default() };
    report
}

fn service_account() -> Report {
    let mut report = healthy();
    report.target.target = Target {
        kind: TargetKind::ServiceAccount,
        namespace: "shop".to_owned(),
        name: "api".to_owned(),
        is_selected: false,
        is_written: false,
    };
    (report.target.uid, report.target.node, report.target.owner) = (None, None, None);
    let mut one = finding(Severity::Error, "no association gives the service account a role");
    one.found = Some("an association for service account api in namespace store".to_owned());
    one.expected = Some("one for service account api in namespace shop".to_owned());
    one.remediation = vec![fix(
        "create the association",
        Some(
            "resource \"aws_eks_pod_identity_association\" \"shop_api\" {\n  cluster_name    = \"prod\"\n  namespace       = \"shop\"\n  service_account = \"api\"\n  role_arn        = \"ROLE_ARN\"\n}",
        ),
        "lets new pods of the service account act as the role; whoever runs it needs iam:PassRole for the role",
    )];
    fail(&mut report, 210, vec![one], &[220, 250, 810, 820, 825, 830]);
    skip(&mut report, &[220, 250, 810, 820, 825, 830], 210);
    report.association = ReportAssociation { exists: Some(false), ..ReportAssociation::default() };
    judged(report, VerdictWord::Broken, ExitCode::BROKEN)
}

/// A report in which a text stands wherever a text from a cluster can stand.
pub fn hostile(text: &str) -> Report {
    let mut report = three_causes();
    let bad = || text.to_owned();
    report.target.target.namespace = bad();
    report.target.target.name = bad();
    report.target.service_account = Some(bad());
    report.target.node = Some(bad());
    report.target.owner = Some((bad(), bad()));
    report.cluster.name = Some(Detected { value: bad(), source: bad() });
    report.cluster.context = Some(bad());
    report.cluster.region = Some(bad());
    report.side_effects = vec![bad()];
    report.timeline.iter_mut().for_each(|moment| moment.object = bad());
    report.containers =
        vec![ReportContainer { name: bad(), kind: ContainerKind::Main, credential_chain: Some(hostile_chain(text)) }];
    for check in &mut report.checks {
        check.observed = Some(bad());
        check.reason = Some(bad());
        check.permission = check.permission.as_ref().map(|_| bad());
        check.gap.iter_mut().for_each(|gap| gap.detail = bad());
        for one in &mut check.findings {
            (one.message, one.found, one.expected) = (bad(), Some(bad()), Some(bad()));
            one.container = Some(bad());
            one.observed.iter_mut().for_each(|seen| (seen.field, seen.value) = (bad(), bad()));
        }
    }
    for cause in &mut report.causes {
        cause.summary = bad();
        cause.remediation = vec![fix(text, Some(text), text)];
        for one in &mut cause.unverified {
            (one.gap.detail, one.permission) = (bad(), Some(bad()));
        }
    }
    report.missing_permissions =
        vec![MissingPermission { system: System::Aws, permission: bad(), settles: vec![Code(210)] }];
    judged(report, VerdictWord::Broken, ExitCode::BROKEN)
}

fn hostile_chain(text: &str) -> CredentialChain {
    let seen = SeenSource { source: CredentialSource::StaticKeys, state: SeenState::Set, seen: vec![text.to_owned()] };
    let winner = |sdk, outcome| Winner { sdk, outcome, if_refused: None, measured: Some(text.to_owned()) };
    let gap = Gap::undecidable(Source::Pod, text);
    let winners = vec![winner(Sdk::Boto3, Ok(Outcome::Stops(text.to_owned()))), winner(Sdk::Go, Err(gap))];
    CredentialChain { sources: vec![seen], winners }
}

/// One container fails, and another one is not known: neither may hide the other.
fn one_container_unknown() -> Report {
    let mut report = healthy();
    let mut keys = finding(Severity::Error, "static keys outrank Pod Identity");
    keys.container = Some("app".to_owned());
    fail(&mut report, 410, vec![keys], &[]);
    let gap = Gap::undecidable(Source::Pod, "Secret settings may bring AWS_ACCESS_KEY_ID, and Secrets are not read");
    let container =
        |name: &str, status, gap| ContainerReport { name: name.to_owned(), status, because: None, reason: None, gap };
    with(&mut report, 410, |check| {
        check.containers = Some(vec![
            container("app", Status::Failed, None),
            container("proxy", Status::Passed, None),
            container("worker", Status::Unknown, Some(gap)),
        ]);
    });
    judged(report, VerdictWord::Broken, ExitCode::BROKEN)
}

/// What was refused stays unknown, but the agent's log shows that it worked.
fn worked() -> Report {
    let mut report = healthy();
    let gap = Gap::new(Source::Role, GapReason::Denied, "AccessDenied");
    unknown(&mut report, &[810, 820, 825, 830], &gap, Some("iam:GetRole"));
    for code in [810, 820, 825, 830] {
        with(&mut report, code, |check| {
            check.excused = Some(Excuse { words: "agent log 14:05:02".to_owned(), is_of_pod: true });
        });
    }
    with(&mut report, 835, |check| check.observed = Some("agent log 14:05:02".to_owned()));
    judged(report, VerdictWord::Healthy, ExitCode::HEALTHY)
}

/// A workload without pods, found by the address of its API server.
fn template() -> Report {
    let mut report = healthy();
    report.target.target.kind = TargetKind::CronJob;
    (report.target.uid, report.target.node, report.target.from_template) = (None, None, true);
    report.cluster.name = Some(Detected { value: "prod".to_owned(), source: "serverHost".to_owned() });
    report.mode = "unknown";
    let gap = Gap::new(Source::Webhooks, GapReason::Denied, "forbidden");
    unknown(&mut report, &[340], &gap, Some("list mutatingwebhookconfigurations"));
    judged(report, VerdictWord::Inconclusive, ExitCode::INCONCLUSIVE)
}
