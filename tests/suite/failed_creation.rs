//! What is kept of the text of an event: what is recognised, and nothing else of it.

use podid::evidence::Refusal;

const AGENT_PATH: &str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";

#[test]
fn texts_of_kubernetes_are_recognised() {
    let path = "spec.containers[0].volumeMounts[2].mountPath";
    let rows = [
        (
            format!("Error creating: Pod \"api-58dd-x2\" is invalid: {path}: Invalid value: \"{AGENT_PATH}\": must be unique"),
            Refusal::TokenPath(path.to_owned()),
        ),
        (
            format!(
                "Error creating: Pod \"a\" is invalid: [spec.x: Required value, {path}: Invalid value: \"{AGENT_PATH}\": must be unique]"
            ),
            Refusal::TokenPath(path.to_owned()),
        ),
        (
            "Error creating: pods \"api-58dd-x2\" is forbidden: exceeded quota: team-a, requested: pods=1, used: pods=4".to_owned(),
            Refusal::Quota("team-a".to_owned()),
        ),
        (
            "Error creating: pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true".to_owned(),
            Refusal::PodSecurity("restricted:latest".to_owned()),
        ),
        (
            "Error creating: admission webhook \"validate.kyverno.svc-fail\" denied the request: policy".to_owned(),
            Refusal::WebhookDenied("validate.kyverno.svc-fail".to_owned()),
        ),
        (
            "Error creating: Internal error occurred: failed calling webhook \"a.example\": failed to call webhook: refused".to_owned(),
            Refusal::WebhookFailed("a.example".to_owned()),
        ),
        ("Error creating: something of another kind".to_owned(), Refusal::Other),
        (String::new(), Refusal::Other),
    ];
    for (text, expected) in rows {
        assert_eq!(Refusal::read(&text), expected, "{text}");
    }
}

#[test]
fn what_is_not_a_name_is_not_kept() {
    let long = "x".repeat(500);
    let texts = [
        "admission webhook \"\u{1b}[31mred\" denied the request".to_owned(),
        "exceeded quota: pass word=1".to_owned() + "\u{0}",
        format!("exceeded quota: {long}, requested"),
        "admission webhook ".to_owned(),
        "violates PodSecurity \"".to_owned(),
        // The path alone is no proof, nor is a field that is none.
        format!("mkdir {AGENT_PATH} must be unique"),
        format!("volumeMounts[\u{1b}]: Invalid value: \"{AGENT_PATH}\": must be unique"),
        format!("spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"{AGENT_PATH}\": too long"),
    ];
    for text in texts {
        let read = Refusal::read(&text);
        assert!(matches!(&read, Refusal::Other) || read == Refusal::Quota("pass".to_owned()), "{text:?}: {read:?}");
    }
}
