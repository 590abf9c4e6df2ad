//! Finds keys that a JSON text gives twice: a parsed value has already lost one of them, perhaps a condition.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::place::Place;

/// The places of all keys that stand twice in the same object; empty for a text that is not JSON.
///
/// Keys are compared exactly, after their escapes are resolved.
pub fn duplicate_keys(text: &str) -> Vec<Place> {
    let mut found = Vec::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let scan = Scan { place: Place::root(), found: &mut found };
    match scan.deserialize(&mut json) {
        Ok(()) => found,
        Err(_) => Vec::new(),
    }
}

struct Scan<'a> {
    place: Place,
    found: &'a mut Vec<Place>,
}

impl<'de> DeserializeSeed<'de> for Scan<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scan<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut index = 0;
        while items.next_element_seed(Scan { place: self.place.item(index), found: self.found })?.is_some() {
            index += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            let place = self.place.member(&key);
            if !seen.insert(key) {
                self.found.push(place.clone());
            }
            members.next_value_seed(Scan { place, found: self.found })?;
        }
        Ok(())
    }
}
