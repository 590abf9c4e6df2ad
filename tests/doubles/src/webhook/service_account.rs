//! What the webhook reads from a service account: four annotations.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::kubernetes::Kubernetes;
use super::settings::{DEFAULT_EXPIRATION, SHORTEST, Settings};

/// What a service account's annotations say, over the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// IRSA's role; `None` without the annotation.
    pub role_arn: Option<String>,
    /// The audience of IRSA's token.
    pub audience: String,
    /// Whether `AWS_STS_REGIONAL_ENDPOINTS` is set.
    pub regional_sts: bool,
    /// How long tokens live, in seconds.
    pub token_expiration: i64,
}

impl ServiceAccount {
    /// Reads a service account's annotations.
    pub fn read(annotations: &BTreeMap<String, String>, settings: &Settings) -> ServiceAccount {
        let get = |name: &str| annotations.get(&settings.annotation(name)).map(String::as_str);
        ServiceAccount {
            role_arn: get("role-arn").filter(|arn| !arn.is_empty()).map(str::to_owned),
            audience: get("audience").unwrap_or(&settings.web_identity.audience).to_owned(),
            regional_sts: get("sts-regional-endpoints").and_then(truth).unwrap_or(settings.regional_sts),
            token_expiration: expiration(get("token-expiration")).unwrap_or(settings.token_expiration),
        }
    }

    /// Says what holds for a service account the webhook has not heard of: the settings do not count.
    pub fn unknown(settings: &Settings) -> ServiceAccount {
        ServiceAccount {
            role_arn: None,
            audience: settings.web_identity.audience.clone(),
            regional_sts: false,
            token_expiration: DEFAULT_EXPIRATION,
        }
    }
}

/// Reads a `token-expiration` annotation, in seconds: at least [`SHORTEST`]; one that is no whole number does not count.
pub fn expiration(annotation: Option<&str>) -> Option<i64> {
    annotation.and_then(|text| text.parse::<i64>().ok()).map(|seconds| seconds.max(SHORTEST))
}

/// Reads a truth value as Go's `strconv.ParseBool` does.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Where service accounts are read from.
#[derive(Debug)]
pub enum ServiceAccounts {
    /// Nowhere: each exists and has no annotations.
    Plain,
    /// A file, read anew for each pod: `{"shop/api": {"eks.amazonaws.com/role-arn": "…"}}`. Any other exists, without
    /// annotations.
    File(PathBuf),
    /// The API server, asked anew for each pod.
    Kubernetes(Kubernetes),
}

impl ServiceAccounts {
    /// Gives a service account as the webhook sees it now.
    pub async fn get(&self, namespace: &str, name: &str, settings: &Settings) -> ServiceAccount {
        let annotations = match self {
            ServiceAccounts::Plain => Some(BTreeMap::new()),
            ServiceAccounts::File(path) => {
                let text = std::fs::read_to_string(path).unwrap_or_default();
                let mut all: BTreeMap<String, BTreeMap<String, String>> =
                    serde_json::from_str(&text).unwrap_or_default();
                Some(all.remove(&format!("{namespace}/{name}")).unwrap_or_default())
            }
            ServiceAccounts::Kubernetes(api) => {
                let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}");
                api.get(&path).await.ok().map(|object| annotations(&object))
            }
        };
        annotations.map_or_else(|| ServiceAccount::unknown(settings), |found| ServiceAccount::read(&found, settings))
    }
}

fn annotations(object: &Value) -> BTreeMap<String, String> {
    let found = object.pointer("/metadata/annotations").and_then(Value::as_object);
    let pairs = found.into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ServiceAccount, Settings};

    fn read(name: &str, value: &str) -> ServiceAccount {
        let annotations = BTreeMap::from([(format!("eks.amazonaws.com/{name}"), value.to_owned())]);
        ServiceAccount::read(&annotations, &Settings::eks("eu-west-1"))
    }

    #[test]
    fn a_service_account_overrides_the_settings() {
        assert_eq!(read("role-arn", "r").role_arn.as_deref(), Some("r"));
        assert_eq!(read("role-arn", "").role_arn, None);
        assert_eq!(read("audience", "me").audience, "me");
        assert!(!read("sts-regional-endpoints", "false").regional_sts);
        assert!(read("sts-regional-endpoints", "no").regional_sts);
        assert_eq!(read("token-expiration", "900").token_expiration, 900);
        assert_eq!(read("token-expiration", "60").token_expiration, 600);
        assert_eq!(read("token-expiration", "1h").token_expiration, 86_400);
    }
}
