//! Plays the agent, the credentials address of ECS, STS and the metadata service, each at its own address.
//!
//! The addresses exist only in the network namespace that `scripts/sdks` makes: nothing else can be asked there.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use serde_json::{Value, json};

/// The path in the variable that the webhook writes.
const OTHER: &str = "127.0.0.1:8085";
const STS: &str = "127.0.0.1:8086";

/// A server that gives credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The agent of EKS Pod Identity.
    Agent,
    /// The address of ECS.
    Ecs,
    /// An address that is neither.
    Other,
    /// STS.
    Sts,
    /// The metadata service.
    Metadata,
}

impl Who {
    /// The source of credentials that it stands for, in the words of the resolver.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "podIdentity",
            Self::Ecs => "ecs",
            Self::Other => "otherAddress",
            Self::Sts => "webIdentity",
            Self::Metadata => "instanceMetadata",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "agent" => Self::Agent,
            "ecs" => Self::Ecs,
            "sts" => Self::Sts,
            other => panic!("no server is called {other}"),
        }
    }

    /// The key id of the credentials that it gives.
    pub fn key_id(self) -> String {
        format!("ASIA{}", self.word().to_uppercase())
    }
}

/// A request, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who was asked.
    pub who: Who,
    /// What stood in `Authorization`.
    pub token: Option<String>,
}

#[derive(Debug, Default)]
struct State {
    refuses: Option<Who>,
    contacts: Vec<Contact>,
}

/// All servers; they end when this is dropped.
pub struct Played {
    state: Arc<Mutex<State>>,
    _servers: Vec<Server>,
}

impl Played {
    /// Starts all servers.
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let places = [
            (Who::Agent, "169.254.170.23:80"),
            (Who::Agent, "[fd00:ec2::23]:80"),
            (Who::Ecs, "169.254.170.2:80"),
            (Who::Metadata, "169.254.169.254:80"),
            (Who::Other, OTHER),
            (Who::Sts, STS),
        ];
        let start = |(who, address): (Who, &str)| {
            let address: SocketAddr = address.parse().expect("an address");
            let player = Arc::new(Player { who, state: Arc::clone(&state) });
            Server::start(address, None, player)
                .unwrap_or_else(|error| panic!("{address}: {error}; these tests are run by scripts/sdks test"))
        };
        let servers = places.into_iter().map(start).collect();
        Self { state, _servers: servers }
    }

    /// The URL for `AWS_ENDPOINT_URL_STS`.
    pub fn sts() -> String {
        format!("http://{STS}")
    }

    /// The URL of the address that is neither the agent nor ECS.
    pub fn other() -> String {
        format!("http://{OTHER}/v1/credentials")
    }

    /// Forgets what was asked, and says who refuses from now on.
    pub fn begin(&self, refuses: Option<&str>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State { refuses: refuses.map(Who::parse), contacts: Vec::new() };
    }

    /// Who was asked since, each once, in the order of the first requests.
    pub fn contacts(&self) -> Vec<Contact> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut first: Vec<Contact> = Vec::new();
        for contact in &state.contacts {
            if first.iter().all(|other| other.who != contact.who) {
                first.push(contact.clone());
            }
        }
        first
    }
}

struct Player {
    who: Who,
    state: Arc<Mutex<State>>,
}

impl Handler for Player {
    async fn answer(&self, request: Request) -> Answer {
        let refuses = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            // Requests to STS and the metadata service carry no token that matters here.
            let asks = !matches!(self.who, Who::Sts | Who::Metadata);
            let token = request.header("authorization").filter(|_| asks).map(str::to_owned);
            state.contacts.push(Contact { who: self.who, token });
            state.refuses == Some(self.who)
        };
        Answer::Whole(match self.who {
            Who::Sts if refuses => Response::new(403, "text/xml", REFUSED),
            Who::Sts => Response::new(200, "text/xml", assumed()),
            Who::Metadata => metadata(&request),
            _ if refuses => Response::new(400, "text/plain", "[AccessDeniedException]: refused"),
            who => Response::json(200, &credentials(who)),
        })
    }
}

fn credentials(who: Who) -> Value {
    json!({
        "AccessKeyId": who.key_id(), "SecretAccessKey": "played", "Token": "played",
        "Expiration": "2099-01-01T00:00:00Z", "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
    })
}

fn metadata(request: &Request) -> Response {
    let path = request.path.trim_end_matches('/');
    if path.ends_with("/api/token") {
        let ttl = "x-aws-ec2-metadata-token-ttl-seconds";
        Response::new(200, "text/plain", "played").with_header(ttl, "21600")
    } else if path.ends_with("/security-credentials") || path.ends_with("/security-credentials-extended") {
        Response::new(200, "text/plain", "node")
    } else if path.ends_with("/node") {
        Response::json(200, &credentials(Who::Metadata))
    } else {
        Response::new(404, "text/plain", "")
    }
}

const REFUSED: &str = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
    <Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";

fn assumed() -> String {
    format!(
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <AssumeRoleWithWebIdentityResult><AssumedRoleUser><AssumedRoleId>AROAPLAYED:s</AssumedRoleId>\
         <Arn>arn:aws:sts::111122223333:assumed-role/api/s</Arn></AssumedRoleUser><Credentials>\
         <AccessKeyId>{}</AccessKeyId><SecretAccessKey>played</SecretAccessKey><SessionToken>played</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
         </AssumeRoleWithWebIdentityResponse>",
        Who::Sts.key_id()
    )
}
