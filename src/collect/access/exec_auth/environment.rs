//! The variables an exec entry sets for its program, laid over this process's own.

use std::collections::BTreeMap;

use kube::config::ExecConfig;

/// Variables that change the answer, and how is understood.
const UNDERSTOOD: [&str; 16] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "DEFAULT_ROLE",
    "KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID",
    "AWS_SDK_LOAD_CONFIG",
    "AWS_IAM_AUTHENTICATOR_CACHE_FILE",
];

/// Variables that change how a program speaks, not what it answers.
const HARMLESS: [&str; 12] = [
    "AWS_PAGER",
    "AWS_CLI_AUTO_PROMPT",
    "AWS_CLI_FILE_ENCODING",
    "AWS_DEFAULT_OUTPUT",
    "PYTHONWARNINGS",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "LANG",
    "LC_ALL",
    "TERM",
    "NO_COLOR",
    "PAGER",
];

/// The variables of an entry by name; of one set twice the last counts.
pub fn variables(exec: &ExecConfig) -> BTreeMap<String, String> {
    let entries = exec.env.iter().flatten();
    entries
        .filter_map(|entry| Some((entry.get("name")?.clone(), entry.get("value").cloned().unwrap_or_default())))
        .collect()
}

/// The variables without those that hold a secret, and without those that are not known.
pub fn without_secrets(mut variables: BTreeMap<String, String>) -> BTreeMap<String, String> {
    const SECRETS: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    variables.retain(|name, _| UNDERSTOOD.contains(&name.as_str()) && !SECRETS.contains(&name.as_str()));
    variables
}

/// Whether each variable the entry sets is understood.
pub fn is_understood(variables: &BTreeMap<String, String>) -> bool {
    variables.keys().all(|name| UNDERSTOOD.contains(&name.as_str()) || HARMLESS.contains(&name.as_str()))
}
