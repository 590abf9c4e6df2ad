//! What can be made to go wrong with the played Kubernetes API, for which paths, how many times.

use podid_doubles::http::{Answer, Request, Response};

use super::status;

/// A fault, and the requests it befalls.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The path, without the query; one that ends in `*` is a beginning.
    pub path: String,
    /// How many requests it befalls; none: all.
    pub times: Option<u32>,
    /// What goes wrong.
    pub kind: Kind,
}

/// What goes wrong.
#[derive(Debug, Clone)]
pub enum Kind {
    /// The user may not: a typed 403.
    Forbidden,
    /// The login is refused: a typed 401.
    Unauthorized,
    /// Too many requests: a typed 429 with `Retry-After` in seconds.
    Throttled(u64),
    /// A `Status` of this code and reason that names no object.
    Status(u16, &'static str),
    /// A not-found that names another object than the one asked for.
    OtherNotFound,
    /// What something else on the way answers: status, content type, body.
    Page(u16, &'static str, &'static str),
    /// No answer ever.
    Hang,
    /// The connection is cut before the answer.
    Cut,
    /// The connection is cut in the middle of the right answer.
    Half,
    /// Bytes that are no JSON, with status 200.
    Garbage,
    /// Good JSON of something else, with status 200.
    Stranger,
    /// Spaces without end, with status 200: this many bytes.
    Huge(usize),
    /// A page of a list whose place has expired: 410, only where the request continues one.
    Expired,
}

impl Fault {
    /// A fault of all requests for a path.
    pub fn on(path: &str, kind: Kind) -> Self {
        Self { path: path.to_owned(), times: None, kind }
    }

    fn befalls(&self, request: &Request) -> bool {
        let here =
            self.path.strip_suffix('*').map_or(self.path == request.path, |start| request.path.starts_with(start));
        let continued = request.parameter("continue").is_some();
        here && self.times != Some(0) && (continued || !matches!(self.kind, Kind::Expired))
    }
}

/// Takes the first fault that befalls a request.
pub fn take(faults: &mut [Fault], request: &Request) -> Option<Kind> {
    let fault = faults.iter_mut().find(|fault| fault.befalls(request))?;
    fault.times = fault.times.map(|times| times - 1);
    Some(fault.kind.clone())
}

impl Kind {
    /// Makes of the right answer what goes wrong.
    pub fn spoil(self, request: &Request, right: Response) -> Answer {
        Answer::Whole(match self {
            Self::Hang => return Answer::Hang,
            Self::Cut => return Answer::Cut,
            Self::Half => return Answer::Half(right),
            Self::Forbidden => status::forbidden(&request.path),
            Self::Unauthorized => status::unauthorized(),
            Self::Throttled(seconds) => status::throttled(seconds),
            Self::Status(code, reason) => status::status(code, reason, reason, None),
            Self::OtherNotFound => status::not_found("/api/v1/namespaces/shop/pods/somebody-else"),
            Self::Page(code, content_type, body) => Response::new(code, content_type, body),
            Self::Garbage => Response::new(200, "application/json", "\u{1}<<<not what was asked for"),
            Self::Stranger => Response::new(200, "application/json", r#"{"hello":"world"}"#),
            Self::Huge(bytes) => Response::new(200, "application/json", vec![b' '; bytes]),
            Self::Expired => status::status(410, "Expired", "The provided continue parameter is too old", None),
        })
    }
}
