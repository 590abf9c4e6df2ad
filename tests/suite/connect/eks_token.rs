//! The tokens made in this process are those the AWS CLI makes (`scripts/record-eks-token` asks it), signature and all.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kube::config::ExecConfig;
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::ASSUMED;
use podid::collect::access::clients::AwsAccess;
use podid::collect::access::exec_auth::command::sign_with;
use podid::collect::access::exec_auth::understand;

/// A case with what the AWS CLI answered.
#[derive(Deserialize)]
struct Case {
    why: String,
    now: jiff::Timestamp,
    args: Vec<String>,
    env: BTreeMap<String, String>,
    #[serde(default)]
    config: String,
    #[serde(default)]
    credentials: String,
    answer: Answer,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(untagged)]
enum Answer {
    Token { prefix: String, url: String, expires: String, asked: Vec<BTreeMap<String, String>> },
    Refused { refused: bool },
}

#[tokio::test]
async fn tokens_equal_those_of_the_aws_cli() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/eks_token");
    let (mut count, mut differing) = (0, Vec::new());
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        let case: Case = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let made = ask(&case).await;
        if made != case.answer {
            differing.push(format!("{}: {}\nfound    {made:?}\nexpected {:?}", path.display(), case.why, case.answer));
        }
        count += 1;
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(count > 40, "found {count} cases");
}

/// Makes the token of a case, and says what STS was asked for on the way.
async fn ask(case: &Case) -> Answer {
    let files = tempfile::tempdir().unwrap();
    let mut variables = case.env.clone();
    for (name, variable, text) in
        [("config", "AWS_CONFIG_FILE", &case.config), ("credentials", "AWS_SHARED_CREDENTIALS_FILE", &case.credentials)]
    {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        variables.insert(variable.to_owned(), path.to_str().unwrap().to_owned());
    }
    let variable = move |name: &str| variables.get(name).cloned();
    let exec = ExecConfig { command: Some("/opt/aws".into()), args: Some(case.args.clone()), ..ExecConfig::default() };
    let Some(entry) = understand(&exec, &variable) else { return Answer::Refused { refused: true } };
    let asked = Arc::new(Mutex::new(Vec::new()));
    let access = AwsAccess::with_http_client(entry.identity.clone(), None, played_sts(asked.clone()));
    match sign_with(&entry, &access, &variable, case.now).await {
        Err(_reason) => Answer::Refused { refused: true },
        Ok(made) => {
            let (prefix, url) = made.token.expose_secret().split_at("k8s-aws-v1.".len());
            Answer::Token {
                prefix: prefix.to_owned(),
                url: String::from_utf8(URL_SAFE_NO_PAD.decode(url).unwrap()).unwrap(),
                expires: made.expires.to_string(),
                asked: asked.lock().unwrap().clone(),
            }
        }
    }
}

/// An STS whose `AssumeRole` gives the same credentials as the recording's.
fn played_sts(asked: Arc<Mutex<Vec<BTreeMap<String, String>>>>) -> SharedHttpClient {
    infallible_client_fn(move |request| {
        let form = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let fields = form.split('&').filter_map(|field| field.split_once('='));
        let kept = fields.filter(|(name, _)| matches!(*name, "Action" | "RoleArn" | "ExternalId"));
        let decoded = kept.map(|(name, value)| (name.to_owned(), value.replace("%3A", ":").replace("%2F", "/")));
        asked.lock().unwrap().push(decoded.collect());
        http::Response::builder().status(200).body(ASSUMED).unwrap()
    })
}
