//! Evidence that ships in the binary: a healthy pod, and one example for each common cause.

/// One example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The name on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// The evidence, YAML.
    pub evidence: &'static str,
}

/// All examples, in the order of the chain.
pub static EXAMPLES: &[Example] = &[];

/// Finds an example by its name.
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}
