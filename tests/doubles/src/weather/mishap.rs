//! What can befall an answer.

/// Whether a client can notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The answer is lost, and whoever looks sees that.
    Loss,
    /// The answer is good in form and says something else than is true.
    Lie,
}

/// What befalls an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mishap {
    /// The connection ends before the answer.
    Cut,
    /// The connection ends in the middle of the answer, whose length promised more.
    Reset,
    /// The answer ends early, and its length agrees.
    Short,
    /// Nothing, with status 200.
    Empty,
    /// One byte a second.
    Trickle,
    /// Bytes that are no UTF-8.
    NoText,
    /// Ten thousand lists in each other.
    Nested,
    /// A page of HTML, with status 200.
    Page,
    /// Another host is named, with this status.
    Redirect(u16),
    /// Too many requests; with this `Retry-After`.
    Throttled(&'static str),
    /// The server fails, with this status.
    Failed(u16),
    /// A value of another type.
    OtherType,
    /// A field is missing.
    Dropped,
    /// A value is null.
    Null,
    /// A text of ten million bytes.
    Huge,
    /// A key stands twice.
    Doubled,
    /// Control characters and escapes in a text.
    Hostile,
    /// The answer is about an object of another name.
    OtherObject,
    /// There is always one more page.
    Endless,
}

const RETRY_AFTER: &[&str] = &["0", "1", "3600", "99999999999999999999", "-1", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"];
const REDIRECTS: &[u16] = &[301, 302, 303, 307, 308];
const FAILURES: &[u16] = &[500, 502, 503, 504, 418];

impl Mishap {
    /// Draws one of these sorts.
    pub fn draw(rng: &mut fastrand::Rng, sorts: &[Sort]) -> Self {
        let mut all = Vec::new();
        if sorts.contains(&Sort::Loss) {
            all.extend(Self::losses(rng));
        }
        if sorts.contains(&Sort::Lie) {
            all.extend(Self::lies());
        }
        all.swap_remove(rng.usize(0..all.len()))
    }

    fn losses(rng: &mut fastrand::Rng) -> [Self; 12] {
        let redirect = Self::Redirect(REDIRECTS[rng.usize(0..REDIRECTS.len())]);
        let throttled = Self::Throttled(RETRY_AFTER[rng.usize(0..RETRY_AFTER.len())]);
        let failed = Self::Failed(FAILURES[rng.usize(0..FAILURES.len())]);
        [
            Self::Cut,
            Self::Reset,
            Self::Short,
            Self::Empty,
            Self::Trickle,
            Self::NoText,
            Self::Nested,
            Self::Page,
            redirect,
            throttled,
            failed,
            Self::OtherType,
        ]
    }

    fn lies() -> [Self; 7] {
        [Self::Dropped, Self::Null, Self::Huge, Self::Doubled, Self::Hostile, Self::OtherObject, Self::Endless]
    }
}
