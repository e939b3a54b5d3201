//! What went wrong with a request, in words a person can act on; becomes a page in the portal's frame (see [`crate::gate`]).
//!
//! Nothing inner is ever shown: what only the operator's log should know goes there under a reference that the page names.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use office::OfficeError;

/// Why there is no page.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The office said no.
    Office(OfficeError),
    /// The form's token is missing, old or forged.
    Form,
    /// A form or file was larger than allowed, or not a form at all.
    Unreadable(&'static str),
    /// No such page or thing.
    Missing(String),
    /// The role does not allow it.
    Role(&'static str),
    /// Something inner broke; the words go to the log only.
    Inner(String),
}

/// A fault as the gate shows it.
#[derive(Debug, Clone)]
pub(crate) struct FaultWords {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) words: String,
}

impl From<OfficeError> for Fault {
    fn from(error: OfficeError) -> Self {
        Self::Office(error)
    }
}

/// Shown and logged, so that a person's report finds the log line.
fn reference() -> String {
    crate::words::random_key().chars().take(8).collect()
}

impl Fault {
    pub(crate) fn words(&self) -> FaultWords {
        let say = |status, title, words: String| FaultWords { status, title, words };
        match self {
            Self::Office(error) => office_words(error),
            Self::Form => say(
                StatusCode::FORBIDDEN,
                "This form is out of date",
                "It was not made for this session, or you signed in again meanwhile. Nothing was changed. Go back, load the page again and send it once more."
                    .to_owned(),
            ),
            Self::Unreadable(words) => {
                say(StatusCode::BAD_REQUEST, "The form could not be read", format!("{words} Nothing was changed."))
            }
            Self::Missing(words) => say(StatusCode::NOT_FOUND, "Not found", words.clone()),
            Self::Role(words) => say(StatusCode::FORBIDDEN, "Your role does not allow this", (*words).to_owned()),
            Self::Inner(reason) => inner_words(reason),
        }
    }
}

fn inner_words(reason: &str) -> FaultWords {
    let reference = reference();
    tracing::error!(reference, reason, "a staff page failed");
    FaultWords {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "Something went wrong on our side",
        words: format!(
            "It was written to the log under the reference {reference}. Try again; if it stays, give the reference to whoever runs this installation."
        ),
    }
}

fn office_words(error: &OfficeError) -> FaultWords {
    let say = |status, title, words: String| FaultWords { status, title, words };
    let coded =
        |words: &str| format!("{} ({}). Nothing was changed.", crate::words::capital(words), error.code());
    match error {
        OfficeError::NotFound { .. } => {
            say(StatusCode::NOT_FOUND, "Not found", format!("{}.", crate::words::capital(&error.to_string())))
        }
        OfficeError::Denied(words) => {
            say(StatusCode::FORBIDDEN, "Your role does not allow this", coded(words))
        }
        OfficeError::Refused(refusal) => {
            say(StatusCode::CONFLICT, "This was refused", coded(&refusal.to_string()))
        }
        OfficeError::Conflict(words) => say(StatusCode::CONFLICT, "This was refused", coded(words)),
        OfficeError::Invalid(_) => {
            say(StatusCode::UNPROCESSABLE_ENTITY, "Something is not right yet", coded(&error.to_string()))
        }
        OfficeError::Busy => say(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too much to do right now",
            "The system is busy. Nothing was changed; try again in a moment.".to_owned(),
        ),
        OfficeError::Store(reason) => inner_words(reason),
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let words = self.words();
        let mut response = (words.status, words.words.clone()).into_response();
        response.extensions_mut().insert(words);
        response
    }
}
