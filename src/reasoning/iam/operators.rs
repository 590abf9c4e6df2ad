//! The condition operators of IAM: their names, and how one wanted value is compared with one value of the request.
//!
//! Source: IAM user guide, "Elements: Condition operators".

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::evaluate::{Answer, Undecidable, undecidable};
use super::request::{Filled, Notation, RequestContext, fill};
use super::values::{Piece, Range, fits, fits_anything, fits_arn, instant};

/// How several values of a key are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `ForAnyValue:`.
    AnyValue,
    /// `ForAllValues:`.
    AllValues,
}

/// What a comparison compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// `StringEquals`.
    Text,
    /// `StringEqualsIgnoreCase`.
    TextIgnoreCase,
    /// `StringLike`.
    TextLike,
    /// `Numeric…`.
    Number(Order),
    /// `Date…`.
    Date(Order),
    /// `Bool`.
    Bool,
    /// `BinaryEquals`.
    Binary,
    /// `IpAddress`.
    Address,
    /// `ArnEquals` and `ArnLike`, which are the same.
    Arn,
    /// `Null`.
    Null,
}

/// Which order of the request's value to the wanted value is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// Equal.
    Equal,
    /// Less.
    Less,
    /// Less or equal.
    LessOrEqual,
    /// Greater.
    Greater,
    /// Greater or equal.
    GreaterOrEqual,
}

/// An operator as a condition names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Operator {
    /// The prefix, if it has one.
    pub quantifier: Option<Quantifier>,
    /// What is compared.
    pub test: Test,
    /// Whether it holds where nothing matches.
    pub negated: bool,
    /// Whether it holds where the key is absent.
    pub if_exists: bool,
}

const NAMES: [(&str, Test, bool); 27] = [
    ("StringEquals", Test::Text, false),
    ("StringNotEquals", Test::Text, true),
    ("StringEqualsIgnoreCase", Test::TextIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Test::TextIgnoreCase, true),
    ("StringLike", Test::TextLike, false),
    ("StringNotLike", Test::TextLike, true),
    ("NumericEquals", Test::Number(Order::Equal), false),
    ("NumericNotEquals", Test::Number(Order::Equal), true),
    ("NumericLessThan", Test::Number(Order::Less), false),
    ("NumericLessThanEquals", Test::Number(Order::LessOrEqual), false),
    ("NumericGreaterThan", Test::Number(Order::Greater), false),
    ("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual), false),
    ("DateEquals", Test::Date(Order::Equal), false),
    ("DateNotEquals", Test::Date(Order::Equal), true),
    ("DateLessThan", Test::Date(Order::Less), false),
    ("DateLessThanEquals", Test::Date(Order::LessOrEqual), false),
    ("DateGreaterThan", Test::Date(Order::Greater), false),
    ("DateGreaterThanEquals", Test::Date(Order::GreaterOrEqual), false),
    ("Bool", Test::Bool, false),
    ("BinaryEquals", Test::Binary, false),
    ("IpAddress", Test::Address, false),
    ("NotIpAddress", Test::Address, true),
    ("ArnEquals", Test::Arn, false),
    ("ArnLike", Test::Arn, false),
    ("ArnNotEquals", Test::Arn, true),
    ("ArnNotLike", Test::Arn, true),
    ("Null", Test::Null, false),
];

impl Operator {
    /// Reads an operator's name exactly as it is documented; `None` for any other.
    pub fn parse(name: &str) -> Option<Self> {
        let (quantifier, name) = if let Some(rest) = name.strip_prefix("ForAnyValue:") {
            (Some(Quantifier::AnyValue), rest)
        } else if let Some(rest) = name.strip_prefix("ForAllValues:") {
            (Some(Quantifier::AllValues), rest)
        } else {
            (None, name)
        };
        let (name, if_exists) = name.strip_suffix("IfExists").map_or((name, false), |base| (base, true));
        let (_, test, negated) = NAMES.into_iter().find(|(known, ..)| *known == name)?;
        // Null asks for presence itself: it takes neither prefix nor suffix.
        let plain = quantifier.is_none() && !if_exists;
        (test != Test::Null || plain).then_some(Self { quantifier, test, negated, if_exists })
    }

    /// Whether a wanted value is one that this operator can compare with; an error says why not.
    pub fn check_wanted(&self, wanted: &str) -> Result<(), Undecidable> {
        let (readable, what) = match self.test {
            Test::Text | Test::TextIgnoreCase | Test::TextLike | Test::Arn => (true, ""),
            Test::Number(_) => (decimal(wanted).is_some(), "a number"),
            Test::Date(_) => (instant(wanted).is_some(), "a date"),
            Test::Bool | Test::Null => (truth(wanted).is_some(), "true or false"),
            Test::Binary => (STANDARD.decode(wanted).is_ok(), "base64"),
            Test::Address => (Range::parse(wanted).is_some(), "an address or a range"),
        };
        if readable { Ok(()) } else { Err(Undecidable(format!("the wanted value {wanted} is not {what}"))) }
    }

    /// Whether one wanted value matches one value of the request, before any negation.
    pub fn matches(&self, wanted: &str, found: &str, variables: bool, context: &RequestContext) -> Answer {
        match self.test {
            Test::Text | Test::TextIgnoreCase | Test::TextLike | Test::Arn => {
                match fill(wanted, self.notation(variables), context)? {
                    Filled::Pattern(pattern) => self.text_matches(&pattern, found),
                    Filled::Nothing => Ok(false),
                }
            }
            Test::Number(order) => compare(order, decimal(wanted), decimal(found), f64::partial_cmp),
            Test::Date(order) => compare(order, instant(wanted), instant(found), i64::partial_cmp),
            Test::Bool => compare(Order::Equal, truth(wanted), truth(found), bool::partial_cmp),
            Test::Binary => match STANDARD.decode(wanted) {
                Ok(wanted) => Ok(wanted == found.as_bytes()),
                Err(_) => undecidable("the wanted value is not base64"),
            },
            Test::Address => match (Range::parse(wanted), found.parse::<IpAddr>()) {
                (Some(range), Ok(address)) => Ok(range.holds(address)),
                _ => undecidable("not an address"),
            },
            Test::Null => undecidable("Null compares no values"),
        }
    }

    /// Whether a wanted value matches whatever the request's value is.
    pub fn matches_anything(&self, wanted: &str, variables: bool, context: &RequestContext) -> bool {
        let pattern = fill(wanted, self.notation(variables), context);
        self.test == Test::TextLike && matches!(pattern, Ok(Filled::Pattern(pattern)) if fits_anything(&pattern))
    }

    fn notation(self, variables: bool) -> Notation {
        Notation { wildcards: matches!(self.test, Test::TextLike | Test::Arn), variables }
    }

    fn text_matches(self, pattern: &[Piece], found: &str) -> Answer {
        match self.test {
            Test::Arn => fits_arn(pattern, found),
            Test::TextIgnoreCase => ignoring_case(pattern, found),
            _ => Ok(fits(pattern, found)),
        }
    }
}

/// Letters outside ASCII decide nothing: how AWS folds them is not documented.
fn ignoring_case(pattern: &[Piece], found: &str) -> Answer {
    let folded = |fold: fn(char) -> char| {
        let pattern: Vec<Piece> = pattern
            .iter()
            .map(|piece| if let Piece::Letter(letter) = piece { Piece::Letter(fold(*letter)) } else { *piece })
            .collect();
        fits(&pattern, &found.chars().map(fold).collect::<String>())
    };
    let ascii = folded(|letter| letter.to_ascii_lowercase());
    let unicode = folded(|letter| letter.to_lowercase().next().unwrap_or(letter));
    if ascii == unicode {
        Ok(ascii)
    } else {
        undecidable("how AWS ignores the case of these letters is not documented")
    }
}

fn compare<T>(order: Order, wanted: Option<T>, found: Option<T>, by: fn(&T, &T) -> Option<Ordering>) -> Answer {
    let Some((wanted, found)) = wanted.zip(found) else {
        return undecidable("the value in the request is of another kind than the operator compares");
    };
    let Some(found) = by(&found, &wanted) else {
        return undecidable("the values cannot be compared");
    };
    Ok(match order {
        Order::Equal => found.is_eq(),
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    })
}

/// A plain decimal number that a double holds exactly enough to compare.
fn decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    (plain(whole) && plain(fraction) && digits.len() <= 15).then(|| text.parse().ok()).flatten()
}

fn truth(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
