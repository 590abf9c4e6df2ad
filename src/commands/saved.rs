//! Evidence files: `--save` and `--from`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::collect::access::bounded;
use crate::collect::{Collected, Picked};
use crate::error::Error;
use crate::evidence::Evidence;
use crate::evidence::saved::API_VERSION;
use crate::render::yaml;

/// The kind of a file with several pieces of evidence.
const LIST: &str = "EvidenceList";

/// What a file holds.
pub struct Saved {
    /// The pieces of evidence, and what they stand for.
    pub collected: Collected,
    /// Whether the run it comes from had several targets.
    pub is_list: bool,
}

/// Words evidence as a file has it.
pub fn text(collected: &Collected, is_list: bool) -> Result<String, Error> {
    let text = match collected.items.as_slice() {
        [only] if !is_list => yaml::text(only),
        items => {
            let samples = &collected.picked;
            yaml::text(&json!({ "apiVersion": API_VERSION, "kind": LIST, "samples": samples, "items": items }))
        }
    };
    if text.is_empty() {
        return Err(Error::bug("the evidence could not be written as YAML"));
    }
    Ok(text)
}

/// Writes evidence: whole, or not at all.
pub fn write(path: &Path, collected: &Collected, is_list: bool) -> Result<(), Error> {
    let failed = |why: String| {
        Error::usage(format!("the evidence could not be saved to {} — {why}", path.display()))
            .hint("the report above is complete; name a place that can be written to and run it again")
    };
    // Evidence has names and ARNs: only its owner may read it.
    replace(path, &text(collected, is_list)?, 0o600).map_err(|error| failed(error.to_string()))
}

/// Writes a file at once: whoever reads it sees the old text or the new one. `mode` is who may read a file that is new.
pub fn replace(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    if path == Path::new("/dev/stdout") || path.exists() && !path.is_file() {
        return std::fs::write(path, text);
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    let partial = Path::new(&partial);
    let written = create(partial, mode)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(partial, path));
    written.inspect_err(|_| {
        // What is left of a file that could not be finished is of no use to anyone.
        std::fs::remove_file(partial).ok();
    })
}

/// Makes a file that was not there, nor a link in its place.
fn create(path: &Path, mode: u32) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

/// Reads evidence; `-` means standard input.
pub fn read(path: &Path) -> Result<Saved, Error> {
    let shown =
        if path == Path::new(bounded::STANDARD) { "standard input".to_owned() } else { path.display().to_string() };
    let text = bounded::read_text_or_standard_input(path).map_err(|error| {
        Error::usage(format!("{shown} could not be read — {error}")).hint("--from takes a file that --save wrote")
    })?;
    parse(&text).map_err(|why| {
        Error::usage(format!("{shown} holds no evidence — {why}")).hint("--from takes a file that --save wrote")
    })
}

fn parse(text: &str) -> Result<Saved, String> {
    let value: Value = serde_saphyr::from_str(text)
        .map_err(|error| format!("it is not YAML: {}", error.to_string().lines().next().unwrap_or_default()))?;
    let is_list = value.get("kind").and_then(Value::as_str) == Some(LIST);
    let read = |value: Value| Evidence::from_value(value).map_err(|error| error.to_string());
    if !is_list {
        return Ok(Saved { collected: Collected { items: vec![read(value)?], picked: Vec::new() }, is_list });
    }
    let version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    if version != API_VERSION {
        return Err(format!("it was written in the form {version}; this version reads {API_VERSION}"));
    }
    let items = value.get("items").and_then(Value::as_array).ok_or("it is a list without items")?;
    let items = items.iter().cloned().map(read).collect::<Result<_, _>>()?;
    let samples = value.get("samples").cloned().unwrap_or(Value::Array(Vec::new()));
    let picked: Vec<Picked> =
        serde_json::from_value(samples).map_err(|error| format!("samples cannot be read: {error}"))?;
    Ok(Saved { collected: Collected { items, picked }, is_list })
}
