//! Which context, cluster and user are picked, what the flags lay over them, and what is said when nothing fits.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use podid::cli::connection::ConnectionFlags;
use podid::collect::access::kubeconfig::{Connection, Surroundings, connection};
use podid::error::Error;

const KUBECONFIG: &str = "
current-context: prod
clusters:
- {name: east, cluster: {server: 'https://east.example.com', tls-server-name: inner.example.com}}
- {name: west, cluster: {server: 'https://west.example.com:8443/k8s', proxy-url: 'socks5://localhost:1080'}}
- {name: nowhere, cluster: {insecure-skip-tls-verify: true}}
users:
- {name: jane, user: {username: jane, password: pw}}
- {name: aws, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws}}}
contexts:
- {name: prod, context: {cluster: east, user: jane, namespace: shop}}
- {name: west, context: {cluster: west, user: aws}}
- {name: lost, context: {cluster: gone, user: jane}}
- {name: anonymous, context: {cluster: east, user: gone}}
- {name: serverless, context: {cluster: nowhere, user: jane}}
";

/// Resolves flags over a kubeconfig's text.
fn resolve(text: &str, flags: &ConnectionFlags) -> Result<Connection, Error> {
    resolve_with(text, flags, &[], Path::new("/nonexistent"))
}

fn resolve_with(
    text: &str,
    flags: &ConnectionFlags,
    variables: &[(&str, &str)],
    pod: &Path,
) -> Result<Connection, Error> {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".kube")).unwrap();
    std::fs::write(home.path().join(".kube/config"), text).unwrap();
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    Connection::resolve_in(flags, &Surroundings { variable: &variable, home: Some(home.path()), pod_directory: pod })
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn context(name: &str) -> ConnectionFlags {
    ConnectionFlags { context: some(name), ..ConnectionFlags::default() }
}

#[test]
fn the_current_context_is_taken_unless_a_flag_names_one() {
    let prod = resolve(KUBECONFIG, &ConnectionFlags { context: some(""), ..ConnectionFlags::default() }).unwrap();
    assert_eq!((prod.context.as_deref(), prod.namespace.as_str()), (Some("prod"), "shop"));
    assert_eq!(prod.server, "https://east.example.com/");
    assert_eq!(prod.config().tls_server_name.as_deref(), Some("inner.example.com"));
    let west = resolve(KUBECONFIG, &context("west")).unwrap();
    assert_eq!((west.namespace.as_str(), west.server.path()), ("default", "/k8s"));
    assert_eq!(west.config().proxy_url.as_ref().unwrap(), "socks5://localhost:1080/");
    assert_eq!(west.exec.unwrap().command.as_deref(), Some("aws"));
    assert_eq!((west.cluster_entry.as_deref(), west.user_entry.as_deref()), (Some("west"), Some("aws")));
}

#[test]
fn flags_replace_cluster_user_and_namespace() {
    let flags = ConnectionFlags {
        cluster: some("west"),
        user: some("aws"),
        namespace: some("pay"),
        ..ConnectionFlags::default()
    };
    let mixed = resolve(KUBECONFIG, &flags).unwrap();
    assert_eq!(mixed.server.host(), Some("west.example.com"));
    assert!(mixed.exec.is_some() && mixed.namespace == "pay");
}

#[test]
fn another_server_has_another_name() {
    let flags = ConnectionFlags { server: some("https://new.example.com"), ..ConnectionFlags::default() };
    let moved = resolve(KUBECONFIG, &flags).unwrap();
    assert_eq!((moved.server.host(), moved.config().tls_server_name.as_deref()), (Some("new.example.com"), None));
    let named = ConnectionFlags { tls_server_name: some("n.example.com"), ..flags };
    assert_eq!(resolve(KUBECONFIG, &named).unwrap().config().tls_server_name.as_deref(), Some("n.example.com"));
}

#[test]
fn a_server_alone_needs_no_kubeconfig() {
    let flags = ConnectionFlags { server: some("localhost:8080"), ..ConnectionFlags::default() };
    let bare = resolve("", &flags).unwrap();
    assert_eq!((bare.server.to_string().as_str(), bare.context), ("http://localhost:8080/", None));
    let lost = ConnectionFlags { context: some("lost"), ..flags };
    assert_eq!(resolve(KUBECONFIG, &lost).unwrap().server.port_u16(), Some(8080));
    let by_variable =
        resolve_with("", &ConnectionFlags::default(), &[("KUBERNETES_MASTER", "https://m")], Path::new("/x"));
    assert_eq!(by_variable.unwrap().server.host(), Some("m"));
}

#[test]
fn a_user_that_is_not_there_is_anonymous_and_one_by_flag_an_error() {
    assert!(resolve(KUBECONFIG, &context("anonymous")).unwrap().config().auth_info.username.is_none());
    let error = resolve(KUBECONFIG, &ConnectionFlags { user: some("jan"), ..ConnectionFlags::default() }).unwrap_err();
    assert_eq!(error.message, "the kubeconfig has no user named jan");
    assert_eq!(error.hint.as_deref(), Some("nearest: jane · known: jane, aws"));
}

#[test]
fn a_name_that_is_not_there_is_told_with_the_nearest() {
    let error = resolve(KUBECONFIG, &context("prd")).unwrap_err();
    assert_eq!(error.message, "the kubeconfig has no context named prd");
    assert_eq!(error.hint.as_deref(), Some("nearest: prod · known: prod, west, lost, anonymous, serverless"));
    let error = resolve(KUBECONFIG, &context("lost")).unwrap_err();
    assert_eq!(error.message, "the kubeconfig has no cluster named gone");
    let error =
        resolve(&KUBECONFIG.replace("current-context: prod", "current-context: old"), &ConnectionFlags::default());
    assert_eq!(error.unwrap_err().message, "the kubeconfig has no context named old");
}

#[test]
fn nothing_to_connect_to_is_told_with_the_next_step() {
    for (text, flags, told) in [
        ("", ConnectionFlags::default(), "the kubeconfig has no context"),
        ("contexts: [{name: a, context: {}}]", ConnectionFlags::default(), "the kubeconfig has no current context"),
        (KUBECONFIG, context("serverless"), "the kubeconfig's cluster entry names no server"),
    ] {
        let error = resolve(text, &flags).unwrap_err();
        assert_eq!(error.message, told);
        assert_eq!(error.exit_code(), podid::error::ExitCode::USAGE);
    }
    let error = super::reach::resolve(&ConnectionFlags::default(), &[("KUBECONFIG", "/nonexistent/k")]).unwrap_err();
    assert_eq!(error.message, "there is no kubeconfig (looked for /nonexistent/k)");
}

#[test]
fn addresses_that_are_none_are_told() {
    for server in ["https://", "ftp://x", "https://a b"] {
        let flags = ConnectionFlags { server: some(server), ..ConnectionFlags::default() };
        assert!(resolve("", &flags).unwrap_err().message.contains("is no URL"), "{server}");
    }
    let proxy = KUBECONFIG.replace("socks5://localhost:1080", "ftp://s3cret");
    let told = format!("{:?}", resolve(&proxy, &context("west")).unwrap_err());
    assert!(told.contains("proxy-url") && !told.contains("s3cret"), "{told}");
}

#[test]
fn certificate_flags_replace_the_entrys() {
    let text = "current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\nclusters: [{name: c, cluster: {server: 'https://c', certificate-authority-data: bm9uZQ==}}]";
    let told = resolve(text, &ConnectionFlags::default()).unwrap_err();
    assert!(told.message.contains("it holds no certificate"), "{told:?}");
    let insecure = ConnectionFlags { insecure_skip_tls_verify: Some(true), ..ConnectionFlags::default() };
    assert!(resolve(text, &insecure).unwrap().config().accept_invalid_certs);
    let other = ConnectionFlags { certificate_authority: Some("/nonexistent/ca".into()), ..ConnectionFlags::default() };
    assert!(resolve(text, &other).unwrap_err().message.contains("/nonexistent/ca"));
}

#[test]
fn a_group_without_user_is_not_impersonated() {
    let flags = ConnectionFlags { impersonate_group: vec!["dev".into()], ..ConnectionFlags::default() };
    assert!(resolve(KUBECONFIG, &flags).unwrap_err().hint.unwrap().contains("--as"));
}

#[test]
fn inside_a_pod_its_service_account_stands_in() {
    let pod = tempfile::tempdir().unwrap();
    std::fs::write(pod.path().join("token"), "p0d\n").unwrap();
    std::fs::write(pod.path().join("namespace"), "inner\n").unwrap();
    let variables = [("KUBERNETES_SERVICE_HOST", "fd00::1"), ("KUBERNETES_SERVICE_PORT", "6443")];
    let inside = resolve_with("", &ConnectionFlags::default(), &variables, pod.path()).unwrap();
    assert_eq!((inside.server.to_string().as_str(), inside.namespace.as_str()), ("https://[fd00::1]:6443/", "inner"));
    let token = |connection: &Connection| {
        use secrecy::ExposeSecret;
        connection.config().auth_info.token.as_ref().unwrap().expose_secret().to_owned()
    };
    assert_eq!(token(&inside), "p0d");
    let flags = ConnectionFlags { token: some("mine"), namespace: some("n"), ..ConnectionFlags::default() };
    let inside = resolve_with("", &flags, &variables, pod.path()).unwrap();
    assert_eq!((token(&inside).as_str(), inside.namespace.as_str()), ("mine", "n"));
    let outranked = resolve_with(KUBECONFIG, &ConnectionFlags::default(), &variables, pod.path()).unwrap();
    assert_eq!(outranked.context.as_deref(), Some("prod"));
}

#[test]
fn time_limits_are_seconds_or_go_durations() {
    for (text, limit) in [
        ("", None),
        ("0", None),
        ("0s", None),
        ("30", Some(Duration::from_secs(30))),
        ("1m30s", Some(Duration::from_secs(90))),
        ("1.5h", Some(Duration::from_mins(90))),
        ("250ms", Some(Duration::from_millis(250))),
    ] {
        assert_eq!(connection::parse_timeout(text).unwrap(), limit, "{text}");
    }
    for text in ["-1", "10x", "s", "1m30", "ten", "99999999999999999999h"] {
        assert!(connection::parse_timeout(text).is_err(), "{text}");
    }
}
