//! The messages of DNS (RFC 1035), as far as one name and its IPv4 address need them.

use std::net::Ipv4Addr;

const HEADER: usize = 12;
const TYPE_A: u16 = 1;

/// Makes the question for the IPv4 address of a name.
pub fn question(name: &str) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.trim_end_matches('.').split('.') {
        message.push(u8::try_from(label.len()).unwrap_or(63));
        message.extend(label.bytes());
    }
    message.extend([0, 0, 1, 0, 1]);
    message
}

/// Answers a question from a hosts file; `None` if it is no question.
pub fn answer(question: &[u8], hosts: &str) -> Option<Vec<u8>> {
    let (name, end) = name(question)?;
    let kind = u16::from_be_bytes([*question.get(end)?, *question.get(end + 1)?]);
    let known = in_hosts(hosts, &name);
    let address = known.filter(|_| kind == TYPE_A);
    let mut message = question.get(..end + 4)?.to_vec();
    message[2..4].copy_from_slice(&[0x81, if known.is_some() { 0x80 } else { 0x83 }]);
    message[4..HEADER].copy_from_slice(&[0, 1, 0, u8::from(address.is_some()), 0, 0, 0, 0]);
    if let Some(address) = address {
        message.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        message.extend(address.octets());
    }
    Some(message)
}

/// Reads an answer: an address, or that there is no such name; `None` if it is neither.
pub fn read_answer(answer: &[u8]) -> Option<Option<Ipv4Addr>> {
    if *answer.get(3)? & 0x0f == 3 {
        return Some(None);
    }
    let (_, end) = name(answer)?;
    let found = answer.get(7)? > &0;
    let octets: [u8; 4] = if found { answer.get(end + 16..end + 20)?.try_into().ok()? } else { return Some(None) };
    Some(Some(octets.into()))
}

/// Finds a name in a hosts file.
pub fn in_hosts(hosts: &str, name: &str) -> Option<Ipv4Addr> {
    hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.parse().ok()?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    })
}

/// Reads the name that is asked for, and where it ends.
fn name(message: &[u8]) -> Option<(String, usize)> {
    let (mut at, mut labels) = (HEADER, Vec::new());
    loop {
        let length = usize::from(*message.get(at)?);
        at += 1;
        if length == 0 {
            return Some((labels.join("."), at));
        }
        labels.push(String::from_utf8_lossy(message.get(at..at + length)?).into_owned());
        at += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_or_not() {
        let hosts = "# names\n10.0.0.11 eks-auth.eu-west-1.api.aws sts\n";
        for (name, expected) in [
            ("eks-auth.eu-west-1.api.aws", Some(Ipv4Addr::new(10, 0, 0, 11))),
            ("STS", Some([10, 0, 0, 11].into())),
            ("eks", None),
        ] {
            let answer = answer(&question(name), hosts).unwrap_or_default();
            assert_eq!(read_answer(&answer), Some(expected), "{name}");
        }
        assert_eq!(answer(b"too short", hosts), None);
    }

    #[test]
    fn a_name_without_an_ipv4_address_of_that_kind_is_there_all_the_same() {
        let mut question = question("sts");
        let end = question.len();
        question[end - 3] = 28;
        let answer = answer(&question, "10.0.0.11 sts").unwrap_or_default();
        assert_eq!((answer.get(3).map(|flags| flags & 0x0f), answer.get(7)), (Some(0), Some(&0)));
    }
}
