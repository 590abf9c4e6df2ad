//! The log that an Auto Mode node keeps of its agent: by the kubelet's log query, else by a `NodeDiagnostic` that is made, waited
//! for, fetched and deleted again.

mod archive;
mod diagnostic;
mod look;

pub use diagnostic::DIAGNOSTICS;
pub use look::{Turns, ask};
