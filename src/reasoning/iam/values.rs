//! Values that conditions compare: addresses, dates, patterns.

use std::net::IpAddr;

use ipnet::IpNet;

use super::evaluate::{Answer, undecidable};

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range(IpNet);

impl Range {
    /// Reads `203.0.113.0/24`, `2001:db8::/32`, or one address; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let one = || text.parse::<IpAddr>().map(IpNet::from).ok();
        text.parse::<IpNet>().ok().or_else(one).map(Self)
    }

    /// Whether an address lies in the range; never across families.
    pub fn holds(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

/// The instant in milliseconds since 1970; `None` for a text that is no date.
pub fn instant(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Four digits are a year, longer numbers are seconds; shorter ones are neither for certain.
    if digits.len() > 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().ok()?.checked_mul(1000);
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 2))?;
    let whole_date = date.len() == 10;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) * 86_400_000;
    match time {
        None => Some(midnight),
        Some(time) if whole_date => Some(midnight + time_of_day(time)?),
        Some(_) => None,
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s…` with `Z` or an offset, in milliseconds.
fn time_of_day(time: &str) -> Option<i64> {
    let split = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(split);
    let offset = if zone == "Z" {
        0
    } else {
        let (hours, minutes) = zone[1..].split_once(':')?;
        let minutes = number(hours, 2)? * 60 + number(minutes, 2)?;
        if zone.starts_with('-') { -minutes } else { minutes }
    };
    let mut parts = clock.split(':');
    let hours = number(parts.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = number(parts.next()?, 2).filter(|minutes| *minutes < 60)?;
    let milliseconds = parts.next().map_or(Some(0), seconds)?;
    parts.next().is_none().then_some(((hours * 60 + minutes - offset) * 60_000) + milliseconds)
}

fn seconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = number(whole, 2).filter(|seconds| *seconds < 60)?;
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    Some(whole * 1000 + thousandths.parse::<i64>().ok()?)
}

fn number(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days in the proleptic Gregorian calendar, counted in years that begin in March so that leap days come last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month > 2 { year } else { year - 1 };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    shifted * 365 + shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400) + day_of_year - 719_468
}

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// This character and no other.
    Letter(char),
    /// Any one character.
    AnyOne,
    /// Any number of characters.
    AnyRun,
}

/// Reads `*` and `?` as wildcards and everything else as itself.
pub fn wildcards(text: &str) -> Vec<Piece> {
    let piece = |letter| match letter {
        '*' => Piece::AnyRun,
        '?' => Piece::AnyOne,
        other => Piece::Letter(other),
    };
    text.chars().map(piece).collect()
}

/// Whether a pattern fits a whole text.
pub fn fits(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut read) = (0, 0);
    // Where to go on after a run has taken one character more.
    let mut retry: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(Piece::AnyRun) => {
                retry = Some((at + 1, read));
                at += 1;
            }
            Some(Piece::AnyOne) => (at, read) = (at + 1, read + 1),
            Some(Piece::Letter(letter)) if *letter == text[read] => (at, read) = (at + 1, read + 1),
            _ => match retry {
                Some((after_run, taken)) => {
                    retry = Some((after_run, taken + 1));
                    (at, read) = (after_run, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|piece| *piece == Piece::AnyRun)
}

/// Whether a pattern fits whatever the text is.
pub fn fits_anything(pattern: &[Piece]) -> bool {
    !pattern.is_empty() && pattern.iter().all(|piece| *piece == Piece::AnyRun)
}

/// Whether a pattern for an action names an action; case is ignored ("Elements: Action").
pub fn names_action(pattern: &str, action: &str) -> bool {
    fits(&wildcards(&pattern.to_ascii_lowercase()), &action.to_ascii_lowercase())
}

/// Whether a pattern fits an ARN: each of the six parts by itself ("Condition operators: ARN").
pub fn fits_arn(pattern: &[Piece], arn: &str) -> Answer {
    let wanted: Vec<&[Piece]> = pattern.splitn(6, |piece| *piece == Piece::Letter(':')).collect();
    let found: Vec<&str> = arn.splitn(6, ':').collect();
    if wanted.len() != 6 {
        return undecidable("the wanted value is not an ARN of six parts");
    }
    if found.len() != 6 || found[0] != "arn" {
        return undecidable("the value in the request is not an ARN");
    }
    Ok(wanted.iter().zip(found).all(|(pattern, part)| fits(pattern, part)))
}

/// The partition and the account of an ARN; `None` for anything else.
pub fn account_and_partition(arn: &str) -> Option<(&str, &str)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, _, _, account, _] => Some((partition, account)),
        _ => None,
    }
}
