//! The agent's command line, as its Go original takes it, and the agent that flags and environment make.

use std::collections::HashMap;
use std::time::Duration;

use super::credentials::Source;
use super::eks_auth::EksAuth;
use super::log::Level;
use super::names::Names;
use super::network::Network;

const SHORT: &[(&str, &str)] = &[("b", "bind-hosts"), ("c", "cluster-name"), ("p", "port"), ("v", "verbosity")];
const LONG: &[&str] = &[
    "bind-hosts",
    "cluster-name",
    "endpoint",
    "max-cache-size",
    "max-credential-retention-before-renewal",
    "max-service-qps",
    "metrics-address",
    "metrics-port",
    "port",
    "probe-port",
    "verbosity",
];
const SWITCHES: &[&str] = &["rotate-credentials"];

/// What the flags say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cluster's name.
    pub cluster: String,
    /// The port for credentials.
    pub port: u16,
    /// The addresses for credentials.
    pub hosts: Vec<String>,
    /// The port of the probes.
    pub probe_port: u16,
    /// Address and port of the metrics.
    pub metrics: (String, u16),
    /// How long credentials are held before they are renewed.
    pub retention: Duration,
    /// How many are held.
    pub cache_size: usize,
    /// How many renewals a second.
    pub renewals: f64,
    /// EKS Auth, if the flag says where it is.
    pub endpoint: Option<String>,
    /// How much is logged.
    pub level: Level,
}

impl Settings {
    /// Reads flags, behind the subcommand. Fails with the words of the real one where they are known.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Result<Settings, String> {
        let flags = flags(arguments)?;
        let text = |name: &str, usual: &str| flags.get(name).cloned().unwrap_or_else(|| usual.to_owned());
        let port =
            |name: &str, usual: &str| text(name, usual).parse().map_err(|_| format!("invalid argument for --{name}"));
        let cluster = flags.get("cluster-name").cloned().ok_or("required flag(s) \"cluster-name\" not set")?;
        let verbosity = text("verbosity", "info");
        Ok(Settings {
            cluster,
            port: port("port", "80")?,
            hosts: text("bind-hosts", "169.254.170.23,[fd00:ec2::23]").split(',').map(str::to_owned).collect(),
            probe_port: port("probe-port", "2703")?,
            metrics: (text("metrics-address", "0.0.0.0"), port("metrics-port", "2705")?),
            retention: duration(&text("max-credential-retention-before-renewal", "3h"))?,
            cache_size: text("max-cache-size", "2000").parse().map_err(|_| "invalid argument for --max-cache-size")?,
            renewals: text("max-service-qps", "3").parse().map_err(|_| "invalid argument for --max-service-qps")?,
            endpoint: flags.get("endpoint").cloned(),
            level: Level::read(&verbosity).ok_or_else(|| format!("not a valid logrus Level: {verbosity:?}"))?,
        })
    }

    /// EKS Auth as this environment has it.
    pub fn eks_auth(&self, environment: &HashMap<String, String>, names: Names, authorities: String) -> EksAuth {
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty()).cloned();
        let region = variable("AWS_REGION").unwrap_or_default();
        let given = self
            .endpoint
            .clone()
            .or_else(|| variable("AWS_ENDPOINT_URL_EKS_AUTH"))
            .or_else(|| variable("AWS_ENDPOINT_URL"));
        let endpoint = given.unwrap_or_else(|| format!("https://eks-auth.{region}.api.aws"));
        EksAuth {
            network: Network { names, authorities },
            source: Source::new(environment.clone()),
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            region,
            cluster: self.cluster.clone(),
            second: Duration::from_secs(1),
        }
    }
}

/// Reads `--name value`, `--name=value`, `-n value`, `-n=value`; of a flag given twice the last counts.
fn flags(arguments: impl IntoIterator<Item = String>) -> Result<HashMap<String, String>, String> {
    let (mut arguments, mut found) = (arguments.into_iter(), HashMap::new());
    while let Some(argument) = arguments.next() {
        let bare = argument.trim_start_matches('-');
        let (name, inline) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value.to_owned())));
        let long = match argument.len() - bare.len() {
            1 => SHORT.iter().find(|(short, _)| *short == name).map(|(_, long)| *long),
            2 => LONG.iter().chain(SWITCHES).find(|long| **long == name).copied(),
            _ => None,
        };
        let long = long.ok_or_else(|| format!("unknown flag: {argument}"))?;
        let value = match inline {
            Some(value) => value,
            None if SWITCHES.contains(&long) => "true".to_owned(),
            None => arguments.next().ok_or_else(|| format!("flag needs an argument: {argument}"))?,
        };
        found.insert(long.to_owned(), value);
    }
    Ok(found)
}

/// Reads a duration of Go with one unit: `3h`, `15s`, `500ms`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => 0,
    };
    let number: u64 = number.parse().ok().filter(|_| millis > 0).ok_or_else(|| format!("invalid duration {text:?}"))?;
    Ok(Duration::from_millis(number * millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Settings, String> {
        Settings::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_of_the_add_on() -> Result<(), String> {
        let settings = read("--port 80 --cluster-name prod --probe-port=2703 -v trace -b 169.254.170.23")?;
        assert_eq!(
            (settings.cluster.as_str(), settings.port, settings.probe_port, settings.level),
            ("prod", 80, 2703, Level::Trace)
        );
        assert_eq!((settings.hosts, settings.retention), (vec!["169.254.170.23".to_owned()], Duration::from_hours(3)));
        Ok(())
    }

    #[test]
    fn mistakes_are_named() {
        for (line, words) in [
            ("--port 80", "\"cluster-name\" not set"),
            ("-c prod --prot 80", "unknown flag: --prot"),
            ("-c prod --port", "flag needs an argument"),
            ("-c prod -v loud", "not a valid logrus Level"),
            ("-c prod --max-credential-retention-before-renewal 3x", "invalid duration"),
        ] {
            assert!(read(line).is_err_and(|error| error.contains(words)), "{line}");
        }
    }

    #[test]
    fn where_eks_auth_is() -> Result<(), String> {
        let at = |line: &str, variables: &[(&str, &str)]| {
            let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            Ok::<_, String>(read(line)?.eks_auth(&environment, Names::system(), String::new()).endpoint)
        };
        assert_eq!(at("-c prod", &[("AWS_REGION", "eu-west-1")])?, "https://eks-auth.eu-west-1.api.aws");
        assert_eq!(at("-c prod", &[])?, "https://eks-auth..api.aws");
        assert_eq!(at("-c prod", &[("AWS_ENDPOINT_URL_EKS_AUTH", "http://a/")])?, "http://a");
        assert_eq!(at("-c prod --endpoint http://b", &[("AWS_ENDPOINT_URL_EKS_AUTH", "http://a")])?, "http://b");
        Ok(())
    }
}
