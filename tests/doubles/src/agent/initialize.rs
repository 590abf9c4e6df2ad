//! What the init container of the agent does to the node: a link with the agent's two addresses, and the way to them.

use std::process::Command;

use super::log::{Fields, Level, Log};

/// The link's name.
const LINK: &str = "pod-id-link0";
const ADDRESSES: [(&str, &str); 2] = [("-4", "169.254.170.23/32"), ("-6", "fd00:ec2::23/128")];

/// Makes the link, if it is not there. As with the real one, IPv6 may fail.
pub fn initialize(log: &Log) -> Result<(), String> {
    if ip(&["link", "show", "dev", LINK]).is_err() {
        // Some kernels have no dummy links; a bridge without ports is as good.
        ip(&["link", "add", LINK, "type", "dummy"]).or_else(|_| ip(&["link", "add", LINK, "type", "bridge"]))?;
    }
    // An IPv6 address cannot be bound before it is known that nobody else has it, and here nobody will.
    let unique = std::fs::write(format!("/proc/sys/net/ipv6/conf/{LINK}/accept_dad"), "0");
    unique.unwrap_or_else(|error| log.write(Level::Warning, &Fields::new(), &format!("accept_dad: {error}")));
    ip(&["link", "set", LINK, "up"])?;
    for (family, address) in ADDRESSES {
        let replaced = ip(&[family, "address", "replace", address, "dev", LINK]);
        match replaced.and_then(|()| ip(&[family, "route", "replace", address, "dev", LINK])) {
            Err(error) if family == "-4" => return Err(error),
            Err(error) => log.write(Level::Warning, &Fields::new(), &error),
            Ok(()) => {}
        }
    }
    log.write(Level::Info, &Fields::new(), "initialized");
    Ok(())
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output().map_err(|error| format!("ip: {error}"))?;
    let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("ip {}: {words}", arguments.join(" "))) }
}
