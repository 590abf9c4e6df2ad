//! Does a profile or a shared file stand before Pod Identity? It is separate from keys in the environment, because what is
//! inside the file is not seen: it may be harmless.

use super::variables_found::look;
use crate::advice::template::{in_the_manifest, remove_variables, unset_variables};
use crate::advice::words::agent_error::seen;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Success, Verdict};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::environment::EnvValue;
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::reasoning::credential_chain::setting::{brings_profiles, switches_off};
use crate::reasoning::pod::probe::Profiles;

/// Variables that name a profile or a file of profiles.
const NAMES: [&str; 4] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"];

/// The check.
pub static CHECK: Check = Check {
    code: Code(430),
    name: "container/profile",
    area: &super::AREA,
    title: "no AWS profile or config file outranks the role of the pod",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets, Source::Probe],
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[101, 111, 112, 113],
    symptoms: &[
        "ProfileNotFound: The config profile (x) could not be found",
        "ProfileNotFoundException",
        "GetCallerIdentity answers with a role of a shared credentials file",
    ],
    docs: "\
## What it checks
Whether the container has `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `AWS_SHARED_CREDENTIALS_FILE` or
`AWS_CONFIG_FILE`, or mounts something at a directory `.aws` or at one of its two files. What the
files hold is not read, unless a `--probe` in the container itself sees which settings a profile
has: then that decides, and it is an error. An empty `AWS_PROFILE` counts too; `/dev/null` as a
file does not, nor a directory for caches, nor one that begins empty and that no other container
has.

## Why it matters
A default profile with credentials stands before the agent in the chain of every SDK. A profile
that does not exist stops boto3, the AWS CLI, Go v2 and .NET altogether; for boto3 and the AWS CLI
an empty name is such a profile. In JavaScript v3 and Rust a profile with keys also stands before
web identity, and with `AWS_PROFILE` JavaScript passes over access keys.

## How to fix
Remove the variable or the mount, unless the profile is meant. A file that sets only a region or
retries does no harm.

## References
- AWS SDKs and Tools Reference Guide, *Shared config and credentials files*
- boto/botocore: `credentials.py`; aws/aws-sdk-js-v3: `credential-provider-node`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    if let Some(verdict) = by_probe(evidence, &container) {
        return Ok(verdict);
    }
    let mut found = look(evidence, &container, &NAMES);
    found.set.retain(|(name, _)| !switches_off(&container, name));
    let mut findings = Vec::new();
    if !found.set.is_empty() {
        let names: Vec<&str> = found.set.iter().map(|(name, _)| *name).collect();
        let way = if container.has_web_identity_variables() && !container.has_pod_identity_variables() {
            "which SDKs may follow in place of the role of the service account"
        } else {
            "which SDKs follow before they ask the agent"
        };
        let message = format!("the container sets {}, {way}", names.join(" and "));
        let finding = found.tell(&container, Finding::warning(message));
        findings.push(
            finding.expected("none of the variables that name a profile or its file").fixes(remove_variables(
                evidence,
                &container.name,
                &found.origins(),
            )),
        );
    }
    findings.extend(empty_name(evidence, &container));
    for mount in container.volume_mounts.iter().filter(|mount| brings_profiles(evidence, mount)) {
        let does = format!("take the mount of volume {} out of container {}", mount.name, container.name);
        findings.push(
            Finding::warning("a volume is mounted where SDKs look for credentials before they ask the agent")
                .observed(Source::Pod, "volumeMounts", format!("{} at {}", mount.name, mount.mount_path))
                .expected("no mount at or under a directory .aws")
                .fixes(in_the_manifest(evidence, does)),
        );
    }
    // What a look into the container would have shown may be in the image alone.
    let unseen = evidence.probed(&container).err().filter(|gap| gap.reason != GapReason::NotRequested);
    match found.gap.or(unseen) {
        Some(gap) if findings.is_empty() => Err(gap),
        _ => Ok(Verdict::from_findings(findings)),
    }
}

/// boto3 takes an empty name for a name, and no profile has it.
fn empty_name(evidence: &Evidence, container: &Container<'_>) -> Option<Finding> {
    let is_empty = |name: &&&str| container.variable(name).is_some_and(|variable| variable.value == EnvValue::Empty);
    let name = NAMES[..2].iter().find(is_empty)?;
    let finding = Finding::warning(format!("the container has an empty {name}, which stops boto3 and the AWS CLI"));
    let finding = finding.observed(Source::Pod, *name, "empty").expected("no such variable, or the name of a profile");
    Some(finding.fixes(unset_variables(evidence, &container.name, &[name])))
}

/// What the files in the container show, wherever they come from: the image, a volume, an entrypoint.
fn by_probe(evidence: &Evidence, container: &Container<'_>) -> Option<Verdict> {
    let probed = evidence.probed(container).ok()?.ok()?;
    let variable = NAMES[..2].iter().find_map(|name| Some((*name, container.variable(name)?)));
    let named = match variable {
        // A name that is not read may be any.
        Some((_, variable)) => Some(variable.text()?).filter(|name| !name.is_empty()),
        None => None,
    };
    let finding = match probed.profiles(named)? {
        Profiles::GiveNothing if variable.is_some_and(|(_, variable)| variable.value == EnvValue::Empty) => {
            return None;
        }
        Profiles::GiveNothing => return Some(Verdict::Pass),
        Profiles::AreMissing => {
            let name = named.unwrap_or_default();
            Finding::error(format!("profile {name} does not exist in the container, which stops most SDKs"))
                .found(format!("no profile {name} in the files that SDKs read"))
                .expected("no variable that names a profile, or one that is there")
                .fixes(
                    variable.map(|(name, _)| unset_variables(evidence, &container.name, &[name])).unwrap_or_default(),
                )
        }
        Profiles::Give(file, profile) => {
            let settings: Vec<&str> = profile.settings.iter().map(ForeignText::as_str).collect();
            let (file, profile) = (file.path.as_str(), profile.name.as_str());
            Finding::error(format!("profile {profile} in {file} gives the container another identity"))
                .found(format!("{} in profile {profile} of {file}", settings.join(", ")))
                .expected("no credentials in the profile that SDKs read")
                .fixes(in_the_manifest(
                    evidence,
                    format!("take the credentials out of {file}, or the file out of the container"),
                ))
        }
    };
    Some(seen(finding, probed).into())
}
