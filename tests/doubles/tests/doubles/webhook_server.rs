//! The webhook over TLS, as the API server calls it.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podid_doubles::http::{self, Answer, Handler, Request, Response};
use podid_doubles::webhook::{Certificate, IdentitiesFile, Kubernetes, Server, ServiceAccounts, Settings, Webhook};
use serde_json::{Value, json};

use crate::support::client::{Ask, Reply};
use crate::support::world::Outcome;

const IDENTITIES: &str = r#"{"identities":[{"namespace":"shop","serviceAccount":"api"}]}"#;

fn anywhere() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

struct Running {
    server: Server,
    certificate: Certificate,
}

impl Running {
    fn start(identities: &Path, service_accounts: ServiceAccounts) -> Result<Running, Box<dyn Error>> {
        let certificate = Certificate::make()?;
        let identities = IdentitiesFile::new(Some(identities.to_owned()));
        let webhook = Webhook { settings: Settings::eks("eu-west-1"), identities, service_accounts };
        Ok(Running { server: Server::start(anywhere(), &certificate, webhook)?, certificate })
    }

    fn ask(&self, target: &str, content_type: &str, body: &str) -> std::io::Result<Reply> {
        let address = self.server.url().replace("https://", "").replace("/mutate", "");
        let method = if body.is_empty() { "GET" } else { "POST" };
        let headers = [("content-type", content_type)];
        Ask { method, target, headers: &headers, body }.secure(&address, &self.certificate.certificate)
    }

    fn review(&self, version: &str, service_account: &str) -> Result<Value, Box<dyn Error>> {
        let pod = json!({ "metadata": {}, "spec": { "serviceAccountName": service_account, "containers": [{ "name": "app" }] } });
        let review = json!({
            "kind": "AdmissionReview", "apiVersion": format!("admission.k8s.io/{version}"),
            "request": { "uid": "u-1", "kind": { "kind": "Pod" }, "namespace": "shop", "operation": "CREATE", "object": pod },
        });
        Ok(self.ask("/mutate?timeout=10s", "application/json", &review.to_string())?.json()?)
    }

    /// Gives the variables that a review's patch sets in the first container.
    fn variables(&self, service_account: &str) -> Result<Vec<String>, Box<dyn Error>> {
        let answer = self.review("v1", service_account)?;
        let Some(patch) = answer["response"]["patch"].as_str() else { return Ok(Vec::new()) };
        let patch: Vec<Value> = serde_json::from_slice(&STANDARD.decode(patch)?)?;
        let containers =
            patch.iter().find(|operation| operation["path"] == "/spec/containers").ok_or("no containers")?;
        let env = containers["value"][0]["env"].as_array().into_iter().flatten();
        Ok(env.filter_map(|variable| variable["name"].as_str()).map(str::to_owned).collect())
    }
}

#[test]
fn reviews_are_answered_in_their_own_version() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("identities.json");
    std::fs::write(&file, IDENTITIES)?;
    let webhook = Running::start(&file, ServiceAccounts::Plain)?;
    for version in ["v1", "v1beta1"] {
        let answer = webhook.review(version, "api")?;
        assert_eq!(answer["apiVersion"], format!("admission.k8s.io/{version}"));
        assert_eq!((&answer["kind"], &answer["response"]["uid"]), (&json!("AdmissionReview"), &json!("u-1")));
        assert_eq!(
            (&answer["response"]["allowed"], &answer["response"]["patchType"]),
            (&json!(true), &json!("JSONPatch"))
        );
    }
    let other = webhook.review("v1", "plain")?;
    assert_eq!(other["response"], json!({ "uid": "u-1", "allowed": true }), "no patch where nothing is to be done");
    assert_eq!(webhook.ask("/healthz", "", "")?.body, "ok");
    assert_eq!(webhook.ask("/mutate", "text/plain", "{}")?.status, 415);
    let refused = webhook.ask("/mutate", "application/json", "{}")?.json()?["response"].take();
    assert_eq!((&refused["allowed"], &refused["status"]["message"]), (&json!(false), &json!("bad content")));
    Ok(())
}

#[test]
fn a_changed_identities_file_counts_for_the_next_pod() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("identities.json");
    let webhook = Running::start(&file, ServiceAccounts::Plain)?;
    assert_eq!(webhook.variables("api")?, Vec::<String>::new());
    std::fs::write(&file, IDENTITIES)?;
    assert_eq!(webhook.variables("api")?.len(), 5);
    std::fs::write(&file, "")?;
    assert_eq!(webhook.variables("api")?, Vec::<String>::new());
    Ok(())
}

#[test]
fn service_accounts_are_read_from_a_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("service-accounts.json");
    let webhook = Running::start(&folder.path().join("identities.json"), ServiceAccounts::File(file.clone()))?;
    assert_eq!(webhook.variables("irsa")?, Vec::<String>::new());
    std::fs::write(&file, r#"{"shop/irsa": {"eks.amazonaws.com/role-arn": "r"}}"#)?;
    assert_eq!(webhook.variables("irsa")?[3..], ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]);
    Ok(())
}

/// An API server that knows one service account and one token.
struct ApiServer;

impl Handler for ApiServer {
    async fn answer(&self, request: Request) -> Answer {
        Answer::Whole(match (request.header("authorization"), request.path.as_str()) {
            (Some("Bearer secret"), "/api/v1/namespaces/shop/serviceaccounts/irsa") => {
                Response::json(200, &json!({ "metadata": { "annotations": { "eks.amazonaws.com/role-arn": "r" } } }))
            }
            (Some("Bearer secret"), _) => Response::json(404, &json!({ "kind": "Status" })),
            _ => Response::json(401, &json!({ "kind": "Status" })),
        })
    }
}

#[test]
fn service_accounts_are_asked_of_the_api_server() -> Outcome {
    let folder = tempfile::tempdir()?;
    let certificate = Certificate::make()?;
    let api = http::Server::start(anywhere(), Some(certificate.server()?), Arc::new(ApiServer))?;
    let kubeconfig = folder.path().join("kubeconfig");
    std::fs::write(folder.path().join("ca.crt"), &certificate.certificate)?;
    let text = format!(
        "current-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\nusers: [{{name: u, user: {{token: secret}}}}]\n\
         clusters: [{{name: k, cluster: {{server: 'https://{}', certificate-authority: ca.crt}}}}]\n",
        api.address()
    );
    std::fs::write(&kubeconfig, text)?;
    let identities = folder.path().join("identities.json");
    std::fs::write(&identities, IDENTITIES)?;
    let accounts = ServiceAccounts::Kubernetes(Kubernetes::from_kubeconfig(&kubeconfig)?);
    let webhook = Running::start(&identities, accounts)?;
    assert_eq!(webhook.variables("irsa")?[3..], ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]);
    let unknown = webhook.variables("api")?;
    assert_eq!(unknown[0], "AWS_DEFAULT_REGION", "the settings do not count for a service account it has not heard of");
    assert_eq!(unknown.len(), 4);
    Ok(())
}
