//! A webhook before admission that this process plays: for one namespace, or in the place of EKS's own.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use podid_doubles::webhook::{Certificate, IdentitiesFile, ServiceAccounts, Settings, Webhook};
use serde_json::{Value, json};

use super::api::Api;

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";
const VARIABLES: [&str; 2] = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];

/// What it does with what it is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Does {
    /// Takes the variables of Pod Identity out of each container.
    Strip,
    /// Refuses, in these words.
    Refuse(&'static str),
    /// Takes the question, and says nothing.
    Nothing,
    /// Does for every other pod what EKS's own does, and leaves the rest as they are.
    EveryOther,
}

/// What it is asked about.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// `mutating` or `validating`.
    pub kind: &'static str,
    /// What is done: `CREATE`.
    pub operation: &'static str,
    /// To what.
    pub resource: &'static str,
}

impl About {
    /// New pods.
    pub const NEW_PODS: Self = Self { kind: "mutating", operation: "CREATE", resource: "pods" };
}

/// A webhook, until it is dropped.
pub struct SecondWebhook<'a> {
    api: &'a Api,
    path: String,
    #[expect(dead_code, reason = "held, not read")]
    server: Server,
}

impl<'a> SecondWebhook<'a> {
    /// Begins to be asked, behind EKS's own webhook and again after it.
    pub fn begin(api: &'a Api, namespace: &str, about: About, does: Does) -> Self {
        let (server, client) = start(does);
        let mut webhook = json!({
            "name": "second.example.com", "admissionReviewVersions": ["v1"], "sideEffects": "None",
            "failurePolicy": "Fail", "timeoutSeconds": 30, "clientConfig": client,
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } },
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": [about.operation], "resources": [about.resource] }],
        });
        if about.kind == "mutating" {
            webhook["reinvocationPolicy"] = json!("IfNeeded");
        }
        let list = format!("{ADMISSION}/{}webhookconfigurations", about.kind);
        let name = format!("second-{namespace}");
        api.create(&list, &json!({ "metadata": { "name": name }, "webhooks": [webhook] }));
        Self { api, path: format!("{list}/{name}"), server }
    }

    /// Changes how it is called, by a merge patch.
    pub fn change(&self, patch: &Value) {
        let mut webhook = self.api.get(&self.path)["webhooks"][0].clone();
        for (name, value) in patch.as_object().into_iter().flatten() {
            webhook[name] = value.clone();
        }
        self.api.patch(&self.path, &json!({ "webhooks": [webhook] }));
    }
}

impl Drop for SecondWebhook<'_> {
    fn drop(&mut self) {
        self.api.delete(&self.path);
    }
}

/// Starts one, and gives how it is called.
pub fn start(does: Does) -> (Server, Value) {
    let certificate = Certificate::make().expect("a certificate");
    let tls = certificate.server().expect("a TLS configuration");
    let state = std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test");
    let identities = PathBuf::from(state).join("identities/identities.json");
    let eks = Webhook {
        settings: Settings::eks("eu-west-1"),
        identities: IdentitiesFile::new(Some(identities)),
        service_accounts: ServiceAccounts::Plain,
    };
    let played = Arc::new(Played { does, eks, asked: AtomicUsize::new(0) });
    let server = Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Some(tls), played).expect("a free port");
    let authority = STANDARD.encode(&certificate.certificate);
    let client = json!({ "url": format!("https://{}/", server.address()), "caBundle": authority });
    (server, client)
}

struct Played {
    does: Does,
    eks: Webhook,
    asked: AtomicUsize,
}

impl Handler for Played {
    async fn answer(&self, request: Request) -> Answer {
        let review: Value = serde_json::from_slice(&request.body).expect("a review");
        let uid = &review["request"]["uid"];
        let response = match self.does {
            Does::Nothing => return Answer::Hang,
            Does::Refuse(words) => json!({ "uid": uid, "allowed": false, "status": { "message": words } }),
            Does::Strip => {
                let patch = without_variables(&review["request"]["object"]);
                json!({ "uid": uid, "allowed": true, "patchType": "JSONPatch", "patch": STANDARD.encode(patch.to_string()) })
            }
            Does::EveryOther if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) => {
                return Answer::Whole(Response::json(200, &self.eks.review(&review).await));
            }
            Does::EveryOther => json!({ "uid": uid, "allowed": true }),
        };
        let answer = json!({ "apiVersion": review["apiVersion"], "kind": review["kind"], "response": response });
        Answer::Whole(Response::json(200, &answer))
    }
}

/// The patch that takes the variables out of each container.
fn without_variables(pod: &Value) -> Value {
    let containers = pod["spec"]["containers"].as_array().into_iter().flatten().enumerate();
    let operations = containers.filter_map(|(number, container)| {
        let mut env = container["env"].as_array()?.clone();
        env.retain(|one| VARIABLES.iter().all(|name| one["name"] != *name));
        Some(json!({ "op": "replace", "path": format!("/spec/containers/{number}/env"), "value": env }))
    });
    operations.collect()
}
