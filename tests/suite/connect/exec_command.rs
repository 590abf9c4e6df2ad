//! Entries run as written, and who answers with each `--exec-auth`.

use kube::config::{Cluster, ExecConfig, ExecInteractiveMode};
use secrecy::ExposeSecret;

use podid::cli::connection::ExecAuth;
use podid::collect::access::exec_auth::{Answer, answer, command};

/// A program that prints what a shell script prints.
fn program(directory: &tempfile::TempDir, name: &str, script: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = directory.path().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn never(command: String, args: &[&str]) -> ExecConfig {
    ExecConfig {
        api_version: Some("client.authentication.k8s.io/v1beta1".into()),
        command: Some(command),
        args: Some(args.iter().map(|arg| (*arg).to_owned()).collect()),
        interactive_mode: Some(ExecInteractiveMode::Never),
        ..ExecConfig::default()
    }
}

async fn run(script: &str) -> Result<String, String> {
    let files = tempfile::tempdir().unwrap();
    let exec = ExecConfig { provide_cluster_info: true, ..never(program(&files, "plugin", script), &["one", "two"]) };
    let cluster = Cluster { server: Some("https://east.example.com".into()), ..Cluster::default() };
    let login = command::run(&exec, &cluster).await?.login;
    Ok(login.token.map(|token| token.expose_secret().to_owned()).unwrap_or_default())
}

#[tokio::test]
async fn arguments_variables_and_the_cluster_reach_the_program() {
    let script = r#"printf '{"status":{"token":"%s"}}' "$(echo "$1 $2 $KUBERNETES_EXEC_INFO" | tr -d '"' | tr ' ' _)""#;
    let told = run(script).await.unwrap();
    for part in ["one_two", "interactive:false", "server:https://east.example.com", "kind:ExecCredential", "v1beta1"] {
        assert!(told.contains(part), "{told}");
    }
}

#[tokio::test]
async fn a_token_with_a_line_end_behind_it_is_taken_and_one_with_another_inside_is_not() {
    assert_eq!(run(r#"printf '{"status":{"token":"T\\n"}}'"#).await.unwrap(), "T");
    for inside in [r"T\\nU", r"T U", r"T\\u0007U"] {
        let error = run(&format!(r#"printf '{{"status":{{"token":"{inside}"}}}}'"#)).await.unwrap_err();
        assert!(error.contains("no login takes"), "{error}");
    }
}

#[tokio::test]
async fn a_program_that_floods_is_ended_with_all_that_it_has_started() {
    let files = tempfile::tempdir().unwrap();
    let alive = files.path().join("alive");
    let script = format!("(while true; do date > {0}; sleep 0.1; done) & yes s3cret", alive.display());
    let exec = never(program(&files, "plugin", &script), &[]);
    let begun = std::time::Instant::now();
    let error = command::run(&exec, &Cluster::default()).await.unwrap_err();
    assert!(error.contains("printed more than 1024 KiB") && !error.contains("s3cret"), "{error}");
    assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
    // What it started is gone too: nothing writes the file any more.
    std::fs::remove_file(&alive).ok();
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(!alive.exists(), "a child lives on");
}

#[tokio::test]
async fn a_certificate_is_taken_too() {
    let files = tempfile::tempdir().unwrap();
    let script = r#"echo '{"status":{"clientCertificateData":"C","clientKeyData":"K"}}'"#;
    let login = command::run(&never(program(&files, "plugin", script), &[]), &Cluster::default()).await.unwrap().login;
    assert_eq!(login.client_certificate_data.as_deref(), Some("Qw=="));
    assert_eq!(login.client_key_data.unwrap().expose_secret(), "Sw==");
}

#[tokio::test]
async fn the_end_of_a_login_is_taken_where_it_is_said() {
    for (said, end) in [
        (r#","expirationTimestamp":"2026-03-01T12:14:00Z""#, Some("2026-03-01T12:14:00Z")),
        (r#","expirationTimestamp":"soon""#, None),
        (r#","expirationTimestamp":null"#, None),
        ("", None),
    ] {
        let files = tempfile::tempdir().unwrap();
        let script = format!(r#"echo '{{"status":{{"token":"T"{said}}}}}'"#);
        let exec = never(program(&files, "plugin", &script), &[]);
        let credential = command::run(&exec, &Cluster::default()).await.unwrap();
        assert_eq!(credential.expires.map(|time| time.to_string()).as_deref(), end, "{said}");
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_without_what_was_printed() {
    for (script, told) in [
        ("echo s3cret; exit 7", "failed (exit status: 7)"),
        ("echo s3cret", "it is no ExecCredential"),
        (r#"echo '{"kind":"ExecCredential"}'"#, "it has no status"),
        (r#"echo '{"status":{"token":""}}'"#, "neither a token nor a certificate"),
        (r#"echo '{"status":{"clientKeyData":"s3cret"}}'"#, "only one of certificate and key"),
    ] {
        let error = run(script).await.unwrap_err();
        assert!(error.contains(told) && !error.contains("s3cret"), "{error}");
    }
    let missing = ExecConfig { install_hint: Some("get it".into()), ..never("/nonexistent/plugin".into(), &[]) };
    let error = command::run(&missing, &Cluster::default()).await.unwrap_err();
    assert!(error.contains("/nonexistent/plugin does not exist") && error.ends_with("; get it"), "{error}");
}

/// Asks an entry whose program is called `aws`, in an environment of its own.
async fn ask(way: ExecAuth, keys: bool, script: &str, args: &[&str]) -> Result<Answer, String> {
    let files = tempfile::tempdir().unwrap();
    let exec = never(program(&files, "aws", script), args);
    let variable = move |name: &str| match name {
        "AWS_ACCESS_KEY_ID" if keys => Some("AKIDEXAMPLE".to_owned()),
        "AWS_SECRET_ACCESS_KEY" if keys => Some("secret".to_owned()),
        "AWS_PROFILE" if !keys => Some("nobody".to_owned()),
        "AWS_CONFIG_FILE" | "AWS_SHARED_CREDENTIALS_FILE" => Some("/nonexistent".to_owned()),
        _ => None,
    };
    answer(&exec, &Cluster::default(), way, &variable).await
}

const GET_TOKEN: [&str; 6] = ["eks", "get-token", "--cluster-name", "prod", "--region", "eu-west-1"];
const PRINTS: &str = r#"echo '{"status":{"token":"printed"}}'"#;

#[tokio::test]
async fn an_understood_entry_starts_no_program() {
    for way in [ExecAuth::Auto, ExecAuth::Native] {
        let answer = ask(way, true, "exit 1", &GET_TOKEN).await.unwrap();
        // The AWS CLI gives its tokens 14 of the 15 minutes that STS does.
        let minutes = (answer.expires.unwrap() - jiff::Timestamp::now()).total(jiff::Unit::Minute).unwrap();
        assert!((13.5..=14.0).contains(&minutes), "{minutes}");
        assert!(answer.is_native && answer.login.token.unwrap().expose_secret().starts_with("k8s-aws-v1."));
    }
}

#[tokio::test]
async fn without_credentials_the_program_is_asked() {
    assert!(!ask(ExecAuth::Auto, false, PRINTS, &GET_TOKEN).await.unwrap().is_native);
    let error = ask(ExecAuth::Auto, false, "exit 255", &GET_TOKEN).await.unwrap_err();
    assert!(error.contains("exit status: 255") && error.contains("no profile named nobody"), "{error}");
    let error = ask(ExecAuth::Native, false, PRINTS, &GET_TOKEN).await.unwrap_err();
    assert!(error.contains("no profile named nobody"), "{error}");
}

#[tokio::test]
async fn what_is_not_understood_runs_as_written() {
    let args = [&GET_TOKEN[..], &["--debug"]].concat();
    assert!(!ask(ExecAuth::Auto, true, PRINTS, &args).await.unwrap().is_native);
    assert!(ask(ExecAuth::Native, true, PRINTS, &args).await.is_err());
    assert!(!ask(ExecAuth::Exec, true, PRINTS, &GET_TOKEN).await.unwrap().is_native);
}
