//! The rights that `permissions` prints, on a real node: with them everything is known and each switch works; without any
//! one of them `--check` names it, and a run has exactly the gap that it leaves. The log is that of the real kubelet.

use serde_json::{Value, json};

use crate::least_privilege::given::{self, Given};
use crate::least_privilege::seen::{Seen, differences};
use crate::least_privilege::situations::{OTHERWISE, PLAIN, needs};
use crate::least_privilege::stage::{manifests, printed};
use crate::support::probed::{IMAGE, container};
use crate::support::real_node::NodeScene;
use crate::support::report::Report;
use crate::support::rights::Manifests;
use crate::support::run::Outcome;

/// A user who has what is printed for a level, and nothing else.
struct Holder<'s> {
    scene: &'s NodeScene,
    user: &'static str,
    level: &'static str,
    rights: Manifests,
}

impl<'s> Holder<'s> {
    fn new(scene: &'s NodeScene, user: &'static str, level: &'static str) -> Self {
        let printed = printed(&["--level", level, "--for-namespace", &scene.namespace]);
        let rights = Manifests::apply(&scene.api, user, manifests(&printed, user));
        Self { scene, user, level, rights }
    }

    fn rules(&self) -> Vec<Given> {
        given::of(self.rights.all(), &[])
    }

    fn doctor(&self, more: &[&str]) -> Report {
        let arguments = [&["api", "--probe-image", IMAGE, "-o", "json"], more].concat();
        let outcome = self.scene.doctor(&arguments).user(self.user).run();
        // What will be left behind is announced.
        Report::read(&Outcome { stderr: String::new(), ..outcome })
    }

    /// What `--check` ends with, and the rights that it says are missing: verb, group, resource, namespace.
    fn check(&self) -> (i32, Vec<[Value; 4]>) {
        let arguments = ["--check", "--level", self.level, "--for-namespace", &self.scene.namespace, "-o", "json"];
        let outcome = self.scene.doctor(&arguments).verb("permissions").user(self.user).run();
        let document: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        let all = document["rights"].as_array().expect("rights").iter();
        let missing = all.filter(|one| one["state"] != "held");
        let words = missing.map(|one| ["verb", "group", "resource", "namespace"].map(|key| one[key].clone()));
        (outcome.code, words.collect())
    }

    /// Takes a rule away, and gives what is wrong with what `--check` says of it.
    fn without<T>(&self, rule: &Given, work: impl FnOnce() -> T) -> (Vec<String>, T) {
        let Given::Rule { one, namespace } = rule else { panic!("{rule:?} is no rule") };
        self.rights.take(&self.scene.api, one);
        let (code, missing) = self.check();
        let result = work();
        self.rights.give_back(&self.scene.api, one);
        let is_it = |words: &[Value; 4]| words[..3] == [json!(one.verb), json!(one.group), json!(one.resource)];
        let place = json!(namespace);
        let is_named = missing.iter().any(|words| is_it(words) && words[3] == place);
        let mut wrong = Vec::new();
        if code != 1 || !is_named || !missing.iter().all(is_it) {
            wrong.push(format!("--check without {}: {code} {missing:?}", rule.name()));
        }
        (wrong, result)
    }
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        self.rights.remove(&self.scene.api);
    }
}

fn seen(report: &Report) -> Vec<Seen> {
    Seen::read(&report.document)
}

#[test]
fn reading_needs_what_is_printed_and_nothing_less() {
    let scene = NodeScene::new("rights-read");
    let settings = json!({ "metadata": { "name": "settings" }, "data": { "LOG_LEVEL": "info" } });
    scene.api.create(&format!("/api/v1/namespaces/{}/configmaps", scene.namespace), &settings);
    let from = json!([{ "configMapRef": { "name": "settings" } }]);
    let served =
        scene.pod_that_asks(json!({ "spec": { "containers": [{ "name": "app", "image": IMAGE, "envFrom": from }] } }));
    assert!(served.contains("served"), "{served}");
    let holder = Holder::new(&scene, "reader-everywhere", "read");
    assert_eq!(holder.check(), (0, Vec::new()));
    let report = holder.doctor(&[]);
    report.expect("healthy", 0, &[]).statuses(&[("PID680", "passed"), ("PID690", "passed")]);
    let before = seen(&report);
    let gaps: Vec<String> = before.iter().flat_map(Seen::gaps).collect();
    assert!(gaps.is_empty(), "{gaps:?}");
    let (mut wrong, mut tried) = (Vec::new(), Vec::new());
    for rule in holder.rules() {
        let name = rule.name();
        let is_used = needs(&name) == PLAIN && !OTHERWISE.contains(&name.as_str());
        let (of_check, after) = holder.without(&rule, || is_used.then(|| seen(&holder.doctor(&[]))));
        wrong.extend(of_check);
        if let Some(after) = after {
            let other = differences(&before, &after, &rule.words(&scene.namespace));
            wrong.extend(other.into_iter().map(|what| format!("without {name}: {what}")));
            tried.push(name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let used = ["get pods", "get configmaps", "list pods in kube-system", "get pods/log in kube-system"];
    assert!(used.iter().all(|rule| tried.iter().any(|one| one == rule)), "{tried:?}");
}

#[test]
fn each_switch_needs_what_is_printed_for_it() {
    let scene = NodeScene::new("rights-switches");
    scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    let read: Vec<String> = Holder::new(&scene, "auditor", "read").rules().iter().map(Given::name).collect();
    let mut wrong = Vec::new();
    for (level, runs, code) in [
        ("canary", &["--canary"][..], "PID910"),
        ("probe", &["--probe=exec", "--probe=ephemeral", "--probe=pod"], "PID940"),
        ("assume", &["--assume"], "PID960"),
    ] {
        let holder = Holder::new(&scene, "auditor", level);
        assert_eq!(holder.check(), (0, Vec::new()), "{level}");
        for run in runs {
            holder.doctor(&[run]).expect("healthy", 0, &[]).statuses(&[(code, "passed")]);
        }
        let own: Vec<Given> = holder.rules().into_iter().filter(|rule| !read.contains(&rule.name())).collect();
        assert!(!own.is_empty(), "{level}");
        for rule in own {
            wrong.extend(holder.without(&rule, || ()).0);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
