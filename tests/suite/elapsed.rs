//! Spans of time in kubectl's words.

use jiff::SignedDuration;
use podid::duration::in_words;

#[test]
fn the_longer_the_coarser() {
    let rows = [
        (0, "0s"),
        (-45, "45s"),
        (119, "119s"),
        (120, "2m"),
        (301, "5m1s"),
        (599, "9m59s"),
        (600, "10m"),
        (10_799, "179m"),
        (10_800, "3h"),
        (11_520, "3h12m"),
        (28_800, "8h"),
        (172_799, "47h"),
        (187_200, "2d4h"),
        (691_200, "8d"),
        (-86_400 * 400, "400d"),
        (86_400 * 729, "729d"),
        (86_400 * 730, "2y"),
        (86_400 * (3 * 365 + 41), "3y41d"),
        (86_400 * 365 * 9, "9y"),
    ];
    for (seconds, words) in rows {
        assert_eq!(in_words(SignedDuration::from_secs(seconds)), words, "{seconds}");
    }
}
