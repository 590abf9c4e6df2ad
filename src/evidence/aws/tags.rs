//! Tags that a tool leaves on what it makes. Others are dropped while they are read: they are nobody's business.

use std::collections::BTreeMap;

/// Keys of tools whose marks are tags of their own: eksctl, ACK, Crossplane, CloudFormation.
const PREFIXES: &[&str] = &["alpha.eksctl.io/", "services.k8s.aws/", "crossplane-", "aws:cloudformation:"];
/// Tags by convention: people write them with and without hyphens, in any case.
const CONVENTIONS: &[&str] = &["managedby", "createdby", "provisionedby", "provisioner", "tool", "iac"];

/// The keys of which the value is told: the name of what a tool manages it by.
const NAMES: &[&str] = &["crossplane-name", "aws:cloudformation:stack-name"];

/// Keeps those tags that tell which tool manages something; of most the key alone.
pub fn of_tools(tags: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let kept = tags.into_iter().filter(|(key, value)| is_of_a_tool(key, value));
    kept.map(|(key, value)| if NAMES.contains(&key.as_str()) { (key, value) } else { (key, String::new()) }).collect()
}

fn is_of_a_tool(key: &str, value: &str) -> bool {
    let letters: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let says_terraform = |text: &str| text.to_ascii_lowercase().contains("terraform");
    let denies = ["false", "no"].contains(&value.to_ascii_lowercase().as_str());
    PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || (letters.contains("terraform") && !denies)
        || (CONVENTIONS.contains(&letters.as_str()) && says_terraform(value))
}
