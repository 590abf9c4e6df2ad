//! Where the cluster is and as whom it is asked, read as kubectl reads it.
//!
//! The rules are client-go's `clientcmd` (release 1.34). Where kube's own reader follows other rules, the step is done
//! here: an empty `current-context`, missing files in a list, duplicate names, which login wins, proxies of the
//! environment. Two deviations are meant: kubectl falls back to `http://localhost:8080` where nothing names a server, and
//! this plugin says so instead; and it repeats no error of a kubeconfig with more than the place of the error, because
//! the text around it may be a token.
//!
//! [`file`] reads and merges, [`choice`] picks context, cluster and user and lays the flags over them, [`server`] and
//! [`login`] turn them into what a connection needs, and
//! [`connection`] puts it all together.

pub mod choice;
pub mod connection;
pub mod file;
pub mod login;

pub use connection::{Connection, Surroundings};
pub use login::bearer;
