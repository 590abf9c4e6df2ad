//! The known failures of Pod Identity, by their numbers, and which check tells each one.
//!
//! It is separate from the checks because it is read the other way round: from what goes wrong to who says so, or to the
//! reason why nothing that can be read from outside says so.

/// One known failure.
pub struct Failure {
    /// Its number, which is never used again for another one.
    pub row: u16,
    /// What is wrong.
    pub what: &'static str,
    /// Which checks tell it.
    pub told: Told,
}

/// Who tells a failure.
pub enum Told {
    /// The checks with these codes; the first is the one that names it as the cause.
    By(&'static [u16]),
    /// None, for this reason.
    ByNone(&'static str),
}

const fn told(row: u16, what: &'static str, codes: &'static [u16]) -> Failure {
    Failure { row, what, told: Told::By(codes) }
}

const fn unseen(row: u16, what: &'static str, reason: &'static str) -> Failure {
    Failure { row, what, told: Told::ByNone(reason) }
}

/// It happens before there is anything that a pod could lack.
const AT_CREATION: &str = "the call that creates or updates it fails at once and says so; no pod is involved";
/// It is a matter of the program in the container.
const IN_THE_PROGRAM: &str = "only the program itself, or a probe beside it, shows it";
/// What an image holds is in no API.
const IN_THE_IMAGE: &str = "an image does not tell the versions of what is inside; PID680 says that no request arrived";

/// All known failures, by number.
pub static FAILURES: &[Failure] = &[
    told(1, "no association for the namespace and service account", &[210, 340, 495]),
    told(2, "the pod is older than the association", &[220, 340]),
    told(3, "the pod was created within seconds of the association", &[220, 340]),
    told(4, "the pod runs as another service account than the association names", &[210]),
    told(5, "the association is in another namespace", &[210]),
    told(6, "the association is in another cluster, region or account", &[120, 210]),
    told(7, "the association was deleted while pods run", &[210, 690]),
    told(8, "the association was changed, and a former session is still in use", &[230, 870]),
    unseen(9, "an association for the service account exists already", AT_CREATION),
    unseen(10, "IAM does not know the role yet", AT_CREATION),
    told(11, "an add-on or a tool owns the association and reverts it", &[280]),
    unseen(12, "the add-on's version does not take associations", AT_CREATION),
    unseen(13, "the add-on does not know the service account", AT_CREATION),
    unseen(14, "the quota of associations is used up", AT_CREATION),
    told(15, "the service account was created again behind the pod", &[260, 750]),
    unseen(
        16,
        "a controller calls AWS as itself, not as the workload",
        "which pod makes a call is the program's choice",
    ),
    told(17, "a label keeps the pod from injection", &[320, 340]),
    told(18, "an annotation keeps a container from injection", &[330]),
    told(19, "the webhook left out some pods of a template", &[370, 340, 910]),
    told(20, "the webhook's configuration is gone or edited", &[310, 340]),
    told(21, "the control plane does not know the association yet", &[910, 340]),
    told(22, "the template sets one of the two variables itself", &[350, 340]),
    told(23, "another volume stands in the token's place", &[360]),
    told(24, "another webhook or a controller took the variables away", &[390, 340]),
    told(25, "a debug container has no variables", &[380]),
    told(26, "a sidecar was added behind the webhook", &[390]),
    told(27, "an association took over from an IRSA annotation", &[270]),
    told(28, "the pod still uses its IRSA role", &[420, 220]),
    told(29, "a static pod cannot be injected", &[320]),
    told(30, "the agent is not installed", &[620]),
    told(31, "the agent is kept off some nodes", &[630]),
    told(32, "the pod runs on Fargate", &[160]),
    told(33, "the pod runs on Windows", &[160]),
    told(34, "the agent cannot bind its IPv6 address", &[640]),
    told(35, "another process holds the agent's port", &[640]),
    unseen(
        36,
        "the agent takes port 80 of the host, and another pod waits for it",
        "it is the other pod's scheduling that fails",
    ),
    told(37, "the agent's init container finds a route of another interface", &[640]),
    told(38, "the agent's image cannot be pulled", &[640]),
    told(39, "the add-on counts too few replicas", &[660]),
    told(40, "the add-on conflicts with a Helm release", &[660]),
    told(41, "a policy engine refuses the agent's pods", &[660, 620]),
    told(42, "the agent fails its own probes and restarts", &[645, 640]),
    told(43, "the agent is ready and every pod fails", &[690, 720, 940]),
    told(44, "the pod started before the agent of a new node", &[670]),
    told(45, "the agent's version ignores proxies", &[665, 720]),
    told(46, "the agent serves another cluster name", &[650]),
    told(47, "the agent has no region or a wrong one", &[650, 720]),
    told(48, "the agent was killed for its memory", &[640, 645]),
    told(49, "a network policy keeps the pod from the agent", &[510]),
    told(50, "Cilium does not count the agent's address as one", &[520]),
    told(51, "Cilium's routing on the host drops the packets", &[930]),
    told(52, "a host port in the kernel's load balancer takes the agent's address", &[930]),
    told(53, "a mesh or VPN sidecar redirects the request", &[550]),
    told(54, "the request reaches the agent under another host name", &[690, 350]),
    told(55, "a proxy takes the request", &[540]),
    told(56, "security groups for pods are strict", &[530]),
    told(57, "the agent does not listen on the family that the pod calls", &[655]),
    unseen(
        58,
        "EKS Auth refuses a pod on the host's network",
        "the agent's log has no address that tells such pods apart; PID560 notes the network",
    ),
    told(59, "a firewall of the node drops the packets", &[930]),
    unseen(
        60,
        "kube2iam or kiam answers for instance metadata",
        "only what an SDK falls back to changes; PID495 notes the way there",
    ),
    told(61, "the client waits less than the agent needs", &[690]),
    told(62, "EKS Auth cannot be reached from the node", &[720]),
    told(63, "the private name of EKS Auth does not resolve or does not match", &[720]),
    told(64, "the policy of a VPC endpoint denies the call", &[710]),
    told(65, "the node's role may not call EKS Auth", &[710]),
    told(66, "a boundary or an organization's policy denies the node's role", &[710]),
    told(67, "the agent finds no credentials of the node", &[730]),
    told(68, "the agent uses credentials of its own instead of the node's", &[730]),
    told(69, "the agent does not use the proxy that the node needs", &[720, 665]),
    told(70, "the agent does not trust the certificate it is shown", &[720]),
    told(71, "EKS Auth throttles the account", &[740]),
    told(72, "the agent renews for pods that have gone", &[740]),
    told(73, "the agent's own limit is reached", &[740]),
    told(74, "EKS Auth fails", &[690]),
    told(75, "the node's clock is wrong", &[760, 920, 950]),
    told(76, "the role does not trust EKS Pod Identity", &[820, 690, 960]),
    told(77, "the role does not allow session tags", &[825, 690]),
    told(78, "a condition on session tags does not match", &[830, 690]),
    told(79, "conditions on session tags, and session tags are off", &[830, 865]),
    told(80, "a condition that no reading can settle", &[830]),
    told(81, "a statement denies the pod", &[835]),
    told(82, "the role is gone or has another path", &[810]),
    told(83, "the role is in another account than the cluster", &[240]),
    told(84, "the chain to the target role is broken", &[840]),
    unseen(
        85,
        "credentials of a target role last 59 minutes",
        "it is how chaining works; the report names the target role",
    ),
    told(86, "session tags fill what a session may carry", &[865]),
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
    told(90, "a session policy narrows the role", &[850]),
    told(91, "the role has tags of its own under the keys of session tags", &[865]),
    unseen(92, "IAM has not spread a new trust policy yet", "it settles by itself within a minute"),
    unseen(
        93,
        "the role's longest session is shorter than six hours",
        "it is no cause: the setting does not bind sessions of services",
    ),
    told(94, "the trust covers every association of the account", &[860]),
    told(95, "the process may not read the token", &[480, 920]),
    told(96, "the program sends an empty token", &[750]),
    told(97, "the program sends the token behind a word", &[750]),
    told(98, "the program keeps a token beyond its life", &[750]),
    told(99, "the agent renews with a token that has run out", &[750]),
    told(100, "the service account is gone and no token can be made", &[250]),
    told(101, "the token of Pod Identity is handed to web identity", &[430]),
    told(102, "the token has another audience", &[360, 897, 750, 920]),
    told(103, "the token is not bound to a pod", &[750]),
    told(104, "the token's life is short and makes many calls", &[360]),
    told(105, "the token file holds something else", &[750, 920]),
    unseen(106, "the Go SDK is too old", IN_THE_IMAGE),
    unseen(107, "the Java SDK is too old", IN_THE_IMAGE),
    told(108, "botocore is too old", &[490]),
    told(109, "the JavaScript SDK hides the agent's answer", &[690]),
    told(110, "static keys outrank Pod Identity", &[410]),
    told(111, "a shared file outranks Pod Identity", &[430]),
    told(112, "a profile is named that does not exist", &[430]),
    told(113, "a profile makes JavaScript skip the environment", &[430]),
    told(114, "a variable of ECS outranks Pod Identity", &[440]),
    told(115, "a fixed token shadows the token file", &[450]),
    told(116, "the program falls back to the node's role", &[495]),
    unseen(117, "the program pins a source of credentials", IN_THE_PROGRAM),
    unseen(118, "the program knows IRSA only", IN_THE_PROGRAM),
    told(119, "the container does not know its region", &[460]),
    told(120, "the service or STS cannot be reached", &[950]),
    told(121, "STS is called outside the region", &[470]),
    told(122, "names of AWS do not resolve in the pod", &[950]),
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
    told(126, "an Auto Mode node has no agent pod, and needs none", &[620, 630]),
    told(127, "a cluster with Auto Mode has other nodes, and no add-on for them", &[620]),
    told(128, "an old add-on starts the agent on Auto Mode nodes", &[665]),
    told(129, "the daemon set for hybrid nodes is not there", &[620]),
    told(130, "a hybrid node has no credentials file for the agent", &[640]),
    told(131, "the role of a hybrid node may not call EKS Auth", &[710]),
    told(132, "the platform version is too old", &[130]),
    told(133, "the cluster is not one of EKS, or is on an Outpost", &[110, 130]),
    told(134, "the network plugin needs credentials before the agent runs", &[630, 620]),
    unseen(135, "an IPv6 policy was stricter than the built-in agent", "the built-in agent has been changed"),
    unseen(
        136,
        "a virtual cluster has other names than its host",
        "the names of the virtual cluster are not in the host's API",
    ),
    unseen(137, "a tool reports the injected fields as drift", "the pod is well"),
    unseen(138, "the session's name is cut in CloudTrail", "the pod is well"),
    told(139, "the template mounts a volume at the token's path, and no pod can be created", &[395]),
    unseen(140, "a nested container does not inherit the variables", IN_THE_PROGRAM),
    told(141, "the entrypoint takes the environment away", &[970]),
    told(142, "a copied manifest carries a former region and variables", &[460, 350]),
    told(143, "a VPN sidecar takes the link-local routes", &[550]),
    told(144, "the pod's network has no way to the host's link-local address", &[930]),
    told(145, "the node's network manager removed the agent's link", &[930]),
    told(146, "the pod waited long between its creation and its start", &[220]),
    told(147, "session tags are off, and a policy asks for them", &[865, 830]),
    unseen(148, "an image cannot be pulled", "images are pulled by the node's role, never by Pod Identity"),
];
