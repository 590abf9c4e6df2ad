//! The played webhook as a process, with the flags of the real one:
//!
//! `eks-pod-identity-webhook --port 18443 --tls-cert FILE --tls-key FILE --watch-container-credentials-config FILE
//! --kubeconfig FILE --in-cluster=false --aws-default-region eu-west-1 --sts-regional-endpoint`
//!
//! Certificate and key are made and written if neither file is there. Instead of a kubeconfig file,
//! `--service-accounts FILE` can name a file of annotations. Prints its URL on one line once it answers.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use podid_doubles::arguments::Arguments;
use podid_doubles::webhook::{Certificate, IdentitiesFile, Kubernetes, Server, ServiceAccounts, Settings, Webhook};

const FLAGS: &[&str] = &[
    "port",
    "tls-cert",
    "tls-key",
    "kubeconfig",
    "service-accounts",
    "watch-container-credentials-config",
    "aws-default-region",
    "token-expiration",
    "container-credentials-full-uri",
];

fn main() -> ExitCode {
    match start() {
        Ok(server) => {
            println!("{}", server.url());
            server.wait();
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("eks-pod-identity-webhook: {message}");
            ExitCode::from(2)
        }
    }
}

fn start() -> Result<Server, String> {
    let arguments = Arguments::read(std::env::args().skip(1), FLAGS, &["in-cluster", "sts-regional-endpoint"])?;
    let mut settings = Settings::eks(arguments.get("aws-default-region").unwrap_or_default());
    settings.regional_sts = arguments.parsed("sts-regional-endpoint", false)?;
    settings.token_expiration = arguments.parsed("token-expiration", settings.token_expiration)?.max(600);
    settings.full_uri = arguments.parsed("container-credentials-full-uri", settings.full_uri)?;
    let webhook = Webhook {
        settings,
        identities: IdentitiesFile::new(arguments.get("watch-container-credentials-config").map(Into::into)),
        service_accounts: match (arguments.get("kubeconfig"), arguments.get("service-accounts")) {
            (Some(path), None) => ServiceAccounts::Kubernetes(Kubernetes::from_kubeconfig(Path::new(path))?),
            (None, Some(path)) => ServiceAccounts::File(path.into()),
            (None, None) => ServiceAccounts::Plain,
            (Some(_), Some(_)) => {
                return Err("either --kubeconfig or --service-accounts, not both".into());
            }
        },
    };
    let address = SocketAddr::from(([127, 0, 0, 1], arguments.parsed("port", 443)?));
    Server::start(address, &certificate(&arguments)?, webhook).map_err(|error| format!("{address}: {error}"))
}

fn certificate(arguments: &Arguments) -> Result<Certificate, String> {
    let flag = |name: &str| arguments.get(name).map(Path::new).ok_or_else(|| format!("--{name} is needed"));
    let (certificate, key) = (flag("tls-cert")?, flag("tls-key")?);
    if certificate.exists() || key.exists() {
        return Certificate::read(certificate, key);
    }
    let made = Certificate::make()?;
    made.write(certificate, key)?;
    Ok(made)
}
