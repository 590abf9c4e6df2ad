//! Who AWS takes the container for: GetCallerIdentity, signed with the credentials that the agent gave.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use ureq::Proxy;
use ureq::http::Uri;

use super::credentials::Credentials;
use super::environment::value;
use super::http::Answer;
use super::sts_endpoint::{self, Endpoint};
use super::{Request, http, roots, signature};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{Failure, FailureKind, StsAnswer};

const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// Asks STS.
pub(super) fn ask(credentials: &Credentials, region: Option<&str>, patience: Duration) -> StsAnswer {
    let endpoint = sts_endpoint::of_container(region);
    let Ok(uri) = endpoint.url.parse::<Uri>() else {
        let text = ForeignText::new("the endpoint that is set for STS is no address");
        let failure = Some(Failure { kind: FailureKind::NoHost, text });
        return StsAnswer { failure, ..StsAnswer::default() };
    };
    let host = uri.authority().map(ureq::http::uri::Authority::as_str).unwrap_or_default().to_owned();
    let proxy = proxy(&uri);
    let mut told = StsAnswer {
        host: ForeignText::new(uri.host().unwrap_or_default()),
        through_proxy: proxy.is_some(),
        ..StsAnswer::default()
    };
    for roots in roots::all() {
        let client = http::client(patience, roots, proxy.clone());
        match send(&client, &endpoint, &host, credentials) {
            Ok(answer) => {
                tell(&mut told, &answer);
                told.failure = None;
                return told;
            }
            Err((failure, took_ms)) => {
                let again = failure.kind == FailureKind::Certificate;
                told.took_ms = took_ms;
                told.failure = Some(failure);
                if !again {
                    return told;
                }
            }
        }
    }
    told
}

/// The proxy that SDKs would use for an encrypted connection.
fn proxy(uri: &Uri) -> Option<Proxy> {
    let set = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].into_iter().any(|name| value(name).is_some());
    let wanted = set && uri.scheme_str() == Some("https");
    Proxy::try_from_env().filter(|proxy| wanted && !proxy.is_no_proxy(uri))
}

fn send(
    client: &ureq::Agent,
    endpoint: &Endpoint,
    host: &str,
    credentials: &Credentials,
) -> Result<Answer, (Failure, u64)> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let request = Request {
        host,
        path: "/",
        content_type: CONTENT_TYPE,
        body: BODY,
        time: &time,
        region: &endpoint.region,
        service: "sts",
    };
    let signed = signature(request, &credentials.access_key_id, &credentials.secret_access_key, &credentials.token);
    let url = format!("{}/", endpoint.url.trim_end_matches('/'));
    http::answer(|| {
        client
            .post(&url)
            .header("Authorization", &signed)
            .header("X-Amz-Date", &time)
            .header("X-Amz-Security-Token", credentials.token.as_str())
            .header("Content-Type", CONTENT_TYPE)
            .header("Accept", "application/json")
            .send(BODY)
    })
}

#[derive(Deserialize)]
struct Success {
    #[serde(rename = "GetCallerIdentityResponse")]
    response: Response,
}

#[derive(Deserialize)]
struct Response {
    #[serde(rename = "GetCallerIdentityResult")]
    result: Caller,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Caller {
    arn: ForeignText,
    account: ForeignText,
}

/// STS answers in JSON where that is asked for, and in XML where something stands between that does not pass it on.
fn tell(told: &mut StsAnswer, answer: &Answer) {
    told.took_ms = answer.took_ms;
    told.status = Some(answer.status);
    told.clock = answer.clock;
    let json = serde_json::from_str::<Success>(&answer.body).ok().map(|answer| answer.response.result);
    let field = |name: &str| element(&answer.body, name).or_else(|| member(&answer.body, name));
    if answer.status == 200 {
        told.arn = json.as_ref().map(|caller| caller.arn.clone()).or_else(|| field("Arn"));
        told.account = json.map(|caller| caller.account).or_else(|| field("Account"));
        if told.arn.is_none() {
            let text = ForeignText::new("the answer does not say who the caller is");
            told.failure = Some(Failure { kind: FailureKind::Other, text });
        }
    } else {
        told.code = field("Code");
        told.message = field("Message");
    }
}

/// The text of an XML element.
fn element(body: &str, name: &str) -> Option<ForeignText> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| ForeignText::new(text))
}

/// A string of a JSON object, wherever it stands.
fn member(body: &str, name: &str) -> Option<ForeignText> {
    fn find<'v>(value: &'v serde_json::Value, name: &str) -> Option<&'v str> {
        let fields = value.as_object()?;
        let own = fields.get(name).and_then(serde_json::Value::as_str);
        own.or_else(|| fields.values().find_map(|inner| find(inner, name)))
    }
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    find(&body, name).map(ForeignText::new)
}
