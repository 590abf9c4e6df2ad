//! What people read: kept beside the tests, so that a change of it is seen.

use podid::render::Style;
use podid::render::human::trust_check::{draw, line};
use podid::trust_check::Asked;

use super::{ROLE, check, of};
use crate::support::golden;

const WIDE: Style = Style { color: false, unicode: true, width: 100 };

#[track_caller]
fn holds(name: &str, page: &str) {
    let difference = golden::difference(&golden::file(&format!("tests/golden/trust_check/{name}.txt")), page);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

#[test]
fn the_pages_read_as_kept() {
    holds("denied", &draw(&check(ROLE, of("shop", "api")), &WIDE));
    holds("undecided", &draw(&check(ROLE, of("payments", "")), &WIDE));
    holds("allowed", &draw(&check(ROLE, of("payments", "api")), &WIDE));
    let irsa = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D"},"Action":"sts:AssumeRoleWithWebIdentity"}]}"#;
    holds("on-one-line", &draw(&check(irsa, of("shop", "api")), &WIDE));
    let narrow = Style { unicode: false, width: 60, ..WIDE };
    holds("narrow", &draw(&check(irsa, of("shop", "api")), &narrow));
    let untagged = Asked { session_tags_disabled: true, ..of("payments", "api") };
    holds("untagged", &draw(&check(ROLE, untagged), &WIDE));
}

#[test]
fn no_line_of_an_excerpt_is_longer_than_the_page() {
    let policy = ROLE.replace(['\n', ' '], "");
    for width in [40, 60, 80, 100, 200] {
        let page = draw(&check(&policy, of("shop", "api")), &Style { width, ..WIDE });
        for line in page.lines().filter(|line| line.trim_start().starts_with(['1', '|'])) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        assert!(page.contains("^^^"), "{page}");
    }
}

#[test]
fn hostile_text_is_shown_as_escapes() {
    let policy = ROLE.replace("payments", "pay\u{202e}ments\u{9b}2J").replace("Pods", "Po\\u001b[31mds");
    for asked in [of("shop", "api"), of("", "")] {
        let report = check(&policy, asked);
        for page in [draw(&report, &WIDE), line(&report, &WIDE)] {
            assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{page}");
        }
    }
    let tabs = ROLE.replace("  ", "\t");
    assert!(!draw(&check(&tabs, of("shop", "api")), &WIDE).contains(['\t']));
}

#[test]
fn one_line_says_the_decision_and_why() {
    let denied = line(&check(ROLE, of("shop", "api")), &WIDE);
    assert_eq!(denied, "denied the trust policy of role api requires namespace payments; this pod is in shop\n");
    assert!(line(&check(ROLE, of("payments", "api")), &WIDE).starts_with("ok "));
}
