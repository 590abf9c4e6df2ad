//! Programs that are known by the repository of their image, whose tag is their version: since when each knows Pod Identity.

use crate::evidence::asked::probe::SdkVersion;

/// A program whose images are known by their repository, and whose tag is its version.
pub struct Program {
    /// The repositories that its makers publish to. A copy elsewhere may be another program.
    repositories: &'static [&'static str],
    /// The name for people.
    pub name: &'static str,
    /// The major version that this row is about; none where it is about all.
    major: Option<u32>,
    /// The first version that knows Pod Identity.
    pub first: SdkVersion,
}

const AWS_CLI: &[&str] = &["amazon/aws-cli", "docker.io/amazon/aws-cli", "public.ecr.aws/aws-cli/aws-cli"];

const fn program(repositories: &'static [&'static str], name: &'static str, first: [u32; 3]) -> Program {
    Program { repositories, name, major: None, first: SdkVersion(first) }
}

/// The known programs. Sources: Amazon EKS user guide, 'Use pod identity with the AWS SDK', for the AWS CLI; the threads and
/// release notes that the check's references name, for the others.
const PROGRAMS: &[Program] = &[
    Program { repositories: AWS_CLI, name: "AWS CLI", major: Some(1), first: SdkVersion([1, 30, 0]) },
    program(AWS_CLI, "AWS CLI", [2, 15, 0]),
    program(&["grafana/tempo", "docker.io/grafana/tempo"], "Grafana Tempo", [2, 6, 0]),
    program(&["argoproj/argoexec", "quay.io/argoproj/argoexec"], "Argo Workflows", [3, 6, 0]),
    program(&["quay.io/jetstack/cert-manager-controller"], "cert-manager", [1, 14, 0]),
    program(&["public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver"], "EBS CSI driver", [1, 26, 0]),
    program(&["timberio/vector", "docker.io/timberio/vector"], "Vector", [0, 39, 0]),
];

/// The known program of an image, and the version that its tag names.
pub fn known(image: &str) -> Option<(&'static Program, SdkVersion)> {
    let named = image.split('@').next().unwrap_or_default();
    let (repository, tag) = named.rsplit_once(':')?;
    let version = version(tag)?;
    let is_of = |program: &&Program| {
        program.repositories.contains(&repository) && program.major.is_none_or(|major| version.0[0] == major)
    };
    Some((PROGRAMS.iter().find(is_of)?, version))
}

/// Reads a tag: `2.5.0`, `v2.5.0`, `2.5.0-debian`. A tag with fewer parts moves, and proves nothing.
fn version(tag: &str) -> Option<SdkVersion> {
    SdkVersion::read(tag.split(['-', '+']).next()?)
}
