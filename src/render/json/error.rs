//! From an error to the document of v1.

use super::v1;
use crate::error::Error;

impl From<&Error> for v1::Error {
    fn from(error: &Error) -> Self {
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "Error".to_owned(),
            exit_code: error.exit_code().0,
            message: error.message.clone(),
            hint: error.hint.clone(),
        }
    }
}
