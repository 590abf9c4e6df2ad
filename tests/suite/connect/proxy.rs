//! Which proxy of the environment counts: the rules of Go, which kubectl follows.

use std::collections::BTreeMap;

use podid::collect::access::kubeconfig::connection::{from_environment, parse_proxy};

fn proxy(server: &str, variables: &[(&str, &str)]) -> Option<String> {
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    let found = from_environment(&server.parse().unwrap(), |name| variables.get(name).map(|value| (*value).to_owned()));
    found.unwrap().map(|uri| uri.to_string())
}

/// Whether `NO_PROXY` leaves a server out.
fn left_out(server: &str, list: &str) -> bool {
    proxy(server, &[("HTTPS_PROXY", "http://p:3128"), ("NO_PROXY", list)]).is_none()
}

#[test]
fn the_scheme_chooses_the_variable() {
    let both = [("HTTPS_PROXY", "http://s:1"), ("http_proxy", "h:2"), ("ALL_PROXY", "http://never")];
    assert_eq!(proxy("https://x.example.com", &both).as_deref(), Some("http://s:1/"));
    assert_eq!(proxy("http://x.example.com", &both).as_deref(), Some("http://h:2/"));
    assert_eq!(
        proxy("https://x.example.com", &[("HTTPS_PROXY", ""), ("https_proxy", "l:3")]).as_deref(),
        Some("http://l:3/")
    );
    assert_eq!(proxy("https://x.example.com", &[]), None);
}

#[test]
fn this_machine_is_never_asked_through_a_proxy() {
    for server in ["https://localhost:6443", "https://127.0.0.1", "https://127.8.8.8:1", "https://[::1]:6443"] {
        assert!(left_out(server, ""), "{server}");
    }
    assert!(!left_out("https://localhost.example.com", ""));
}

#[test]
fn no_proxy_names_domains_addresses_and_nets() {
    for (server, list, expected) in [
        ("https://a.example.com", "example.com", true),
        ("https://example.com", "example.com", true),
        ("https://notexample.com", "example.com", false),
        ("https://example.com", ".example.com", false),
        ("https://a.example.com", ".example.com", true),
        ("https://a.example.com", "*.example.com", true),
        ("https://example.com", "*.example.com", false),
        ("https://A.Example.com", " , a.EXAMPLE.com ", true),
        ("https://a.example.com", "*", true),
        ("https://a.example.com", "a.example.com:443", true),
        ("https://a.example.com", "a.example.com:6443", false),
        ("https://a.example.com:6443", "a.example.com:6443", true),
        ("https://10.1.2.3", "10.1.0.0/16", true),
        ("https://10.2.2.3", "10.1.0.0/16", false),
        ("https://10.1.2.3", "10.1.2.3", true),
        ("https://10.1.2.3:6443", "10.1.2.3:443", false),
        ("https://10.1.2.3", "1.2.3", false),
        ("https://[fd00::1]", "fd00::1", true),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", true),
        ("https://[fd00::1]", "fd00::/8", true),
        ("https://a.example.com", "", false),
    ] {
        assert_eq!(left_out(server, list), expected, "{server} with NO_PROXY={list:?}");
    }
}

#[test]
fn a_proxy_that_is_none_is_told_without_its_password() {
    for text in ["ftp://jane:s3cret@p", "http://", "http://jane:s3cret@p q"] {
        assert!(parse_proxy(text).is_err(), "{text}");
    }
    let server = "https://x.example.com".parse().unwrap();
    let error = from_environment(&server, |_| Some("ftp://jane:s3cret@p".into())).unwrap_err();
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}
