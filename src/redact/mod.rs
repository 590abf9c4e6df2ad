//! Other names: what `--redact` makes of a report, and of the evidence that is saved beside it.
//!
//! It is separate from judging because nothing may be judged otherwise: the true evidence is, and what was found is told
//! in other names. [`gather`] makes one table of the names of a run, by the fields they stand in; [`report`] and
//! [`evidence`] replace with that table, so that the same name is the same stand-in everywhere. Words of Kubernetes, AWS
//! and this tool stay, in [`words`]: checks compare with them, and they tell nothing of anybody. Stand-ins keep the form
//! that checks read in a name, so that the saved evidence comes to the same verdict. Regions, times, versions, tags of
//! images, private addresses and certificates stay too.

pub mod evidence;
pub mod gather;
pub mod pattern;
pub mod redactor;
pub mod report;
pub mod table;
pub mod token;

pub use redactor::Redactor;
pub use table::Level;
