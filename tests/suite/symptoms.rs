//! Texts that stand in logs, each with the checks of which one must be found first.
//!
//! The texts are those that the sources of the SDKs and programs write, with names, numbers and hosts as users have them.

use podid::checks::registry;
use podid::diagnose::symptoms::{in_log, matching};

/// The checks, with `|` between them or `-` for none, and a text.
const TEXTS: &str = include_str!("symptoms.tsv");

#[test]
fn each_text_finds_its_check_first() {
    let mut wrong = Vec::new();
    let rows: Vec<(&str, &str)> =
        TEXTS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect();
    assert!(rows.len() >= 50, "{} rows", rows.len());
    for (wanted, text) in rows {
        let found = matching(text);
        let first = found.first().map_or_else(|| "-".to_owned(), |one| one.check.code.to_string());
        if !wanted.split('|').any(|code| code == first) {
            wrong.push(format!("{first} instead of {wanted} for {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_a_users_own_makes_no_difference() {
    let one =
        "Error: User: arn:aws:sts::111122223333:assumed-role/nodes/i-0abc is not authorized to perform: s3:ListBucket";
    let other = "error: \"User: arn:aws-cn:sts::999988887777:assumed-role/other-nodes/i-0def12 is not authorized to perform: sqs:X\"";
    let codes = |text: &str| matching(text).first().map(|one| one.check.code);
    assert_eq!(codes(one), codes(other));
    assert_eq!(codes(one).map(|code| code.to_string()).as_deref(), Some("PID495"));
}

#[test]
fn a_log_is_answered_with_the_lines_that_matter() {
    let log = "starting\nbotocore.exceptions.NoCredentialsError: Unable to locate credentials\nretrying\n\
               botocore.exceptions.NoCredentialsError: Unable to locate credentials\n\
               Unsupported host '169.254.170.23'. Can only retrieve metadata from these hosts: 169.254.170.2, localhost, 127.0.0.1\n";
    assert!(in_log("x\nA\n42\n\n").is_empty(), "a short word is no symptom");
    let seen = in_log(log);
    let told: Vec<(String, usize, usize)> =
        seen.iter().map(|one| (one.check.code.to_string(), one.line, one.count)).collect();
    assert_eq!(told, [("PID490".to_owned(), 5, 1), ("PID210".to_owned(), 2, 2)]);
}

#[test]
fn a_line_of_a_log_is_judged_as_the_text_by_itself() {
    let of_checks = registry::all().flat_map(|check| check.symptoms.iter().copied());
    let rows = TEXTS.lines().filter_map(|line| line.split_once('\t')).map(|(_, text)| text);
    for text in of_checks.chain(rows) {
        for line in [text.to_owned(), format!("2026-11-20T14:00:02Z worker-3 {text}")] {
            let in_log = in_log(&line).first().map(|one| one.check.code);
            assert_eq!(in_log, matching(&line).first().map(|one| one.check.code), "{line}");
        }
    }
}

#[test]
fn a_line_of_any_length_is_read_in_time() {
    let long = format!("{} Unable to locate credentials", "word ".repeat(50_000));
    assert!(matching(&long).iter().any(|one| one.check.code.to_string() == "PID210"));
    assert!(matching(&"x".repeat(1_000_000)).is_empty());
}

#[test]
fn a_secret_in_a_log_is_not_repeated() {
    let seen = in_log("Unable to locate credentials aws_secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00");
    assert!(!seen[0].text.as_str().contains("wJalrXUtnFEMI"), "{:?}", seen[0].text);
}
