//! One condition against one request: presence of the key, `IfExists`, set operators, several values, negation.
//!
//! Sources: IAM user guide, "Elements: Condition operators", "Conditions with multiple context keys or values", and
//! "Set operators for multivalued context keys".

use super::operators::{Operator, Quantifier, Test};
use super::request::{ContextValue, RequestContext};
use super::statement::Condition;
use super::three_valued::{Answer, all, any, not, undecidable};

/// Whether a condition holds. `variables` says whether `${…}` is a variable in this document.
pub fn holds(condition: &Condition, variables: bool, context: &RequestContext) -> Answer {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return undecidable(format!("{} is not a condition operator that is known here", condition.operator));
    };
    for wanted in &condition.values {
        operator.check_wanted(wanted)?;
    }
    let comparison = Comparison { operator, wanted: &condition.values, variables, context };
    let found = context.get(&condition.key);
    if operator.test == Test::Null {
        return comparison.null(found);
    }
    match found {
        ContextValue::Known(values) => comparison.known(values),
        ContextValue::Absent => comparison.absent(),
        ContextValue::Present => comparison.present(),
        ContextValue::Unknown => undecidable(unknown(&condition.key)),
    }
}

/// Why a key is not known, in words that fit the key.
fn unknown(key: &str) -> String {
    format!("what the request says of {key} is not known")
}

struct Comparison<'a> {
    operator: Operator,
    wanted: &'a [String],
    variables: bool,
    context: &'a RequestContext,
}

impl Comparison<'_> {
    /// `true` asks for an absent key, `false` for a present one with a value.
    fn null(&self, found: &ContextValue) -> Answer {
        let absent = match found {
            ContextValue::Absent => true,
            ContextValue::Present => false,
            ContextValue::Known(values) if values.iter().any(|value| !value.is_empty()) => false,
            ContextValue::Known(_) => return undecidable("whether an empty value counts as absent is not documented"),
            ContextValue::Unknown => return undecidable("whether the key is in the request is not known"),
        };
        Ok(self.wanted.iter().any(|wanted| (wanted == "true") == absent))
    }

    /// An absent key matches nothing, so that a negated operator holds.
    fn absent(&self) -> Answer {
        match (self.operator.quantifier, self.operator.if_exists) {
            // The pages contradict each other: IfExists says true, ForAnyValue without a key says false.
            (Some(Quantifier::AnyValue), true) => {
                undecidable("how ForAnyValue and IfExists go together for an absent key is not documented")
            }
            (Some(Quantifier::AnyValue), false) => Ok(false),
            (Some(Quantifier::AllValues), _) | (None, true) => Ok(true),
            (None, false) => Ok(self.operator.negated),
        }
    }

    /// A key with an unknown value: only a pattern that fits everything decides.
    fn present(&self) -> Answer {
        let certain =
            self.wanted.iter().any(|wanted| self.operator.matches_anything(wanted, self.variables, self.context));
        if certain { Ok(!self.operator.negated) } else { undecidable("the value of the key is not known") }
    }

    fn known(&self, values: &[String]) -> Answer {
        // "Set operators": an empty set and a set of empty values are the same.
        let empty = values.iter().all(String::is_empty);
        match self.operator.quantifier {
            Some(Quantifier::AllValues) if empty => Ok(true),
            Some(Quantifier::AnyValue) if empty => {
                if self.operator.if_exists {
                    self.absent()
                } else {
                    Ok(false)
                }
            }
            Some(Quantifier::AllValues) => all(values.iter().map(|value| self.one(value))),
            Some(Quantifier::AnyValue) => any(values.iter().map(|value| self.one(value))),
            None => match values {
                [value] => self.one(value),
                [] if self.operator.if_exists => undecidable("whether an empty key counts as absent is not documented"),
                [] => Ok(self.operator.negated),
                _ => {
                    undecidable("the key has several values, and the operator has neither ForAnyValue nor ForAllValues")
                }
            },
        }
    }

    /// One of the wanted values for a positive operator, none of them for a negated one.
    fn one(&self, value: &str) -> Answer {
        let matches =
            any(self.wanted.iter().map(|wanted| self.operator.matches(wanted, value, self.variables, self.context)));
        if self.operator.negated { not(matches) } else { matches }
    }
}
