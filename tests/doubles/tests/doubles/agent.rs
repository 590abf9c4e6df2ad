//! What the played agent does beyond the recording: readiness, limits, what it holds, and how it ends.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use podid_doubles::agent::listeners::Listeners;
use podid_doubles::agent::log::{Level, Log};
use podid_doubles::agent::names::Names;
use podid_doubles::agent::service::Service;
use podid_doubles::agent::settings::Settings;
use podid_doubles::aws::{Fault, Kind};
use podid_doubles::http::Server;

use crate::support::client::{Ask, Reply};
use crate::support::eks_auth::Stub;
use crate::support::tokens::token;
use crate::support::world::{self, Outcome};

const AGENT: &str = env!("CARGO_BIN_EXE_eks-pod-identity-agent");

/// An agent on free ports of the loopback address.
struct Agent {
    listeners: Listeners,
}

impl Agent {
    fn start(endpoint: &str, key: &str, more: &[&str]) -> Result<Agent, String> {
        let mut flags = vec!["--cluster-name", "prod", "-b", "127.0.0.1", "--port", "0", "--probe-port", "0"];
        flags.extend(["--metrics-address", "127.0.0.1", "--metrics-port", "0", "--endpoint", endpoint]);
        let settings = Settings::read(flags.iter().chain(more).map(|flag| (*flag).to_owned()))?;
        let variables = [("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", "s")];
        let environment: HashMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let log = Log::new(Level::Fatal, Box::new(std::io::sink()));
        let eks_auth = settings.eks_auth(&environment, Names::Told(HashMap::new()), String::new());
        let service = Arc::new(Service::new(&settings, eks_auth, log));
        Ok(Agent { listeners: Listeners::bind(&settings, &service)? })
    }

    fn credentials(&self, token: &str) -> std::io::Result<Reply> {
        let headers = [("host", "169.254.170.23"), ("authorization", token)];
        let address = self.listeners.credentials[0].address().to_string();
        Ask { method: "GET", target: "/v1/credentials", headers: &headers, body: "" }.plain(&address)
    }

    fn ask(&self, on_metrics: bool, target: &str) -> std::io::Result<Reply> {
        let server = if on_metrics { &self.listeners.metrics } else { &self.listeners.probes };
        Ask { method: "GET", target, headers: &[], body: "" }.plain(&server.address().to_string())
    }
}

#[test]
fn ready_says_nothing_about_eks_auth() -> Outcome {
    let agent = Agent::start("http://127.0.0.1:1", "K", &[])?;
    for (on_metrics, target, status) in [
        (false, "/readyz", 200),
        (false, "/healthz", 200),
        (true, "/readyz", 200),
        (false, "/metrics", 200),
        (false, "/", 404),
    ] {
        assert_eq!(agent.ask(on_metrics, target)?.status, status, "{target}");
    }
    Ok(())
}

/// Takes a port that was given back. For a moment it may be that of a connection of another test.
fn once_free<T>(take: impl Fn() -> std::io::Result<T>) -> std::io::Result<T> {
    let begin = Instant::now();
    loop {
        match take() {
            Err(error) if error.kind() == ErrorKind::AddrInUse && begin.elapsed() < Duration::from_secs(20) => {
                std::thread::sleep(Duration::from_millis(50));
            }
            taken => return taken,
        }
    }
}

#[test]
fn not_ready_once_an_address_answers_something_else() -> Outcome {
    let mut agent = Agent::start("http://127.0.0.1:1", "K", &[])?;
    let address = agent.listeners.credentials[0].address();
    agent.listeners.credentials.clear();
    let silent = once_free(|| TcpListener::bind(address))?;
    assert_eq!(agent.ask(false, "/readyz")?.status, 408);
    drop(silent);
    let _other = once_free(|| Server::start(address, None, Arc::new(Stub::Gives)))?;
    let reply = agent.ask(false, "/readyz")?;
    assert_eq!((reply.status, reply.body.as_str()), (500, "Internal Server Error occurred\n"));
    Ok(())
}

/// Sends a request on a connection that stays, and gives the status line of its answer.
fn on(connection: &mut std::net::TcpStream, authorization: &str) -> std::io::Result<String> {
    let head =
        format!("GET /v1/credentials HTTP/1.1\r\nHost: 169.254.170.23\r\nAuthorization: {authorization}\r\n\r\n");
    connection.write_all(head.as_bytes())?;
    let mut reader = BufReader::new(connection);
    let (mut status, mut length) = (String::new(), 0);
    reader.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or_default();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    Ok(status.trim().to_owned())
}

#[test]
fn connections_of_clients_are_kept_also_behind_a_refusal() -> Outcome {
    let stub = Stub::Gives.start()?;
    let agent = Agent::start(&format!("http://{}", stub.address()), "K", &[])?;
    let mut connection = std::net::TcpStream::connect(agent.listeners.credentials[0].address())?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    let token = token(&[]);
    for (authorization, status) in [(token.as_str(), "200"), ("no-token", "400"), (token.as_str(), "200")] {
        assert_eq!(on(&mut connection, authorization)?.split(' ').nth(1), Some(status), "{authorization}");
    }
    Ok(())
}

#[test]
fn answers_are_counted_by_their_status() -> Outcome {
    let stub = Stub::Gives.start()?;
    let agent = Agent::start(&format!("http://{}", stub.address()), "K", &[])?;
    agent.credentials(&token(&[]))?;
    agent.credentials("")?;
    let metrics = agent.ask(true, "/metrics")?.body;
    for line in ["pod_identity_http_response{code=\"200\"} 1\n", "pod_identity_http_response{code=\"400\"} 1\n"] {
        assert!(metrics.contains(line), "{metrics}");
    }
    Ok(())
}

#[test]
fn credentials_that_hold_for_seconds_are_not_given() -> Outcome {
    let stub = Stub::GivesFor(9).start()?;
    let agent = Agent::start(&format!("http://{}", stub.address()), "K", &[])?;
    let reply = agent.credentials(&token(&[]))?;
    let expected = "fetched credentials are expired or will expire within the next 15.00 seconds\n";
    assert_eq!((reply.status, reply.body.as_str()), (500, expected));
    Ok(())
}

#[test]
fn a_runaway_client_is_stopped() -> Outcome {
    let agent = Agent::start("http://127.0.0.1:1", "K", &[])?;
    let address = agent.listeners.credentials[0].address().to_string();
    // More than may come at once, faster than permits come back.
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| burst(&address, 400))).collect();
        for thread in threads {
            for status in thread.join().unwrap_or_default() {
                *statuses.entry(status).or_default() += 1;
            }
        }
    });
    assert!(statuses.get(&429) > Some(&0) && statuses.get(&404) >= Some(&500), "{statuses:?}");
    Ok(())
}

/// Asks so often on one connection, without waiting for answers in between.
fn burst(address: &str, times: usize) -> Vec<u16> {
    use std::io::Write;
    let ask = "GET / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(times - 1)
        + "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    let mut text = String::new();
    let asked = std::net::TcpStream::connect(address).and_then(|mut stream| {
        stream.write_all(ask.as_bytes())?;
        stream.read_to_string(&mut text)
    });
    asked.ok();
    text.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()).collect()
}

#[test]
fn one_of_many_who_ask_at_once_asks_eks_auth() -> Outcome {
    let aws = world::start_trusting()?;
    aws.fault(Fault::on("eks-auth:*", Kind::Delay { millis: 300 }));
    let agent = Agent::start(&aws.url(), "AKIADEV", &[])?;
    let token = token(&[]);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..5).map(|_| scope.spawn(|| agent.credentials(&token))).collect();
        threads.into_iter().map(|thread| thread.join().map(|reply| reply.map(|reply| reply.status))).collect::<Vec<_>>()
    });
    assert_eq!(aws.requests().len(), 1);
    Ok(())
}

#[test]
fn the_least_used_go_when_there_is_no_room() -> Outcome {
    let aws = world::start_trusting()?;
    let agent = Agent::start(&aws.url(), "AKIADEV", &["--max-cache-size", "2"])?;
    let tokens = [1, 2, 3].map(|number| token(&[("jti", number.into())]));
    for index in [0, 1, 0, 2, 0] {
        agent.credentials(&tokens[index])?;
    }
    assert_eq!(aws.requests().len(), 3, "the first was asked for in between, so the second had to go");
    agent.credentials(&tokens[1])?;
    assert_eq!(aws.requests().len(), 4);
    Ok(())
}

#[test]
fn an_address_it_cannot_bind_ends_it() -> Outcome {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = taken.local_addr()?.port().to_string();
    for (host, words) in [
        ("127.0.0.1", format!("Unable to start server: listen tcp 127.0.0.1:{port}: bind: address already in use")),
        (
            "[fd00:ec2::23]",
            format!("Unable to start server: listen tcp [fd00:ec2::23]:{port}: bind: cannot assign requested address"),
        ),
    ] {
        let mut agent = Command::new(AGENT)
            .args(["server", "--cluster-name", "prod", "--port", &port, "-b", host, "--probe-port", "0"])
            .stderr(Stdio::piped())
            .spawn()?;
        let mut log = String::new();
        agent.stderr.take().ok_or("no log")?.read_to_string(&mut log)?;
        assert_eq!(agent.wait()?.code(), Some(1));
        let last: serde_json::Value = serde_json::from_str(log.lines().last().unwrap_or_default())?;
        assert_eq!((&last["level"], &last["msg"]), (&"fatal".into(), &words.into()), "{log}");
    }
    Ok(())
}
