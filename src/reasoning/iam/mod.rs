//! IAM trust policies: read, evaluated against the request that AWS will see, explained, and edited without loss.
//!
//! Pure: a document and a request go in, a [`Decision`](evaluate::Decision) and the clauses that decide come out. Logic
//! is three-valued throughout: what cannot be read or cannot be known is *undecidable*, with the clause and the reason
//! named, never a guess. Rules come from the IAM user guide; the page is named where a rule is stated.
//!
//! `document` and `reader` read, `request` and `calls` say what is asked, `principals`, `conditions`, `operators` and
//! `variables` compare, `evaluate` decides, `questions` answers what checks ask, `edit` changes a document without loss, `fix` finds the smallest change that lets one caller in, `position` finds a place in a text.

pub mod calls;
pub mod document;
pub mod edit;
pub mod evaluate;
pub mod operators;
pub mod place;
pub mod questions;
pub mod reader;
pub mod request;
pub mod statement;
pub mod values;

pub use calls::{PodIdentityCall, TargetRoleCall, WebIdentityCall};
pub use document::{Document, NotAPolicy};
pub use evaluate::{Decision, Denial, Evaluation, Outcome, StatementVerdict, evaluate};
pub use questions::{Naming, Trusted};
pub use request::{ContextValue, Request, RequestContext, RequestPrincipal};
pub use statement::{Actual, Clause, Effect, Element, PrincipalKind, Statement};
