//! Files that SDKs read credentials from before they ask the agent: where they are, and what kind of settings is in them.
//! Of a file only the names of profiles and of well-known settings are kept.

use std::fs::File;
use std::io::{ErrorKind, Read as _};

use super::run::value;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{CredentialsFile, FileProfile};

/// The largest file that is read, in bytes.
const LIMIT: u64 = 256 * 1024;
/// How many profiles of a file are told.
const PROFILES: usize = 16;
/// Settings that lead to credentials.
const SETTINGS: &[&str] = &[
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_process",
    "credential_source",
    "login_session",
    "role_arn",
    "source_profile",
    "sso_account_id",
    "sso_session",
    "web_identity_token_file",
];

/// The files that exist, of those the container's SDKs look for.
pub(super) fn all() -> Vec<CredentialsFile> {
    let home = value("HOME");
    let named = |variable: &str, usual: &str| {
        value(variable).or_else(|| home.as_ref().map(|home| format!("{home}/.aws/{usual}")))
    };
    let paths = [named("AWS_SHARED_CREDENTIALS_FILE", "credentials"), named("AWS_CONFIG_FILE", "config")];
    paths.into_iter().flatten().filter_map(|path| read(&path)).collect()
}

fn read(path: &str) -> Option<CredentialsFile> {
    let mut file = CredentialsFile { path: ForeignText::new(path), profiles: None };
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(LIMIT).read_to_end(&mut bytes)) {
        Ok(_) => file.profiles = Some(profiles(&String::from_utf8_lossy(&bytes))),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return None,
        Err(_) => {}
    }
    Some(file)
}

fn profiles(text: &str) -> Vec<FileProfile> {
    let mut found: Vec<FileProfile> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            if found.len() == PROFILES {
                break;
            }
            found.push(FileProfile { name: ForeignText::new(name.trim()), settings: Vec::new() });
        } else if let Some((name, _)) = line.split_once('=')
            && let Some(setting) = SETTINGS.iter().find(|setting| name.trim().eq_ignore_ascii_case(setting))
            && let Some(profile) = found.last_mut()
        {
            profile.settings.push(ForeignText::new(setting));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::profiles;

    #[test]
    fn a_file_tells_names_and_never_values() {
        let text = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=secret\nregion = eu-west-1\n\n[profile other]\nrole_arn = arn:aws:iam::1:role/x\nfree text = s3cret\n";
        let told = serde_json::to_string(&profiles(text)).unwrap_or_default();
        let expected = r#"[{"name":"default","settings":["aws_access_key_id","aws_secret_access_key"]},{"name":"profile other","settings":["role_arn"]}]"#;
        assert_eq!(told, expected);
    }
}
