//! From a report to text: pure functions that read no clock, no terminal and no environment.
//!
//! [`render`] is the one way in. [`human`] draws for people, [`short`] says only what is wrong, [`json`] is the document
//! of [`json::v1`], [`yaml`] the same document as YAML; [`markdown`] is for tickets, [`html`] for incident documents, [`junit`]
//! for pipelines. What people read comes from [`outline`]. What a terminal can show comes in as a [`Style`]. Whatever came
//! from a cluster goes through [`escape`] before it is text of ours. A further format is a further file, a variant
//! of [`Format`], and its line in what draws it.

pub mod catalogue;
pub mod escape;
pub mod excerpt;
pub mod explain;
pub mod format;
pub mod html;
pub mod human;
pub mod inventory;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod outline;
pub mod page;
pub mod path;
pub mod short;
pub mod style;
pub mod yaml;

pub use format::{Format, Rendering, Reports, Verbosity, error_document, error_text, render};
pub use style::Style;
