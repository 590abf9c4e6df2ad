//! The forms in which a policy comes, and files that hold none.

use podid::report::TrustDecision;
use podid::trust_check::read;
use serde_json::Value;

use super::{ROLE, check, of};

fn role() -> Value {
    serde_json::from_str(ROLE).expect("JSON")
}

/// As IAM's API sends it.
fn encoded(policy: &Value) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let text = policy.to_string();
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[test]
fn every_form_is_judged_alike() {
    let policy = role()["Role"]["AssumeRolePolicyDocument"].clone();
    let mut wrapped = role();
    wrapped["Role"]["AssumeRolePolicyDocument"] = encoded(&policy).into();
    let mut as_text = role();
    as_text["Role"]["AssumeRolePolicyDocument"] = policy.to_string().into();
    let forms = [
        ("what get-role prints", ROLE.to_owned(), true),
        ("its Role", role()["Role"].to_string(), true),
        ("the policy on one line, which is shown indented", policy.to_string(), false),
        ("the policy behind a byte order mark", format!("\u{feff}{policy:#}"), true),
        ("the policy as JSON text", Value::from(policy.to_string()).to_string(), false),
        ("percent-encoded in get-role", wrapped.to_string(), false),
        ("percent-encoded in a string", Value::from(encoded(&policy)).to_string(), false),
        ("percent-encoded alone", encoded(&policy) + "\n", false),
        ("text in get-role", as_text.to_string(), false),
        ("get-role --output yaml", serde_saphyr::to_string(&role()).expect("YAML"), false),
    ];
    for (what, text, is_own) in forms {
        let denied = check(&text, of("shop", "api"));
        assert_eq!(denied.decision, TrustDecision::Denied, "{what}");
        assert_eq!(denied.source.is_own, is_own, "{what}");
        let span = denied.clauses[0].span.clone().unwrap_or_else(|| panic!("{what}: no span"));
        let shown = denied.source.text[span].replace(' ', "");
        assert_eq!(shown, "\"aws:RequestTag/kubernetes-namespace\":\"payments\"", "{what}");
        assert_eq!(check(&text, of("payments", "web")).decision, TrustDecision::Allowed, "{what}");
        let names_role = text.contains("RoleName");
        assert_eq!(denied.role_name.is_some(), names_role, "{what}");
    }
}

#[test]
fn a_file_without_a_policy_says_why() {
    for (text, why) in [
        ("", "1:0: not JSON"),
        ("{", "not JSON: EOF while parsing an object"),
        ("{\n  \"Version\": \"2012-10-17\",\n}", "3:1: not JSON: trailing comma"),
        ("nonsense", "not JSON"),
        ("[]", "a policy is a JSON object"),
        ("{}", "a policy has a Statement"),
        ("null", "a policy is a JSON object"),
        ("{\"Role\": {\"RoleName\": \"api\"}}", "a policy has a Statement"),
        ("{\"Role\": {\"AssumeRolePolicyDocument\": null}}", "a policy is a JSON object"),
        ("{\"Role\": {\"AssumeRolePolicyDocument\": \"%7B\"}}", "not JSON"),
        ("{\"Statement\": 5}", "a policy has a Statement"),
        ("key: [", "not JSON"),
    ] {
        let error = read("trust.json", text).expect_err(text);
        assert!(error.what.contains(why), "{text:?}: {error:?}");
        assert!(error.hint.is_some());
    }
}

#[test]
fn hostile_files_are_refused_or_judged_soon() {
    let begun = std::time::Instant::now();
    let deep = format!("{}{}", "[".repeat(60_000), "]".repeat(60_000));
    assert!(read("x", &deep).is_err());
    let deep = format!("{{\"Statement\":[{}", "{\"Condition\":".repeat(9_000));
    assert!(read("x", &deep).is_err());
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
        g: [*f,*f,*f,*f,*f,*f,*f,*f,*f]\n";
    assert!(read("x", bomb).is_err());
    // A long key above many items: places are looked up one by one, never all made.
    let long = format!("{{\"Statement\":[{{\"{}\":[{}0]}}]}}", "k".repeat(60_000), "0,".repeat(30_000));
    assert_eq!(check(&long, of("shop", "api")).decision, TrustDecision::Denied, "IAM stores no policy of this length");
    let many = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}",
        vec!["{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"*\"}"; 2_000].join(",")
    );
    check(&many, of("shop", "api"));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}
