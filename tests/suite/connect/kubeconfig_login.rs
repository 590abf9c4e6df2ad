//! Which of a user's ways to log in counts.

use kube::config::{AuthInfo, AuthProviderConfig, ExecConfig};
use podid::collect::access::kubeconfig::login::settle;
use secrecy::ExposeSecret;

fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> Option<String> {
    let path = directory.path().join(name);
    std::fs::write(&path, text).unwrap();
    Some(path.to_str().unwrap().to_owned())
}

fn exec() -> Option<ExecConfig> {
    Some(ExecConfig { command: Some("aws".into()), ..ExecConfig::default() })
}

fn token(user: &AuthInfo) -> Option<String> {
    settle(user, true).unwrap().user.token.map(|token| token.expose_secret().to_owned())
}

#[test]
fn a_token_file_is_trimmed_and_newer_than_the_token_beside_it() {
    let files = tempfile::tempdir().unwrap();
    let with = |text: Option<&str>, path: Option<String>| AuthInfo {
        token: text.map(Into::into),
        token_file: path,
        ..AuthInfo::default()
    };
    let read = file(&files, "token", " t0ken\n");
    assert_eq!(token(&with(None, read.clone())).as_deref(), Some("t0ken"));
    assert_eq!(token(&with(Some("old"), read)).as_deref(), Some("t0ken"));
    assert_eq!(token(&with(Some("old"), Some("/nonexistent".into()))).as_deref(), Some("old"));
    assert_eq!(token(&with(Some("old"), file(&files, "empty", "\n"))).as_deref(), Some("old"));
    assert!(settle(&with(None, Some("/nonexistent".into())), true).is_err());
    assert!(settle(&with(None, file(&files, "empty", "\n")), true).is_err());
}

#[test]
fn what_the_entry_holds_itself_outranks_a_program() {
    let files = tempfile::tempdir().unwrap();
    let (certificate, key) = (file(&files, "crt", "c"), file(&files, "key", "k"));
    for own in [
        AuthInfo { token: Some("t".into()), ..AuthInfo::default() },
        AuthInfo { username: Some("jane".into()), ..AuthInfo::default() },
        AuthInfo { client_certificate: certificate, client_key: key, ..AuthInfo::default() },
    ] {
        assert!(settle(&AuthInfo { exec: exec(), ..own }, true).unwrap().exec.is_none());
    }
    let settled = settle(&AuthInfo { exec: exec(), ..AuthInfo::default() }, true).unwrap();
    assert!(settled.exec.is_some() && settled.user.exec.is_none());
}

#[test]
fn contradictions_are_told() {
    let provider = Some(AuthProviderConfig { name: "oidc".into(), ..AuthProviderConfig::default() });
    for (user, told) in [
        (
            AuthInfo { token: Some("t".into()), password: Some("p".into()), ..AuthInfo::default() },
            "both a token and a password",
        ),
        (
            AuthInfo { exec: exec(), auth_provider: provider, ..AuthInfo::default() },
            "both an exec entry and an auth-provider",
        ),
        (AuthInfo { exec: Some(ExecConfig::default()), ..AuthInfo::default() }, "names no command"),
        (AuthInfo { client_certificate_data: Some("Yw==".into()), ..AuthInfo::default() }, "but no key"),
        (
            AuthInfo {
                client_certificate: Some("/nonexistent".into()),
                client_key: Some("/n".into()),
                ..AuthInfo::default()
            },
            "the client certificate cannot be read",
        ),
    ] {
        let error = settle(&user, true).unwrap_err();
        assert!(error.message.contains(told), "{error:?}");
    }
}

#[test]
fn a_certificates_data_outrank_its_file() {
    let user = AuthInfo {
        client_certificate_data: Some("Yw==".into()),
        client_certificate: Some("/nonexistent".into()),
        client_key_data: Some("aw==".into()),
        client_key: Some("/nonexistent".into()),
        ..AuthInfo::default()
    };
    let settled = settle(&user, true).unwrap().user;
    assert!(settled.client_certificate.is_none() && settled.client_key.is_none() && settled.client_key_data.is_some());
}

#[test]
fn in_the_clear_only_the_impersonation_is_left() {
    let user = AuthInfo {
        token: Some("t".into()),
        exec: exec(),
        token_file: Some("/nonexistent".into()),
        impersonate: Some("jane".into()),
        ..AuthInfo::default()
    };
    let settled = settle(&user, false).unwrap();
    assert!(settled.user.token.is_none() && settled.exec.is_none());
    assert_eq!(settled.user.impersonate.as_deref(), Some("jane"));
}
