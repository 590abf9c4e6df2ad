//! How the API server of a context is reached: address, certificates, proxy, time.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use ipnet::IpNet;
use kube::client::ClientBuilder;
use kube::config::{AuthInfo, Cluster, Config, ExecConfig};
use tokio::time::Instant;

use super::choice::{self, Choice, InCluster};
use super::file::{Files, Kubeconfig};
use super::{file, login};
use crate::cli::connection::ConnectionFlags;
use crate::collect::access::bounded;
use crate::collect::access::clients::kubernetes::{KubernetesClient, TimeLimits};
use crate::error::Error;
use crate::evidence::kubernetes::environment::without_secrets;
use crate::target::is_namespace_name;

/// How long a call may take where nobody says it: what is late is unknown, and the rest of the page comes at once.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// Connecting to an address that swallows packets must not use up the run.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Which cluster is asked and how, before anything was sent.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The context's name; none inside a pod, or with `--server` alone.
    pub context: Option<String>,
    /// The name of the kubeconfig's cluster entry.
    pub cluster_entry: Option<String>,
    /// The name of the kubeconfig's user entry.
    pub user_entry: Option<String>,
    /// The namespace of commands that name none.
    pub namespace: String,
    /// The API server's address.
    pub server: Uri,
    /// The exec entry that must be answered before anything is asked, if the user logs in so.
    pub exec: Option<ExecConfig>,
    /// The cluster's entry, for an exec entry that wants to know it.
    pub cluster: Cluster,
    config: Config,
    request_timeout: Option<Duration>,
}

/// What the process brings along: environment, home directory, a pod's files.
pub struct Surroundings<'a> {
    /// Reads one variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The home directory.
    pub home: Option<&'a Path>,
    /// Where a pod's credentials would be.
    pub pod_directory: &'a Path,
}

impl Connection {
    /// Reads kubeconfig files, flags and the environment as kubectl does. Nothing is sent.
    pub fn resolve(flags: &ConnectionFlags) -> Result<Self, Error> {
        let home = std::env::home_dir();
        let surroundings = Surroundings {
            variable: &|name| std::env::var(name).ok(),
            home: home.as_deref(),
            pod_directory: Path::new(choice::DIRECTORY),
        };
        Self::resolve_in(flags, &surroundings)
    }

    /// Reads as [`resolve`](Self::resolve) does, in given surroundings.
    pub fn resolve_in(flags: &ConnectionFlags, surroundings: &Surroundings<'_>) -> Result<Self, Error> {
        let variable = surroundings.variable;
        let list = variable("KUBECONFIG");
        let home = surroundings.home.map(Path::to_path_buf);
        let files = Files::find(flags.kubeconfig.as_deref(), list.as_deref().map(AsRef::as_ref), home);
        let kubeconfig = Kubeconfig::load(&files)?;
        let mut choice = choice::choose(&kubeconfig, flags)?;
        if choice.cluster.server.as_deref().unwrap_or_default().is_empty() {
            choice.cluster.server = variable("KUBERNETES_MASTER").filter(|server| !server.is_empty());
        }
        if choice.cluster.server.is_none() {
            let pod = choice::find(variable, surroundings.pod_directory);
            choice = inside_pod(choice, pod.ok_or_else(|| no_server(&kubeconfig))?);
        }
        Self::assemble(choice, flags, variable)
    }

    fn assemble(
        choice: Choice,
        flags: &ConnectionFlags,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let server = file::address(choice.cluster.server.as_deref().unwrap_or_default())?;
        let login = login::settle(&choice.user, server.scheme_str() == Some("https"))?;
        let namespace = choice.namespace.unwrap_or_else(|| "default".to_owned());
        let mut config = Config::new(server.clone());
        // It becomes a part of addresses.
        if !is_namespace_name(&namespace) {
            let shown: String = namespace.chars().take(80).collect();
            return Err(Error::usage(format!("{shown:?} is not the name of a namespace"))
                .hint("a namespace has at most 63 lower-case letters, digits and -"));
        }
        config.default_namespace.clone_from(&namespace);
        config.root_cert = file::authorities(&choice.cluster)?;
        config.accept_invalid_certs = choice.cluster.insecure_skip_tls_verify == Some(true);
        config.tls_server_name = choice.cluster.tls_server_name.clone().filter(|name| !name.is_empty());
        config.connect_timeout = Some(CONNECT_LIMIT);
        config.write_timeout = None;
        // Repetitions are counted and bounded by our own client.
        config.default_retry = false;
        config.proxy_url = match choice.cluster.proxy_url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => Some(parse_proxy(url).map_err(|reason| {
                Error::usage(format!("the proxy of the kubeconfig's cluster cannot be used: proxy-url {reason}"))
                    .hint("write it as http://host:port")
            })?),
            None => from_environment(&server, variable)?,
        };
        config.auth_info = login.user;
        Ok(Self {
            context: choice.context,
            cluster_entry: choice.cluster_entry,
            user_entry: choice.user_entry,
            namespace,
            server,
            exec: login.exec,
            cluster: choice.cluster,
            config,
            request_timeout: parse_timeout(flags.request_timeout.as_deref().unwrap_or_default())?,
        })
    }

    /// Takes what an exec entry answered for this connection's login.
    pub fn log_in(&mut self, answered: AuthInfo) {
        let user = &mut self.config.auth_info;
        user.token = answered.token;
        user.client_certificate_data = answered.client_certificate_data;
        user.client_key_data = answered.client_key_data;
        self.exec = None;
    }

    /// How long one call may take, of Kubernetes and of AWS alike: as the user says, else ten seconds.
    pub fn call_limit(&self) -> Duration {
        self.request_timeout.unwrap_or(CALL_LIMIT)
    }

    /// The certificates that the kubeconfig trusts, PEM; none where the system's are trusted, or where they cannot be read.
    pub fn authorities(&self) -> Option<String> {
        let data = self.cluster.certificate_authority_data.as_ref().filter(|data| !data.is_empty());
        let read =
            || self.cluster.certificate_authority.as_ref().and_then(|path| bounded::read_text(Path::new(path)).ok());
        let decode = |data: &String| String::from_utf8(STANDARD.decode(data).ok()?).ok();
        data.map_or_else(read, decode)
    }

    /// What the client is built from.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Makes the client. Calls end with the run, and after `--request-timeout`.
    pub fn client(&self, run_ends: Option<Instant>) -> Result<KubernetesClient, Error> {
        let limits = TimeLimits { request: self.request_timeout, run: run_ends };
        Ok(KubernetesClient::new(self.connect()?, limits).at(without_secrets(&self.server.to_string())))
    }

    /// Makes the client below, with connections of its own.
    pub fn connect(&self) -> Result<kube::Client, Error> {
        // An exec entry that nobody answered is not left to kube: it would run it once for each connector.
        Ok(ClientBuilder::try_from(self.config.clone()).map_err(|error| unusable(&error))?.build())
    }
}

/// A pod's own connection, with the flags that apply to it.
fn inside_pod(choice: Choice, pod: InCluster) -> Choice {
    let user = if choice.user.token.is_some() {
        AuthInfo { token_file: None, ..choice.user }
    } else {
        AuthInfo { token_file: pod.user.token_file, ..choice.user }
    };
    let authority = choice.cluster.certificate_authority.or(pod.cluster.certificate_authority);
    let insecure = choice.cluster.insecure_skip_tls_verify == Some(true);
    Choice {
        namespace: choice.namespace.or(pod.namespace),
        cluster: Cluster {
            server: pod.cluster.server,
            certificate_authority: authority.filter(|_| !insecure),
            ..choice.cluster
        },
        user,
        ..choice
    }
}

fn no_server(kubeconfig: &Kubeconfig) -> Error {
    let missing: Vec<String> = kubeconfig.missing.iter().map(|path| path.display().to_string()).collect();
    if kubeconfig.read.is_empty() {
        let looked = if missing.is_empty() { String::new() } else { format!(" (looked for {})", missing.join(", ")) };
        return Error::usage(format!("there is no kubeconfig{looked}"))
            .hint("aws eks update-kubeconfig --name CLUSTER writes one; --kubeconfig or KUBECONFIG name another");
    }
    if kubeconfig.contexts.is_empty() {
        return Error::usage("the kubeconfig has no context").hint("aws eks update-kubeconfig --name CLUSTER adds one");
    }
    if kubeconfig.current_context.is_some() {
        return Error::usage("the kubeconfig's cluster entry names no server")
            .hint("aws eks update-kubeconfig --name CLUSTER writes an entry that has one; --server names it once");
    }
    let known: Vec<String> = kubeconfig.contexts.iter().map(|(name, _)| name.clone()).collect();
    Error::usage("the kubeconfig has no current context")
        .hint(format!("choose one with --context; {}", super::choice::suggest("", &known, "context")))
}

fn unusable(error: &kube::Error) -> Error {
    // Messages of kube about logins may carry a program's output: only its own kinds of TLS and proxy errors are told.
    let told = match error {
        kube::Error::RustlsTls(error) => error.to_string(),
        kube::Error::ProxyProtocolUnsupported { .. } | kube::Error::ProxyProtocolDisabled { .. } => {
            "the proxy's protocol is not supported".to_owned()
        }
        kube::Error::InferKubeconfig(error) => error.to_string(),
        _ => "its login cannot be used".to_owned(),
    };
    Error::usage(format!("no connection can be made from the kubeconfig: {told}"))
        .hint("kubectl config view shows what it says; kubectl version tries the same connection")
}

/// The proxy of the environment for a server, if any.
///
/// `HTTPS_PROXY` or `HTTP_PROXY` by the server's scheme (or the same in lower case), never for this machine itself, and
/// not for what `NO_PROXY` names. `variable` reads one variable of the environment.
pub fn from_environment(server: &Uri, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Uri>, Error> {
    let any = |names: [&str; 2]| names.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    let names = match server.scheme_str() {
        Some("https") => ["HTTPS_PROXY", "https_proxy"],
        _ => ["HTTP_PROXY", "http_proxy"],
    };
    let Some(proxy) = any(names) else { return Ok(None) };
    let excepted = any(["NO_PROXY", "no_proxy"]).unwrap_or_default();
    if is_excepted(server, &excepted) {
        return Ok(None);
    }
    let with_scheme = if proxy.contains("://") { proxy.clone() } else { format!("http://{proxy}") };
    parse_proxy(&with_scheme).map(Some).map_err(|reason| {
        Error::usage(format!("the proxy of the environment cannot be used: {} {reason}", names[0]))
            .hint("write it as http://host:port")
    })
}

/// Reads a proxy's address; the error says what is wrong without repeating it, for it may hold a password.
pub fn parse_proxy(text: &str) -> Result<Uri, &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is no URL")?;
    match uri.scheme_str() {
        Some("http" | "https" | "socks5") if uri.host().is_some_and(|host| !host.is_empty()) => Ok(uri),
        _ => Err("is no URL of a proxy: expected http, https or socks5"),
    }
}

fn is_excepted(server: &Uri, list: &str) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("https") { 443 } else { 80 });
    let address: Option<IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    let entries = list.split(',').map(|entry| entry.trim().to_ascii_lowercase());
    entries.filter(|entry| !entry.is_empty()).any(|entry| matches(&entry, &host, address, port))
}

fn matches(entry: &str, host: &str, address: Option<IpAddr>, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    if let Ok(net) = entry.parse::<IpNet>() {
        return address.is_some_and(|address| net.contains(&address));
    }
    let (name, wanted) = split_port(entry);
    if wanted.is_some_and(|wanted| wanted != port.to_string()) {
        return false;
    }
    if let Ok(named) = name.parse::<IpAddr>() {
        return address == Some(named);
    }
    // `example.com` stands for itself and all below it, `.example.com` and `*.example.com` only for what is below.
    let below = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
    if address.is_some() || below.is_empty() {
        return false;
    }
    match below.strip_prefix('.') {
        Some(_) => host.ends_with(below),
        None => host == below || host.strip_suffix(below).is_some_and(|rest| rest.ends_with('.')),
    }
}

/// Splits `host:port` and `[address]:port`; a bare IPv6 address has no port.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (name, Some(port)),
        Some((name, port)) if name.starts_with('[') && name.ends_with(']') => {
            (name.trim_matches(['[', ']']), Some(port))
        }
        _ => (entry, None),
    }
}

/// Reads a limit; zero and nothing mean none.
pub fn parse_timeout(text: &str) -> Result<Option<Duration>, Error> {
    let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
    match seconds.or_else(|| go_duration(text)) {
        Some(Duration::ZERO) => Ok(None),
        Some(limit) => Ok(Some(limit)),
        None if text.is_empty() => Ok(None),
        None => Err(Error::usage(format!("--request-timeout is no duration: found {text:?}"))
            .hint("write seconds, or a number with its unit: 10s, 2m, 1m30s, 500ms")),
    }
}

/// A sum of numbers with units, such as `1m30s` or `1.5h`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * unit).ok()?)?;
        rest = &rest[end..];
    }
    (!text.is_empty()).then_some(total)
}
