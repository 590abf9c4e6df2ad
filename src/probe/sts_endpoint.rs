//! Where STS is, for a container: as its variables say, else in its region.

use super::environment::value;

/// Suffixes of host names by the beginning of the region's name; else `amazonaws.com`.
const SUFFIXES: &[(&str, &str)] = &[
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
];

/// A server, and the region that requests to it are signed for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `https://HOST`.
    pub url: String,
    /// The region.
    pub region: String,
}

/// The endpoint that the SDKs of this container would use.
pub(super) fn of_container(fallback: Option<&str>) -> Endpoint {
    let region = value("AWS_REGION").or_else(|| value("AWS_DEFAULT_REGION")).or_else(|| fallback.map(str::to_owned));
    let own = ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"].into_iter().find_map(value);
    let ignored = value("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    choose(region, own.filter(|_| !ignored))
}

fn choose(region: Option<String>, own: Option<String>) -> Endpoint {
    let legal = |name: &String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match (own, region.filter(legal)) {
        (Some(url), region) => Endpoint { url, region: region.unwrap_or_else(|| "us-east-1".to_owned()) },
        (None, Some(region)) => Endpoint { url: format!("https://sts.{region}.{}", suffix(&region)), region },
        (None, None) => Endpoint { url: "https://sts.amazonaws.com".to_owned(), region: "us-east-1".to_owned() },
    }
}

fn suffix(region: &str) -> &'static str {
    SUFFIXES.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("amazonaws.com", |(_, suffix)| suffix)
}

#[cfg(test)]
mod tests {
    use super::choose;

    #[test]
    fn sts_is_asked_in_the_region_unless_an_endpoint_is_set() {
        let url =
            |region: Option<&str>, own: Option<&str>| choose(region.map(str::to_owned), own.map(str::to_owned)).url;
        assert_eq!(url(Some("eu-west-1"), None), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(url(Some("cn-north-1"), None), "https://sts.cn-north-1.amazonaws.com.cn");
        assert_eq!(url(Some("us-isob-east-1"), None), "https://sts.us-isob-east-1.sc2s.sgov.gov");
        assert_eq!(url(Some("eu-west-1.evil.example/"), None), "https://sts.amazonaws.com");
        assert_eq!(url(None, None), "https://sts.amazonaws.com");
        assert_eq!(url(Some("eu-west-1"), Some("http://127.0.0.1:9")), "http://127.0.0.1:9");
    }
}
