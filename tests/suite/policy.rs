//! The trust policy evaluator: tables of documented behaviour, laws that hold for any document, questions and edits.

mod documents;
mod edits;
mod laws;
mod operators;
mod policies;
mod questions;
mod requests;
mod second;
