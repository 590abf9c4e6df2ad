//! JUnit's XML, for pipelines: a suite for each target, a test case for each check.
//!
//! It agrees with the exit code. What is wrong is a failure; a warning is one only where the run fails anyway. What had to
//! be known and is not is an error. What was not judged is skipped. The shape is the one that Jenkins, GitLab and GitHub's
//! readers share.

pub mod report;

pub use report::{draw, error};
