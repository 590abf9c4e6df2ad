//! Counts how many round trips a set of requests took one after the other.

use jiff::Timestamp;

/// Counts the longest chain of requests of which each began only after the one before had ended.
///
/// Requests made at the same time count as one wave, so a latency added on purpose makes the count sure.
pub fn waves(requests: impl IntoIterator<Item = (Timestamp, Timestamp)>) -> usize {
    let mut by_end: Vec<_> = requests.into_iter().collect();
    by_end.sort_by_key(|(_, ended)| *ended);
    let mut count = 0;
    let mut last = None;
    for (started, ended) in by_end {
        if last.is_none_or(|last| started >= last) {
            count += 1;
            last = Some(ended);
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::waves;

    fn requests(intervals: &[(i64, i64)]) -> Vec<(Timestamp, Timestamp)> {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX);
        intervals.iter().map(|(from, to)| (at(*from), at(*to))).collect()
    }

    #[test]
    fn nothing_takes_no_wave() {
        assert_eq!(waves(requests(&[])), 0);
    }

    #[test]
    fn what_overlaps_is_one_wave() {
        assert_eq!(waves(requests(&[(0, 30), (1, 31), (29, 60)])), 1);
    }

    #[test]
    fn what_follows_an_end_is_a_further_wave() {
        assert_eq!(waves(requests(&[(0, 30), (1, 45), (31, 60), (61, 90), (62, 91)])), 3);
    }
}
