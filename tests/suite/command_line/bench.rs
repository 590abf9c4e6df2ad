//! How fast it is, and stays: waves, requests, time and memory at several latencies, beside the same questions typed by hand.
//!
//! Run by `scripts/bench`, and by `scripts/ready fleet` for the counts: times are told of an optimised build alone (`PODID_BINARY`).

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use podid_doubles::waves;

use super::crowd::crowd;
use super::fleet::large;
use crate::support::cost::{Cost, measure};
use crate::support::kubernetes::Recorded;
use crate::support::world::World;

const LONGEST: Duration = Duration::from_mins(10);
const LATENCIES: [u64; 3] = [0, 30, 100];
/// From here on the waves are sure.
const SURE: Duration = Duration::from_millis(100);
/// From the start of the process to the first request, as the played server reads it: its side of TLS is not optimised.
const FIRST_REQUEST: Duration = Duration::from_millis(15);
/// The AWS CLI, where there is one.
const AWSCLI: &str = "AWSCLI";

/// What is asked, the most requests, and the most waves; none where pages follow each other.
struct Question {
    what: &'static str,
    arguments: &'static [&'static str],
    requests: usize,
    waves: Option<usize>,
}

const ONE: Question = Question { what: "one pod", arguments: &["doctor", "api-7c9f"], requests: 22, waves: Some(3) };
const WORKLOAD: Question =
    Question { what: "a workload", arguments: &["doctor", "deployment/api"], requests: 40, waves: Some(5) };
const MANY: Question = Question { what: "500 pods", arguments: &["doctor", "-A"], requests: 60, waves: None };
const LIST: Question = Question {
    what: "list of 10,000",
    arguments: &["list", "-A", "--no-roles", "--timeout", "10m"],
    requests: 40,
    waves: None,
};

/// How often each is asked: the fastest run counts, the others had to wait for something else.
const TIMES: usize = 3;

/// What the fastest of some runs came to.
struct Asked {
    cost: Cost,
    requests: usize,
    waves: usize,
    /// From the start of the process to its first request.
    first: Duration,
}

fn fastest(world: &World, question: &Question) -> Asked {
    let mut soonest = Duration::MAX;
    let all = (0..TIMES).map(|_time| {
        world.kubernetes.forget_requests();
        world.aws.forget_requests();
        let begun = Timestamp::now();
        let cost = measure(world.command(question.arguments).prepared(), LONGEST);
        assert_eq!(cost.code, Some(0), "{}{}", cost.stdout, cost.stderr);
        let kubernetes = world.kubernetes.requests().iter().map(Recorded::interval).collect::<Vec<_>>();
        let aws = world.aws.requests().iter().map(podid_doubles::aws::Recorded::interval).collect::<Vec<_>>();
        let all = [kubernetes, aws].concat();
        let first = all.iter().map(|(started, _)| *started).min().expect("a request").duration_since(begun);
        soonest = soonest.min(first.unsigned_abs());
        (cost, all)
    });
    let (cost, all) = all.min_by_key(|(cost, _all)| cost.took).expect("a run");
    Asked { cost, requests: all.len(), waves: waves(all), first: soonest }
}

/// Asks, and tells what it cost; the limits are held. `start` is what a run takes whose answers take no time.
fn asked(world: &World, question: &Question, latency: Duration, start: Duration, told: &mut String) -> Cost {
    world.set_latency(latency);
    let Asked { cost, requests, waves, first } = fastest(world, question);
    let (millis, took, peak) = (latency.as_millis(), cost.took.as_secs_f64(), cost.peak / 1024);
    let is_optimised = std::env::var_os("PODID_BINARY").is_some();
    write!(told, "{:<15} {millis:>4} ms  {requests:>4} requests {took:>8.3} s  {peak:>4} MiB", question.what)
        .expect("text");
    if latency.is_zero() {
        writeln!(told, "  first request after {:.1} ms", first.as_secs_f64() * 1_000.0).expect("text");
        assert!(!is_optimised || question.what != ONE.what || first <= FIRST_REQUEST, "{told}");
    } else {
        let ratio = took / (latency.as_secs_f64() * f64::from(u32::try_from(waves).expect("few")));
        writeln!(told, "  {waves:>3} waves {ratio:>5.2} × waves × latency").expect("text");
        // Requests of one wave do not begin together where each answer comes as fast as the next request.
        let is_sure = latency >= SURE;
        assert!(!is_sure || question.waves.is_none_or(|most| waves <= most), "{told}");
        let most = (latency * 3 + start).mul_f64(1.25);
        let is_meant = is_optimised && question.what == ONE.what;
        assert!(!is_meant || cost.took <= most, "at most {most:?}:\n{told}");
    }
    assert!(requests <= question.requests, "{told}");
    cost
}

/// The same questions as one pod's, one command after the other.
fn by_hand(world: &World, latency: Duration) -> Option<(usize, Duration)> {
    let aws = std::env::var(AWSCLI).ok().filter(|path| Path::new(path).exists())?;
    world.set_latency(latency);
    let kubectl: [&[&str]; 8] = [
        &["get", "pod", "api-7c9f", "-o", "yaml"],
        &["get", "serviceaccount", "api", "-o", "yaml"],
        &["get", "namespace", "shop", "-o", "yaml"],
        &["get", "node", "ip-10-0-1-7.eu-west-1.compute.internal", "-o", "yaml"],
        &["get", "--raw", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"],
        &["get", "--raw", "/apis/apps/v1/daemonsets"],
        &["get", "--raw", "/api/v1/namespaces/kube-system/pods"],
        &["get", "--raw", "/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz/log"],
    ];
    let eks: [&[&str]; 5] = [
        &["eks", "describe-cluster", "--name", "prod"],
        &["eks", "list-pod-identity-associations", "--cluster-name", "prod"],
        &["eks", "describe-addon", "--cluster-name", "prod", "--addon-name", "eks-pod-identity-agent"],
        &["iam", "get-role", "--role-name", "api"],
        &["sts", "get-caller-identity"],
    ];
    let all = kubectl.iter().map(|one| ("kubectl", *one)).chain(eks.iter().map(|one| (aws.as_str(), *one)));
    let mut took = Duration::ZERO;
    for (program, arguments) in all {
        // The environment is that of the plugin.
        let own = world.command(&[]).variable("AWS_REGION", "eu-west-1").prepared();
        let mut command = Command::new(program);
        let known = own.get_envs().filter_map(|(name, value)| Some((name, value?)));
        command.args(arguments).env_clear().envs(known);
        took += measure(command, LONGEST).took;
    }
    Some((kubectl.len() + eks.len(), took))
}

#[test]
#[expect(clippy::print_stdout, reason = "its figures are what a bench is for")]
#[ignore = "a bench: scripts/bench runs it"]
fn a_bench_of_what_people_ask() {
    let mut told = String::new();
    let (one, many, list) = (World::healthy(), crowd(499, 1), large(10_000, 500));
    let start = fastest(&one, &ONE).cost.took;
    for latency in LATENCIES.map(Duration::from_millis) {
        let cost = asked(&one, &ONE, latency, start, &mut told);
        if let Some((commands, took)) = by_hand(&one, latency) {
            let times = took.as_secs_f64() / cost.took.as_secs_f64();
            writeln!(told, "  by hand: {commands} commands {:>24.3} s  {times:>5.1} × longer", took.as_secs_f64())
                .expect("text");
        }
        asked(&one, &WORKLOAD, latency, start, &mut told);
        asked(&many, &MANY, latency, start, &mut told);
        asked(&list, &LIST, latency, start, &mut told);
    }
    println!("{told}");
}
