//! The program that runs in pods, against servers on loopback that play the agent and STS.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use podid::evidence::ProbeReport;
use podid::evidence::asked::foreign_text::ForeignText;
use podid::evidence::asked::probe::{FailureKind, TokenState};
use podid::probe::{Request, signature};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOlsicG9kcy5la3MuYW1hem9uYXdzLmNvbSJdLCJleHAiOjE4MDAwMDAwMDAsImt1YmVybmV0ZXMuaW8iOnsicG9kIjp7Im5hbWUiOiJhcGkiLCJ1aWQiOiJ1LTEifX19.c2lnbmF0dXJl";
const CREDENTIALS: &str = r#"{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token":"the-session","AccountId":"111122223333","Expiration":"2026-11-21T18:00:00Z"}"#;
const IDENTITY: &str = r#"{"GetCallerIdentityResponse":{"GetCallerIdentityResult":{"Account":"111122223333","Arn":"arn:aws:sts::111122223333:assumed-role/api/eks-prod-api-1","UserId":"AROA:x"}}}"#;
const SECRETS: [&str; 5] = [TOKEN, "c2lnbmF0dXJl", "ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "the-session"];

/// A server that gives one answer to each request, and tells what it was asked.
struct Server {
    url: String,
    asked: Receiver<String>,
}

/// An answer; `None` is silence.
fn server(answer: Option<(u16, &str)>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (tell, asked) = channel();
    let answer = answer.map(|(status, body)| {
        let length = body.len();
        format!("HTTP/1.1 {status} Told\r\nContent-Length: {length}\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nConnection: close\r\n\r\n{body}")
    });
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = Vec::new();
            let mut buffer = [0; 4096];
            // A GET ends with its head, the one POST with its last parameter.
            while let Ok(read @ 1..) = stream.read(&mut buffer) {
                request.extend_from_slice(&buffer[..read]);
                let text = String::from_utf8_lossy(&request);
                if text.starts_with("GET") && text.ends_with("\r\n\r\n") || text.ends_with("2011-06-15") {
                    tell.send(text.into_owned()).ok();
                    break;
                }
            }
            match &answer {
                Some(answer) => stream.write_all(answer.as_bytes()).ok(),
                None => stream.read_to_end(&mut request).ok().map(drop),
            };
        }
    });
    Server { url, asked }
}

struct Container {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Container {
    fn new(agent: &Server, sts: &Server) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let token = folder.path().join("token");
        std::fs::write(&token, TOKEN).expect("a token");
        let variables = [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/v1/credentials", agent.url)),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.display().to_string()),
            ("AWS_ENDPOINT_URL_STS", sts.url.clone()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("HOME", folder.path().display().to_string()),
        ];
        Self { folder, variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs the probe; whatever it prints, no secret is in it.
    fn run(&self, arguments: &[&str]) -> ProbeReport {
        let output = Command::new(env!("CARGO_BIN_EXE_podid-probe"))
            .args(arguments)
            .env_clear()
            .envs(&self.variables)
            .output()
            .expect("the probe starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.len() < 64 * 1024, "{} bytes", text.len());
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

#[test]
fn it_asks_as_an_sdk_does_and_tells_no_secret() {
    let (agent, sts) = (server(Some((200, CREDENTIALS))), server(Some((200, IDENTITY))));
    // A proxy that is not there: the agent is never asked through one.
    let container = Container::new(&agent, &sts).with("HTTP_PROXY", "http://user:pass@127.0.0.1:9");
    let report = container.run(&[]);
    let token = report.token.as_ref().expect("a token");
    let claims = token.claims.as_ref().expect("claims");
    assert_eq!((token.state, claims.audiences[0].as_str()), (TokenState::Read, "pods.eks.amazonaws.com"));
    assert_eq!(claims.pod.as_ref().map(|pod| pod.uid.as_str()), Some("u-1"));
    assert!(report.has_credentials() && report.connection.as_ref().is_some_and(|one| one.failure.is_none()));
    let identity = report.identity.as_ref().expect("an identity");
    assert_eq!(
        identity.arn.as_ref().map(ForeignText::as_str),
        Some("arn:aws:sts::111122223333:assumed-role/api/eks-prod-api-1")
    );
    assert!(identity.clock.is_some());

    let asked = agent.asked.recv().expect("a request").to_lowercase();
    assert!(asked.contains(&format!("authorization: {}\r\n", TOKEN.to_lowercase())), "{asked}");
    let asked = sts.asked.recv().expect("a request");
    assert!(
        asked.contains("Credential=ASIAIOSFODNN7EXAMPLE/") && asked.contains("/eu-west-1/sts/aws4_request"),
        "{asked}"
    );
    assert!(asked.to_lowercase().contains("x-amz-security-token: the-session"), "{asked}");
    let told = serde_json::to_string(&report.environment).expect("JSON");
    assert!(told.contains("HTTP_PROXY") && !told.contains("pass"), "{told}");
}

#[test]
fn an_error_of_the_agent_is_told_in_its_words_without_the_token() {
    let body = format!("Service account token cannot be parsed: {TOKEN} is malformed");
    let (agent, sts) = (server(Some((400, &body))), server(None));
    let answer = Container::new(&agent, &sts).run(&[]).answer.expect("an answer");
    assert_eq!(answer.status, Some(400));
    let body = answer.body.expect("a body");
    assert!(
        body.as_str().starts_with("Service account token cannot be parsed: [")
            && body.as_str().ends_with("is malformed"),
        "{body:?}"
    );
}

#[test]
fn a_hostile_agent_cannot_make_it_talk() {
    for (status, body) in [
        (403, "<html>".repeat(40_000)),
        (200, "x".repeat(300_000)),
        (200, "{}".to_owned()),
        (500, "\u{1b}[2J".repeat(5000)),
    ] {
        let (agent, sts) = (server(Some((status, &body))), server(None));
        let answer = Container::new(&agent, &sts).run(&[]).answer.expect("an answer");
        assert!(answer.failure.is_some() || answer.status != Some(200), "{answer:?}");
        assert!(answer.body.is_none_or(|body| body.as_str().len() <= 2400));
    }
}

#[test]
fn silence_is_waited_for_and_not_for_ever() {
    let (agent, sts) = (server(None), server(None));
    let begun = Instant::now();
    let answer = Container::new(&agent, &sts).run(&["--timeout", "12"]).answer.expect("an answer");
    assert_eq!(answer.failure.map(|failure| failure.kind), Some(FailureKind::TimedOut));
    // The agent itself may need five seconds.
    assert!(
        begun.elapsed() > Duration::from_secs(5) && begun.elapsed() < Duration::from_secs(12),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_refusal_of_sts_is_told_by_its_code() {
    let refused = "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid</Message></Error></ErrorResponse>";
    let (agent, sts) = (server(Some((200, CREDENTIALS))), server(Some((403, refused))));
    let identity = Container::new(&agent, &sts).run(&[]).identity.expect("an identity");
    assert_eq!(identity.code.as_ref().map(ForeignText::as_str), Some("InvalidClientTokenId"));
    assert_eq!((identity.status, identity.arn), (Some(403), None));
}

#[test]
fn what_is_not_there_is_told_as_that() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).expect("a port");
    let (agent, sts) = (server(None), server(None));
    let report = Container::new(&agent, &sts)
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("http://{closed}/v1/credentials"))
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/no/such/token")
        .run(&[]);
    let failure = report.connection.and_then(|connection| connection.failure).expect("a failure");
    assert_eq!((failure.kind, report.token.expect("a token").state), (FailureKind::Refused, TokenState::Missing));
    assert_eq!((report.answer, report.identity), (None, None));
}

#[test]
fn a_token_goes_to_no_foreign_host() {
    let (agent, sts) = (server(Some((200, CREDENTIALS))), server(None));
    let report = Container::new(&agent, &sts)
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/v1/credentials")
        .run(&[]);
    let failure = report.connection.and_then(|connection| connection.failure).expect("a failure");
    assert_eq!((failure.kind, report.answer), (FailureKind::NotAllowed, None));
}

#[test]
fn files_that_outrank_the_agent_are_told_without_values() {
    let (agent, sts) = (server(Some((200, CREDENTIALS))), server(Some((200, IDENTITY))));
    let container = Container::new(&agent, &sts);
    let folder = container.folder.path().join(".aws");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(
        folder.join("credentials"),
        "[default]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG\n",
    )
    .expect("a file");
    let files = container.run(&[]).files;
    let profile = &files[0].profiles.as_ref().expect("profiles")[0];
    assert_eq!((profile.name.as_str(), profile.settings.len()), ("default", 2));
}

/// The SDK's own signer is the judge.
#[cfg(feature = "plugin")]
#[test]
fn requests_are_signed_as_the_sdk_signs_them() {
    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;

    let time: jiff::Timestamp = "2026-11-21T10:15:00Z".parse().expect("a time");
    let body = "Action=GetCallerIdentity&Version=2011-06-15";
    let identity = Credentials::new(
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        Some("the-session".to_owned()),
        None,
        "test",
    )
    .into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name("sts")
        .time(std::time::SystemTime::from(time))
        .settings(SigningSettings::default())
        .build()
        .expect("parameters");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let request = SignableRequest::new(
        "POST",
        "https://sts.eu-west-1.amazonaws.com/",
        headers.into_iter(),
        SignableBody::Bytes(body.as_bytes()),
    )
    .expect("a request");
    let (instructions, _) = sign(request, &parameters.into()).expect("a signature").into_parts();
    let expected =
        instructions.headers().find(|(name, _)| name.eq_ignore_ascii_case("authorization")).expect("a header").1;
    let own = signature(
        Request {
            host: "sts.eu-west-1.amazonaws.com",
            path: "/",
            content_type: "application/x-www-form-urlencoded",
            body,
            time: "20261121T101500Z",
            region: "eu-west-1",
            service: "sts",
        },
        "ASIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "the-session",
    );
    assert_eq!(own, expected);
}
