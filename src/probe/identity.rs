//! Who the credentials of the agent are: asked of STS with a signed request.
//!
//! It is written out here because the program has to stay small; a test holds it against the SDK's own. Source: AWS
//! IAM user guide, *Create a signed AWS API request*.

use std::time::Duration;

use jiff::Timestamp;
use ring::{digest, hmac};
use serde::Deserialize;
use ureq::Proxy;
use ureq::http::Uri;
use zeroize::Zeroizing;

use super::http::Answer;
use super::run::value;
use super::{http, processes};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{Failure, FailureKind, StsAnswer};

const BODY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// Asks STS.
pub(super) fn ask(credentials: &Credentials, region: Option<&str>, patience: Duration) -> StsAnswer {
    let endpoint = of_container(region);
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
    for roots in processes::all() {
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

/// A request with an empty query, as far as its signature covers it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The host, with its port if it is not the scheme's.
    pub host: &'a str,
    /// The path.
    pub path: &'a str,
    /// The content type.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a str,
    /// `20261121T101500Z`.
    pub time: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service.
    pub service: &'a str,
}

/// The header `Authorization` of a POST, signed with temporary credentials.
pub fn signature(request: Request<'_>, key_id: &str, secret: &str, session_token: &str) -> String {
    const SIGNED: &str = "content-type;host;x-amz-date;x-amz-security-token";
    let Request { host, path, content_type, body, time, region, service } = request;
    let canonical = format!(
        "POST\n{path}\n\ncontent-type:{content_type}\nhost:{host}\nx-amz-date:{time}\nx-amz-security-token:{session_token}\n\n{SIGNED}\n{}",
        sha256(body)
    );
    let date = time.get(..8).unwrap_or(time);
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&canonical));
    let first = hmac_sha256(format!("AWS4{secret}").as_bytes(), date);
    let key = [region, service, "aws4_request"].into_iter().fold(first, |key, part| hmac_sha256(key.as_ref(), part));
    let signature = hex(hmac_sha256(key.as_ref(), &text).as_ref());
    format!("AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}")
}

fn hmac_sha256(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Suffixes of host names by the beginning of the region's name; else `amazonaws.com`.
const SUFFIXES: &[(&str, &str)] = &[
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
];

/// A server, and the region that requests to it are signed for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `https://HOST`.
    pub url: String,
    /// The region.
    pub region: String,
}

/// The endpoint that the SDKs of this container would use.
pub(super) fn of_container(fallback: Option<&str>) -> Endpoint {
    let region = value("AWS_REGION").or_else(|| value("AWS_DEFAULT_REGION")).or_else(|| fallback.map(str::to_owned));
    let own = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].into_iter().find_map(value);
    let ignored = value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    choose(region, own.filter(|_| !ignored))
}

fn choose(region: Option<String>, own: Option<String>) -> Endpoint {
    let legal = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match (own, region.filter(legal)) {
        (Some(url), region) => Endpoint { url, region: region.unwrap_or_else(|| "us-east-1".to_owned()) },
        (None, Some(region)) => Endpoint { url: format!("https://sts.{region}.{}", suffix(&region)), region },
        (None, None) => Endpoint { url: "https://sts.amazonaws.com".to_owned(), region: "us-east-1".to_owned() },
    }
}

fn suffix(region: &str) -> &'static str {
    SUFFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn sts_is_asked_in_the_region_unless_an_endpoint_is_set() {
        let url =
            |region: Option<&str>, own: Option<&str>| choose(region.map(str::to_owned), own.map(str::to_owned)).url;
        assert_eq!(url(Some("eu-west-1"), None), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(url(Some("cn-north-1"), None), "https://sts.cn-north-1.amazonaws.com.cn");
        assert_eq!(url(Some("us-isob-east-1"), None), "https://sts.us-isob-east-1.sc2s.sgov.gov");
        assert_eq!(url(Some("eu-west-1.evil.example/"), None), "https://sts.amazonaws.com");
        assert_eq!(url(None, None), "https://sts.amazonaws.com");
        assert_eq!(url(Some("eu-west-1"), Some("http://127.0.0.1:9")), "http://127.0.0.1:9");
    }
}

/// Temporary credentials. There is no way to print them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Credentials {
    /// The access key id.
    pub access_key_id: Zeroizing<String>,
    /// The secret.
    pub secret_access_key: Zeroizing<String>,
    /// The session token.
    pub token: Zeroizing<String>,
}
