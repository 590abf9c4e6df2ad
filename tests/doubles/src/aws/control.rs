//! The controls over HTTP, below `/_control/`, for tests in another process.
//!
//! | Request | Does |
//! |---|---|
//! | `GET /_control/state` | gives the state |
//! | `PUT /_control/state` | replaces it |
//! | `PATCH /_control/state` | merges into it (RFC 7386: `null` removes) |
//! | `GET`, `POST`, `DELETE /_control/faults` | lists the faults, adds one, takes all away |
//! | `GET`, `DELETE /_control/requests` | gives the log, empties it |
//! | `PUT /_control/latency` with `{"millis": 30}` | makes each answer come so much later |
//!
//! Every body is JSON. Success is 200, a body that does not fit is 400, anything else 404.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::Fault;
use super::server::World;
use super::state::State;
use crate::http::{Request, Response};

#[derive(Deserialize)]
struct Latency {
    millis: u64,
}

/// Answers a request below `/_control/`.
pub fn answer(world: &World, path: &str, request: &Request) -> Response {
    match act(world, path, request) {
        Ok(Some(value)) => Response::json(200, &value),
        Ok(None) => Response::json(404, &json!({ "message": "no such control" })),
        Err(message) => Response::json(400, &json!({ "message": message })),
    }
}

fn act(world: &World, path: &str, request: &Request) -> Result<Option<Value>, String> {
    let done = Ok(Some(json!({})));
    match (request.method.as_str(), path) {
        ("GET", "state") => shown(&*world.state()),
        ("PUT", "state") => {
            let state: State = body(request)?;
            replace(world, |_| Ok(state.completed()))
        }
        ("PATCH", "state") => {
            let changes: Value = body(request)?;
            replace(world, |state| state.merged(&changes))
        }
        ("GET", "faults") => shown(&*world.faults()),
        ("POST", "faults") => {
            let fault: Fault = body(request)?;
            world.faults().push(fault);
            done
        }
        ("DELETE", "faults") => {
            world.faults().clear();
            done
        }
        ("GET", "requests") => shown(&world.log.all()),
        ("DELETE", "requests") => {
            world.log.clear();
            done
        }
        ("PUT", "latency") => {
            let latency: Latency = body(request)?;
            world.set_latency(Duration::from_millis(latency.millis));
            done
        }
        _ => Ok(None),
    }
}

fn replace(world: &World, make: impl FnOnce(&State) -> Result<State, String>) -> Result<Option<Value>, String> {
    let changed = world.change(|state| {
        *state = make(state)?;
        Ok(Some(json!({})))
    });
    changed.map_err(|error| error.to_string())?
}

fn shown<T: serde::Serialize + ?Sized>(value: &T) -> Result<Option<Value>, String> {
    serde_json::to_value(value).map(Some).map_err(|error| error.to_string())
}

fn body<T: serde::de::DeserializeOwned>(request: &Request) -> Result<T, String> {
    serde_json::from_slice(&request.body).map_err(|error| error.to_string())
}
