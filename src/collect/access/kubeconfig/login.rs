//! Which of a user entry's ways to log in counts, by client-go's rules, and what is read for it from files.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, ExecConfig};
use secrecy::{ExposeSecret, SecretString};

use crate::collect::access::bounded;
use crate::error::Error;

/// A user entry, reduced to what a request needs.
#[derive(Debug, Clone, Default)]
pub struct Login {
    /// What kube sends: one way to log in at most, and whom to impersonate. It names no token file and no exec entry.
    pub user: AuthInfo,
    /// The exec entry, if it is to be answered.
    pub exec: Option<ExecConfig>,
}

/// Reduces a user entry. Over plain HTTP nothing but the impersonation is sent.
pub fn settle(user: &AuthInfo, secure: bool) -> Result<Login, Error> {
    let impersonation = AuthInfo {
        impersonate: filled(user.impersonate.as_ref()),
        impersonate_uid: filled(user.impersonate_uid.as_ref()),
        impersonate_groups: user.impersonate_groups.clone(),
        impersonate_user_extra: user.impersonate_user_extra.clone(),
        ..AuthInfo::default()
    };
    if !secure {
        return Ok(Login { user: impersonation, exec: None });
    }
    let mut settled = AuthInfo { token: token(user)?, ..impersonation };
    add_password(&mut settled, user)?;
    add_certificate(&mut settled, user)?;
    // A token, a password or a certificate of the entry itself outranks a program that would fetch one.
    let logged_in = settled.token.is_some() || settled.username.is_some() || settled.client_certificate_data.is_some();
    if logged_in {
        return Ok(Login { user: settled, exec: None });
    }
    if user.exec.is_some() && user.auth_provider.is_some() {
        return Err(Error::usage("the kubeconfig's user has both an exec entry and an auth-provider")
            .hint("leave out the auth-provider"));
    }
    let exec = user.exec.clone();
    if exec.as_ref().is_some_and(|exec| exec.command.as_deref().unwrap_or_default().is_empty()) {
        return Err(Error::usage("the kubeconfig's exec entry names no command")
            .hint("aws eks update-kubeconfig --name CLUSTER writes an entry that has one"));
    }
    settled.auth_provider.clone_from(&user.auth_provider);
    Ok(Login { user: settled, exec })
}

/// A token as a header takes it: what stands around it is dropped; `None` where a character inside it is none of a token's.
pub fn bearer(text: &str) -> Option<&str> {
    let token = text.trim();
    (!token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())).then_some(token)
}

/// The token, of the file if there is one that can be read: it may have been renewed.
fn token(user: &AuthInfo) -> Result<Option<SecretString>, Error> {
    let usable = |token: &str, place: &str| match bearer(token) {
        Some(token) => Ok(Some(token.into())),
        None => Err(Error::usage(format!(
            "the token {place} has a line end, a blank or another character that no login takes"
        ))
        .hint("a token is one word; look for a second line or a quote that was copied with it")),
    };
    let inline = user.token.as_ref().map(|token| token.expose_secret().trim()).filter(|token| !token.is_empty());
    let own = |token: Option<&str>| token.map_or(Ok(None), |token| usable(token, "of the kubeconfig's user"));
    let Some(path) = filled(user.token_file.as_ref()) else { return own(inline) };
    let read = bounded::read_text(Path::new(&path));
    match (read.as_deref().map(str::trim), inline) {
        (Ok(token), _) if !token.is_empty() => usable(token, &format!("in {path}")),
        (_, Some(_)) => own(inline),
        (Ok(_), None) => {
            Err(Error::usage(format!("the token file is empty: {path}"))
                .hint("check tokenFile of the kubeconfig's user"))
        }
        (Err(error), None) => Err(Error::usage(format!("the token file cannot be read: {path} ({error})"))
            .hint("check tokenFile of the kubeconfig's user")),
    }
}

fn add_password(settled: &mut AuthInfo, user: &AuthInfo) -> Result<(), Error> {
    let password = user.password.as_ref().filter(|password| !password.expose_secret().is_empty());
    let name = filled(user.username.as_ref());
    if name.is_none() && password.is_none() {
        return Ok(());
    }
    if settled.token.is_some() {
        return Err(Error::usage("the kubeconfig's user has both a token and a password")
            .hint("leave out one of them; a token may come from --token"));
    }
    settled.username = Some(name.unwrap_or_default());
    settled.password = Some(password.cloned().unwrap_or_else(|| SecretString::from("")));
    Ok(())
}

fn add_certificate(settled: &mut AuthInfo, user: &AuthInfo) -> Result<(), Error> {
    let data = filled(user.client_certificate_data.as_ref());
    let file = filled(user.client_certificate.as_ref()).filter(|_| data.is_none());
    if data.is_none() && file.is_none() {
        return Ok(());
    }
    let key_data = user.client_key_data.clone().filter(|key| !key.expose_secret().is_empty());
    let key_file = filled(user.client_key.as_ref()).filter(|_| key_data.is_none());
    if key_data.is_none() && key_file.is_none() {
        return Err(Error::usage("the kubeconfig's user has a client certificate, but no key")
            .hint("name the key with client-key, or --client-key"));
    }
    let read = |what: &str, path: &String| {
        let bytes = bounded::read(Path::new(path)).map_err(|error| {
            Error::usage(format!("the {what} cannot be read: {path} ({error})"))
                .hint("check client-certificate and client-key of the kubeconfig's user")
        })?;
        Ok::<_, Error>(STANDARD.encode(bytes))
    };
    let of_file = file.as_ref().map(|path| read("client certificate", path)).transpose()?;
    let key_of_file = key_file.as_ref().map(|path| read("client key", path)).transpose()?;
    settled.client_certificate_data = data.or(of_file);
    settled.client_key_data = key_data.or(key_of_file.map(SecretString::from));
    Ok(())
}

fn filled(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}
