//! Commands and blocks that change a trust policy: nothing that was there is lost, and a shell or Terraform reads it as one thing.

use serde_json::{Value, json};

use crate::support::case;
use podid::advice;
use podid::advice::trust::statement_block;
use podid::diagnose::diagnose;
use podid::evidence::Evidence;
use podid::findings::FixFormat;
use podid::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE, TAG_SESSION};
use podid::reasoning::iam::edit::{fixed, lets_in};
use podid::reasoning::iam::{Decision, Document, PodIdentityCall, Request, evaluate};
use podid::report::Report;

/// The request of a pod for both actions.
fn requests(call: PodIdentityCall<'_>) -> Vec<Request> {
    [ASSUME_ROLE, TAG_SESSION].map(|action| call.request(action)).to_vec()
}

fn call<'a>(namespace: &'a str, service_account: &'a str) -> PodIdentityCall<'a> {
    PodIdentityCall {
        namespace: Some(namespace),
        service_account: Some(service_account),
        cluster_arn: Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
        cluster_name: Some("prod"),
        region: Some("eu-west-1"),
        session_tags_disabled: Some(false),
        ..PodIdentityCall::default()
    }
}

fn trusting_eks(actions: &Value, condition: &Value) -> Document {
    let statement = json!({"Effect": "Allow", "Principal": {"Service": POD_IDENTITY_SERVICE}, "Action": actions, "Condition": condition});
    Document::from_value(&json!({"Version": "2012-10-17", "Statement": [statement]})).expect("a policy")
}

/// Conditions that shut `shop/api` out, one or several, alone or beside others that hold.
fn shutting_out() -> Vec<Value> {
    let tag = |name: &str| format!("aws:RequestTag/{name}");
    vec![
        json!({"StringEquals": {tag("kubernetes-namespace"): "prod"}}),
        json!({"StringEquals": {tag("kubernetes-namespace"): "prod", tag("kubernetes-service-account"): ["web", "api"]}}),
        json!({"StringEquals": {tag("kubernetes-namespace"): ["prod"], tag("kubernetes-service-account"): "web"}}),
        json!({"StringLike": {tag("kubernetes-namespace"): "team-*"}}),
        json!({"StringNotEquals": {tag("kubernetes-namespace"): "shop"}}),
        json!({"Null": {tag("kubernetes-namespace"): "true"}}),
        json!({"StringEquals": {"aws:requesttag/kubernetes-namespace": "prod"}}),
        json!({"StringEquals": {tag("team"): "payments"}}),
        json!({"StringEqualsIgnoreCase": {tag("kubernetes-namespace"): "PROD"}}),
        json!({"StringEquals": {tag("kubernetes-namespace"): "prod", "aws:SourceOrgID": "o-1"}}),
        json!({"ArnLike": {"aws:SourceArn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-*"}}),
        json!({"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        json!({"Bool": {"aws:SecureTransport": "false"}}),
    ]
}

#[test]
fn a_mended_policy_lets_this_pod_in_and_nobody_else() {
    let both = json!([ASSUME_ROLE, TAG_SESSION]);
    let mut policies: Vec<Document> = shutting_out().iter().map(|one| trusting_eks(&both, one)).collect();
    policies.extend(shutting_out().iter().map(|one| trusting_eks(&json!(ASSUME_ROLE), one)));
    policies.push(trusting_eks(
        &json!(ASSUME_ROLE),
        &json!({"StringEquals": {"aws:RequestTag/kubernetes-namespace": "shop"}}),
    ));
    policies.push(Document::empty());
    let own = requests(call("shop", "api"));
    for before in policies {
        let statement = call("shop", "api").own_statement().expect("a statement");
        let after = fixed(&before, &own, Some(&statement)).unwrap_or_else(|| panic!("{}", before.to_json()));
        assert!(lets_in(&after, &own), "{}", after.to_json());
        assert!(after.statements().len() >= before.statements().len(), "{}", after.to_json());
        let others = ["shop", "prod", "team-a"]
            .into_iter()
            .flat_map(|namespace| ["api", "web", "default"].into_iter().map(move |account| (namespace, account)));
        for (namespace, account) in others.filter(|other| *other != ("shop", "api")) {
            widens_for(&before, &after, &requests(call(namespace, account)));
        }
        let elsewhere = PodIdentityCall {
            cluster_arn: Some("arn:aws:eks:eu-west-1:111122223333:cluster/test"),
            ..call("shop", "api")
        };
        widens_for(&before, &after, &requests(elsewhere));
    }
}

/// Asserts that the later of two policies does not let in what the earlier one kept out, unless tagging alone was missing.
fn widens_for(before: &Document, after: &Document, requests: &[Request]) {
    let assumes = |document: &Document| evaluate(document, &requests[0]).decision;
    if matches!(assumes(before), Decision::Denied(_)) {
        let (before, after) = (before.to_json(), after.to_json());
        assert!(!lets_in(&Document::parse(&after).expect("a policy"), requests), "{requests:?}\n{before}\n{after}");
    }
}

#[test]
fn nothing_is_mended_past_a_deny() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:*"}]});
    let before = Document::from_value(&deny).expect("a policy");
    let statement = call("shop", "api").own_statement();
    assert_eq!(fixed(&before, &requests(call("shop", "api")), statement.as_ref()), None);
}

/// The policies that a page rewrites, each role's in the order of the page; a later one of a role replaces the earlier.
fn rewritten(report: &Report) -> Vec<(String, String)> {
    let of_causes = report.causes.iter().flat_map(|cause| &cause.remediation);
    let of_checks = report.checks.iter().flat_map(|check| &check.findings).flat_map(|finding| &finding.remediation);
    let commands = of_causes.chain(of_checks).filter_map(|one| one.command.as_deref());
    commands
        .filter_map(|command| {
            let rest = command.strip_prefix("aws iam update-assume-role-policy --role-name ")?;
            let (role, policy) = rest.split_once(" --policy-document '")?;
            Some((role.to_owned(), policy.strip_suffix('\'')?.replace(r"'\''", "'")))
        })
        .collect()
}

/// What a role is asked for in this evidence, in all ways the session may be.
fn asked_of(evidence: &Evidence, role: &str) -> Vec<Vec<Request>> {
    let mut asked = Vec::new();
    if evidence.role.present().is_some_and(|one| one.role_name == role) {
        asked.extend([true, false].map(|tags| evidence.trust_requests(tags)));
    }
    if let Some(association) = evidence
        .association
        .present()
        .filter(|_| evidence.target_role.present().is_some_and(|one| one.role_name == role))
    {
        asked.push(evidence.target_role_requests(association));
    }
    if evidence.irsa_role.present().is_some_and(|one| one.role_name == role) {
        asked.extend(evidence.irsa_provider().map(|provider| vec![evidence.web_identity_call(&provider).request()]));
        asked.extend([true, false].map(|tags| evidence.trust_requests(tags)));
    }
    asked
}

/// What is wrong with the commands of a page that rewrite trust policies: two that undo each other, one that does not help.
pub fn undoing(evidence: &Evidence, report: &Report) -> Vec<String> {
    let commands = rewritten(report);
    let mut wrong = Vec::new();
    for (role, policy) in &commands {
        if commands.iter().any(|(other, different)| other == role && different != policy) {
            wrong.push(format!("two commands rewrite role {role} in two ways:\n{policy}"));
        }
        let document = Document::parse(policy).expect("a printed policy is one");
        if !asked_of(evidence, role).iter().any(|requests| lets_in(&document, requests)) {
            wrong.push(format!("the policy printed for role {role} does not let the pod in:\n{policy}"));
        }
        for other in ["\"vault\"", "system:serviceaccount:*"] {
            if policy.contains(other) && !format!("{evidence:?}").contains(other.trim_matches('"')) {
                wrong.push(format!("the policy printed for role {role} names {other}"));
            }
        }
    }
    wrong
}

#[test]
fn no_page_undoes_what_it_has_mended() {
    let mut seen = 0;
    for case in case::all() {
        let (evidence, report) = (case.evidence(), case.report());
        let wrong = undoing(&evidence, &report);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", case.name());
        seen += rewritten(&report).len();
    }
    for example in podid::demo::EXAMPLES {
        let evidence = Evidence::from_yaml(&example.evidence()).expect("evidence");
        let report = diagnose(&evidence, &podid::diagnose::Options::default());
        let wrong = undoing(&evidence, &report);
        assert!(wrong.is_empty(), "{}: {wrong:#?}", example.name);
    }
    assert!(seen > 20, "only {seen} commands rewrite a policy");
}

#[test]
fn a_changed_policy_keeps_every_statement_and_is_one_word_for_the_shell() {
    let before = Document::from_value(&json!({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "It's", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }))
    .expect("a policy");
    let statement = call("shop", "api").own_statement();
    let after = fixed(&before, &requests(call("shop", "api")), statement.as_ref()).expect("an edit");
    let remedy = advice::trust::replace("api", None, "let the pod in", &before, &after);
    let command = remedy.command_in(FixFormat::Aws).expect("a command");
    let policy = command
        .strip_prefix("aws iam update-assume-role-policy --role-name api --policy-document '")
        .and_then(|rest| rest.strip_suffix('\''))
        .expect("the policy as one quoted word");
    let policy: serde_json::Value = serde_json::from_str(&policy.replace(r"'\''", "'")).expect("JSON");
    assert_eq!(policy["Statement"][0], before.value()["Statement"][0]);
    assert_eq!(policy["Statement"][1]["Principal"], json!({"Service": "pods.eks.amazonaws.com"}));
    assert_eq!(policy["Statement"][1]["Action"], json!(["sts:AssumeRole", "sts:TagSession"]));
    let block = remedy.command_in(FixFormat::Terraform).expect("a block");
    assert!(!block.contains("ec2") && block.starts_with("statement {"), "{block}");
}

#[test]
fn a_policy_that_cannot_be_edited_without_loss_is_left_to_a_person() {
    let twice = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole","Action":"sts:TagSession"}}"#;
    let before = Document::parse(twice).expect("a policy");
    let statement = call("shop", "api").own_statement();
    assert_eq!(fixed(&before, &requests(call("shop", "api")), statement.as_ref()), None);
}

#[test]
fn a_block_keeps_all_elements_of_a_statement() {
    let block = statement_block(&json!({
        "Sid": "Pods", "Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": ["a", "${aws:x}"]}}
    }));
    let expected = r#"statement {
  sid     = "Pods"
  effect  = "Allow"
  actions = ["sts:AssumeRole", "sts:TagSession"]

  principals {
    type        = "Service"
    identifiers = ["pods.eks.amazonaws.com"]
  }

  condition {
    test     = "StringEquals"
    variable = "aws:RequestTag/kubernetes-namespace"
    values   = ["a", "$${aws:x}"]
  }
}"#;
    assert_eq!(block, expected);
}
