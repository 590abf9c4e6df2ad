//! Tokens: what a name, a number or an identity can be made of, and which of them AWS and Kubernetes make.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// What may be a name.
    Token(&'t str),
    /// What stands between names.
    Between(&'t str),
}

/// Takes a text apart; dots, hyphens and underscores belong to a token only between letters or digits.
///
/// What stands before `://` is no name, whoever is called so.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(is_inside).unwrap_or(rest.len());
        let (between, after) = rest.split_at(start);
        let run = after.find(|one| !is_inside(one)).unwrap_or(after.len());
        let (run, after) = after.split_at(long_address(after).unwrap_or(run));
        let token = run.trim_matches(['.', '-', '_']);
        let from = run.find(token).unwrap_or(0);
        let is_scheme = after.starts_with("://");
        let parts = [
            Piece::Between(between),
            Piece::Between(&run[..from]),
            if is_scheme { Piece::Between(token) } else { Piece::Token(token) },
            Piece::Between(&run[from + token.len()..]),
        ];
        pieces.extend(parts.into_iter().filter(|piece| !matches!(piece, Piece::Token("") | Piece::Between(""))));
        rest = after;
    }
    pieces
}

/// How long the IPv6 address is that a text begins with.
fn long_address(text: &str) -> Option<usize> {
    let end = text.find(|one: char| !(one.is_ascii_hexdigit() || matches!(one, ':' | '.'))).unwrap_or(text.len());
    let address = text[..end].trim_end_matches('.');
    (address.contains(':') && address.parse::<Ipv6Addr>().is_ok()).then_some(address.len())
}

/// The tokens of a text.
pub fn tokens(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Token(token) => Some(token),
        Piece::Between(_) => None,
    })
}

fn is_inside(one: char) -> bool {
    one.is_alphanumeric() || matches!(one, '.' | '-' | '_' | '*' | '?')
}

/// Whether it is a pattern rather than a name.
pub fn is_pattern(token: &str) -> bool {
    token.contains(['*', '?'])
}

/// Whether it is the number of an AWS account.
pub fn is_account(token: &str) -> bool {
    token.len() == 12 && token.bytes().all(|one| one.is_ascii_digit())
}

/// The beginning of an identity that AWS gives a principal or a key: the number of its account can be computed from the rest.
pub fn principal(token: &str) -> Option<&'static str> {
    let upper = |one: u8| one.is_ascii_uppercase() || one.is_ascii_digit();
    let beginnings = ["AROA", "AIDA", "AGPA", "ANPA", "ASIA", "AKIA"];
    beginnings.into_iter().find(|beginning| rest_is(token, beginning, 12..=24, upper))
}

/// The beginning of an identity that AWS gives an association, an instance or a part of a network.
pub fn resource(token: &str) -> Option<&'static str> {
    let lower = |one: u8| one.is_ascii_lowercase() || one.is_ascii_digit();
    let beginnings = ["i-", "eni-", "sg-", "subnet-", "vpc-", "vpce-", "mi-"];
    if rest_is(token, "a-", 15..=20, lower) {
        return Some("a-");
    }
    beginnings.into_iter().find(|beginning| rest_is(token, beginning, 8..=17, |one| one.is_ascii_hexdigit()))
}

fn rest_is(token: &str, beginning: &str, length: RangeInclusive<usize>, of: fn(u8) -> bool) -> bool {
    token.strip_prefix(beginning).is_some_and(|rest| length.contains(&rest.len()) && rest.bytes().all(of))
}

/// Whether it is an identity that Kubernetes gives, or the number of a request.
pub fn is_uuid(token: &str) -> bool {
    let parts: Vec<&str> = token.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|one| one.is_ascii_hexdigit()))
}

/// Whether it is the name that EKS gives a cluster in its host and its identity provider.
pub fn is_cluster_identity(part: &str) -> bool {
    let is_upper = |one: u8| matches!(one, b'A'..=b'F');
    matches!(part.len(), 8 | 32)
        && part.bytes().all(|one| one.is_ascii_digit() || is_upper(one))
        && part.bytes().any(is_upper)
}

/// Whether it is an IPv4 address that is known outside: not private, not of the link, not of the machine.
pub fn is_public_v4(token: &str) -> bool {
    token.parse::<Ipv4Addr>().is_ok_and(|address| {
        let [first, second, ..] = address.octets();
        let is_shared = first == 100 && (64..128).contains(&second);
        let is_special = address.is_private() || address.is_link_local() || address.is_loopback() || first == 0;
        !(is_special || is_shared || address.is_documentation() || first >= 224)
    })
}

/// Whether it is an IPv6 address that is known outside.
pub fn is_public_v6(token: &str) -> bool {
    token.parse::<Ipv6Addr>().is_ok_and(|address| {
        let segments = address.segments();
        segments[0] & 0xe000 == 0x2000 && segments[..2] != [0x2001, 0x0db8]
    })
}

/// Whether it is an address of either kind.
pub fn is_address(token: &str) -> bool {
    token.parse::<IpAddr>().is_ok()
}
