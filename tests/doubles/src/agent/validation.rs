//! What the agent asks of a request before it asks EKS Auth: the host it was sent to, and the form of its token.

use jiff::Timestamp;

use super::log::{Fields, Level, Log};
use crate::http::Request;
use crate::token::Claims;

/// The addresses a client may use, whatever the agent is bound to.
const HOSTS: [&str; 2] = ["169.254.170.23", "fd00:ec2::23"];

/// Gives the token of a request that is in order; else status and text.
pub fn validate(request: &Request, log: &Log, fields: &Fields) -> Result<String, (u16, String)> {
    let host = request.header("host").unwrap_or_default();
    let (target, has_port) = target(host);
    log.write(Level::Debug, fields, &format!("validating call to requested target host {target}"));
    if !has_port {
        let mut fields = fields.clone();
        fields.insert("target-host".into(), target.into());
        log.write(Level::Trace, &fields, "Interpreting request target host without port");
    }
    if !HOSTS.contains(&target) {
        let words = "Access Denied. Called agent through invalid address, please use either";
        return Err((403, format!("{words} [{}] address not {target}", HOSTS.join(" "))));
    }
    let token = request.header("authorization").unwrap_or_default().trim();
    accept(token).map_err(|words| (400, words))?;
    log.write(Level::Debug, fields, "validation passed");
    Ok(token.to_owned())
}

fn target(host: &str) -> (&str, bool) {
    let split = host
        .rsplit_once(':')
        .filter(|(before, port)| !port.contains(']') && (!before.contains(':') || before.ends_with(']')));
    let name = split.map_or(host, |(name, _)| name);
    (name.trim_start_matches('[').trim_end_matches(']'), split.is_some())
}

/// Neither signature nor audience is looked at: EKS Auth is the judge.
fn accept(token: &str) -> Result<(), String> {
    if token.is_empty() {
        return Err("Service account token cannot be empty".to_owned());
    }
    let claims = Claims::read(token).map_err(|words| format!("Service account token cannot be parsed: {words}"))?;
    let now = Timestamp::now().as_second();
    let failed = |words: &str| Err(format!("Service account token failed basic claim validations: {words}"));
    if claims.exp.is_some_and(|expires| expires <= now) {
        return failed("token is expired");
    }
    if claims.nbf.is_some_and(|begins| begins > now) {
        return failed("token is not valid yet");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn a_host_with_or_without_a_port() {
        for (host, expected) in [
            ("169.254.170.23", ("169.254.170.23", false)),
            ("169.254.170.23:80", ("169.254.170.23", true)),
            ("[fd00:ec2::23]", ("fd00:ec2::23", false)),
            ("[fd00:ec2::23]:80", ("fd00:ec2::23", true)),
            ("agent.local:80", ("agent.local", true)),
        ] {
            assert_eq!(target(host), expected);
        }
    }
}
