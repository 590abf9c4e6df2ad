//! Plays what EKS puts before its API server for callers with AWS credentials: the webhook that reviews their tokens.
//!
//! A token is a presigned `GetCallerIdentity` request. As aws-iam-authenticator does, it is judged by its form and its age,
//! then sent to STS (the played one) with the cluster's name in the header that was signed; the answer says who it is, and
//! a file of access entries (`{"ARN of user or role": ["group", …]}`) which groups that makes. The played STS
//! verifies no signatures, so a token for another cluster is taken too.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::http::{Answer, Handler, Request, Response};
use crate::percent;

/// The parameters a token may have; another one is refused, lest STS be asked for something else.
const PARAMETERS: &[&str] = &[
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// The authenticator of one cluster.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// The cluster that a token must have been made for.
    pub cluster: String,
    /// Where STS answers, over plain HTTP.
    pub sts: SocketAddr,
    /// The file of access entries; read for each review.
    pub access_entries: PathBuf,
}

impl Handler for Authenticator {
    async fn answer(&self, request: Request) -> Answer {
        let review: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let status = match self.review(review["spec"]["token"].as_str().unwrap_or_default()).await {
            Ok(user) => json!({ "authenticated": true, "user": user }),
            Err(error) => json!({ "authenticated": false, "error": error }),
        };
        let review = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "status": status });
        Answer::Whole(Response::json(200, &review))
    }
}

impl Authenticator {
    async fn review(&self, token: &str) -> Result<Value, String> {
        let query = judged(token, self.sts, Timestamp::now())?;
        let answer = self.ask_sts(&query).await.map_err(|error| format!("sts: {error}"))?;
        let (arn, account) = (element(&answer, "Arn")?, element(&answer, "Account")?);
        let entries = std::fs::read_to_string(&self.access_entries).map_err(|error| error.to_string())?;
        let entries: BTreeMap<String, Vec<String>> =
            serde_json::from_str(&entries).map_err(|error| error.to_string())?;
        let principal = principal(arn);
        let groups = entries.get(&principal).ok_or_else(|| format!("no access entry for {principal}"))?;
        Ok(json!({
            "username": arn,
            "uid": format!("aws-iam-authenticator:{account}:{}", element(&answer, "UserId")?),
            "groups": groups.iter().map(String::as_str).chain(["system:authenticated"]).collect::<Vec<_>>(),
            "extra": { "arn": [arn], "canonicalArn": [principal] },
        }))
    }

    async fn ask_sts(&self, query: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        let stream = tokio::net::TcpStream::connect(self.sts).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let talk = tokio::spawn(connection);
        let request = hyper::Request::get(format!("/?{query}"))
            .header("host", self.sts.to_string())
            .header("x-k8s-aws-id", &self.cluster)
            .body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        talk.abort();
        match status.as_u16() {
            200 => Ok(String::from_utf8(body.to_vec())?),
            _ => Err(format!("{status}").into()),
        }
    }
}

/// Gives the query of a token's URL, if the token is one at this time. Clients that are pointed at the played STS by
/// `AWS_ENDPOINT_URL` write its address into the token, which no real authenticator would take.
fn judged(token: &str, played: SocketAddr, now: Timestamp) -> Result<String, String> {
    let encoded = token.strip_prefix("k8s-aws-v1.").ok_or("not a token of AWS")?;
    let url = URL_SAFE_NO_PAD.decode(encoded).map_err(|error| error.to_string())?;
    let url = String::from_utf8(url).map_err(|error| error.to_string())?;
    let (server, query) = url.split_once("/?").ok_or("the path is not /")?;
    if server != format!("http://{played}") && !is_sts(server) {
        return Err(format!("{server} is not STS"));
    }
    let parameters: BTreeMap<String, String> =
        percent::form(query).into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    if let Some(name) = parameters.keys().find(|name| !PARAMETERS.contains(&name.as_str())) {
        return Err(format!("parameter {name} has no place here"));
    }
    let value = |name: &str| parameters.get(name).map_or("", String::as_str);
    if value("action") != "GetCallerIdentity" {
        return Err("not GetCallerIdentity".into());
    }
    if !value("x-amz-signedheaders").split(';').any(|header| header == "x-k8s-aws-id") {
        return Err("the cluster's name is not signed".into());
    }
    let made = DateTime::strptime("%Y%m%dT%H%M%SZ", value("x-amz-date")).map_err(|error| error.to_string())?;
    let made = made.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?.timestamp();
    // The fourteen minutes for which clients keep a token, and one for clocks that differ.
    if now > made + 15.minutes() || made > now + 15.minutes() {
        return Err("expired".into());
    }
    Ok(query.to_owned())
}

fn is_sts(server: &str) -> bool {
    let host = server.strip_prefix("https://sts.").unwrap_or_default();
    host == "amazonaws.com" || host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

/// Names the user or role behind an ARN: sessions of a role are the role.
fn principal(arn: &str) -> String {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        [_, partition, "sts", _, account, resource] if resource.starts_with("assumed-role/") => {
            let role = resource.split('/').nth(1).unwrap_or_default();
            format!("arn:{partition}:iam::{account}:role/{role}")
        }
        _ => arn.to_owned(),
    }
}

fn element<'a>(xml: &'a str, name: &str) -> Result<&'a str, String> {
    let (_, rest) = xml.split_once(&format!("<{name}>")).ok_or_else(|| format!("STS gave no {name}"))?;
    rest.split_once('<').map(|(value, _)| value).ok_or_else(|| format!("STS gave no {name}"))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{SocketAddr, Timestamp, URL_SAFE_NO_PAD, judged, principal};
    use base64::Engine as _;

    const URL: &str = "https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15\
        &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20261120%2Feu-west-1%2Fsts%2Faws4_request\
        &X-Amz-Date=20261120T140711Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=0";

    const PLAYED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4566);

    fn judge(url: &str, now: &str) -> Result<String, String> {
        let now: Timestamp = now.parse().map_err(|error: jiff::Error| error.to_string())?;
        judged(&format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url)), PLAYED, now)
    }

    #[test]
    fn a_good_token_is_taken_for_fifteen_minutes() {
        assert!(judge(URL, "2026-11-20T14:07:11Z").is_ok_and(|query| query.starts_with("Action=")));
        assert!(judge(URL, "2026-11-20T14:22:11Z").is_ok());
        assert_eq!(judge(URL, "2026-11-20T14:22:12Z"), Err("expired".into()));
        let played = URL.replace("https://sts.eu-west-1.amazonaws.com", "http://127.0.0.1:4566");
        assert!(judge(&played, "2026-11-20T14:07:11Z").is_ok());
    }

    #[test]
    fn another_request_is_no_token() {
        let refused = |from: &str, to: &str| judge(&URL.replace(from, to), "2026-11-20T14:07:11Z").is_err();
        assert!(refused("https://sts.eu-west-1.amazonaws.com", "https://sts.example.com"));
        assert!(refused("https://sts.eu-west-1.amazonaws.com", "http://127.0.0.1:4567"));
        assert!(refused("https:", "http:"));
        assert!(refused("GetCallerIdentity", "AssumeRole"));
        assert!(refused("%3Bx-k8s-aws-id", ""));
        assert!(refused("&X-Amz-Signature", "&RoleArn=x&X-Amz-Signature"));
        assert!(judged("k8s-aws-v2.x", PLAYED, Timestamp::UNIX_EPOCH).is_err());
    }

    #[test]
    fn a_session_is_its_role() {
        let session = "arn:aws:sts::111122223333:assumed-role/admin/me@example.com";
        assert_eq!(principal(session), "arn:aws:iam::111122223333:role/admin");
        assert_eq!(principal("arn:aws:iam::111122223333:user/me"), "arn:aws:iam::111122223333:user/me");
    }
}
