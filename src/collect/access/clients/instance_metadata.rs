//! The EC2 instance metadata service, asked only where it exists, and never for longer than a second.
//!
//! A laptop without credentials must get its answer at once: elsewhere the address is routed to nowhere, and each
//! question is a time-out.

use std::fs;
use std::time::Duration;

use aws_config::imds;
use aws_config::provider_config::ProviderConfig;

/// The longest the metadata service may take to answer.
const LIMIT: Duration = Duration::from_secs(1);

/// A client of the metadata service, or none where there is no such service.
pub(super) fn client(config: &ProviderConfig) -> Option<imds::Client> {
    let pointed_to = std::env::var_os("AWS_EC2_METADATA_SERVICE_ENDPOINT").is_some();
    if !pointed_to && is_ec2(|path| fs::read_to_string(path).ok()) == Some(false) {
        return None;
    }
    let client = imds::Client::builder().configure(config).max_attempts(1);
    Some(client.connect_timeout(LIMIT).read_timeout(LIMIT).operation_timeout(LIMIT).build())
}

/// Whether the firmware says that this is an EC2 instance; none where it says nothing (only Linux can be read so).
///
/// Nitro instances have `Amazon EC2` as vendor; Xen ones a BIOS version with `amazon` and a hypervisor id that begins
/// with `ec2`.
pub fn is_ec2(read: impl Fn(&str) -> Option<String>) -> Option<bool> {
    let vendor = read("/sys/class/dmi/id/sys_vendor");
    let bios = read("/sys/class/dmi/id/bios_version");
    let hypervisor = read("/sys/hypervisor/uuid");
    if vendor.is_none() && bios.is_none() && hypervisor.is_none() {
        return None;
    }
    let has = |text: &Option<String>, part: &str| text.as_ref().is_some_and(|text| text.to_lowercase().contains(part));
    let id = hypervisor.is_some_and(|uuid| uuid.to_lowercase().starts_with("ec2"));
    Some(has(&vendor, "amazon ec2") || has(&bios, "amazon") || id)
}
