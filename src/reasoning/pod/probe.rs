//! Questions about what the probe saw, each answered once: whether there is anything of a container, and since when it has
//! the credentials that the agent gave it.

use jiff::{SignedDuration, Timestamp};

use crate::evidence::asked::probe::{
    CredentialsFile, FailureKind, FileProfile, FoundSdk, ProbePlace, Probed, SdkPackage, SdkSearch, SdkVersion,
    SeenProcess, TokenState,
};
use crate::evidence::kubernetes::environment::EnvValue;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::{Container, Evidence, Gap, Source};

/// How long credentials of EKS Auth live: 6 hours.
const CREDENTIAL_LIFE: SignedDuration = SignedDuration::from_hours(6);
/// How long they live where a target role is assumed with them: 59 minutes.
const CHAINED_LIFE: SignedDuration = SignedDuration::from_mins(59);

impl Evidence {
    /// What was seen in a container; `None` with the reason where nobody looked into it.
    pub fn probed(&self, container: &Container<'_>) -> Result<Result<&Probed, &'static str>, Gap> {
        match self.probe.get()?.get(&container.name) {
            Some(reading) => reading.get().map(Ok),
            None if container.kind == ContainerKind::Main => {
                let why = format!("container {} was not probed", container.name);
                Err(Gap::not_requested(Source::Probe, why))
            }
            None => Ok(Err("only main containers are probed, unless -c names another one")),
        }
    }

    /// How long the credentials of this pod live.
    pub fn credential_life(&self) -> SignedDuration {
        let association = self.association.present();
        let chained = association.is_some_and(|association| association.target_role_arn.is_some());
        if chained { CHAINED_LIFE } else { CREDENTIAL_LIFE }
    }

    /// When EKS Auth gave the credentials that a container was just given: how long they have left tells.
    pub fn obtained_at(&self, probed: &Probed) -> Option<Timestamp> {
        let answer = probed.report.answer.as_ref().filter(|_| probed.report.has_credentials())?;
        Some(answer.expires_at? - self.credential_life())
    }

    /// Whether a look from a container of the pod shows that its connections do not come through to an agent that is ready.
    pub fn is_cut_off(&self) -> bool {
        let closed = |kind| matches!(kind, FailureKind::Refused | FailureKind::TimedOut | FailureKind::NoRoute);
        let fails = |probed: &Probed| {
            let connection = probed.report.connection.as_ref();
            connection.and_then(|one| one.failure.as_ref()).is_some_and(|failure| closed(failure.kind))
        };
        let serves = self.made_agents().is_ok_and(|agents| agents.iter().any(|agent| agent.is_ready()));
        serves && self.all_probed().any(|(_, probed)| probed.is_of_pod() && fails(probed))
    }

    /// Everything that was seen, with the names of the containers.
    pub fn all_probed(&self) -> impl Iterator<Item = (&str, &Probed)> {
        let all = self.probe.known().into_iter().flatten();
        all.filter_map(|(name, reading)| Some((name.as_str(), reading.known()?)))
    }
}

/// The most variables that a probe tells of.
const VARIABLES: usize = 64;

/// Settings of a profile that give credentials by themselves.
const GIVING: [&str; 5] =
    ["aws_access_key_id", "credential_process", "sso_session", "sso_account_id", "web_identity_token_file"];

/// What the files of profiles in a container come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profiles<'p> {
    /// No file gives credentials to a program that does not ask for a profile by name.
    GiveNothing,
    /// This profile of this file gives them.
    Give(&'p CredentialsFile, &'p FileProfile),
    /// No file has the profile that a variable names: boto3, the AWS CLI, Go and .NET stop.
    AreMissing,
}

impl Probed {
    /// What the files of profiles come to for the profile that a variable names, or the default one; `None` where the container's
    /// own files were not seen, or one could not be read.
    pub fn profiles(&self, named: Option<&str>) -> Option<Profiles<'_>> {
        if self.place != ProbePlace::Container {
            return None;
        }
        let wanted = named.unwrap_or("default");
        let is_wanted = |profile: &FileProfile| {
            let name = profile.name.as_str();
            name == wanted || name.strip_prefix("profile ") == Some(wanted)
        };
        let mut found = Vec::new();
        for file in &self.report.files {
            let profiles = file.profiles.as_ref()?.iter().filter(|profile| is_wanted(profile));
            found.extend(profiles.map(|profile| (file, profile)));
        }
        let gives = |(_, profile): &&(&CredentialsFile, &FileProfile)| {
            profile.settings.iter().any(|setting| GIVING.contains(&setting.as_str()))
        };
        Some(match found.iter().find(gives) {
            Some((file, profile)) => Profiles::Give(file, profile),
            None if named.is_some() && found.is_empty() => Profiles::AreMissing,
            None => Profiles::GiveNothing,
        })
    }

    /// Whether every process of the container gets a variable with a value in it; `None` where the probe cannot tell.
    ///
    /// A container of the probe's own has a copy of the specification, which a Secret that has changed makes another one.
    pub fn has_variable(&self, name: &str) -> Option<bool> {
        let variables = &self.report.environment;
        if self.place != ProbePlace::Container || variables.is_empty() || variables.len() >= VARIABLES {
            return None;
        }
        Some(variables.iter().any(|one| one.name == name && one.value != EnvValue::Empty))
    }

    /// The processes that cannot read the token file, as far as its mode and their users tell; `None` where nothing was seen.
    pub fn processes_without_token(&self) -> Option<Vec<&SeenProcess>> {
        let token = self.report.token.as_ref().filter(|token| token.state == TokenState::Read && self.is_of_pod())?;
        let mode = u32::from_str_radix(token.mode.as_ref()?.as_str(), 8).ok()?;
        let owner = token.owner?;
        if self.report.processes.is_empty() {
            return None;
        }
        // Of a process the user is known and its groups are not.
        let open = mode & 0o044 != 0;
        let reads = |user: u32| open || user == 0 || user == owner && mode & 0o400 != 0;
        Some(self.report.processes.iter().filter(|process| process.user.is_some_and(|user| !reads(user))).collect())
    }

    /// Whether it speaks for the container's own way to the agent: a copy of the pod has a way of its own.
    pub fn is_of_pod(&self) -> bool {
        !matches!(self.place, ProbePlace::Pod(_))
    }
}

impl ProbePlace {
    /// Where it was, behind the word *seen*.
    pub fn words(&self) -> String {
        match self {
            Self::Container => "in the container".to_owned(),
            Self::EphemeralContainer(name) => format!("in ephemeral container {name}"),
            Self::Pod(name) => format!("in pod {name}, a copy of the pod"),
        }
    }
}

impl SdkPackage {
    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Botocore => "botocore",
            Self::JavaV2 => "the AWS SDK for Java 2",
            Self::JavaV1 => "the AWS SDK for Java 1",
            Self::GoV2 => "aws-sdk-go-v2/config",
            Self::GoV1 => "aws-sdk-go",
            Self::JavaScriptV3 => "the AWS SDK for JavaScript 3",
            Self::JavaScriptV2 => "the AWS SDK for JavaScript 2",
            Self::Ruby => "aws-sdk-core of Ruby",
            Self::Php => "the AWS SDK for PHP",
            Self::Rust => "the crate aws-config",
        }
    }

    /// The first version that knows Pod Identity.
    ///
    /// Source: the published packages, where the first was looked for that reads the token's file and takes the agent's address
    /// from its default chain. The minima of the Amazon EKS user guide ('Use pod identity with the AWS SDK') are later for botocore
    /// (1.34.41) and Java v2 (2.21.30), and too early for JavaScript v3 (3.458.0: aws/aws-sdk-js-v3#5709). Those of Ruby and PHP
    /// are the guide's.
    pub fn first(self) -> SdkVersion {
        SdkVersion(match self {
            Self::Botocore => [1, 32, 0],
            Self::JavaV2 => [2, 21, 26],
            Self::JavaV1 => [1, 12, 746],
            Self::GoV2 => [1, 25, 0],
            Self::GoV1 => [1, 47, 11],
            Self::JavaScriptV3 => [3, 503, 1],
            Self::JavaScriptV2 => [2, 1550, 0],
            Self::Ruby => [3, 188, 0],
            Self::Php => [3, 287, 1],
            Self::Rust => [1, 1, 8],
        })
    }
}

impl FoundSdk {
    /// Whether it is older than Pod Identity.
    pub fn is_too_old(&self) -> bool {
        self.version < self.package.first()
    }
}

impl Evidence {
    /// The search of a probe for SDKs in the files of a container; `None` where it could not look.
    pub fn sdk_search(&self, container: &Container<'_>) -> Result<Option<&SdkSearch>, Gap> {
        Ok(match self.probed(container)? {
            // A copy of the pod has an image of its own.
            Ok(probed) if !matches!(probed.place, ProbePlace::Pod(_)) => probed.report.sdks.as_ref(),
            _ => None,
        })
    }
}
