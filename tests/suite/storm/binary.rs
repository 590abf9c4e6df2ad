//! Storms over the whole binary: Kubernetes, AWS and what is between answer with faults, and a run ends in time with a true page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podid_doubles::http::{self, Answer, Handler, Request, Response};
use podid_doubles::weather::{Forecast, Sort};
use serde_json::Value;

use super::files::spoilt;
use super::laws::{self, Judgement};
use super::{is_only_one, seeds};
use crate::support::cost::{Cost, measure};
use crate::support::world::{SECRET, World};
use crate::support::{case, schema};

/// How many runs there are of each world.
const RUNS: u64 = 125;
/// What `--timeout` says, and how much later a run may end: a machine that does other things besides is slow.
const TIMEOUT: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_secs(3);
/// The most memory of a run, in KiB.
const MEMORY: u64 = 150 * 1024;
/// When a run is given up that does not end.
const GIVEN_UP: Duration = Duration::from_secs(30);

/// What is typed, and how often in a hundred.
const COMMANDS: &[(u64, &[&str])] = &[
    (60, &["doctor", "api-7c9f", "-o", "json"]),
    (10, &["doctor", "api-7c9f"]),
    (5, &["doctor", "api-7c9f", "-v", "--save", "-"]),
    (5, &["doctor", "api-7c9f", "-o", "markdown"]),
    (5, &["doctor", "-l", "app=api", "-o", "json"]),
    (5, &["list", "-A", "--trust", "-o", "json"]),
    (5, &["nodes", "-o", "json"]),
    (5, &["permissions", "--check"]),
];

/// A server that redirects lead to: nobody's credentials may follow.
#[derive(Default)]
struct Elsewhere {
    requests: Mutex<Vec<Request>>,
}

impl Handler for Elsewhere {
    async fn answer(&self, request: Request) -> Answer {
        self.requests.lock().expect("no panic").push(request);
        Answer::Whole(Response::new(200, "application/json", "{}"))
    }
}

/// What all runs of a world came to, and the seeds of those at the ends.
#[derive(Debug, Default)]
struct Tally {
    codes: BTreeMap<Option<i32>, u32>,
    slowest: (Duration, u64),
    /// In KiB.
    largest: (u64, u64),
}

impl Tally {
    fn add(&mut self, seed: u64, ended: &Cost) {
        *self.codes.entry(ended.code).or_default() += 1;
        self.slowest = self.slowest.max((ended.took, seed));
        self.largest = self.largest.max((ended.peak, seed));
    }
}

/// A world, what is true of it, and where redirects lead.
struct Place {
    world: World,
    truth: Judgement,
    elsewhere: Arc<Elsewhere>,
    server: http::Server,
}

impl Place {
    fn of(evidence: &Value) -> Self {
        let world = World::of(evidence);
        let truth = Judgement::of(&world.diagnosis(&[]));
        let elsewhere = Arc::new(Elsewhere::default());
        let server = http::Server::start(([127, 0, 0, 1], 0).into(), None, Arc::clone(&elsewhere)).expect("a port");
        Self { world, truth, elsewhere, server }
    }

    /// A run in the storm of a seed, and what is wrong with it.
    #[expect(clippy::print_stdout, reason = "where one seed is asked for, its run is what is wanted")]
    fn weather(&self, seed: u64, tally: &Mutex<Tally>) -> Vec<String> {
        let mut rng = Rng(seed);
        let sorts = match rng.below(3) {
            0 => vec![Sort::Loss, Sort::Lie],
            _ => vec![Sort::Loss],
        };
        let is_loss = sorts == [Sort::Loss];
        let forecast = Forecast {
            seed,
            per_mille: [30, 100, 300, 1000][rng.below(4)],
            sorts,
            is_lasting: rng.below(2) == 0,
            elsewhere: format!("http://{}", self.server.address()),
        };
        self.world.kubernetes.weather().set(forecast.clone());
        self.world.aws.weather().set(forecast);
        let command = command(rng.below(100) as u64);
        let arguments = [command, &["--timeout", "2s"]].concat();
        let ended = measure(self.world.command(&arguments).prepared(), GIVEN_UP);
        tally.lock().expect("no panic").add(seed, &ended);
        let mut wrong = self.safety(&ended);
        if command.ends_with(&["-o", "json"]) {
            wrong.extend(self.document(&ended, is_loss && command[1] == "api-7c9f"));
        }
        let told = [self.world.kubernetes.weather().told(), self.world.aws.weather().told()].concat().join("\n    ");
        let start = |text: &str| text.chars().take(1_500).collect::<String>();
        let (stderr, stdout) = (start(&ended.stderr), start(&ended.stdout));
        let run = format!("seed {seed}: {arguments:?}\n    {told}\n  stderr: {stderr}\n  stdout: {stdout}");
        if wrong.is_empty() && is_only_one() {
            println!("{run}");
        } else if !wrong.is_empty() {
            wrong.push(run);
        }
        wrong
    }

    /// What holds of every run, and that nobody's credentials followed a redirect.
    fn safety(&self, ended: &Cost) -> Vec<String> {
        let mut wrong = safety(ended);
        let told = std::mem::take(&mut *self.elsewhere.requests.lock().expect("no panic"));
        let is_secret = |request: &Request| {
            request.headers.iter().any(|(name, value)| name == "authorization" || value.contains(SECRET))
                || String::from_utf8_lossy(&request.body).contains(SECRET)
        };
        wrong.extend(told.iter().any(is_secret).then(|| "credentials followed a redirect".to_owned()));
        wrong
    }

    fn document(&self, ended: &Cost, is_loss: bool) -> Vec<String> {
        let document: Value = match serde_json::from_str(&ended.stdout) {
            Ok(document) => document,
            // What could not begin says so on standard error.
            Err(_) if ended.code == Some(2) && ended.stdout.is_empty() && !ended.stderr.is_empty() => {
                return Vec::new();
            }
            Err(error) => return vec![format!("no JSON: {error}")],
        };
        let mut wrong = schema::violations(&document);
        if let Some(code) = document.get("exitCode").and_then(Value::as_i64) {
            let is_same = Some(code) == ended.code.map(i64::from);
            wrong.extend((!is_same).then(|| format!("the document says {code}, the process {:?}", ended.code)));
        }
        if is_loss {
            wrong.extend(self.truth.wrong_after_a_loss(&Judgement::of(&document)));
        }
        wrong
    }
}

/// What holds of every run.
pub fn safety(ended: &Cost) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut demand = |holds: bool, words: String| {
        if !holds {
            wrong.push(words);
        }
    };
    demand(ended.code.is_some_and(|code| (0..=4).contains(&code)), format!("exit {:?}", ended.code));
    demand(ended.took <= TIMEOUT + LATER, format!("took {:?}", ended.took));
    demand(ended.peak <= MEMORY, format!("{} MiB", ended.peak / 1024));
    for text in [&ended.stdout, &ended.stderr] {
        demand(laws::raw(text).is_none(), format!("a raw {:?}", laws::raw(text)));
        demand(!text.contains(SECRET), "a secret came out".to_owned());
        demand(!text.contains("panicked"), "it crashed".to_owned());
    }
    wrong
}

fn command(mut drawn: u64) -> &'static [&'static str] {
    for (weight, command) in COMMANDS {
        match drawn.checked_sub(*weight) {
            Some(rest) => drawn = rest,
            None => return command,
        }
    }
    COMMANDS[0].1
}

/// Draws that follow from a seed.
struct Rng(u64);

impl Rng {
    fn below(&mut self, limit: usize) -> usize {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        self.0 = hasher.finish();
        usize::try_from(self.0 % limit as u64).expect("below the limit")
    }
}

/// Three at a time: most of a run is waiting.
#[track_caller]
#[expect(clippy::print_stdout, reason = "shown with --nocapture: what the weather did")]
fn holds_in_every_storm(evidence: &Value, code: i64) {
    // Each world has weather of its own.
    let world = std::thread::current().name().map_or(0, |name| name.bytes().map(u64::from).sum::<u64>() * 1_000_000);
    let all: Vec<u64> = seeds(RUNS).map(|seed| if is_only_one() { seed } else { world + seed }).collect();
    let tally = Mutex::new(Tally::default());
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts = (0..3usize).map(|part| {
            let own = all.iter().copied().skip(part).step_by(3).collect::<Vec<_>>();
            let tally = &tally;
            scope.spawn(move || {
                let place = Place::of(evidence);
                assert_eq!(place.truth.code(), Some(code), "in fair weather");
                own.into_iter().flat_map(|seed| place.weather(seed, tally)).collect::<Vec<_>>()
            })
        });
        let parts: Vec<_> = parts.collect();
        parts.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    });
    println!("{:?} {tally:?}", std::thread::current().name());
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} lines:\n{shown}", wrong.len());
}

#[test]
fn a_healthy_pod() {
    let mut evidence = case::healthy();
    case::merge(
        &mut evidence,
        &serde_json::json!({ "agentLog": { "node": { "lastFetched": "2026-11-20T13:50:00Z" } } }),
    );
    holds_in_every_storm(&evidence, 0);
}

/// A broken world of each area that the played servers can be.
macro_rules! broken {
    ($($name:ident: $case:literal, $code:literal;)+) => { $(
        #[test]
        fn $name() {
            holds_in_every_storm(&case::named($case).value(), $code);
        }
    )+ };
}

broken! {
    a_pod_without_association: "association/exists/none", 1;
    a_pod_without_variables: "injection/variables/missing", 1;
    a_container_with_keys: "container/static_keys/in_env", 1;
    a_node_without_agent: "agent/running_on_node/no_reason_seen", 1;
    a_policy_that_keeps_the_agent_away: "network/policies/default_deny", 3;
    a_role_that_trusts_nobody: "role/trusts_service/nobody", 1;
    a_trust_policy_for_another_namespace: "role/conditions/other_namespace", 1;
}

#[test]
fn kubeconfigs_and_files_of_evidence_that_are_spoilt() {
    let world = World::healthy();
    world.doctor(&["--save", &world.argument("evidence")]).ends_with(0);
    let (kubeconfig, evidence) = (world.read("kubeconfig"), world.read("evidence"));
    for seed in seeds(RUNS) {
        let mut rng = fastrand::Rng::with_seed(seed);
        world.write("kubeconfig", &spoilt(&mut rng, &kubeconfig));
        world.write("spoilt", &spoilt(&mut rng, &evidence));
        for arguments in
            [&["doctor", "api-7c9f", "--timeout", "2s"][..], &["doctor", "--from", &world.argument("spoilt")]]
        {
            let ended = measure(world.command(arguments).prepared(), GIVEN_UP);
            let wrong = safety(&ended);
            assert!(wrong.is_empty(), "seed {seed}: {wrong:?}\n{}\n{}", ended.stdout, ended.stderr);
            let is_told = ended.code == Some(0) || !ended.stderr.is_empty() || !ended.stdout.is_empty();
            assert!(is_told, "seed {seed}: {:?} without a word", ended.code);
        }
    }
}
