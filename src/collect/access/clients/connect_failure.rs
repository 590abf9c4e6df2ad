//! Why no connection came about: the one reading of an error chain that Kubernetes and AWS calls share.

use std::error::Error;
use std::io;

/// The step at which a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectFailure {
    /// The host name has no address.
    NameNotResolved,
    /// Nothing listens at the address, or a firewall says no.
    Refused,
    /// The server's certificate was signed by an authority that is not trusted here.
    UnknownIssuer,
    /// The server's certificate is for another name.
    OtherName,
    /// The server's certificate has expired or is not valid yet.
    CertificateExpired,
    /// Another failure of TLS, a refused client certificate among them.
    Tls,
    /// The proxy refused or could not be reached.
    Proxy,
    /// Nothing answered in time.
    TimedOut,
    /// The connection was made and then cut.
    Cut,
    /// None of these.
    Other,
}

impl ConnectFailure {
    /// Reads the kind of failure and its innermost words from an error and its sources.
    pub fn read(error: &(dyn Error + 'static)) -> (Self, String) {
        let kind = chain(error).map(of_proxy).find(Option::is_some).flatten();
        let kind = kind.or_else(|| chain(error).find_map(of_link));
        let detail = chain(error).last().map(ToString::to_string).unwrap_or_default();
        (kind.unwrap_or(Self::Other), detail)
    }

    /// Says the failure in words that fit behind the name of a host.
    pub fn words(self) -> &'static str {
        match self {
            Self::NameNotResolved => "the host name has no address",
            Self::Refused => "the connection was refused",
            Self::UnknownIssuer => "the certificate is signed by an unknown authority",
            Self::OtherName => "the certificate is for another name",
            Self::CertificateExpired => "the certificate is out of its time",
            Self::Tls => "no TLS connection could be made",
            Self::Proxy => "the proxy did not let the connection through",
            Self::TimedOut => "nothing answered in time",
            Self::Cut => "the connection was cut",
            Self::Other => "no connection could be made",
        }
    }
}

/// An error and all below it. The payload of an `io::Error` is a link of its own, which `source` leaves out.
pub(crate) fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&link| match link.downcast_ref::<io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => link.source(),
    })
}

/// A tunnel's own failure outranks what lies below it: a refused connection is then the proxy's.
fn of_proxy(link: &(dyn Error + 'static)) -> Option<ConnectFailure> {
    // The type is private to hyper-util, its words are all there is.
    let words = link.to_string();
    (words.starts_with("tunnel error") || words.contains("proxy")).then_some(ConnectFailure::Proxy)
}

fn of_link(link: &(dyn Error + 'static)) -> Option<ConnectFailure> {
    if let Some(error) = link.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    let words = link.to_string();
    if words == "dns error" || words.starts_with("failed to lookup address information") {
        return Some(ConnectFailure::NameNotResolved);
    }
    match link.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some(ConnectFailure::Refused),
        io::ErrorKind::TimedOut => Some(ConnectFailure::TimedOut),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(ConnectFailure::Cut),
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> ConnectFailure {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(Certificate::UnknownIssuer) => ConnectFailure::UnknownIssuer,
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => ConnectFailure::OtherName,
        rustls::Error::InvalidCertificate(
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. },
        ) => ConnectFailure::CertificateExpired,
        _ => ConnectFailure::Tls,
    }
}
