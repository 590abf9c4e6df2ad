//! Lines of a node's journal, as `journalctl` prints them: what the program itself wrote stands behind time, host and name.

/// An entry of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Who wrote it, with the number of the process: `eks-pod-identity-agent[1234]`.
    pub name: &'a str,
    /// What was written.
    pub message: &'a str,
}

/// The entry in a line of `journalctl -o short-precise` (`Nov 30 22:11:49.123456 HOST NAME[PID]: …`, as the kubelet asks for it)
/// or `-o short-iso-precise` (`2026-11-30T22:11:49.123456+00:00 HOST NAME[PID]: …`, as EKS's node monitoring agent does); `None`
/// for any other line.
///
/// Sources: `pkg/kubelet/kubelet_server_journal_linux.go` of Kubernetes, `pkg/log_collector/collect/automode.go` of the node
/// monitoring agent.
pub fn entry(line: &str) -> Option<Entry<'_>> {
    let (first, rest) = line.split_once(' ')?;
    let rest = if is_iso_time(first) {
        rest
    } else {
        let (day, rest) = rest.trim_start().split_once(' ')?;
        let (time, rest) = rest.split_once(' ')?;
        let is_month = first.len() == 3 && first.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_day = day.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day));
        (is_month && is_day && is_clock(time)).then_some(rest)?
    };
    let (host, rest) = rest.split_once(' ')?;
    let (name, message) = rest.split_once(": ")?;
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    (is_name && !host.is_empty()).then_some(Entry { name, message })
}

/// Whether `journalctl` only says where a boot begins, or that there is nothing: `-- Boot 0123 --`, `-- No entries --`.
pub fn is_mark(line: &str) -> bool {
    line.len() > 5 && line.starts_with("-- ") && line.ends_with(" --")
}

/// Whether it is the time of day, with fractions or without.
fn is_clock(text: &str) -> bool {
    let mut parts = text.splitn(3, ':');
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute, second) = (parts.next(), parts.next(), parts.next());
    hour.is_some_and(is_number)
        && minute.is_some_and(is_number)
        && second.is_some_and(|second| second.get(..2).is_some_and(is_number))
}

fn is_iso_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') && is_clock(time)
}

#[cfg(test)]
mod tests {
    use super::{Entry, entry, is_mark};

    #[test]
    fn what_a_program_wrote_stands_behind_its_name() {
        let message_of = [
            (
                "Nov 30 22:11:49.123456 ip-10-0-1-7 eks-pod-identity-agent[1234]: {\"level\":\"info\"}",
                Some("{\"level\":\"info\"}"),
            ),
            ("Nov  3 22:11:49.123456 ip-10-0-1-7 systemd[1]: Started: it runs", Some("Started: it runs")),
            ("2026-11-30T22:11:49.123456+00:00 i-0123456789abcdef0 eks-pod-identity-agent[77]: a: b", Some("a: b")),
            ("2026-11-30T22:11:49+0000 host kernel: up", Some("up")),
            ("-- Boot 0123456789abcdef --", None),
            ("-- No entries --", None),
            ("log not found for eks-pod-identity-agent", None),
            ("<a href=\"journal/\">journal/</a>", None),
            ("error: journal output not available", None),
            ("{\"level\":\"info\",\"msg\":\"a: b\"}", None),
            ("Nov 30 at noon host name[1]: x", None),
            ("Nov 42 22:11:49 host name[1]: x", None),
            ("2026-11-30Tnoon host name[1]: x", None),
            ("Nov 30 22:11:49 host two words: x", None),
            ("", None),
        ];
        for (line, expected) in message_of {
            assert_eq!(entry(line).map(|Entry { message, .. }| message), expected, "{line}");
        }
        assert_eq!(
            entry("Nov 30 22:11:49 host systemd-journald[400]: x").map(|one| one.name),
            Some("systemd-journald[400]")
        );
        assert!(is_mark("-- Boot 01 --") && !is_mark("-- --") && !is_mark("Journal file is truncated, ignoring file."));
    }
}
