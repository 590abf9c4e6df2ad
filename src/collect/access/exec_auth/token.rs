//! The token that EKS takes, signed here, and the endpoint that it names.
//!
//! Such an entry runs as written; but the cluster, the profile and the role it names are still the ones that are
//! meant (`aws-vault exec … -- aws eks get-token …`, `aws eks get-token … --debug`).

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_types::service_config::ServiceConfigKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use kube::config::ExecConfig;
use secrecy::SecretString;

use super::{command, known, understand};
use crate::collect::access::clients::{AssumedRole, AwsIdentity, Profile};

/// What an EKS cluster takes for a bearer token.
#[derive(Debug, Clone)]
pub struct EksToken {
    /// `k8s-aws-v1.` and the URL.
    pub token: SecretString,
    /// When clients should ask for another: 14 minutes on; STS takes the URL for 15.
    pub expires: Timestamp,
}

const PREFIX: &str = "k8s-aws-v1.";
/// The signed header with the cluster's name.
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const URL_LIFETIME: Duration = Duration::from_mins(1);
const TOKEN_LIFETIME: Duration = Duration::from_mins(14);

/// Signs a token for a cluster at a moment.
pub fn make(
    cluster: &str,
    credentials: &Credentials,
    endpoint: &StsEndpoint,
    now: Timestamp,
) -> Result<EksToken, String> {
    let url = presign(cluster, credentials, endpoint, now)?;
    Ok(EksToken {
        token: SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url))),
        // Whole seconds, as the entry's expirationTimestamp has them.
        expires: Timestamp::from_second(now.as_second()).unwrap_or(now) + TOKEN_LIFETIME,
    })
}

fn presign(cluster: &str, credentials: &Credentials, endpoint: &StsEndpoint, now: Timestamp) -> Result<String, String> {
    let path = if endpoint.url.splitn(4, '/').count() > 3 { "" } else { "/" };
    let base = format!("{}{path}?{QUERY}", endpoint.url);
    let identity = credentials.clone().into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(URL_LIFETIME);
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.signing_region)
        .name("sts")
        .time(SystemTime::from(now))
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?;
    let headers = [(CLUSTER_HEADER, cluster)];
    let request = SignableRequest::new("GET", &base, headers.into_iter(), SignableBody::Bytes(&[]));
    let request = request.map_err(|error| error.to_string())?;
    let (instructions, _signature) = sign(request, &params.into()).map_err(|error| error.to_string())?.into_parts();
    let (_headers, mut added) = instructions.into_parts();
    // The AWS CLI's order: the signature is the last.
    added.sort_by_key(|(name, _)| (*name == "X-Amz-Signature", *name == "X-Amz-Security-Token"));
    let mut url = base;
    for (name, value) in &added {
        write!(url, "&{name}={}", encode(value)).map_err(|error| error.to_string())?;
    }
    Ok(url)
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(value: &str) -> String {
    value.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
        encoded
    })
}

/// What an entry names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The cluster.
    pub cluster: Option<String>,
    /// The region, of an argument or a variable of the entry.
    pub region: Option<String>,
    /// The profile, of an argument.
    pub profile: Option<String>,
    /// The role's ARN.
    pub role: Option<String>,
}

/// Reads the names in an entry that asks for an EKS token, whatever else stands in it.
pub fn names(exec: &ExecConfig) -> Named {
    let words: Vec<&str> = exec.command.iter().chain(exec.args.iter().flatten()).map(String::as_str).collect();
    let after = |names: &[&str]| {
        words.iter().enumerate().find_map(|(place, word)| match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value.to_owned()),
            None if names.contains(word) => words.get(place + 1).map(|value| (*value).to_owned()),
            _ => None,
        })
    };
    let ends = |program: &str| words.iter().any(|word| word.ends_with(program));
    let (cluster, profile, role) = if ends("aws-iam-authenticator") {
        (after(&["-i", "--cluster-id"]), None, after(&["-r", "--role"]))
    } else if words.contains(&"eks") && words.contains(&"get-token") {
        (after(&["--cluster-name"]), after(&["--profile"]), after(&["--role-arn"]))
    } else {
        return Named::default();
    };
    let variables = command::variables(exec);
    let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
    let region = after(&["--region"]).or_else(|| variable("AWS_DEFAULT_REGION")).or_else(|| variable("AWS_REGION"));
    Named { cluster, region, profile, role }
}

/// The identity an entry chooses for AWS calls. `process` reads one variable of this process.
///
/// Of a program that is not known, its variables count: they are what it was to see.
pub fn identity(exec: &ExecConfig, process: &dyn Fn(&str) -> Option<String>) -> AwsIdentity {
    if let Some(entry) = understand(exec, process) {
        return entry.identity;
    }
    let variables = command::variables(exec);
    let own = AwsIdentity::from_environment(&|name| variables.get(name).cloned().or_else(|| process(name)));
    let named = names(exec);
    let session_name = known::AWS_CLI_SESSION.to_owned();
    AwsIdentity {
        profile: named.profile.map_or(own.profile, Profile::Chosen),
        region: named.region.or(own.region),
        role: named.role.map(|arn| AssumedRole { arn, session_name, external_id: None }),
        ..own
    }
}

/// An address and the region its signature is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StsEndpoint {
    /// `https://sts.eu-west-1.amazonaws.com`, without a path.
    pub url: String,
    /// `eu-west-1`.
    pub signing_region: String,
}

/// What the choice rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StsSettings {
    /// The region; none means the global endpoint.
    pub region: Option<String>,
    /// `AWS_STS_REGIONAL_ENDPOINTS=legacy`: the global endpoint for the regions that once had no other.
    pub legacy: bool,
    /// `AWS_USE_FIPS_ENDPOINT`.
    pub fips: bool,
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    pub dual_stack: bool,
    /// `AWS_ENDPOINT_URL_STS` or `AWS_ENDPOINT_URL`.
    pub custom: Option<String>,
}

/// The region that stands for "none" where endpoints are resolved.
const GLOBAL: &str = "aws-global";

impl StsSettings {
    /// Reads the settings from variables, else from the profile. Without one of them the program's own default counts.
    pub fn read(
        config: &SdkConfig,
        region: Option<String>,
        legacy_by_default: bool,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let profile = |service, env, key| {
            let key = ServiceConfigKey::builder().service_id(service).env(env).profile(key).build().ok()?;
            config.service_config()?.load_config(key)
        };
        let mode = set("AWS_STS_REGIONAL_ENDPOINTS")
            .or_else(|| profile("none", "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints"));
        let is_on = |name, otherwise: Option<bool>| {
            set(name).map_or(otherwise.unwrap_or(false), |value| value.eq_ignore_ascii_case("true"))
        };
        let ignored = is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", None);
        let custom = set("AWS_ENDPOINT_URL_STS")
            .or_else(|| set("AWS_ENDPOINT_URL"))
            .or_else(|| profile("STS", "AWS_ENDPOINT_URL", "endpoint_url"));
        Self {
            region,
            legacy: mode.map_or(legacy_by_default, |mode| mode == "legacy"),
            fips: is_on("AWS_USE_FIPS_ENDPOINT", config.use_fips()),
            dual_stack: is_on("AWS_USE_DUALSTACK_ENDPOINT", config.use_dual_stack()),
            custom: custom.filter(|_| !ignored),
        }
    }

    /// Chooses. Fails where there is no such endpoint (FIPS or dual stack in a partition without).
    pub async fn resolve(&self) -> Result<StsEndpoint, String> {
        let region = self.region.as_deref().unwrap_or(GLOBAL);
        let signing_region = if region == GLOBAL { "us-east-1" } else { region };
        if let Some(url) = &self.custom {
            return Ok(StsEndpoint { url: url.clone(), signing_region: signing_region.to_owned() });
        }
        let params = Params::builder()
            .region(region)
            .use_fips(self.fips)
            .use_dual_stack(self.dual_stack)
            .use_global_endpoint(self.legacy)
            .build()
            .map_err(|error| error.to_string())?;
        let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.map_err(|error| error.to_string())?;
        let own_region = endpoint
            .auth_schemes()
            .first()
            .and_then(|scheme| scheme.get("signingRegion"))
            .and_then(|region| region.as_string())
            .map(str::to_owned);
        Ok(StsEndpoint {
            url: endpoint.url().to_owned(),
            signing_region: own_region.unwrap_or_else(|| signing_region.to_owned()),
        })
    }
}
