//! Which proxy the environment asks for, by the rules of Go's standard library, which kubectl follows.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

use crate::error::Error;

/// The proxy of the environment for a server, if any.
///
/// `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme (or the same in lower case), never for this machine itself, and
/// not for what `NO_PROXY` names. `variable` reads one variable of the environment.
pub fn from_environment(server: &Uri, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Uri>, Error> {
    let any = |names: [&str; 2]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    let names = match server.scheme_str() {
        Some("https") => ["HTTPS_PROXY", "https_proxy"],
        _ => ["HTTP_PROXY", "http_proxy"],
    };
    let Some(proxy) = any(names) else { return Ok(None) };
    let excepted = any(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    if is_excepted(server, &excepted) {
        return Ok(None);
    }
    let with_scheme = if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") };
    parse(&with_scheme).map(Some).map_err(|reason| {
        Error::usage(format!("the proxy of the environment cannot be used: {} {reason}", names[0]))
            .hint("write it as http://host:port")
    })
}

/// Reads a proxy's address; the error says what is wrong without repeating it, for it may hold a password.
pub fn parse(text: &str) -> Result<Uri, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is no URL")?;
    match uri.scheme_str() {
        Some("http" | "https" | "socks5") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        _ => Err("is no URL of a proxy: expected http, https or socks5"),
    }
}

fn is_excepted(server: &Uri, list: &str) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("https") { 443 } else { 80 });
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let entries = list.split(',').map(|entry| entry.trim().to_ascii_lowercase());
    entries.filter(|entry| !entry.is_empty()).any(|entry| matches(&entry, &host, address, port))
}

fn matches(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(net) = entry.parse::<IpNet>() {
        return address.is_some_and(|address| net.contains(&address));
    }
    let (name, wanted) = split_port(entry);
    if wanted.is_some_and(|wanted| wanted != port.to_string()) {
        return false;
    }
    if let Ok(named) = name.parse::<IpAddr>() {
        return address == Some(named);
    }
    // `example.com` stands for itself and all below it, `.example.com` and `*.example.com` only for what is below.
    let below = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    if address.is_some() || below.is_empty() {
        return false;
    }
    match below.strip_prefix('.') {
        Some(_) => host.ends_with(below),
        None => host == below || host.strip_suffix(below).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// Splits `host:port` and `[address]:port`; a bare IPv6 address has no port.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (name, Some(port)),
        Some((name, port)) if name.starts_with('[') && name.ends_with(']') => {
            (name.trim_matches(['[', ']']), Some(port))
        }
        _ => (entry, None),
    }
}
