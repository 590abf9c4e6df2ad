//! Commands and blocks that change a trust policy: nothing that was there is lost, and a shell or Terraform reads it as one thing.

use podid::checks::{FixFormat, fixes, fixes::trust_blocks::statement_block};
use podid::evidence::policy::Document;
use serde_json::json;

#[test]
fn a_changed_policy_keeps_every_statement_and_is_one_word_for_the_shell() {
    let before = Document::from_value(&json!({
        "Version": "2012-10-17",
        "Statement": [{"Sid": "It's", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }))
    .expect("a policy");
    let remedy = fixes::trust::trust_eks("api", &before);
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
    assert_eq!(fixes::trust::trust_eks("api", &before).command_in(FixFormat::Aws), None);
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
