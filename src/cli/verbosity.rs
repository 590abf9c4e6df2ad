//! kubectl's way to say how verbose: `-v=6` and `--v=6`, next to our own `-v` and `-vv`.

use std::ffi::OsString;

/// kubectl's level from which on requests are shown.
const REQUESTS: u32 = 6;

/// Rewrites kubectl's verbosity flags into ours: 6 and more to `-vv`, 1 to 5 to `-v`, 0 to nothing.
pub fn rewrite(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut rewritten = Vec::new();
    let mut verbatim = false;
    for argument in arguments {
        verbatim |= argument == "--";
        match argument.to_str().filter(|_| !verbatim).and_then(level) {
            Some(0) => {}
            Some(level) if level < REQUESTS => rewritten.push("-v".into()),
            Some(_) => rewritten.push("-vv".into()),
            None => rewritten.push(argument),
        }
    }
    rewritten
}

fn level(argument: &str) -> Option<u32> {
    let value = argument.strip_prefix("--v=").or_else(|| argument.strip_prefix("-v="));
    value.or_else(|| argument.strip_prefix("-v").filter(|rest| !rest.is_empty()))?.parse().ok()
}
