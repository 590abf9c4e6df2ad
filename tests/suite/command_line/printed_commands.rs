//! Commands that are printed reach the cluster and the account that were asked about, whatever the current context is.

use podid::evidence::context::Typed;
use podid::findings::remediation::addressed;
use serde_json::{Value, json};

use super::list::{add_pod, healthy, without_variables};
use super::migrate;

const CONTEXT: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";

/// Every command of a document.
fn commands(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let own = members.get("command").and_then(Value::as_str).map(str::to_owned);
            own.into_iter().chain(members.values().flat_map(commands)).collect()
        }
        Value::Array(items) => items.iter().flat_map(commands).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn each_verb_names_the_context_that_was_typed() {
    let world = healthy();
    add_pod(&world, "api-old", |pod| {
        without_variables(pod);
        pod["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    });
    migrate::add_role(&world, "older");
    migrate::annotate(&world, "older", "arn:aws:iam::111122223333:role/older");
    migrate::add_irsa_pod(&world, "older-1", "older");
    let runs: [&[&str]; 4] =
        [&["doctor", "api-old"], &["list", "--restart-plan"], &["migrate"], &["doctor", "-l", "app=api", "--all-pods"]];
    for arguments in runs {
        let asked = |more: &[&str]| world.run(&[arguments, &["-o", "json"], more].concat()).json();
        let (plain, typed) = (commands(&asked(&[])), commands(&asked(&["--context", CONTEXT])));
        assert_eq!(plain.len(), typed.len());
        assert!(typed.iter().any(|command| command.starts_with("kubectl ")), "{arguments:?}: {typed:#?}");
        for (plain, typed) in plain.iter().zip(&typed) {
            assert!(!plain.contains("--context"), "{plain}");
            let reaches_a_cluster = plain.starts_with("kubectl ") && !plain.starts_with("kubectl podid explain");
            assert_eq!(
                typed.matches(&format!(" --context {CONTEXT}")).count(),
                usize::from(reaches_a_cluster),
                "{typed}"
            );
        }
    }
    let page = world.run(&["list", "--context", CONTEXT]).stdout;
    assert!(page.contains(&format!("next: kubectl podid list --restart-plan --context {CONTEXT}")), "{page}");
}

#[test]
fn each_program_takes_the_flags_where_it_knows_them() {
    let typed = Typed {
        kubeconfig: Some("/home/me/my config".to_owned()),
        context: Some("prod".to_owned()),
        aws_profile: Some("admin".to_owned()),
        ..Typed::default()
    };
    let file = "--kubeconfig '/home/me/my config'";
    for (command, expected) in [
        ("kubectl -n shop delete pod x", format!("kubectl {file} --context prod -n shop delete pod x")),
        ("kubectl podid doctor x", format!("kubectl podid doctor x {file} --context prod --aws-profile admin")),
        (
            "kubectl podid doctor x --context other",
            format!("kubectl podid doctor x --context other {file} --aws-profile admin"),
        ),
        ("kubectl podid explain PID210", "kubectl podid explain PID210".to_owned()),
        ("aws iam get-role --role-name r", "aws --profile admin iam get-role --role-name r".to_owned()),
        ("aws sso login --profile other", "aws sso login --profile other".to_owned()),
        (
            "aws eks x --role-arn \"$(aws eks describe)\"",
            "aws --profile admin eks x --role-arn \"$(aws --profile admin eks describe)\"".to_owned(),
        ),
        ("eksctl create addon --name a", "eksctl create addon --name a --profile admin".to_owned()),
        ("helm -n s get values r", format!("helm {file} --kube-context prod -n s get values r")),
        ("resource \"aws_x\" \"y\" {\n}", "resource \"aws_x\" \"y\" {\n}".to_owned()),
    ] {
        assert_eq!(addressed(&typed, command), expected);
        assert_eq!(addressed(&Typed::default(), command), command);
    }
}
