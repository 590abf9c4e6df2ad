//! Reads the doubles' command lines: `--name value`, `--name=value`, and no surprises.

use std::collections::HashMap;

/// The flags of a command line, each at most once.
#[derive(Debug, Default)]
pub struct Arguments {
    values: HashMap<String, String>,
}

impl Arguments {
    /// Reads flags; a flag in `switches` needs no value. Fails with a sentence for the user.
    pub fn read(
        arguments: impl IntoIterator<Item = String>,
        known: &[&str],
        switches: &[&str],
    ) -> Result<Arguments, String> {
        let mut arguments = arguments.into_iter();
        let mut values = HashMap::new();
        while let Some(argument) = arguments.next() {
            let flag = argument.strip_prefix("--").ok_or_else(|| format!("not a flag: {argument}"))?;
            let (name, inline) =
                flag.split_once('=').map_or((flag, None), |(name, value)| (name, Some(value.to_owned())));
            let value = match inline {
                Some(value) => value,
                None if switches.contains(&name) => "true".to_owned(),
                None => arguments.next().ok_or_else(|| format!("--{name} needs a value"))?,
            };
            if !known.contains(&name) && !switches.contains(&name) {
                return Err(format!("unknown flag --{name}; known: {}", [known, switches].concat().join(" ")));
            }
            values.insert(name.to_owned(), value);
        }
        Ok(Arguments { values })
    }

    /// Gives a flag's value, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Gives a flag's value as a type, or the default if it was not given.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        self.get(name).map_or(Ok(default), |value| value.parse().map_err(|_| format!("--{name} cannot be {value:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(line.split(' ').map(str::to_owned), &["port", "region"], &["quiet"])
    }

    #[test]
    fn both_spellings_are_read() -> Result<(), String> {
        let arguments = read("--port 18443 --quiet --region=eu-west-1")?;
        assert_eq!(arguments.parsed("port", 443_u16), Ok(18443));
        assert_eq!(arguments.get("region"), Some("eu-west-1"));
        assert_eq!(arguments.parsed("quiet", false), Ok(true));
        Ok(())
    }

    #[test]
    fn mistakes_are_named() -> Result<(), String> {
        assert!(read("--prot 1").is_err_and(|message| message.contains("--prot")));
        assert!(read("--port").is_err_and(|message| message.contains("needs a value")));
        assert!(read("port").is_err_and(|message| message.contains("not a flag")));
        assert!(read("--port x")?.parsed("port", 1_u16).is_err());
        Ok(())
    }
}
