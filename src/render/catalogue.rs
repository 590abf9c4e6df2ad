//! The catalogue: `src/checks/README.md`, generated from the checks, and the known failures with who names them.

use crate::checks::{AREAS, Check, registry};

/// Writes the catalogue as Markdown.
pub fn catalogue() -> String {
    let mut text = String::from(
        "# The checks\n\nGenerated from the checks by `UPDATE=1 cargo test`; `kubectl podid explain CODE` prints one in full.\n\n\
         **!** decisive: must be known before anything is called healthy.\n",
    );
    for area in AREAS {
        text.extend(["\n## ", area.title, "\n\n"]);
        text.push_str(
            "| Code | Name | What holds | Severity | Needs | Symptom of | Reads |\n|---|---|---|---|---|---|---|\n",
        );
        text.extend(area.checks.iter().map(|check| row(check)));
    }
    text.push_str(KNOWN_FAILURES);
    text.extend(FAILURES.iter().map(failure));
    text
}

/// The head of the second part.
const KNOWN_FAILURES: &str = "\n## The known failures, and who tells them\n\n\
    The numbers are kept in `render/catalogue.rs`, and each check says which of them it names. Where several checks see one, the first names it as the cause.\n\n\
    | Row | What is wrong | Told by |\n|---|---|---|\n";

fn failure(failure: &Failure) -> String {
    let told = match failure.unseen {
        None => failure.seen_by().into_iter().map(link).collect::<Vec<String>>().join(", "),
        Some(reason) => format!("not seen: {reason}"),
    };
    format!("| {} | {} | {told} |\n", failure.row, failure.what)
}

fn link(check: &Check) -> String {
    format!("[{}]({}.rs)", check.code, check.name.replace('-', "_"))
}

fn row(check: &Check) -> String {
    let reads: Vec<&str> = check.reads.iter().map(|source| source.name()).collect();
    format!(
        "| {} | [{}]({}.rs) | {} | {}{} | {} | {} | {} |\n",
        check.code,
        check.name,
        check.name.replace('-', "_"),
        check.title,
        check.severity.word(),
        if check.decisive { " **!**" } else { "" },
        codes(check.requires.iter().copied()),
        codes(check.causes_by_code().into_iter()),
        reads.join(", "),
    )
}

fn codes(checks: impl Iterator<Item = &'static Check>) -> String {
    checks.map(|check| check.code.0.to_string()).collect::<Vec<String>>().join(", ")
}

/// One known failure.
pub struct Failure {
    /// Its number, which is never used again for another one.
    pub row: u16,
    /// What is wrong.
    pub what: &'static str,
    /// Why no check names it, where none does.
    pub unseen: Option<&'static str>,
}

impl Failure {
    /// The checks that see it; those that name it as the cause come first.
    pub fn seen_by(&self) -> Vec<&'static Check> {
        let naming = registry::all().filter(|check| check.tells.contains(&self.row));
        naming.chain(registry::all().filter(|check| check.hints_at.contains(&self.row))).collect()
    }
}

const fn seen(row: u16, what: &'static str) -> Failure {
    Failure { row, what, unseen: None }
}

const fn unseen(row: u16, what: &'static str, reason: &'static str) -> Failure {
    Failure { row, what, unseen: Some(reason) }
}

/// It happens before there is anything that a pod could lack.
const AT_CREATION: &str = "the call that creates or updates it fails at once and says so; no pod is involved";
/// It is a matter of the program in the container.
const IN_THE_PROGRAM: &str = "only the program itself, or a probe beside it, shows it";

/// All known failures, by number.
pub static FAILURES: &[Failure] = &[
    seen(1, "no association for the namespace and service account"),
    seen(2, "the pod is older than the association"),
    seen(3, "the pod was created within seconds of the association"),
    seen(4, "the pod runs as another service account than the association names"),
    seen(5, "the association is in another namespace"),
    seen(6, "the association is in another cluster, region or account"),
    seen(7, "the association was deleted while pods run"),
    seen(8, "the association was changed, and a former session is still in use"),
    unseen(9, "an association for the service account exists already", AT_CREATION),
    unseen(10, "IAM does not know the role yet", AT_CREATION),
    seen(11, "an add-on or a tool owns the association and reverts it"),
    unseen(12, "the add-on's version does not take associations", AT_CREATION),
    unseen(13, "the add-on does not know the service account", AT_CREATION),
    unseen(14, "the quota of associations is used up", AT_CREATION),
    seen(15, "the service account was created again behind the pod"),
    unseen(
        16,
        "a controller calls AWS as itself, not as the workload",
        "which pod makes a call is the program's choice",
    ),
    seen(17, "a label keeps the pod from injection"),
    seen(18, "an annotation keeps a container from injection"),
    seen(19, "the webhook left out some pods of a template"),
    seen(20, "the webhook's configuration is gone or edited"),
    seen(21, "the control plane does not know the association yet"),
    seen(22, "the template sets one of the two variables itself"),
    seen(23, "another volume stands in the token's place"),
    seen(24, "another webhook or a controller took the variables away"),
    seen(25, "a debug container has no variables"),
    seen(26, "a sidecar was added behind the webhook"),
    seen(27, "an association took over from an IRSA annotation"),
    seen(28, "the pod still uses its IRSA role"),
    seen(29, "a static pod cannot be injected"),
    seen(30, "the agent is not installed"),
    seen(31, "the agent is kept off some nodes"),
    seen(32, "the pod runs on Fargate"),
    seen(33, "the pod runs on Windows"),
    seen(34, "the agent cannot bind its IPv6 address"),
    seen(35, "another process holds the agent's port"),
    unseen(
        36,
        "the agent takes port 80 of the host, and another pod waits for it",
        "it is the other pod's scheduling that fails",
    ),
    seen(37, "the agent's init container finds a route of another interface"),
    seen(38, "the agent's image cannot be pulled"),
    seen(39, "the add-on counts too few replicas"),
    seen(40, "the add-on conflicts with a Helm release"),
    seen(41, "a policy engine refuses the agent's pods"),
    seen(42, "the agent fails its own probes and restarts"),
    seen(43, "the agent is ready and every pod fails"),
    seen(44, "the pod started before the agent of a new node"),
    seen(45, "the agent's version ignores proxies"),
    seen(46, "the agent serves another cluster name"),
    seen(47, "the agent has no region or a wrong one"),
    seen(48, "the agent was killed for its memory"),
    seen(49, "a network policy keeps the pod from the agent"),
    seen(50, "Cilium does not count the agent's address as one"),
    seen(51, "Cilium's routing on the host drops the packets"),
    seen(52, "a host port in the kernel's load balancer takes the agent's address"),
    seen(53, "a mesh or VPN sidecar redirects the request"),
    seen(54, "the request reaches the agent under another host name"),
    seen(55, "a proxy takes the request"),
    seen(56, "security groups for pods are strict"),
    seen(57, "the agent does not listen on the family that the pod calls"),
    unseen(
        58,
        "EKS Auth refuses a pod on the host's network",
        "the agent's log has no address that tells such pods apart; PID560 notes the network",
    ),
    seen(59, "a firewall of the node drops the packets"),
    unseen(
        60,
        "kube2iam or kiam answers for instance metadata",
        "only what an SDK falls back to changes; PID495 notes the way there",
    ),
    seen(61, "the client waits less than the agent needs"),
    seen(62, "EKS Auth cannot be reached from the node"),
    seen(63, "the private name of EKS Auth does not resolve or does not match"),
    seen(64, "the policy of a VPC endpoint denies the call"),
    seen(65, "the node's role may not call EKS Auth"),
    seen(66, "a boundary or an organization's policy denies the node's role"),
    seen(67, "the agent finds no credentials of the node"),
    seen(68, "the agent uses credentials of its own instead of the node's"),
    seen(69, "the agent does not use the proxy that the node needs"),
    seen(70, "the agent does not trust the certificate it is shown"),
    seen(71, "EKS Auth throttles the account"),
    seen(72, "the agent renews for pods that have gone"),
    seen(73, "the agent's own limit is reached"),
    seen(74, "EKS Auth fails"),
    seen(75, "the node's clock is wrong"),
    seen(76, "the role does not trust EKS Pod Identity"),
    seen(77, "the role does not allow session tags"),
    seen(78, "a condition on session tags does not match"),
    seen(79, "conditions on session tags, and session tags are off"),
    seen(80, "a condition that no reading can settle"),
    seen(81, "a statement denies the pod"),
    seen(82, "the role is gone or has another path"),
    seen(83, "the role is in another account than the cluster"),
    seen(84, "the chain to the target role is broken"),
    unseen(
        85,
        "credentials of a target role last 59 minutes",
        "it is how chaining works; the report names the target role",
    ),
    seen(86, "session tags fill what a session may carry"),
    unseen(
        87,
        "a second role does not allow the tags that travel on",
        "which role a program assumes next is not in the cluster",
    ),
    unseen(88, "the program assumes the role that it already is", IN_THE_PROGRAM),
    unseen(
        89,
        "the role's permissions do not allow the action",
        "which action the program needs is not in the cluster",
    ),
    seen(90, "a session policy narrows the role"),
    seen(91, "the role has tags of its own under the keys of session tags"),
    unseen(92, "IAM has not spread a new trust policy yet", "it settles by itself within a minute"),
    unseen(
        93,
        "the role's longest session is shorter than six hours",
        "it is no cause: the setting does not bind sessions of services",
    ),
    seen(94, "the trust covers every association of the account"),
    seen(95, "the process may not read the token"),
    seen(96, "the program sends an empty token"),
    seen(97, "the program sends the token behind a word"),
    seen(98, "the program keeps a token beyond its life"),
    seen(99, "the agent renews with a token that has run out"),
    seen(100, "the service account is gone and no token can be made"),
    seen(101, "the token of Pod Identity is handed to web identity"),
    seen(102, "the token has another audience"),
    seen(103, "the token is not bound to a pod"),
    seen(104, "the token's life is short and makes many calls"),
    seen(105, "the token file holds something else"),
    seen(106, "the Go SDK is too old"),
    seen(107, "the Java SDK is too old"),
    seen(108, "botocore is too old"),
    seen(109, "the JavaScript SDK hides the agent's answer"),
    seen(110, "static keys outrank Pod Identity"),
    seen(111, "a shared file outranks Pod Identity"),
    seen(112, "a profile is named that does not exist"),
    seen(113, "a profile makes JavaScript skip the environment"),
    seen(114, "a variable of ECS outranks Pod Identity"),
    seen(115, "a fixed token shadows the token file"),
    seen(116, "the program falls back to the node's role"),
    unseen(117, "the program pins a source of credentials", IN_THE_PROGRAM),
    unseen(118, "the program knows IRSA only", IN_THE_PROGRAM),
    seen(119, "the container does not know its region"),
    seen(120, "the service or STS cannot be reached"),
    seen(121, "STS is called outside the region"),
    seen(122, "names of AWS do not resolve in the pod"),
    unseen(123, "the program copied its credentials once", IN_THE_PROGRAM),
    unseen(
        124,
        "the program asks the agent far too often",
        "nothing fails for the pod; PID740 tells it once calls are throttled",
    ),
    unseen(
        125,
        "the container has no shell to probe with",
        "it is no failure; everything that is read from outside is read",
    ),
    seen(126, "an Auto Mode node has no agent pod, and needs none"),
    seen(127, "a cluster with Auto Mode has other nodes, and no add-on for them"),
    seen(128, "an old add-on starts the agent on Auto Mode nodes"),
    seen(129, "the daemon set for hybrid nodes is not there"),
    seen(130, "a hybrid node has no credentials file for the agent"),
    seen(131, "the role of a hybrid node may not call EKS Auth"),
    seen(132, "the platform version is too old"),
    seen(133, "the cluster is not one of EKS, or is on an Outpost"),
    seen(134, "the network plugin needs credentials before the agent runs"),
    unseen(135, "an IPv6 policy was stricter than the built-in agent", "the built-in agent has been changed"),
    unseen(
        136,
        "a virtual cluster has other names than its host",
        "the names of the virtual cluster are not in the host's API",
    ),
    unseen(137, "a tool reports the injected fields as drift", "the pod is well"),
    unseen(138, "the session's name is cut in CloudTrail", "the pod is well"),
    seen(139, "the template mounts a volume at the token's path, and no pod can be created"),
    unseen(140, "a nested container does not inherit the variables", IN_THE_PROGRAM),
    seen(141, "the entrypoint takes the environment away"),
    seen(142, "a copied manifest carries a former region and variables"),
    seen(143, "a VPN sidecar takes the link-local routes"),
    seen(144, "the pod's network has no way to the host's link-local address"),
    seen(145, "the node's network manager removed the agent's link"),
    seen(146, "the pod waited long between its creation and its start"),
    seen(147, "session tags are off, and a policy asks for them"),
    unseen(148, "an image cannot be pulled", "images are pulled by the node's role, never by Pod Identity"),
    seen(149, "a volume cannot be mounted, and the pod never starts"),
    seen(150, "a known program is older than Pod Identity"),
    seen(151, "the role has no policy"),
    seen(152, "the identity provider does not accept the token's audience"),
];
