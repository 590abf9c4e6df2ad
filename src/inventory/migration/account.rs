//! One service account on IRSA: whether it can be moved, or what stands in the way.

use super::Read;
use crate::checks::container::sdk;
use crate::checks::{Evaluate, Verdict, cluster};
use crate::evidence::aws::role::Arn;
use crate::evidence::inventory::{AccountNote, Injection, PodLife, PodNote};
use crate::evidence::kubernetes::metadata::WEB_IDENTITY_TOKEN_FILE;
use crate::evidence::{AddOn, Association, Evidence, Gap, GapReason, Reading, Role, Source};
use crate::findings::Findings;
use crate::inventory::account;
use crate::inventory::restart::{Owners, StalePods, evidence_of};

/// Why a service account is not moved.
pub enum Obstacle {
    /// It cannot be, as it is.
    Blocked(String),
    /// It is not known whether it can be.
    Unknown(Gap),
}

impl From<Gap> for Obstacle {
    fn from(gap: Gap) -> Self {
        Self::Unknown(gap)
    }
}

/// Stops here, and says why.
pub fn blocked<T>(words: impl Into<String>) -> Result<T, Obstacle> {
    Err(Obstacle::Blocked(words.into()))
}

/// One service account and what was read around it.
pub struct Account<'i> {
    /// What was read.
    pub read: &'i Read<'i>,
    /// Its namespace.
    pub namespace: &'i str,
    /// Its name.
    pub name: &'i str,
    /// Its place in the list.
    pub place: usize,
    /// Its pods: of many accounts each would look through those of all.
    pub own_pods: Vec<&'i PodNote>,
}

/// What can be moved.
pub struct Checked<'i> {
    /// The role's ARN.
    pub arn: &'i str,
    /// The role.
    pub role: &'i Role,
    /// Whether the annotation of IRSA stands.
    pub is_annotated: bool,
    /// The association, if it is there.
    pub association: Option<&'i Association>,
    /// Whether nothing is on IRSA any more.
    pub has_moved: bool,
    /// Its pods, without those that have ended.
    pub pods: Vec<&'i PodNote>,
    /// The add-on that gives it its role.
    pub add_on: Option<&'i AddOn>,
}

impl Checked<'_> {
    /// Whether the association is there.
    pub fn is_associated(&self) -> bool {
        self.association.is_some()
    }

    /// Whether sessions of the association carry tags, also of one that is to be created.
    pub fn has_session_tags(&self) -> bool {
        self.association.is_none_or(Association::has_session_tags)
    }
}

impl<'i> Account<'i> {
    /// The service account as the doctor sees it, without an association.
    pub fn evidence(&self) -> Evidence {
        let mut evidence = account::evidence(self.read.inventory, self.namespace, self.name, self.note());
        evidence.association = Reading::Known(None);
        evidence
    }

    /// What is kept of it.
    pub fn note(&self) -> Option<&'i AccountNote> {
        let mut all = self.read.inventory.service_accounts.known().into_iter().flatten();
        all.find(|note| note.namespace == self.namespace && note.name == self.name)
    }

    /// Its pods, without those that have ended.
    pub fn pods(&self) -> Vec<&'i PodNote> {
        self.own_pods.iter().copied().filter(|pod| pod.life.is_running()).collect()
    }

    /// Its pods that are being deleted, and run until then.
    fn terminating_pods(&self) -> Vec<&'i PodNote> {
        self.own_pods.iter().copied().filter(|pod| pod.life == PodLife::Terminating).collect()
    }

    /// Its pods that have to be replaced, by what made them.
    pub fn pods_to_replace(&self) -> impl Iterator<Item = &'i (StalePods, Owners)> {
        self.read.pods.iter().filter(|(pods, _)| pods.row == self.place)
    }

    /// The association, if the list has one; what is known of it.
    pub fn association(&self) -> Option<&'i Reading<Option<Association>>> {
        let list = self.read.inventory.associations.known()?;
        let row = list.of(self.namespace, self.name)?;
        self.read.inventory.described.get(&row.association_id)
    }

    /// Whether it can be moved as it is, but for the trust policy.
    pub fn check(&self) -> Result<Checked<'i>, Obstacle> {
        let inventory = self.read.inventory;
        inventory.associations.get()?;
        // An annotation that was not read is not absent.
        inventory.service_accounts.get()?;
        let evidence = self.evidence();
        if let Evaluate::Pod(supports) = cluster::supports_pod_identity::CHECK.evaluate
            && let Verdict::Fail(findings) = supports(&evidence)?
        {
            return blocked(said(&findings));
        }
        let annotated = self.note().and_then(|note| note.annotated_role.as_deref());
        let gone = || Gap::new(Source::Association, GapReason::Insufficient, "it was deleted while it was being read");
        let existing = match self.association() {
            None => None,
            Some(Reading::Unavailable(gap)) => return Err(gap.clone().into()),
            Some(Reading::Known(None)) => return Err(gone().into()),
            Some(Reading::Known(Some(association))) => Some(association),
        };
        let arn = match (annotated, existing) {
            (Some(annotated), Some(existing)) if existing.target() == Some(annotated) => {
                return blocked(format!(
                    "association {} gives it the role as target role already: replace its pods (kubectl podid list --restart-plan), see that they are healthy, then remove the annotation",
                    existing.association_id
                ));
            }
            (Some(_), Some(existing)) if existing.target().is_some() || existing.policy.is_some() => {
                let what = if existing.target().is_some() { "a target role" } else { "a session policy" };
                return blocked(format!(
                    "association {} has {what}: its pods would not have the rights that they have through IRSA; decide which of the two is right",
                    existing.association_id
                ));
            }
            (Some(annotated), Some(existing)) if existing.role_arn != annotated => {
                return blocked(format!(
                    "the annotation names role {annotated}, association {} role {}: decide which of the two is right",
                    existing.association_id, existing.role_arn
                ));
            }
            (Some(annotated), _) => annotated,
            (None, Some(existing)) => existing.role_arn.as_str(),
            (None, None) => {
                return blocked(
                    "it has no annotation, and its pods carry the variables of IRSA: a template sets them, or the annotation was removed",
                );
            }
        };
        let role = self.role(&evidence, arn)?;
        inventory.pods.get()?;
        let pods = self.pods();
        let left_out = pods.iter().filter(|pod| pod.injection == Injection::LeftOut).count();
        if left_out > 0 {
            return blocked(format!(
                "{left_out} of its {} pods cannot use EKS Pod Identity: they run on Fargate or Windows, or a label or annotation excludes them",
                pods.len()
            ));
        }
        self.read.add_ons.get()?;
        for (pods, owners) in self.pods_to_replace() {
            self.check_template(pods, owners)?;
        }
        let add_on = self.add_on(annotated)?;
        if let (Some(add_on), Some(existing)) = (add_on, existing)
            && !add_on.pod_identity_associations.iter().any(|arn| association_id(arn) == existing.association_id)
        {
            return blocked(format!(
                "add-on {} gives it the role through IRSA, and association {} was created outside the add-on: delete the association, or remove the role from the add-on",
                add_on.addon_name, existing.association_id
            ));
        }
        let has_moved =
            |pod: &PodNote| pod.injection == Injection::Injected && !pod.has_web_identity && !pod.is_shadowed;
        let all_have_moved = !pods.is_empty() && pods.iter().chain(&self.terminating_pods()).all(|pod| has_moved(pod));
        Ok(Checked {
            arn,
            role,
            is_annotated: annotated.is_some(),
            association: existing,
            has_moved: existing.is_some() && annotated.is_none() && all_have_moved,
            pods,
            add_on,
        })
    }

    /// What the template of its pods tells: an SDK that is too old, or variables of IRSA that would outlast the annotation.
    fn check_template(&self, pods: &StalePods, owners: &Owners) -> Result<(), Obstacle> {
        let mut evidence = evidence_of(self.read.inventory, (self.namespace, self.name), pods, owners);
        if let Some(gap) = evidence.owner.gap().or(evidence.job.gap()) {
            return Err(gap.clone().into());
        }
        let Some(owner) = evidence.workload() else { return Ok(()) };
        let (name, kind) = (owner.name.clone(), owner.kind.to_ascii_lowercase());
        let mut pod = pods.pod.clone();
        pod.spec.containers.clone_from(&owner.template_containers);
        pod.spec.init_containers.clone_from(&owner.template_init_containers);
        evidence.pod = Reading::Known(Some(pod.clone()));
        for container in pod.containers() {
            if container.has_web_identity_variables() {
                return blocked(format!(
                    "the template of {kind}/{name} sets {WEB_IDENTITY_TOKEN_FILE} itself, which SDKs use in preference to EKS Pod Identity: remove it first"
                ));
            }
            if let Evaluate::Container(judge) = sdk::CHECK.evaluate
                && let Ok(Verdict::Fail(findings)) = judge(&evidence, container)
            {
                return blocked(format!("{kind}/{name}: {}", said(&findings)));
            }
        }
        Ok(())
    }

    /// The add-on that gives it its role through IRSA.
    fn add_on(&self, annotated: Option<&str>) -> Result<Option<&'i AddOn>, Obstacle> {
        let Some(annotated) = annotated else { return Ok(None) };
        let all = self.read.add_ons.known().into_iter().flatten();
        let mut giving = all.filter(|one| one.service_account_role_arn.as_deref() == Some(annotated));
        let Some(add_on) = giving.next() else { return Ok(None) };
        if let Some(namespace) = &self.read.inventory.namespace {
            return blocked(format!(
                "its role is that of add-on {}, and only namespace {namespace} was read: repeat this command without -n, to see which service account is the add-on's",
                add_on.addon_name
            ));
        }
        let accounts = self.read.inventory.service_accounts.known().into_iter().flatten();
        let sharing = accounts.filter(|note| note.annotated_role.as_deref() == Some(annotated)).count();
        if sharing > 1 || giving.next().is_some() {
            return blocked(format!(
                "it shares its role with add-on {}, and which of the {sharing} service accounts of the role is the add-on's is not known: give them roles of their own first",
                add_on.addon_name
            ));
        }
        Ok(Some(add_on))
    }

    /// The role, in the account of the cluster.
    fn role(&self, evidence: &Evidence, arn: &str) -> Result<&'i Role, Obstacle> {
        let Some(role) = Arn::parse(arn).filter(|arn| arn.role_name().is_some()) else {
            return blocked(format!("the annotation {arn} is not the ARN of a role"));
        };
        match evidence.cluster_account() {
            Some(own) if own != role.account => {
                return blocked(format!(
                    "the role is in account {}, the cluster in {own}: associate a role of {own} that has this one as its target role",
                    role.account
                ));
            }
            Some(_) => {}
            None => {
                evidence.cluster.get()?;
                return Err(Gap::no_such_cluster("EKS knows no cluster of that name").into());
            }
        }
        match self.read.inventory.roles.get(arn) {
            Some(Reading::Known(Some(role))) => Ok(role),
            Some(Reading::Known(None)) => blocked("the role does not exist"),
            Some(Reading::Unavailable(gap)) => Err(gap.clone().into()),
            None => Err(Gap::not_requested(Source::Role, "the role was not read").into()),
        }
    }
}

/// The sentences of findings.
fn said(findings: &Findings) -> String {
    let all = findings.as_slice().iter().map(|finding| finding.message.as_str());
    all.collect::<Vec<_>>().join("; ")
}

/// The id of an association in its ARN, `arn:…:podidentityassociation/CLUSTER/ID`.
pub fn association_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
