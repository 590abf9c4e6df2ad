//! Pages of a list: at most a hundred entries, and a token for the next.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::aws::call::Call;
use crate::aws::refusal::Refusal;

const LONGEST: usize = 100;

/// Gives the page that `maxResults` and `nextToken` ask for.
pub fn page(call: &Call, member: &str, entries: Vec<Value>) -> Result<Value, Refusal> {
    let size = match call.text("maxResults") {
        "" => LONGEST,
        text => text
            .parse()
            .ok()
            .filter(|size| (1..=LONGEST).contains(size))
            .ok_or_else(|| Refusal::invalid_parameter(format!("maxResults needs to be between 1 and {LONGEST}")))?,
    };
    let from = match call.text("nextToken") {
        "" => 0,
        token => position(token)
            .filter(|from| *from <= entries.len())
            .ok_or_else(|| Refusal::invalid_parameter("Invalid nextToken"))?,
    };
    let next = (from + size < entries.len()).then(|| STANDARD.encode(format!("from {}", from + size)));
    let shown: Vec<Value> = entries.into_iter().skip(from).take(size).collect();
    Ok(json!({ member: shown, "nextToken": next }))
}

fn position(token: &str) -> Option<usize> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    text.strip_prefix("from ")?.parse().ok()
}
