//! Which names count as near.

use podid::nearest::{beginning_with, nearest, of_same_stem};

#[test]
fn one_or_two_edits_are_near() {
    let rows = [
        ("payments", "payment", true, "left out"),
        ("payments", "paymentss", true, "put in"),
        ("payments", "paiments", true, "replaced"),
        ("payments", "apyments", true, "swapped"),
        ("payments", "apymenst", true, "swapped twice"),
        ("payments", "paymets-", true, "left out and put in"),
        ("payments", "paymnet", true, "swapped and left out"),
        ("payments", "pamnet", false, "three edits"),
        ("payments", "payments-api", false, "four edits"),
        ("payments", "payments", false, "the name itself"),
        ("api", "apo", true, "one edit of three"),
        ("api", "ap", true, "one left out"),
        ("db", "bd", true, "swapped, two"),
        ("a", "ab", true, "one letter put in"),
        ("db", "dc", false, "too short for another letter"),
        ("a", "b", false, "another letter"),
        ("api", "web", false, "another name"),
        ("api", "abo", false, "two edits of three"),
        ("orders", "order-", true, "one edit of six"),
        ("orders", "ordres", true, "swapped, six"),
        ("orders", "odres", false, "two edits, one of them makes it five"),
        ("größe1", "grösse1", true, "characters, not bytes"),
        ("", "a", false, "nothing"),
    ];
    for (wanted, name, near, what) in rows {
        assert_eq!(nearest(wanted, [name], 3) == [name], near, "{wanted} {name}: {what}");
        assert_eq!(nearest(name, [wanted], 3) == [wanted], near, "{name} {wanted}: {what}");
    }
}

#[test]
fn the_nearest_come_first_and_each_once() {
    let names = ["workers", "wroekr", "workes", "worker-x", "queue", "workers"];
    assert_eq!(nearest("worker", names, 9), ["workers", "workes", "worker-x", "wroekr"]);
    assert_eq!(nearest("worker", names, 1), ["workers"]);
    assert!(nearest("worker", names, 0).is_empty());
}

#[test]
fn generated_names_are_known_by_how_they_begin() {
    let names = ["api-7c9f-x2x4z", "api-6b11-aaaaa", "apiserver-1", "api", "web-7c9f-x2x4z", "api-7c9f-x2x4z"];
    assert_eq!(of_same_stem("api-7c9f-q1q1q", names, 9), ["api-7c9f-x2x4z", "api", "api-6b11-aaaaa"]);
    assert_eq!(of_same_stem("api", names, 1), ["api-6b11-aaaaa"]);
    assert!(of_same_stem("queue-0", names, 9).is_empty());
}

#[test]
fn a_very_short_name_may_be_a_beginning() {
    let names = ["api-server", "apply", "web", "ap", "api-server"];
    assert_eq!(beginning_with("ap", names, 9), ["apply", "api-server"]);
    assert_eq!(beginning_with("web", names, 9), Vec::<&str>::new());
    assert!(beginning_with("appl", names, 9).is_empty(), "long enough for edits to say more");
    assert!(beginning_with("", names, 9).is_empty());
}
