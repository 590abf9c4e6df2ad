//! Does the running process have the variables that the specification gives it? Its own check, because an entrypoint can take
//! them away, and nothing outside the container shows it.

use crate::advice::words::agent_error::seen;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{Probed, SeenProcess};
use crate::evidence::kubernetes::metadata::{FULL_URI, TOKEN_FILE};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(970),
    name: "probe/environment",
    area: &super::AREA,
    title: "the running process sees the variables of the specification",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Probe],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[141],
    symptoms: &[
        "Unable to locate credentials",
        "NoCredentialProviders: no valid providers in chain",
        "CredentialsProviderError: Could not load credentials from any providers",
    ],
    docs: "\
## What it checks
With `--probe`: the names of the variables that the container's processes were started with,
against those that every new process of the container gets. The variables of EKS Pod Identity have
to be there, and none that outranks them may have been added. In the container itself also whether
a file of the image gives credentials in its default profile. Values are not read.

## Why it matters
An entrypoint may clear the environment (`env -i`, sudo, su -, cron, supervisors with a list of
their own), and a build tool may start a container inside the container. Then the specification is
right, and the program finds no credentials. What a process does to its own environment later,
such as php-fpm with clear_env, cannot be seen from outside.

## How to fix
Let the entrypoint hand the variables on: `exec` without `env -i`, `sudo -E`, `clear_env = no`,
the names in the supervisor's list.

## References
- Linux manual, proc_pid_environ(5)
- PHP manual, *FastCGI Process Manager*, clear_env
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// Variables that SDKs look at before they ask the agent.
const OUTRANKING: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_PROFILE",
];

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let probed = match evidence.probed(&container)? {
        Ok(probed) => probed,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let gap = |why: String| Err(Gap::new(Source::Probe, GapReason::Insufficient, why));
    if !probed.is_of_pod() {
        return gap("a copy of the pod does not run the container's processes".to_owned());
    }
    if !evidence.live_pod()?.is_some_and(|pod| pod.runs(&container.name)) {
        return gap("the container does not run, so the probe saw no process of it".to_owned());
    }
    let Some(main) = probed.report.main_process() else {
        return gap("the probe does not see the container's processes".to_owned());
    };
    let Some(variables) = names(main) else {
        let user = main.user.map_or("another user".to_owned(), |user| format!("user {user}"));
        let own = probed.report.user;
        return gap(format!("process {} of {user} hides its environment from user {own}", main.name.as_str()));
    };
    let findings = [of_main(probed, main, &variables), of_children(probed, main, &variables)];
    let findings = findings.into_iter().flatten().map(|finding| seen(finding, probed)).collect();
    Ok(Verdict::from_findings(findings))
}

fn names(process: &SeenProcess) -> Option<Vec<&str>> {
    process.variables.as_ref().map(|names| names.iter().map(ForeignText::as_str).collect())
}

fn given(probed: &Probed) -> Vec<&str> {
    probed.report.environment.iter().map(|variable| variable.name.as_str()).collect()
}

fn lost<'n>(given: &[&'n str], variables: &[&str]) -> Vec<&'n str> {
    let own = given.iter().filter(|name| [FULL_URI, TOKEN_FILE].contains(name));
    own.filter(|name| !variables.contains(name)).copied().collect()
}

fn of_main(probed: &Probed, main: &SeenProcess, variables: &[&str]) -> Option<Finding> {
    let given = given(probed);
    let lost = lost(&given, variables);
    let name = main.name.as_str();
    if !lost.is_empty() {
        let finding =
            Finding::warning("the main process was started without the variables that the specification gives it");
        return Some(
            finding
                .found(format!("process {name} without {}", lost.join(" and ")))
                .expected("both variables, as every new process of the container gets them"),
        );
    }
    let added: Vec<&str> =
        OUTRANKING.into_iter().filter(|name| variables.contains(name) && !given.contains(name)).collect();
    (!added.is_empty()).then(|| {
        Finding::warning("the main process was started with variables that outrank EKS Pod Identity")
            .found(format!("process {name} with {}", added.join(" and ")))
            .expected("none that the specification does not give")
    })
}

/// A wrapper may have the variables and hand none on. A helper without them, beside others that have them, is worth a note.
fn of_children(probed: &Probed, main: &SeenProcess, variables: &[&str]) -> Option<Finding> {
    let given = given(probed);
    if !lost(&given, variables).is_empty() {
        return None;
    }
    let children = probed.report.processes.iter().filter(|process| process.parent == main.id);
    let known: Vec<(&SeenProcess, Vec<&str>)> = children.filter_map(|child| Some((child, names(child)?))).collect();
    let without: Vec<&str> = known
        .iter()
        .filter(|(_, variables)| !lost(&given, variables).is_empty())
        .map(|(process, _)| process.name.as_str())
        .collect();
    let all = without.len() == known.len();
    let message = "processes of the container were started without the variables that the specification gives";
    let finding = if all { Finding::warning(message) } else { Finding::note(message) };
    let expected = "both variables, as the main process has them";
    (!without.is_empty()).then(|| finding.found(format!("process {}", without.join(", "))).expected(expected))
}
