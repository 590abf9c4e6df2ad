//! `list` for other programs, for several clusters, and before it is run.

use serde_json::{Value, json};

use super::list::{associate, healthy, list, row};
use crate::support::world::CONTEXT;

#[test]
fn clusters_stand_side_by_side() {
    let world = healthy();
    world.configure(|kubeconfig| {
        let mut more = |name: &str, server: Value| {
            let mut cluster = kubeconfig["clusters"][0].clone();
            cluster["name"] = json!(name);
            cluster["cluster"]["server"] = server;
            let context = json!({ "name": name, "context": { "cluster": name, "user": CONTEXT } });
            kubeconfig["clusters"].as_array_mut().expect("clusters").push(cluster);
            kubeconfig["contexts"].as_array_mut().expect("contexts").push(context);
        };
        more("dead", json!("https://127.0.0.1:9"));
    });
    let both = format!("{CONTEXT},dead");
    let document = list(&world, &["--contexts", &both, "-o", "json"]).ends_with(3).json();
    assert_eq!(document["clusters"].as_array().map(Vec::len), Some(2));
    assert_eq!(row(&document, "shop", "api")["context"], CONTEXT);
    let reasons: Vec<&Value> =
        document["clusters"][1]["gaps"].as_array().expect("gaps").iter().map(|gap| &gap["reason"]).collect();
    assert!(reasons.contains(&&json!("unreachable")), "{document:#}");
    let table = list(&world, &["--contexts", "*"]).ends_with(3);
    assert!(table.stdout.lines().any(|line| line.starts_with("dead") && line.contains("unknown")), "{}", table.stdout);
    let names = list(&world, &["--contexts", CONTEXT, "-o", "name"]).ends_with(0).stdout;
    assert_eq!(names, format!("sa/api -n shop --context {CONTEXT}\n"));
    world.write("garbled", "contexts: [");
    let garbled =
        world.command(&["list", "--contexts", "dead"]).variable("KUBECONFIG", &world.argument("garbled")).run();
    garbled.ends_with(2).warns(&["garbled"]);
    list(&world, &["--contexts", "dead", "--context", "dead"]).ends_with(2).warns(&["leave out one of them"]);
    list(&world, &["--contexts", "dad"])
        .ends_with(2)
        .warns(&["the kubeconfig has no context named dad", "nearest: dead"]);
}

#[test]
fn other_programs_read_it() {
    let world = healthy();
    let csv = list(&world, &["--trust", "-o", "csv"]).ends_with(0).stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("cluster,namespace,serviceAccount,state,pods,injected,stale"), "{csv}");
    assert!(lines[1].contains(",shop,api,ok,1,1,0,0,0,0,arn:aws:iam::111122223333:role/api,"), "{csv}");
    let samples = list(&world, &["-o", "prometheus"]).ends_with(0).stdout;
    for line in [
        "podid_association_state{cluster=\"prod\",namespace=\"shop\",service_account=\"api\",state=\"ok\"} 1",
        "podid_pods{cluster=\"prod\",namespace=\"shop\",service_account=\"api\",injected=\"true\"} 1",
        "podid_last_run_timestamp_seconds{cluster=\"prod\"} 1795183631",
    ] {
        assert!(samples.lines().any(|one| one == line), "{line} is not in\n{samples}");
    }
    let file = world.argument("podid.prom");
    assert_eq!(list(&world, &["-o", "prometheus", "--to", &file]).ends_with(0).stdout, "");
    assert_eq!(world.read("podid.prom"), samples);
    list(&world, &["--to", "/no/such/folder/file"])
        .ends_with(2)
        .warns(&["could not be written to /no/such/folder/file"]);
    world.run(&["list", "-o", "junit"]).ends_with(2);
    world.run(&["list", "--by-role", "-o", "csv"]).ends_with(2).warns(&["list --by-role has no such output format"]);
    let roles = list(&world, &["--by-role", "-o", "json"]).ends_with(0).json();
    assert_eq!(roles["items"][0]["serviceAccounts"], json!([{ "context": null, "namespace": "shop", "name": "api" }]));
}

#[test]
fn hostile_names_stay_words() {
    let world = healthy();
    associate(&world, "shop", "=cmd|' /C calc'!A0\u{1b}[2J", "api");
    for format in ["table", "wide", "name", "csv", "prometheus", "json", "yaml"] {
        let text = list(&world, &["-o", format]).stdout;
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{format}: {text:?}");
    }
    assert!(list(&world, &["-o", "csv"]).stdout.contains("'=cmd|"), "no spreadsheet takes it for a formula");
}

#[test]
fn the_plan_is_what_is_sent() {
    let world = healthy();
    let plan = list(&world, &["--plan", "--trust", "-o", "json"]).ends_with(0).json();
    assert!(world.kubernetes.requests().is_empty() && world.aws.requests().is_empty());
    let planned: Vec<&str> =
        plan["requests"].as_array().expect("requests").iter().filter_map(|one| one["request"].as_str()).collect();
    list(&world, &["--trust"]).ends_with(0);
    for request in world.kubernetes.requests() {
        assert!(planned.contains(&format!("GET {}", request.path).as_str()), "{} is not in {planned:?}", request.path);
    }
    for request in world.aws.requests() {
        let named = |one: &&str| {
            one.split(' ').next().is_some_and(|action| action.ends_with(&format!(":{}", request.operation)))
        };
        assert!(planned.iter().any(named), "{} is not in {planned:?}", request.operation);
    }
}
