//! A target that is not there, and the names that may have been meant.
//!
//! It is separate because these words are all that such a run has to say.

use crate::evidence::reading::GapKind;
use crate::evidence::{Evidence, Gap, GapReason, Reading, Source};
use crate::nearest::{beginning_with, nearest, of_same_stem};

/// How many names are shown.
const MOST: usize = 3;

impl Evidence {
    /// Makes the gap of a target that `source` says is not there.
    pub fn target_not_found(&self, source: Source, names: &Reading<Vec<String>>) -> Gap {
        let target = &self.target;
        if let Reading::Known(None) = self.namespace {
            let detail = format!("namespace {} was not found", target.namespace);
            return Gap::new(source, GapReason::Insufficient, detail).because(GapKind::NoSuchNamespace);
        }
        let detail = format!("{} {} was not found in namespace {}", target.kind.word(), target.name, target.namespace);
        Gap::new(source, GapReason::Insufficient, format!("{detail}{}", similar(&target.name, names)))
    }
}

fn similar(wanted: &str, names: &Reading<Vec<String>>) -> String {
    let names = match names {
        Reading::Known(names) => names.as_slice(),
        Reading::Unavailable(gap) if gap.reason == GapReason::Denied => {
            return " — which names there are could not be listed".to_owned();
        }
        Reading::Unavailable(_) => &[],
    };
    let names = || names.iter().map(String::as_str);
    let mut near = nearest(wanted, names(), MOST);
    if near.is_empty() {
        near = of_same_stem(wanted, names(), MOST);
    }
    if near.is_empty() {
        near = beginning_with(wanted, names(), MOST);
    }
    if near.is_empty() { String::new() } else { format!(" — similar names: {}", near.join(", ")) }
}
