//! Associations that someone may have taken for the missing one.
//!
//! It is separate from the check because these are hints for a person and never part of the verdict: an association is
//! found by exact namespace and service account, or not at all.

use crate::evidence::Associations;
use crate::evidence::aws::association::AssociationSummary;
use crate::nearest::{differs_by_an_affix, nearest, of_same_stem};

/// How many of one kind are shown.
const MOST: usize = 3;

/// An association that is not for the service account, but nearly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearMiss<'e> {
    /// The association.
    pub row: &'e AssociationSummary,
    /// In what it differs.
    pub differs: Difference,
}

/// In what a near miss differs from the association that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It has a `*` where EKS takes names only.
    Wildcard,
    /// It is for an account of this namespace with a name one or two edits away.
    Spelling,
    /// It is for an account of this namespace with the same name but for the prefix of a Helm release, or a revision's hash.
    Affix,
    /// It is for an account of the same name in another namespace.
    Namespace,
    /// It is for the account `default` of this namespace.
    Default,
}

impl NearMiss<'_> {
    /// What is said behind the headline.
    pub fn hint(&self) -> String {
        let AssociationSummary { namespace, service_account, association_id, .. } = self.row;
        match self.differs {
            Difference::Wildcard => {
                format!("association {association_id} has a * in it, and wildcards are not supported")
            }
            Difference::Namespace => {
                format!("association {association_id} is for the same name in namespace {namespace}")
            }
            Difference::Spelling | Difference::Affix | Difference::Default => {
                format!("association {association_id} is for service account {service_account}")
            }
        }
    }

    /// Whom it is for: namespace and service account.
    pub fn whom(&self) -> String {
        format!("for {}/{}", self.row.namespace, self.row.service_account)
    }
}

/// Finds the near misses, the most telling first.
pub fn near_misses<'e>(list: &'e Associations, namespace: &str, service_account: &str) -> Vec<NearMiss<'e>> {
    let may_mean = |pattern: &str, name: &str| pattern == name || pattern.contains('*');
    let rows = |differs: Difference, is: &dyn Fn(&AssociationSummary) -> bool| {
        let found = list.associations.iter().filter(|row| is(row)).take(MOST);
        found.map(|row| NearMiss { row, differs }).collect::<Vec<_>>()
    };
    let own: Vec<&str> = in_namespace(list, namespace).collect();
    let alike = nearest(service_account, own, MOST);
    let mut found = rows(Difference::Wildcard, &|row| {
        may_mean(&row.namespace, namespace) && may_mean(&row.service_account, service_account)
    });
    found.extend(rows(Difference::Spelling, &|row| {
        row.namespace == namespace && alike.contains(&row.service_account.as_str())
    }));
    found.extend(rows(Difference::Affix, &|row| {
        row.namespace == namespace
            && !alike.contains(&row.service_account.as_str())
            && differs_by_an_affix(&row.service_account, service_account)
    }));
    found.extend(in_other_namespaces(list, namespace, service_account));
    found.extend(rows(Difference::Default, &|row| {
        row.namespace == namespace && row.service_account == "default" && service_account != "default"
    }));
    found
}

/// The associations for the same name elsewhere, those in namespaces with a name like this one first.
fn in_other_namespaces<'e>(list: &'e Associations, namespace: &str, service_account: &str) -> Vec<NearMiss<'e>> {
    let is_namesake = |row: &&AssociationSummary| {
        row.service_account == service_account && row.namespace != namespace && !row.namespace.contains('*')
    };
    let mut namesakes: Vec<&AssociationSummary> = list.associations.iter().filter(is_namesake).collect();
    let names = || namesakes.iter().map(|row| row.namespace.as_str());
    let mut alike = nearest(namespace, names(), MOST);
    alike.extend(of_same_stem(namespace, names(), MOST));
    namesakes.sort_by_key(|row| alike.iter().position(|name| *name == row.namespace).unwrap_or(alike.len()));
    namesakes.into_iter().take(MOST).map(|row| NearMiss { row, differs: Difference::Namespace }).collect()
}

/// The service accounts of a namespace that have an association.
pub fn in_namespace<'e>(list: &'e Associations, namespace: &str) -> impl Iterator<Item = &'e str> {
    list.associations.iter().filter(move |row| row.namespace == namespace).map(|row| row.service_account.as_str())
}
