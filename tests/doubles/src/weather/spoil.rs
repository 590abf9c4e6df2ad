//! Makes of a right answer what a mishap leaves of it.

use serde_json::{Value, json};

use super::mishap::Mishap;
use crate::http::{Answer, Request, Response};

/// How long a huge text is.
const HUGE: usize = 10_000_000;
/// How many lists are in each other.
const DEPTH: usize = 10_000;
/// Stands where bytes are put in that no JSON value is.
const MARK: &str = "put-the-bytes-here";

/// Draws, and remembers the place that was drawn.
pub struct Dice {
    /// What is drawn.
    pub rng: fastrand::Rng,
    /// The JSON pointer of the value that was changed.
    pub place: String,
}

/// Spoils an answer. What has no place in it, such as a field in a text without any, cuts it short.
pub fn spoil(mishap: &Mishap, rng: &mut Dice, request: &Request, mut response: Response, elsewhere: &str) -> Answer {
    let status = |code: u16| {
        Response::json(code, &json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code }))
    };
    let body = std::mem::take(&mut response.body);
    response.body = match mishap {
        Mishap::Cut => return Answer::Cut,
        Mishap::Reset => return Answer::Half(Response { body, ..response }),
        Mishap::Trickle => return Answer::Trickle(Response { body, ..response }),
        Mishap::Page => {
            return Answer::Whole(Response::new(200, "text/html", "<html><body>Sign in to go on</body></html>"));
        }
        Mishap::Redirect(code) => {
            let place = format!("{elsewhere}{}", request.path);
            return Answer::Whole(Response::new(*code, "text/plain", "").with_header("location", &place));
        }
        Mishap::Throttled(after) => return Answer::Whole(status(429).with_header("retry-after", after)),
        Mishap::Failed(code) => return Answer::Whole(status(*code)),
        Mishap::Empty => Vec::new(),
        Mishap::Short => short(rng, body),
        Mishap::NoText => bytes(rng, &body, b"\"\xff\xfe\xc0\x80\""),
        Mishap::Nested => bytes(rng, &body, &[vec![b'['; DEPTH], vec![b']'; DEPTH]].concat()),
        Mishap::Huge => bytes(rng, &body, format!("\"{}\"", "x".repeat(HUGE)).as_bytes()),
        Mishap::Hostile => change(rng, body, |place, _rng| {
            *place = json!("\u{1b}]0;x\u{7}\u{1b}[31m\r\n✓ healthy\u{202e}\u{0}'; $(reboot) `reboot`");
        }),
        Mishap::Null => change(rng, body, |place, _rng| *place = Value::Null),
        Mishap::OtherType => change(rng, body, |place, rng| {
            // A list in the place of an object may be read as its fields, in their order.
            *place = match (&place, rng.bool()) {
                (Value::String(_), true) => json!(7),
                (Value::String(_), false) => json!({ "a": ["b"] }),
                (_, true) => json!("another type"),
                (_, false) => json!(-1.5),
            }
        }),
        Mishap::Dropped => dropped(rng, body),
        Mishap::Doubled => doubled(rng, body),
        Mishap::OtherObject => edited(body, |document| {
            for name in ["/metadata/name", "/cluster/name", "/association/serviceAccount", "/association/associationId"]
            {
                if let Some(place) = document.pointer_mut(name) {
                    *place = json!("another");
                }
            }
        }),
        Mishap::Endless => edited(body, |document| {
            if document.get("items").is_some() {
                document["metadata"]["continue"] = json!("0");
            } else if let Some(fields) = document.as_object_mut() {
                fields.insert("nextToken".to_owned(), json!("again"));
                fields.insert("NextToken".to_owned(), json!("again"));
            }
        }),
    };
    Answer::Whole(response)
}

fn short(rng: &mut Dice, mut body: Vec<u8>) -> Vec<u8> {
    body.truncate(rng.rng.usize(0..body.len().max(1)));
    body
}

/// Edits a JSON document; what is none stays.
fn edited(body: Vec<u8>, edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    match serde_json::from_slice(&body) {
        Ok(mut document) => {
            edit(&mut document);
            document.to_string().into_bytes()
        }
        Err(_no_json) => body,
    }
}

/// Changes a value at random, the whole document included; what is no JSON is cut short.
fn change(rng: &mut Dice, body: Vec<u8>, edit: impl FnOnce(&mut Value, &mut fastrand::Rng)) -> Vec<u8> {
    let Ok(mut document) = serde_json::from_slice::<Value>(&body) else { return short(rng, body) };
    let mut all = Vec::new();
    places(&document, &mut String::new(), &mut all);
    rng.place.clone_from(&all[rng.rng.usize(0..all.len())]);
    if let Some(place) = document.pointer_mut(&rng.place) {
        edit(place, &mut rng.rng);
    }
    document.to_string().into_bytes()
}

/// Puts bytes in the place of a value at random, or into the middle of what is no JSON.
fn bytes(rng: &mut Dice, body: &[u8], new: &[u8]) -> Vec<u8> {
    if serde_json::from_slice::<Value>(body).is_ok() {
        let marked = change(rng, body.to_vec(), |place, _rng| *place = json!(MARK));
        let mark = format!("\"{MARK}\"");
        let text = String::from_utf8_lossy(&marked).into_owned();
        let (before, after) = text.split_once(&mark).unwrap_or((&text, ""));
        return [before.as_bytes(), new, after.as_bytes()].concat();
    }
    // What is no JSON loses its end: what is put into the middle of a text may be as good as what was there.
    let (before, _after) = body.split_at(rng.rng.usize(0..=body.len()));
    [before, new].concat()
}

/// Takes a field of an object away, or an entry of a list.
fn dropped(rng: &mut Dice, body: Vec<u8>) -> Vec<u8> {
    change(rng, body, |place, rng| match place {
        Value::Object(fields) if !fields.is_empty() => {
            let name = fields.keys().nth(rng.usize(0..fields.len())).cloned().unwrap_or_default();
            fields.remove(&name);
        }
        Value::Array(list) if !list.is_empty() => drop(list.remove(rng.usize(0..list.len()))),
        place => *place = Value::Null,
    })
}

/// Lets a key stand twice, the second time with another value.
fn doubled(rng: &mut Dice, body: Vec<u8>) -> Vec<u8> {
    let marked = change(rng, body, |place, rng| {
        if let Value::Object(fields) = place
            && !fields.is_empty()
        {
            let name = fields.keys().nth(rng.usize(0..fields.len())).cloned().unwrap_or_default();
            fields.insert(MARK.to_owned(), json!(name));
        }
    });
    let text = String::from_utf8_lossy(&marked).into_owned();
    let Some((before, after)) = text.split_once(&format!("\"{MARK}\":\"")) else { return marked };
    let Some((name, rest)) = after.split_once('"') else { return marked };
    format!("{before}\"{name}\":\"again\"{rest}").into_bytes()
}

/// The JSON pointers of all values.
fn places(value: &Value, here: &mut String, all: &mut Vec<String>) {
    all.push(here.clone());
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, child)| (name.replace('~', "~0").replace('/', "~1"), child)).collect()
        }
        Value::Array(list) => list.iter().enumerate().map(|(at, child)| (at.to_string(), child)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        let length = here.len();
        here.push('/');
        here.push_str(&name);
        places(child, here, all);
        here.truncate(length);
    }
}
