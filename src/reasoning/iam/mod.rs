//! IAM trust policies: read, evaluated against the request that AWS will see, explained, and edited without loss.
//!
//! Pure: a document and a request go in, a [`Decision`](evaluate::Decision) and the clauses that decide come out. Logic
//! is three-valued throughout: what cannot be read or cannot be known is *undecidable*, with the clause and the reason
//! named, never a guess. Rules come from the IAM user guide; the page is named where a rule is stated.
//!
//! `document` and `reader` read, `request` and `calls` say what is asked, `principals`, `conditions`, `operators` and
//! `variables` compare, `evaluate` decides, `questions` answers what checks ask, `edit` changes a document without loss, `fix` finds the smallest change that lets one caller in, `position` finds a place in a text.

pub mod addresses;
pub mod calls;
pub mod clause;
pub mod conditions;
pub mod dates;
pub mod document;
pub mod duplicates;
pub mod edit;
pub mod evaluate;
pub mod fix;
pub mod operators;
pub mod pattern;
pub mod place;
pub mod position;
pub mod principals;
pub mod questions;
mod reader;
pub mod request;
pub mod statement;
pub mod three_valued;
pub mod variables;

pub use calls::{PodIdentityCall, TargetRoleCall, WebIdentityCall};
pub use clause::{Actual, Clause, Element};
pub use document::{Document, NotAPolicy};
pub use evaluate::{Decision, Denial, Evaluation, Outcome, StatementVerdict, evaluate};
pub use questions::{Naming, Trusted};
pub use request::{ContextValue, Request, RequestContext, RequestPrincipal};
pub use statement::{Effect, PrincipalKind, Statement};
