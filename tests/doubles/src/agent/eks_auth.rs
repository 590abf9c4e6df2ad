//! The agent's side of EKS Auth: three attempts, and failures in the words of the SDK for Go.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::credentials::{Credentials, Source};
use super::network::{Answer, Ask, Network};

const ATTEMPTS: u32 = 3;
const OPERATION: &str = "operation error EKS Auth: AssumeRoleForPodIdentity, ";

/// EKS Auth as one agent calls it.
#[derive(Debug)]
pub struct EksAuth {
    /// The network.
    pub network: Network,
    /// What signs.
    pub source: Source,
    /// Scheme and host.
    pub endpoint: String,
    /// The region that is signed for.
    pub region: String,
    /// The cluster.
    pub cluster: String,
    /// What a second of waiting between attempts takes; tests have less time.
    pub second: Duration,
}

/// What came of a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assumed {
    /// The session.
    pub assumed_role_user: User,
    /// Its credentials.
    pub credentials: Session,
}

/// Whose session it is.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The ARN of the session.
    pub arn: String,
    /// The unique id.
    pub assume_role_id: String,
}

/// The credentials of a session.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    access_key_id: String,
    secret_access_key: String,
    #[serde(rename = "sessionToken")]
    token: String,
    /// Seconds since 1970.
    expiration: f64,
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// EKS Auth answered with an error.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its id of the request.
        request_id: String,
        /// The code.
        code: String,
        /// The message.
        message: String,
        /// Whether there were several attempts.
        is_last: bool,
    },
    /// There was no answer.
    Unreachable {
        /// Go's words.
        words: String,
        /// Whether there were several attempts.
        is_last: bool,
    },
    /// The call was not made.
    Unsigned(String),
    /// The answer came, and is of no use.
    Useless(String),
}

impl EksAuth {
    /// Asks for the credentials of a pod.
    pub async fn assume(&self, token: &str) -> Result<Assumed, Failure> {
        let signer = self.source.get(&self.network).await.map_err(Failure::Unsigned)?;
        let ask = self.request(&signer, token);
        let mut attempt = 1;
        loop {
            let is_last = attempt == ATTEMPTS;
            let failure = match self.network.ask(&ask).await {
                Ok(answer) if answer.status == 200 => {
                    return serde_json::from_str(&answer.body).map_err(|error| Failure::Useless(error.to_string()));
                }
                Ok(answer) => refused(&answer, is_last),
                Err(silence) if silence.is_retried => Failure::Unreachable { words: silence.words, is_last },
                Err(silence) => return Err(Failure::Unreachable { words: silence.words, is_last: false }),
            };
            if is_last || !failure.is_retried() {
                return Err(failure);
            }
            // As the SDK for Go waits: at random up to 2, then up to 4 seconds.
            tokio::time::sleep(self.second * 2_u32.pow(attempt) * jitter() / 1000).await;
            attempt += 1;
        }
    }

    /// The request is signed in form only: nobody here verifies signatures.
    fn request(&self, signer: &Credentials, token: &str) -> Ask {
        let date = Timestamp::now().strftime("%Y%m%d");
        let scope = format!("{}/{date}/{}/eks-auth/aws4_request", signer.access_key_id, self.region);
        let mut headers = vec![
            ("content-type".to_owned(), "application/json".to_owned()),
            (
                "authorization".to_owned(),
                format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"),
            ),
        ];
        if !signer.token.is_empty() {
            headers.push(("x-amz-security-token".to_owned(), signer.token.clone()));
        }
        let url = format!("{}/clusters/{}/assume-role-for-pod-identity", self.endpoint, self.cluster);
        Ask { method: "POST", url, headers, body: json!({ "token": token }).to_string() }
    }
}

/// Thousandths of a second, from the clock: what waits at random need not be random to anybody else.
fn jitter() -> u32 {
    Instant::now().elapsed().subsec_nanos() % 7 * 100 + Timestamp::now().subsec_nanosecond().unsigned_abs() % 400
}

fn refused(answer: &Answer, is_last: bool) -> Failure {
    let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| body[name].as_str()).unwrap_or_default();
    let code = match answer.header("x-amzn-errortype") {
        "" => text(["__type", "code"]),
        code => code,
    };
    let code = code.split(':').next().unwrap_or_default();
    Failure::Refused {
        status: answer.status,
        request_id: answer.header("x-amzn-requestid").to_owned(),
        code: code.rsplit('#').next().unwrap_or(code).to_owned(),
        message: text(["message", "Message"]).to_owned(),
        is_last,
    }
}

impl Failure {
    fn is_retried(&self) -> bool {
        match self {
            Failure::Refused { status, .. } => matches!(status, 429 | 500 | 502 | 503 | 504),
            Failure::Unreachable { .. } => true,
            Failure::Unsigned(_) | Failure::Useless(_) => false,
        }
    }

    /// What the SDK says.
    pub fn words(&self) -> String {
        let attempts = |is_last: &bool| if *is_last { "exceeded maximum number of attempts, 3, " } else { "" };
        let rest = match self {
            Failure::Refused { status, request_id, code, message, is_last } => format!(
                "{}https response error StatusCode: {status}, RequestID: {request_id}, {code}: {message}",
                attempts(is_last)
            ),
            Failure::Unreachable { words, is_last } => {
                format!(
                    "{}https response error StatusCode: 0, RequestID: , request send failed, {words}",
                    attempts(is_last)
                )
            }
            Failure::Unsigned(words) => words.clone(),
            Failure::Useless(words) => format!("deserialization failed, failed to decode response body, {words}"),
        };
        format!("error getting credentials to cache: unable to fetch credentials from EKS Auth: {OPERATION}{rest}")
    }

    /// The status and the text that the client gets.
    pub fn answer(&self) -> (u16, String) {
        match self {
            Failure::Refused { status, request_id, code, message, .. } => {
                let fault = if *status < 500 { "client" } else { "server" };
                (*status, format!("[{request_id}]: ({code}): {message}, fault: {fault}"))
            }
            Failure::Unreachable { .. } => (500, "[]".to_owned()),
            Failure::Unsigned(_) | Failure::Useless(_) => (500, self.words()),
        }
    }

    /// Whether what is held is given up when it cannot be renewed for this.
    pub fn is_final(&self) -> bool {
        let codes =
            ["ResourceNotFoundException", "ExpiredTokenException", "InvalidTokenException", "AccessDeniedException"];
        matches!(self, Failure::Refused { code, .. } if codes.contains(&code.as_str()))
    }
}

impl Assumed {
    /// Until when the credentials hold.
    pub fn expires(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 are far below 2^63")]
        let millis = (self.credentials.expiration * 1000.0).round() as i64;
        Timestamp::from_millisecond(millis).unwrap_or_default()
    }

    /// What the client gets, in the order of the agent's own members.
    pub fn body(&self) -> String {
        let (session, account) = (&self.credentials, self.assumed_role_user.arn.split(':').nth(4).unwrap_or_default());
        let members = [
            ("AccessKeyId", session.access_key_id.as_str()),
            ("SecretAccessKey", &session.secret_access_key),
            ("Token", &session.token),
            ("AccountId", account),
            ("Expiration", &self.expires().to_string()),
        ];
        let members = members.map(|(name, value)| format!("{}:{}", json!(name), json!(value)));
        format!("{{{}}}", members.join(","))
    }
}
