//! Words about errors of the agent and of its add-on, of pods that could not be created, and of what the probe saw.

use jiff::Timestamp;

use crate::advice::agent::{daemon_set, overwrite, set_by_hand};
use crate::advice::node_role::{look_beyond, put};
use crate::advice::template::in_the_manifest;
use crate::advice::{cluster_name, region_option, restart};
use crate::evidence::asked::probe::{Failure, FailureKind, Probed};
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::agent_log::{AgentError as E, LoggedOutcome, essence};
use crate::evidence::kubernetes::metadata::{AGENT, TOKEN_FILE, TOKEN_MOUNT_PATH};
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{Evidence, FailedCreation, Refusal, Source};
use crate::findings::remediation::{Command, Part, Remediation, shell};
use crate::findings::{Finding, Severity};
use crate::reasoning::role::node_role::EKS_AUTH_ACTION;

/// Tells of an error in the log: what it means, its own words, and what can be done.
pub fn finding(evidence: &Evidence, severity: Severity, kind: E, outcome: &LoggedOutcome) -> Finding {
    let text = essence(outcome.error.as_deref().unwrap_or_default());
    let finding = Finding::new(severity, phrase(kind));
    let finding = match &evidence.representative {
        Some(pod) => finding.observed(evidence.log_source(), "pod", newest(&pod.metadata.name)),
        None => finding,
    };
    finding
        .observed(evidence.log_source(), "error logged at", clock(outcome.time))
        .found(text)
        .expected("credentials for the pod")
        .fixes(match refused_role(evidence, kind, outcome) {
            Some(role) => vec![put(evidence, role)],
            None => remedies(evidence, kind),
        })
}

/// Which pod asked, where the target is a service account.
fn newest(pod: &str) -> String {
    format!("{pod}, the newest of the service account")
}

/// Tells of an error that comes back although the pod is served too.
pub fn recurring(evidence: &Evidence, (kind, times, last): (E, usize, &LoggedOutcome)) -> Finding {
    let mut finding = finding(evidence, Severity::Warning, kind, last);
    let who = if kind.is_of_client() { "another program of the pod is served" } else { "the pod is served in between" };
    finding.message = format!("{} ({times} times, last {}), and {who}", phrase(kind), clock(last.time));
    finding
}

/// The node's role that a refusal names, with the action that it may not do, where no simulation says otherwise.
fn refused_role<'o>(evidence: &Evidence, kind: E, outcome: &'o LoggedOutcome) -> Option<&'o str> {
    let text = outcome.error.as_deref().filter(|text| kind == E::AccessDenied && text.contains(EKS_AUTH_ACTION))?;
    let session = text.split_whitespace().filter_map(Arn::parse).find(|arn| arn.service == "sts")?;
    // IAM takes names: a role of the same name in another account is not meant.
    let is_of_cluster = evidence.cluster_account() == Some(session.account);
    session.role_name().filter(|_| is_of_cluster && evidence.node_role_simulation.known().is_none())
}

/// The time of day, by which a line is found in a log.
pub fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}

/// An error as a headline.
pub fn phrase(kind: E) -> &'static str {
    match kind {
        E::RoleRefused => "EKS may not assume the role of the association",
        E::AccessDenied => "EKS Auth refused the agent's call",
        E::NotFound => "EKS Auth knows no such cluster or no association for the pod",
        E::InvalidRequest => "EKS Auth did not take the agent's request",
        E::Throttled => "the agent was told that there are too many requests",
        E::ServiceFault => "EKS Auth failed with an error of its own",
        E::NoHost => "the agent cannot look up the host name of EKS Auth",
        E::NoRegion => "the agent has no AWS region, so it has no host name for EKS Auth",
        E::NoConnection => "the agent cannot connect to EKS Auth",
        E::NoAnswer => "EKS Auth does not answer the agent in time",
        E::Certificate => "the agent does not trust the certificate that answers for EKS Auth",
        E::Foreign => "something else than EKS Auth answers the agent, such as a proxy's page",
        E::ClientGone => "the pod hung up before the agent had an answer",
        E::NodeCredentials => "the agent has no credentials of its own",
        E::Clock => "the node's clock and the one of AWS differ",
        E::TokenEmpty => "the pod asked without a token",
        E::TokenMalformed => "what the pod sent is no token",
        E::TokenExpired => "the pod sent an expired token",
        E::TokenTooEarly => "the pod's token is not valid yet by the node's clock",
        E::TokenAudience => "the pod sent a token that is for another audience",
        E::TokenUnbound => "the pod sent a token that is not bound to a pod",
        E::TokenInvalid => "EKS Auth does not accept the pod's token",
        E::WrongHost => "the pod called the agent by another address than its own",
        E::NearlyExpired => "the agent was given credentials that were about to expire",
        E::Other => "the agent answered the pod with an error",
    }
}

/// What can be done about an error.
pub fn remedies(evidence: &Evidence, kind: E) -> Vec<Remediation> {
    let host = evidence.eks_auth_host();
    let reach = || format!("the agents of all nodes then reach {host}");
    match kind {
        E::RoleRefused => vec![read_trust(evidence)],
        E::AccessDenied => vec![allow_call(evidence)],
        E::NotFound => vec![list_associations(evidence)],
        E::NoRegion => vec![set_region(evidence)],
        E::NoHost => vec![Remediation::words(
            format!(
                "let the node's DNS resolve {host}: the interface endpoint for EKS Auth with private DNS, or a private zone of that very name"
            ),
            reach(),
        )],
        E::NoConnection | E::NoAnswer => vec![Remediation::words(
            format!(
                "open the way from the node to {host} on port 443: routes, the security group of a VPC endpoint for EKS Auth, or a proxy set on the daemon set of the agent"
            ),
            reach(),
        )],
        E::Certificate => vec![Remediation::words(
            format!(
                "let {host} answer with its own certificate, or give the agent the authority of the proxy between them in AWS_CA_BUNDLE"
            ),
            reach(),
        )],
        E::Foreign => vec![Remediation::words(
            format!(
                "let {host} past the proxy that answers in its place: HTTPS_PROXY and NO_PROXY of the agent's daemon set"
            ),
            reach(),
        )],
        E::NodeCredentials => vec![Remediation::words(
            "give the node an instance profile and enable its instance metadata service, which the agent asks from the host's network",
            "the agent, and everything else on the node that uses the node's role, has credentials again",
        )],
        E::Throttled => vec![Remediation::words(
            "ask less often: fewer short-lived pods, one SDK session for each process, longer token lifetimes, agent 0.2 or later",
            "fewer calls of AssumeRoleForPodIdentity in the account",
        )],
        E::Clock | E::TokenTooEarly => vec![Remediation::words(
            format!(
                "set the clock of node {} right, and let chrony keep it so",
                evidence.node_name().unwrap_or("NODE")
            ),
            "tokens and signatures of everything on the node are valid again",
        )],
        E::ServiceFault | E::NearlyExpired => vec![Remediation::words(
            "wait and ask again; the AWS Health Dashboard tells of faults of the service",
            "nothing on this side",
        )],
        E::ClientGone => vec![Remediation::words(
            "let the client wait for at least 5 s, which is how long the agent may need for the first answer",
            "the first request of a new pod is then answered",
        )],
        E::TokenEmpty | E::TokenMalformed | E::TokenExpired | E::TokenAudience | E::TokenUnbound | E::TokenInvalid => {
            about_token(evidence, kind)
        }
        E::WrongHost => vec![Remediation::words(
            "call the agent by the address in AWS_CONTAINER_CREDENTIALS_FULL_URI, without a proxy in between",
            "the agent answers such requests",
        )],
        E::InvalidRequest | E::Other => Vec::new(),
    }
}

fn about_token(evidence: &Evidence, kind: E) -> Vec<Remediation> {
    let does = match kind {
        E::TokenMalformed => {
            format!(
                "send the content of the file in {TOKEN_FILE} as the whole Authorization header, without Bearer before it"
            )
        }
        E::TokenExpired => {
            format!("read the file in {TOKEN_FILE} for each request; SDKs that keep the token need an update")
        }
        E::TokenAudience | E::TokenUnbound => {
            format!("use the token in the file that the webhook names in {TOKEN_FILE}, and no other")
        }
        E::TokenInvalid => return vec![restart(evidence)],
        _ => format!("let the client read the file in {TOKEN_FILE}; SDKs that do not know it need an update"),
    };
    vec![Remediation::words(does, "the next request carries the token that the kubelet keeps fresh")]
}

/// The node's role lacks the right, or something between it and EKS Auth does: a simulation tells which.
fn allow_call(evidence: &Evidence) -> Remediation {
    if evidence.node_role_simulation.known().is_some_and(|simulation| simulation.denial().is_none()) {
        return look_beyond(evidence);
    }
    Remediation::words(
        "let the node's role call eks-auth:AssumeRoleForPodIdentity, and the policy of a VPC endpoint for EKS Auth too; AmazonEKSWorkerNodePolicy has it",
        "every pod of the nodes with that role may then be given credentials",
    )
}

fn read_trust(evidence: &Evidence) -> Remediation {
    let association = evidence.association.present();
    if let Some((association, target)) = association.and_then(|one| Some((one, one.target_role_arn.as_deref()?)))
        && evidence.source_trust_surely_allows()
    {
        // EKS Auth has one text for both roles.
        return Remediation::words(
            format!(
                "look at target role {target}: {}; the associated role lets EKS Pod Identity in",
                super::role::to_look_at(association)
            ),
            "the next request of the pod is then served",
        );
    }
    let role = evidence.association.present().and_then(|association| Arn::parse(&association.role_arn));
    let name = role.and_then(|arn| arn.resource.rsplit('/').next().map(str::to_owned)).unwrap_or("ROLE".to_owned());
    let command = format!("aws iam get-role --role-name {} --query Role.AssumeRolePolicyDocument", shell(&name));
    Remediation {
        part: Part::Step,
        does: format!(
            "let role {name} trust pods.eks.amazonaws.com with sts:AssumeRole and sts:TagSession; the command shows what it trusts"
        ),
        command: Command::Aws { aws: command, eksctl: None, terraform: None },
        changes: "nothing by itself".to_owned(),
    }
}

fn list_associations(evidence: &Evidence) -> Remediation {
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    let namespace = shell(&evidence.target.namespace);
    Remediation {
        part: Part::Step,
        does: "see which associations the namespace has".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks list-pod-identity-associations{region} --cluster-name {cluster} --namespace {namespace}"
            ),
            eksctl: Some(format!(
                "eksctl get podidentityassociation{region} --cluster {cluster} --namespace {namespace}"
            )),
            terraform: None,
        },
        changes: "changes nothing".to_owned(),
    }
}

fn set_region(evidence: &Evidence) -> Remediation {
    let set = daemon_set(evidence);
    let (namespace, name) = set.map_or((SYSTEM_NAMESPACE, AGENT), |set| (&set.metadata.namespace, &set.metadata.name));
    let Some(region) = evidence.context.region.as_ref().map(|region| region.value.as_str()) else {
        return set_by_hand("AWS_REGION to the region of the cluster");
    };
    Remediation::kubectl(
        "tell the agent its region",
        format!("kubectl -n {} set env daemonset/{} AWS_REGION={}", shell(namespace), shell(name), shell(region)),
        "replaces the agent pods of all nodes, a few at a time",
    )
}

/// An issue code as a phrase.
pub fn issue_phrase(code: &str) -> String {
    match code {
        "InsufficientNumberOfReplicas" => "some agent pods are not ready".to_owned(),
        "ConfigurationConflict" => "others changed or installed its objects".to_owned(),
        "AdmissionRequestDenied" => "an admission webhook or policy refuses its objects".to_owned(),
        "AccessDenied" => "EKS may not make its objects in the cluster".to_owned(),
        "K8sResourceNotFound" => "one of its objects was deleted".to_owned(),
        "UnsupportedAddonModification" => {
            "one of its objects was changed in a way that EKS does not support".to_owned()
        }
        "AddonPermissionFailure" => "the role for its permissions does not work".to_owned(),
        "ClusterUnreachable" => "EKS does not reach the API server".to_owned(),
        "InternalFailure" => "EKS had a failure of its own".to_owned(),
        other => other.to_owned(),
    }
}

/// What a person can do about an issue.
pub fn issue_remedies(evidence: &Evidence, code: &str) -> Vec<Remediation> {
    match code {
        "InsufficientNumberOfReplicas" => vec![pods(evidence)],
        "ConfigurationConflict" | "K8sResourceNotFound" | "UnsupportedAddonModification" => vec![overwrite(evidence)],
        "AdmissionRequestDenied" => vec![Remediation::words(
            format!("exempt daemon set {AGENT} from the policy that the message names"),
            "the agent is privileged in its init container and uses the host's network, which such policies refuse",
        )],
        "AccessDenied" => vec![Remediation::words(
            "give EKS its own access back: the ClusterRole and ClusterRoleBinding that the message names",
            "EKS can then update the add-on again",
        )],
        _ => vec![look(evidence)],
    }
}

/// Shows what EKS says about the add-on.
pub fn look(evidence: &Evidence) -> Remediation {
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    Remediation::kubectl(
        "see what EKS says about the add-on",
        format!("aws eks describe-addon{region} --cluster-name {cluster} --addon-name {AGENT} --query addon.health"),
        "changes nothing",
    )
}

/// Shows the agent pods of all nodes.
fn pods(evidence: &Evidence) -> Remediation {
    let namespace = shell(evidence.agent_namespace());
    Remediation::kubectl(
        "look for agent pods that are not ready; if all are, EKS reports a problem that is not there",
        format!("kubectl -n {namespace} get pods -l app.kubernetes.io/instance={AGENT} -o wide"),
        "changes nothing",
    )
}

/// Tells one failure.
pub fn refused(evidence: &Evidence, severity: Severity, failure: &FailedCreation) -> Finding {
    let FailedCreation { owner_kind, owner_name, last_seen, refusal } = failure;
    let seen = last_seen.map_or_else(|| "at a time that is not told".to_owned(), |time| format!("last {time}"));
    let finding = Finding::new(severity, format!("{owner_kind} {owner_name} cannot create pods — {}", refusal.words()))
        .observed(Source::Events, "FailedCreate", seen);
    match refusal {
        Refusal::TokenPath(field) => finding
            .found(format!("{field} is a second mount at {TOKEN_MOUNT_PATH}"))
            .expected("one mount there, which the webhook adds")
            .fixes(in_the_manifest(
                evidence,
                format!("take the volume mounted at {TOKEN_MOUNT_PATH} out of the template"),
            )),
        _ => finding.fix(Remediation::kubectl(
            "read what the events say",
            format!("kubectl -n {} get events --field-selector reason=FailedCreate", shell(&evidence.target.namespace)),
            "nothing; what stops the pods is not up to Pod Identity",
        )),
    }
}

/// Says beside a finding where and when it was seen. What was seen in a copy of the pod is only probable for the pod.
pub fn seen(finding: Finding, probed: &Probed) -> Finding {
    let time = probed.report.time.map(|time| format!(" at {}", clock(time))).unwrap_or_default();
    let finding = finding.observed(Source::Probe, "seen", format!("{}{time}", probed.place.words()));
    if probed.is_of_pod() { finding } else { finding.suspected() }
}

/// A failure on the way to a server, behind its name.
pub fn failure(failure: &Failure) -> String {
    let words = match failure.kind {
        FailureKind::Refused => "refused the connection, or a firewall did",
        FailureKind::TimedOut => "did not answer in time",
        FailureKind::NoRoute => "has no route that leads to it",
        FailureKind::NoHost => "has a name that is not found",
        FailureKind::Cut => "cut the connection",
        FailureKind::Certificate => "has a certificate that is not trusted",
        FailureKind::NotAllowed => "is no address that an SDK sends a token to",
        FailureKind::Other => "could not be asked",
    };
    if failure.text.is_empty() { words.to_owned() } else { format!("{words} — {}", failure.text.as_str()) }
}
