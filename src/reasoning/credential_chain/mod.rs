//! Which credentials the SDK in a container takes: every source that can be seen, and the winner for each SDK.
//!
//! It is separate from the checks because it states what happens, not whether that is wrong. [`setting`] reads what a
//! container sets, [`rules`] walks through the sources as one SDK does, [`measured`] knows which of its answers were seen
//! to happen with a real SDK. Files inside the image are not seen, and values of Secrets and ConfigMaps are not read:
//! where one of them decides, the winner is unknown and never guessed.

pub mod chain;
pub mod rules;
pub mod sdk;
pub mod setting;

pub use chain::{CredentialChain, CredentialSource, SeenSource, SeenState, Winner};
pub use rules::{Outcome, Token};
pub use sdk::{Sdk, Step};
pub use setting::{Setting, Settings};
