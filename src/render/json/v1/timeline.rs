//! The moments of a diagnosis, and the spans between them.

use serde::Serialize;

document! {
    /// One moment of the timeline.
    struct Moment {
        /// When, by the clock of its source.
        time: String,
        /// What: `podCreated`, `associationCreated`, ….
        event: String,
        /// The name of the object that it happened to.
        object: String,
        /// The call that told it.
        source: String,
        /// The field of its answer.
        field: String,
    }

    /// The span between two moments of the timeline.
    struct Interval {
        /// The earlier moment: `podCreated`, ….
        from: String,
        /// The later moment.
        to: String,
        /// How long it is.
        seconds: i64,
    }
}
