//! How a state is read, changed by a patch, looked into and completed.

use serde_json::{Map, Value};

use super::{Cluster, State};

impl State {
    /// Reads a state from JSON or YAML. Fails with the parser's words.
    pub fn read(text: &str) -> Result<State, String> {
        let state: State = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        Ok(state.completed())
    }

    /// Applies an RFC 7386 merge patch: `null` removes, objects are merged, all else is replaced.
    pub fn merged(&self, patch: &Value) -> Result<State, String> {
        let mut value = serde_json::to_value(self).map_err(|error| error.to_string())?;
        merge(&mut value, patch);
        let state: State = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Ok(state.completed())
    }

    /// Gives a cluster by account, region and name.
    pub fn cluster(&self, account: &str, region: &str, name: &str) -> Option<&Cluster> {
        self.accounts.get(account)?.regions.get(region)?.clusters.get(name)
    }

    /// Gives a cluster by account, region and name, to be changed.
    pub fn cluster_mut(&mut self, account: &str, region: &str, name: &str) -> Option<&mut Cluster> {
        self.accounts.get_mut(account)?.regions.get_mut(region)?.clusters.get_mut(name)
    }

    /// Gives the partition of an account's ARNs in a region.
    pub fn partition(&self, account: &str, region: &str) -> String {
        let own = self.accounts.get(account).and_then(|account| account.partition.clone());
        own.unwrap_or_else(|| partition_of(region).to_owned())
    }

    /// Fills in what an association needs and a state may leave out.
    #[must_use]
    pub fn completed(mut self) -> State {
        let regions = self.accounts.values_mut().flat_map(|account| account.regions.values_mut());
        let clusters = regions.flat_map(|region| region.clusters.values_mut());
        for association in clusters.flat_map(|cluster| cluster.associations.iter_mut()) {
            if association.association_id.is_empty() {
                association.association_id = association_id(&[&association.namespace, &association.service_account]);
            }
        }
        self
    }
}

/// Makes an association's id: the same for the same words.
pub fn association_id(words: &[&str]) -> String {
    // FNV-1a over the words, then an xorshift generator for the digits that such ids are made of.
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    let mut state =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut digit = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[(state % 36) as usize])
    };
    std::iter::once("a-".to_owned()).chain((0..17).map(|_| digit().to_string())).collect()
}

fn partition_of(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        region if region.starts_with("eusc-") => "aws-eusc",
        _ => "aws",
    }
}

fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}
