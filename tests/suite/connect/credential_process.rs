//! `credential_process` of a profile: whose keys are used, and that no program outlives or fills the run.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_smithy_http_client::test_util::infallible_client_fn;

use super::ASSUMED;
use podid::collect::access::clients::AwsAccess;
use podid::collect::access::clients::aws_credentials::{AwsIdentity, Profile};

const PRINTS: &str =
    r#"echo '{"Version":1,"AccessKeyId":"AKIDPRINTED","SecretAccessKey":"s3cret","SessionToken":"t=="}'"#;

/// Whose keys a profile `chosen` of these files comes to: the key that asked STS, where it asked, and the key that came of it.
async fn keys(config: &str) -> Result<(Option<String>, String), String> {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("config");
    std::fs::write(&path, config).unwrap();
    let identity = AwsIdentity {
        profile: Profile::Chosen("chosen".to_owned()),
        config_file: Some(path),
        credentials_file: Some("/nonexistent".into()),
        ..AwsIdentity::default()
    };
    let asked: Arc<Mutex<Option<String>>> = Arc::default();
    let noted = Arc::clone(&asked);
    let http = infallible_client_fn(move |request| {
        let signed_by = request.headers().get("authorization").and_then(|value| {
            let (_, rest) = value.to_str().ok()?.split_once("Credential=")?;
            Some(rest.split('/').next()?.to_owned())
        });
        *noted.lock().unwrap() = signed_by;
        http::Response::builder().status(200).body(ASSUMED).unwrap()
    });
    let access = AwsAccess::with_http_client(identity, None, http);
    let provider = access.credentials().await.unwrap();
    let given = aws_credential_types::provider::ProvideCredentials::provide_credentials(&provider).await;
    let given = given.map_err(|error| {
        let mut words = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(one) = source {
            words = format!("{words}: {one}");
            source = one.source();
        }
        words
    })?;
    let asked = asked.lock().unwrap().clone();
    Ok((asked, given.access_key_id().to_owned()))
}

#[tokio::test]
async fn a_profiles_program_gives_its_keys() {
    let (asked, key) = keys(&format!("[profile chosen]\ncredential_process = {PRINTS}\n")).await.unwrap();
    assert_eq!((asked, key.as_str()), (None, "AKIDPRINTED"));
}

#[tokio::test]
async fn a_role_is_assumed_with_the_keys_of_the_program_that_its_source_names() {
    let role = "role_arn = arn:aws:iam::111122223333:role/r\nregion = eu-west-1\n";
    for config in [
        format!("[profile chosen]\n{role}source_profile = base\n[profile base]\ncredential_process = {PRINTS}\n"),
        format!("[profile chosen]\n{role}source_profile = chosen\ncredential_process = {PRINTS}\n"),
    ] {
        let (asked, key) = keys(&config).await.unwrap();
        assert_eq!((asked.as_deref(), key.as_str()), (Some("AKIDPRINTED"), "ASIDEXAMPLE"), "{config}");
    }
}

#[tokio::test]
async fn a_program_that_no_sdk_would_start_is_not_started() {
    let files = tempfile::tempdir().unwrap();
    let started = files.path().join("started");
    let process = format!("credential_process = touch {}\n", started.display());
    let own = "aws_access_key_id = AKIDOWN\naws_secret_access_key = s\n";
    let role = "role_arn = arn:aws:iam::111122223333:role/r\nregion = eu-west-1\n";
    let config = format!("[profile chosen]\n{role}source_profile = base\n[profile base]\n{own}{process}");
    assert_eq!(keys(&config).await.unwrap(), (Some("AKIDOWN".to_owned()), "ASIDEXAMPLE".to_owned()));
    let config = format!("[profile chosen]\nweb_identity_token_file = /nonexistent\n{role}{process}");
    assert!(keys(&config).await.is_err());
    assert!(!started.exists());
}

#[tokio::test]
async fn what_goes_wrong_is_told_without_what_was_printed() {
    for (script, told) in [
        ("echo s3cret; exit 7", "credential_process failed (exit status: 7)"),
        ("echo s3cret", "credential_process printed no credentials: it is no JSON"),
        (r#"echo '{"Version":2,"AccessKeyId":"s3cret","SecretAccessKey":"s3cret"}'"#, "its Version is 2"),
        (r#"printf %s '{"Version":1,"AccessKeyId":"s3\r","SecretAccessKey":"s3cret"}'"#, "a blank or a line end"),
        (
            r#"echo '{"Version":1,"AccessKeyId":"a","SecretAccessKey":"s3cret","Expiration":"s3cret"}'"#,
            "its Expiration",
        ),
    ] {
        let error = keys(&format!("[profile chosen]\ncredential_process = {script}\n")).await.unwrap_err();
        assert!(error.contains(told) && !error.contains("s3"), "{error}");
    }
}

#[tokio::test]
async fn a_program_that_floods_is_ended_with_all_that_it_has_started() {
    let files = tempfile::tempdir().unwrap();
    let alive = files.path().join("alive");
    let script = format!("(while true; do date > {0}; sleep 0.1; done) & yes s3cret", alive.display());
    let begun = Instant::now();
    let error = keys(&format!("[profile chosen]\ncredential_process = {script}\n")).await.unwrap_err();
    assert!(error.contains("more than 1024 KiB") && begun.elapsed() < Duration::from_secs(20), "{error}");
    is_over(&alive).await;
}

#[tokio::test]
async fn a_program_that_hangs_ends_with_the_run() {
    let files = tempfile::tempdir().unwrap();
    let alive = files.path().join("alive");
    let script = format!("(while true; do date > {0}; sleep 0.1; done) & sleep 300", alive.display());
    let config = format!("[profile chosen]\ncredential_process = {script}\n");
    assert!(tokio::time::timeout(Duration::from_secs(2), keys(&config)).await.is_err());
    assert!(alive.exists());
    is_over(&alive).await;
}

/// Fails where something still writes the file.
async fn is_over(alive: &std::path::Path) {
    std::fs::remove_file(alive).ok();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!alive.exists(), "what the program started runs on");
}
