//! Whether `NO_PROXY` leaves an address out, as programs read it: no two languages read it in the same way.
//!
//! Sources: Go's `httpproxy`, Python's `requests`, curl, and Node's `proxy-from-env`.

use std::net::{IpAddr, SocketAddr};

use crate::reasoning::iam::values::Range;

/// Variables that name a proxy for plain HTTP, as the agent is asked.
pub const PROXIES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that name what is asked without a proxy.
pub const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Whether a list of exceptions has an address in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exception {
    /// It has, for all programs that were looked at.
    Yes,
    /// It has, and some programs read it otherwise, in words.
    Partly(String),
    /// It has not.
    No,
}

/// Looks for an address in a list of exceptions.
pub fn exception(list: &str, address: IpAddr, port: u16) -> Exception {
    let mut found = Exception::No;
    for entry in list.split(',') {
        let words: Vec<&str> = entry.split_whitespace().collect();
        for word in &words {
            match one(&word.to_ascii_lowercase(), address, port) {
                Exception::Yes if words.len() == 1 => return Exception::Yes,
                Exception::Yes => {
                    found = Exception::Partly("programs in Go separate entries at commas only".to_owned());
                }
                Exception::Partly(why) => found = Exception::Partly(why),
                Exception::No => {}
            }
        }
    }
    found
}

fn one(entry: &str, address: IpAddr, port: u16) -> Exception {
    if entry == "*" || entry.contains('/') && Range::parse(entry).is_some_and(|range| range.holds(address)) {
        return Exception::Yes;
    }
    if entry.parse() == Ok(address) || entry.parse() == Ok(SocketAddr::new(address, port)) {
        return Exception::Yes;
    }
    let bare = entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']'));
    if bare.and_then(|bare| bare.parse().ok()) == Some(address) {
        return Exception::Partly(format!(
            "programs in Go do not read {entry} without a port; without brackets they do"
        ));
    }
    let end = entry.trim_start_matches('*').trim_start_matches('.');
    if address.is_ipv4() && !end.is_empty() && address.to_string().ends_with(&format!(".{end}")) {
        return Exception::Partly(format!("programs in Go do not take {entry} for the end of an address"));
    }
    Exception::No
}
