//! The played agent answers and logs what the real one was recorded to answer and log, in all its cases.
//!
//! What differs from run to run is left out on both sides: times, ports, how long a call took. All else must be the same.

use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use podid_doubles::agent::log::{Level, Log};
use podid_doubles::agent::names::Names;
use podid_doubles::agent::service::Service;
use podid_doubles::agent::settings::Settings;
use podid_doubles::http::Server;
use serde_json::{Value, json};

use crate::support::client::{Ask, Reply};
use crate::support::eks_auth::Stub;
use crate::support::tokens::token;
use crate::support::world::Outcome;

/// A case of the recording, to be played: what stands behind the agent, and what it is asked.
struct Scene {
    stub: Stub,
    /// Where EKS Auth is, if it is not the stub; and the address of the stub in the recording.
    endpoint: &'static str,
    variables: Vec<(&'static str, &'static str)>,
    asks: Vec<(&'static str, Vec<(&'static str, String)>)>,
}

const KEYS: [(&str, &str); 3] =
    [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "ASIANODE"), ("AWS_SECRET_ACCESS_KEY", "secret")];
const HOST: (&str, &str) = ("host", "169.254.170.23");
const UNOBSERVED: &str = "(text not observed on AWS)";

fn asking(host: &str, token: Option<String>) -> (&'static str, Vec<(&'static str, String)>) {
    let headers = [("host", host.to_owned())].into_iter().chain(token.map(|token| ("authorization", token)));
    ("/v1/credentials", headers.collect())
}

fn scene(name: &str) -> Option<Scene> {
    let mut scene = Scene {
        stub: Stub::Gives,
        endpoint: "",
        variables: KEYS.to_vec(),
        asks: vec![asking(HOST.1, Some(token(&[])))],
    };
    let soon = jiff::Timestamp::now().as_second() + 1800;
    if let Some(error) = name.strip_prefix("EKS Auth answers ") {
        scene.stub = refusal(error)?;
        return Some(scene);
    }
    if let Some(sent) = name.strip_prefix("client sends ") {
        scene.asks = vec![asking(
            HOST.1,
            match sent {
                "no token" => None,
                "an empty token" => Some(String::new()),
                "Bearer" => Some(format!("Bearer {}", token(&[]))),
                "a token with a line end" => Some(token(&[]) + "\n"),
                "an expired token" => Some(token(&[("exp", json!(1))])),
                "a token not yet valid" => Some(token(&[("nbf", json!(soon))])),
                "another audience" => Some(token(&[("aud", json!(["sts.amazonaws.com"]))])),
                "another Host" => Some(token(&[])),
                _ => return None,
            },
        )];
        if sent == "another Host" {
            scene.asks = vec![asking("agent.local", Some(token(&[])))];
        }
        return Some(scene);
    }
    match name {
        "success then cached" => scene.asks.push(scene.asks[0].clone()),
        "EKS Auth does not answer" => (scene.stub, scene.endpoint) = (Stub::Hangs, "127.0.0.1:9912"),
        "EKS Auth refuses the connection" => scene.endpoint = "http://127.0.0.1:1",
        "EKS Auth host name not found" => scene.endpoint = "http://eks-auth.eu-west-1.api.invalid",
        "EKS Auth certificate not trusted" => scene.endpoint = "127.0.0.1:9913",
        "agent has no credentials of its own" => {
            scene.variables = vec![("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true")];
        }
        "agent has no region" => (scene.variables, scene.endpoint) = (KEYS[1..].to_vec(), "by region"),
        "client asks another path" => scene.asks[0].0 = "/v2/credentials",
        _ => return None,
    }
    Some(scene)
}

fn refusal(error: &str) -> Option<Stub> {
    Some(match error {
        "AccessDeniedTrust" => Stub::Refuses(
            400,
            "AccessDeniedException",
            "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
        ),
        "ResourceNotFound" => Stub::Refuses(404, "ResourceNotFoundException", UNOBSERVED),
        "ExpiredToken" => Stub::Refuses(
            400,
            "ExpiredTokenException",
            "The token included in the request is expired: current date/time 2026-11-21T02:07:33Z must be before the expiration date/time 2026-11-21T01:07:33Z",
        ),
        "InvalidToken" => Stub::Refuses(400, "InvalidTokenException", UNOBSERVED),
        "InvalidParameter" => Stub::Refuses(400, "InvalidParameterException", UNOBSERVED),
        "InvalidRequest" => Stub::Refuses(400, "InvalidRequestException", UNOBSERVED),
        "Throttling" => Stub::Refuses(429, "ThrottlingException", "Rate exceeded"),
        "InternalServer" => Stub::Refuses(500, "InternalServerException", UNOBSERVED),
        "ServiceUnavailable" => Stub::Refuses(503, "ServiceUnavailableException", UNOBSERVED),
        _ => return None,
    })
}

/// What a log writes, to be read while it writes on.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Played {
    replies: Vec<Reply>,
    log: Vec<String>,
    took: Duration,
}

impl Scene {
    fn play(&self) -> Result<Played, Box<dyn std::error::Error>> {
        let is_untrusted = self.endpoint.ends_with(":9913");
        let stub = if is_untrusted { self.stub.start_untrusted()? } else { self.stub.start()? };
        let place = stub.address().to_string();
        let scheme = if is_untrusted { "https" } else { "http" };
        let endpoint = match self.endpoint {
            "by region" => None,
            given if given.starts_with("http") => Some(given.to_owned()),
            _ => Some(format!("{scheme}://{place}")),
        };
        let flags = ["--cluster-name", "prod", "-v", "trace"].map(str::to_owned).into_iter();
        let settings = Settings::read(flags.chain(endpoint.map(|endpoint| format!("--endpoint={endpoint}"))))?;
        let environment =
            self.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let silent = " on 10.100.0.10:53: dial udp 10.100.0.10:53: connect: network is unreachable";
        let names = [("eks-auth.eu-west-1.api.invalid".to_owned(), Err(silent.to_owned()))];
        let mut eks_auth = settings.eks_auth(&environment, Names::Told(names.into()), String::new());
        eks_auth.second = Duration::from_millis(20);
        let lines = Lines::default();
        let log = Log::new(Level::Trace, Box::new(lines.clone()));
        let service = Arc::new(Service::new(&settings, eks_auth, log));
        let agent = Server::start((Ipv4Addr::LOCALHOST, 0).into(), None, service)?;
        let begin = Instant::now();
        let replies = self.asks.iter().map(|(target, headers)| {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            Ask { method: "GET", target, headers: &headers, body: "" }.plain(&agent.address().to_string())
        });
        let replies = replies.collect::<io::Result<_>>()?;
        let took = begin.elapsed();
        let text = String::from_utf8(lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone())?;
        let recorded_place = if self.endpoint.starts_with("127") { self.endpoint } else { place.as_str() };
        Ok(Played { replies, log: text.lines().map(|line| line.replace(&place, recorded_place)).collect(), took })
    }
}

/// Of a line everything but what differs from run to run.
fn shown(line: &str) -> Result<Value, serde_json::Error> {
    let mut line: Value = serde_json::from_str(line)?;
    let client = line["client-addr"].as_str().unwrap_or_default().to_owned();
    line["msg"] = line["msg"].as_str().unwrap_or_default().replace(&client, "CLIENT").into();
    for (name, value) in [("client-addr", json!("CLIENT")), ("time", json!("NOW")), ("request_time_ms", json!(0))] {
        if line.get(name).is_some() {
            line[name] = value;
        }
    }
    Ok(line)
}

/// A body without the time at which its credentials expire.
fn shown_body(body: &str) -> String {
    body.split_once("\"Expiration\":").map_or(body, |(before, _)| before).to_owned()
}

#[test]
fn every_answer_and_every_line_is_the_recorded_one() -> Outcome {
    let document: Value = serde_json::from_str(include_str!("../../../recorded/agent-0.1.37.json"))?;
    let cases = document["cases"].as_array().ok_or("no cases")?;
    assert_eq!(cases.len(), 25);
    for case in cases {
        let name = case["name"].as_str().ok_or("no name")?;
        let played = scene(name).ok_or_else(|| format!("no scene for {name}"))?.play()?;
        let answers = case["answers"].as_array().ok_or("no answers")?;
        assert_eq!(played.replies.len(), answers.len(), "{name}");
        for (reply, answer) in played.replies.iter().zip(answers) {
            assert_eq!(answer["status"], reply.status, "{name}: {}", reply.body);
            assert_eq!(answer["contentType"].as_str(), reply.header("content-type"), "{name}");
            assert_eq!(shown_body(answer["body"].as_str().unwrap_or_default()), shown_body(&reply.body), "{name}");
        }
        let recorded = case["log"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let recorded = recorded.map(shown).collect::<Result<Vec<_>, _>>()?;
        let logged = played.log.iter().map(|line| shown(line)).collect::<Result<Vec<_>, _>>()?;
        assert_eq!(logged, recorded, "{name}");
        // The order of members is the real one's too.
        assert!(played.log.iter().all(|line| line.find("\"level\"") < line.find("\"msg\"")), "{name}");
        let patience = Duration::from_secs(if name == "EKS Auth does not answer" { 3 } else { 0 });
        assert!(played.took >= patience, "{name} took {:?}", played.took);
    }
    Ok(())
}
