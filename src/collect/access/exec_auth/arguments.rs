//! Reads the arguments of a program whose options are known; an option that is not makes the reading fail.

use std::collections::BTreeMap;

/// An option that is understood.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The name it is kept under: `--name`.
    pub name: &'static str,
    /// The one-letter form: `-n`.
    pub short: Option<char>,
    /// Whether a value belongs to it.
    pub takes_value: bool,
}

impl Known {
    /// An option with a value.
    pub const fn value(name: &'static str) -> Self {
        Self { name, short: None, takes_value: true }
    }

    /// An option without one.
    pub const fn switch(name: &'static str) -> Self {
        Self { name, short: None, takes_value: false }
    }

    /// The same with a one-letter form.
    #[must_use]
    pub const fn or(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The words that are no options, in their order.
    pub words: Vec<String>,
    /// The options; of one given twice the last value counts. A switch has the value `true` unless it says otherwise.
    pub options: BTreeMap<&'static str, String>,
}

impl Arguments {
    /// Reads arguments, or nothing if one of them is not understood.
    pub fn read(arguments: &[String], known: &[Known]) -> Option<Self> {
        let mut read = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if !argument.starts_with('-') {
                read.words.push(argument.clone());
                continue;
            }
            let (option, attached) = find(argument, known)?;
            let value = match (option.takes_value, attached) {
                (true, Some(value)) => value.to_owned(),
                (true, None) => rest.next().filter(|value| !value.starts_with('-'))?.clone(),
                (false, Some(value)) if matches!(value, "true" | "false") => value.to_owned(),
                (false, Some(_)) => return None,
                (false, None) => "true".to_owned(),
            };
            read.options.insert(option.name, value);
        }
        Some(read)
    }

    /// An option's value; an empty one counts as none.
    pub fn get(&self, name: &str) -> Option<String> {
        self.options.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.options.get(name).is_some_and(|value| value == "true")
    }
}

fn find<'a>(argument: &'a str, known: &[Known]) -> Option<(Known, Option<&'a str>)> {
    if let Some(long) = argument.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let option = known.iter().find(|option| option.name == name)?;
        return Some((*option, value));
    }
    let mut letters = argument.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    let option = known.iter().find(|option| option.short == Some(letter))?;
    let attached = Some(letters.as_str()).filter(|rest| !rest.is_empty());
    Some((*option, attached.map(|rest| rest.strip_prefix('=').unwrap_or(rest))))
}
