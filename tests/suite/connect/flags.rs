//! kubectl's connection flags are spelled and read as kubectl does.

use clap::Parser;

use podid::cli::Cli;
use podid::cli::connection::{ConnectionFlags, ExecAuth};

fn parse(line: &str) -> ConnectionFlags {
    Cli::try_parse_from(["kubectl-podid"].into_iter().chain(line.split(' '))).unwrap().connection
}

#[test]
fn every_flag_has_kubectls_name() {
    let flags = parse(
        "doctor api --kubeconfig k --context c --cluster l --user u -n ns -s https://s --token t \
         --certificate-authority ca --client-certificate cc --client-key ck --tls-server-name tn --request-timeout 5s \
         --as jane --as-group a --as-group b --as-uid 42 --exec-auth native"
            .replace("         ", "")
            .as_str(),
    );
    assert_eq!((flags.kubeconfig.as_deref(), flags.context.as_deref()), (Some("k".as_ref()), Some("c")));
    assert_eq!((flags.cluster.as_deref(), flags.user.as_deref()), (Some("l"), Some("u")));
    assert_eq!((flags.namespace.as_deref(), flags.server.as_deref()), (Some("ns"), Some("https://s")));
    assert_eq!((flags.token.as_deref(), flags.tls_server_name.as_deref()), (Some("t"), Some("tn")));
    assert_eq!(flags.impersonate_group, ["a", "b"]);
    assert_eq!((flags.impersonate.as_deref(), flags.impersonate_uid.as_deref()), (Some("jane"), Some("42")));
    assert_eq!((flags.request_timeout.as_deref(), flags.exec_auth), (Some("5s"), ExecAuth::Native));
}

#[test]
fn the_switch_takes_a_value_behind_an_equals_sign_only() {
    assert_eq!(parse("doctor api").insecure_skip_tls_verify, None);
    assert_eq!(parse("doctor --insecure-skip-tls-verify api").insecure_skip_tls_verify, Some(true));
    assert_eq!(parse("doctor api --insecure-skip-tls-verify=false").insecure_skip_tls_verify, Some(false));
}

#[test]
fn flags_may_stand_before_the_verb() {
    assert_eq!(parse("--context c doctor api").context.as_deref(), Some("c"));
    assert_eq!(parse("doctor api --as-group a").impersonate_group, ["a"]);
}
