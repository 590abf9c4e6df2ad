//! Names in free text.

use std::collections::HashSet;
use std::sync::LazyLock;

pub use crate::checks::network::mesh::TUNNELS;
use crate::reasoning::network::cilium::OF_NAMESPACE;

/// Whether a pattern with `*` and `?` matches a text.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for one in pattern {
        let mut next = vec![false; text.len() + 1];
        for at in 0..=text.len() {
            next[at] = match one {
                '*' => reached[at] || at > 0 && next[at - 1],
                '?' => at > 0 && reached[at - 1],
                letter => at > 0 && reached[at - 1] && text[at - 1] == letter,
            };
        }
        reached = next;
    }
    reached[text.len()]
}

/// Words that stay, also as parts of longer names. A name that is one of them tells nothing.
const TEXT: &str = "\
    EKS_CLUSTER_NAME absent account accounts active add addon addons agent agents amazon amazonaws amazonwebservices api-access arm64 amd64 \
    arn assume assumed assumed-role auth auto auto-mode aws aws-cn aws-us-gov batch bound ca ca.crt cluster clusters cn \
    com compute configmap connector container containers control-plane controller credentials cronjob csi daemonset \
    default deployment deployments disabled ec2 ec2-linux ec2-windows ecr eks eks-auth eks-hybrid enabled environment \
    error exec external false fargate fargate-scheduler default-scheduler federated fleet gov helm host hybrid iam \
    id identity injection instance internal io istio-proxy istio istiod istio-system job jobs k8s karpenter kube \
    kube-node-lease kube-public kube-root-ca.crt kube-system kubernetes kubernetes.default legacy linkerd \
    linkerd-proxy linkerd-init linux local localhost managed master metadata microshift minikube kind k3s name namespace \
    namespaces net node nodegroup nodes none null oidc oidc-provider on org pod pod-identity pods policy profile prod-only \
    provider proxy public region regional registry replicaset role roles root run saml-provider secret secrets self \
    service service-account service-accounts service-linked-role service-role serviceaccount serviceaccounts serviceAccount session \
    shared sidecar skip source spec spot standard statefulset status sts sub svc system target task template token \
    tokens true type unknown us user users v1 v2 value values var version vpc web-identity webhook webhooks windows \
    antrea antrea-agent aws-eks-nodeagent aws-network-policy-agent aws-node calico calico-node cilium coredns \
    enable-network-policy hybrid-bottlerocket iam-for-pods.amazonaws.com k8s-app kube-dns kube-router \
    pod-template-hash controller-revision-hash secrets-store secrets-store.csi.k8s.io vpc-cni weave-net \
    aud path key keys ebs efs s3 sqs sns dynamodb kms ssm logs cloudwatch ON_DEMAND SPOT Linux Windows \
    nvidia.com gpu app.kubernetes.io topology.kubernetes.io \
    API APIs ARN AWS CIDR CLI CNI DNS ECR ECS EC2 EKS HTTP HTTPS IAM ID IMDS IP IRSA JSON OIDC PEM SDK STS TLS UID URI URL VPC YAML \
    Go Java JavaScript Python Rust boto3 go java javascript node.js python rust php ruby dotnet \
    address answer audience cache chain client group image key keys list log main mesh network object order other path \
    port program proxy request rule server set source start statement test time trust tunnel update use value \
    variable variables volume work workload workloads http https grpc tcp udp dns \
    aws-cli vpn grafana tempo argoproj argoexec jetstack cert-manager-controller aws-ebs-csi-driver ebs-csi-driver \
    timberio vector docker.io quay.io";

static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| TEXT.split_ascii_whitespace().collect());

/// How names of EKS' own objects begin; they stay as they are.
const BEGINNINGS: &[&str] = &[
    "eks-pod-identity-agent",
    "eks-pod-identity-token",
    "pod-identity-webhook",
    "kube-api-access-",
    "AWSServiceRoleFor",
];

/// The domains of AWS and of Kubernetes' own labels.
const DOMAINS: &[&str] = &[
    "amazonaws.com",
    "amazonaws.com.cn",
    "api.aws",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "aws.amazon.com",
    "kubernetes.io",
    "k8s.io",
    "k8s.aws",
    "karpenter.sh",
    "helm.sh",
    "istio.io",
    "linkerd.io",
    "cilium.io",
    "x-k8s.io",
    "bottlerocket.aws",
];

/// Whether a text is a word that stays.
pub fn is_word(text: &str) -> bool {
    WORDS.contains(text) || TUNNELS.contains(&text) || is_region(text) || is_number(text)
}

/// Whether a token stays whole, whatever its parts are.
pub fn is_own(token: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| token.starts_with(beginning))
}

/// What stands in front of a domain of AWS or of Kubernetes; `None` where a token is no such host.
pub fn before_domain(token: &str) -> Option<&str> {
    let before = |domain: &&str| token.strip_suffix(*domain).filter(|rest| rest.is_empty() || rest.ends_with('.'));
    DOMAINS.iter().find_map(before)
}

/// What stands before the key of a label that is told among others, and the key.
pub fn own_label(key: &str) -> (&str, &str) {
    key.strip_prefix(OF_NAMESPACE).map_or(("", key), |label| (OF_NAMESPACE, label))
}

/// Whether it is a part of the name of a region.
pub fn is_in_regions(part: &str) -> bool {
    "af ap ca cn eu il me mx sa us gov iso central east north northeast northwest south southeast southwest west"
        .split(' ')
        .any(|word| word == part)
}

/// `eu-west-1`, and the zone `eu-west-1a`.
fn is_region(text: &str) -> bool {
    let mut parts = text.trim_end_matches(|one: char| one.is_ascii_lowercase()).rsplit('-');
    let ends_in_number = parts.next().is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']));
    let words: Vec<&str> = parts.collect();
    let are_words = words.iter().all(|word| !word.is_empty() && word.bytes().all(|one| one.is_ascii_lowercase()));
    let begins = words.last().is_some_and(|first| first.len() == 2);
    ends_in_number && are_words && begins && words.len() >= 2 && text.len() <= 18
}

/// Numbers, versions, dates and addresses: nothing with two letters beside each other.
fn is_number(text: &str) -> bool {
    let is_letter = |one: &u8| one.is_ascii_alphabetic();
    let has_digit = text.bytes().any(|one| one.is_ascii_digit());
    let letters_together = text.as_bytes().windows(2).any(|two| two.iter().all(is_letter));
    let is_version =
        text.strip_prefix('v').unwrap_or(text).starts_with(|one: char| one.is_ascii_digit()) && text.contains('.');
    let is_plain = text.bytes().all(|one| one.is_ascii_digit() || matches!(one, b'.' | b'-' | b'T' | b'Z' | b'_'));
    has_digit && !letters_together && (is_version || is_plain)
}
