//! Logic with three values: yes, no, and *undecidable* with its reason; separate so that no rule folds doubt away.

/// Why a question has no sure answer, in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Undecidable(pub String);

/// The answer to one question: sure, or undecidable.
pub type Answer = Result<bool, Undecidable>;

/// Says that a question cannot be decided, and why.
pub fn undecidable(reason: impl Into<String>) -> Answer {
    Err(Undecidable(reason.into()))
}

/// Yes if one answer is yes; undecidable if none is and one could be; no otherwise.
pub fn any(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let mut doubt = None;
    for answer in answers {
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(reason) => doubt = doubt.or(Some(reason)),
        }
    }
    doubt.map_or(Ok(false), Err)
}

/// No if one answer is no; undecidable if none is and one could be; yes otherwise.
pub fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
    not(any(answers.into_iter().map(not)))
}

/// Turns a sure answer round and keeps doubt.
pub fn not(answer: Answer) -> Answer {
    answer.map(|yes| !yes)
}
