//! Which kubeconfig files are read, how they merge, and what is said of one that cannot be used.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use podid::collect::access::kubeconfig::file::{Files, Kubeconfig};

/// Writes files into a directory and loads them in this order.
fn load(texts: &[&str]) -> (tempfile::TempDir, Result<Kubeconfig, podid::error::Error>) {
    let directory = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| {
            let path = directory.path().join(number.to_string()).join("config");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        })
        .collect();
    let loaded = Kubeconfig::load(&Files::Listed(paths));
    (directory, loaded)
}

fn message(text: &str) -> String {
    let error = load(&[text]).1.unwrap_err();
    assert_eq!(error.exit_code(), podid::error::ExitCode::USAGE);
    format!("{error:?}")
}

#[test]
fn the_flag_outranks_the_variable_outranks_home() {
    let list = std::env::join_paths(["/a", "", "/b", "/a"]).unwrap();
    let home = || Some(PathBuf::from("/home/jane"));
    let find = |flag: Option<&str>, variable: Option<&OsStr>| Files::find(flag.map(Path::new), variable, home());
    assert_eq!(find(Some("/x"), Some(&list)), Files::Explicit("/x".into()));
    assert_eq!(find(None, Some(&list)), Files::Listed(vec!["/a".into(), "/b".into()]));
    assert_eq!(find(Some(""), Some(OsStr::new(""))), Files::Home(Some("/home/jane/.kube/config".into())));
}

#[test]
fn the_first_file_wins_each_entry_whole() {
    let first = "
current-context: ''
clusters: [{name: c, cluster: {server: 'https://first'}}]
users: [{name: u, user: {username: jane}}]
";
    let second = "
current-context: later
clusters:
- {name: c, cluster: {server: 'https://second', tls-server-name: never}}
- {name: d, cluster: {server: 'https://other'}}
users: [{name: u, user: {password: never}}]
contexts: [{name: later, context: {cluster: c, user: u}}]
";
    let third = "current-context: never\ncontexts: [{name: later, context: {cluster: never}}]";
    let (_files, loaded) = load(&[first, second, third]);
    let merged = loaded.unwrap();
    // An empty current-context counts as none, as for kubectl.
    assert_eq!(merged.current_context.as_deref(), Some("later"));
    let servers: Vec<_> =
        merged.clusters.iter().map(|(name, it)| (name.as_str(), it.server.as_deref().unwrap())).collect();
    assert_eq!(servers, [("c", "https://first"), ("d", "https://other")]);
    assert_eq!(merged.clusters[0].1.tls_server_name, None);
    assert!(merged.users.len() == 1 && merged.users[0].1.password.is_none());
    assert_eq!(merged.contexts.len(), 1);
    assert_eq!(merged.contexts[0].1.cluster, "c");
}

#[test]
fn paths_are_relative_to_the_file_they_stand_in() {
    let text = "
clusters: [{name: c, cluster: {certificate-authority: ca.crt}}, {name: e, cluster: {certificate-authority: ''}}]
users:
- {name: u, user: {client-certificate: ../u.crt, client-key: /abs/u.key, tokenFile: token}}
- {name: bare, user: {exec: {command: aws}}}
- {name: path, user: {exec: {command: ./bin/aws}}}
";
    let (files, loaded) = load(&["{}", text]);
    let (merged, base) = (loaded.unwrap(), files.path().join("1"));
    let at = |rest: &str| Some(base.join(rest).to_str().unwrap().to_owned());
    assert_eq!(merged.clusters[0].1.certificate_authority, at("ca.crt"));
    assert_eq!(merged.clusters[1].1.certificate_authority.as_deref(), Some(""));
    let user = &merged.users[0].1;
    assert_eq!((&user.client_certificate, &user.token_file), (&at("../u.crt"), &at("token")));
    assert_eq!(user.client_key.as_deref(), Some("/abs/u.key"));
    let command = |place: usize| merged.users[place].1.exec.as_ref().unwrap().command.clone();
    assert_eq!((command(1), command(2)), (Some("aws".to_owned()), at("./bin/aws")));
}

#[test]
fn a_missing_file_of_a_list_is_left_out_and_an_explicit_one_is_an_error() {
    let files = Files::Listed(vec!["/nonexistent/a".into()]);
    assert_eq!(Kubeconfig::load(&files).unwrap().missing, [PathBuf::from("/nonexistent/a")]);
    let error = Kubeconfig::load(&Files::Explicit("/nonexistent/b".into())).unwrap_err();
    assert_eq!(error.message, "the kubeconfig does not exist: /nonexistent/b");
    assert!(error.hint.is_some());
}

#[test]
fn empty_and_sparse_files_are_files() {
    for text in
        ["", "# nothing\n", "{}", "clusters: null\nusers:\ncontexts: []\n", "\u{feff}apiVersion: v1\nkind: Config\n"]
    {
        assert!(load(&[text]).1.is_ok(), "{text:?}");
    }
    let sparse = "contexts: [{name: x}, {name: y, context: {user: u}}]\nusers: [{name: u}]\nclusters: [{name: c, cluster: null}]";
    let merged = load(&[sparse]).1.unwrap();
    assert_eq!((merged.contexts[1].1.cluster.as_str(), merged.contexts[1].1.user.as_str()), ("", "u"));
}

#[test]
fn fields_of_later_releases_are_passed_over() {
    let text =
        "users: [{name: u, user: {exec: {command: aws, args: null, env: null, future: {a: 1}}, later: true}}]\nnews: 1";
    assert!(load(&[text]).1.is_ok());
}

#[test]
fn a_broken_file_is_named_with_the_line_and_never_quoted() {
    let told = message("users:\n- name: u\n  user:\n    token: [s3cret\n");
    assert!(told.contains("0/config is not valid at line ") && !told.contains("s3cret"), "{told}");
    let told = message("users:\n- name: u\n  user: s3cret\n");
    assert!(told.contains(" line 3 ") && !told.contains("s3cret"), "{told}");
    let told = message("clusters: s3cret");
    assert!(told.contains("not valid") && !told.contains("s3cret"), "{told}");
}

#[test]
fn what_is_no_kubeconfig_is_told() {
    assert!(message("apiVersion: v1\nkind: Pod\n").contains("no kubeconfig"));
    assert!(message("users: [{name: u, user: {}}, {name: u, user: {}}]").contains("names u twice in users"));
    let directory = tempfile::tempdir().unwrap();
    let error = Kubeconfig::load(&Files::Explicit(directory.path().to_owned())).unwrap_err();
    assert!(error.message.contains("cannot be read"), "{error:?}");
    let path = directory.path().join("binary");
    std::fs::write(&path, [0xff, 0xfe, 0, 1]).unwrap();
    assert!(Kubeconfig::load(&Files::Explicit(path)).unwrap_err().message.contains("is not UTF-8 text"));
}
