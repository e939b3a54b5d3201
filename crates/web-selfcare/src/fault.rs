//! What went wrong with a request, in words a subscriber can act on; becomes a page in the portal's frame (see [`crate::gate`]).
//!
//! Nothing inner is ever shown: what only the operator's log should know goes there under a reference that the page names.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use charging::Refusal;
use office::OfficeError;

/// Why there is no page.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// The office said no.
    Office(OfficeError),
    /// The form's token is missing, old or forged.
    Form,
    /// A form was larger than allowed.
    Unreadable,
    /// No such page or thing, or it belongs to somebody else.
    Missing,
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

/// Characters of a reference that a person can read out.
const REFERENCE: usize = 8;

impl Fault {
    pub(crate) fn words(&self) -> FaultWords {
        match self {
            Self::Office(error) => office_words(error),
            Self::Form => say(
                StatusCode::FORBIDDEN,
                "This form is out of date",
                "You signed in again meanwhile, or it came from somewhere else. Nothing was changed. Go back, load the page again and send it once more.",
            ),
            Self::Unreadable => say(
                StatusCode::BAD_REQUEST,
                "The form could not be read",
                "It is too large. Nothing was changed.",
            ),
            Self::Missing => missing(),
            Self::Inner(reason) => inner_words(reason),
        }
    }
}

fn say(status: StatusCode, title: &'static str, words: impl Into<String>) -> FaultWords {
    FaultWords { status, title, words: words.into() }
}

/// The same words whether a thing is not there or another's.
fn missing() -> FaultWords {
    say(
        StatusCode::NOT_FOUND,
        "Not found",
        "There is no such page among yours. It may have been an old link.",
    )
}

fn inner_words(reason: &str) -> FaultWords {
    let reference: String = crate::words::random_key().chars().take(REFERENCE).collect();
    tracing::error!(reference, reason, "a self-care page failed");
    say(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong on our side",
        format!("Please try again in a moment. If it stays, tell us the reference {reference}."),
    )
}

/// A refusal of the core as the subscriber reads it.
pub(crate) fn refusal_words(refusal: &Refusal) -> String {
    let words = match refusal {
        Refusal::CustomerSuspended => {
            "Your services are paused because an invoice is overdue. Once it is paid, this works again"
                .to_owned()
        }
        Refusal::CustomerBlocked | Refusal::AccountBlocked => {
            "This service is blocked. Please contact us".to_owned()
        }
        Refusal::CustomerTerminated | Refusal::AccountTerminated => "This contract has ended".to_owned(),
        Refusal::ProductNotAssignable(_) => "You have this already, or it is not offered any more".to_owned(),
        Refusal::UnknownAddOn => "You do not have this add-on any more".to_owned(),
        Refusal::ResellerStopped(_) => {
            "Your services are paused for now. Your own bills are not the reason. Please contact us"
                .to_owned()
        }
        Refusal::InsufficientFunds { .. } => "There is not enough money left for this".to_owned(),
        Refusal::SpendingCapReached => {
            "The most you may spend in a day is reached. Tomorrow this works again".to_owned()
        }
        Refusal::AddOnConflict(clash) => format!("This does not go with what you have: {clash}"),
        other => crate::words::capital(&other.to_string()),
    };
    format!("{words} ({})", refusal.code())
}

fn office_words(error: &OfficeError) -> FaultWords {
    let unchanged = |words: &str| format!("{} Nothing was changed.", crate::words::sentence(words));
    let refused = "This could not be done";
    match error {
        OfficeError::NotFound { .. } => missing(),
        OfficeError::Denied(words) => say(StatusCode::FORBIDDEN, refused, unchanged(words)),
        OfficeError::Refused(refusal) => {
            say(StatusCode::CONFLICT, refused, unchanged(&refusal_words(refusal)))
        }
        OfficeError::Conflict(words) => say(StatusCode::CONFLICT, refused, unchanged(words)),
        OfficeError::Invalid(_) => {
            say(StatusCode::UNPROCESSABLE_ENTITY, "Something is not right yet", unchanged(&error.to_string()))
        }
        OfficeError::Busy => say(
            StatusCode::SERVICE_UNAVAILABLE,
            "Too much to do right now",
            "Nothing was changed. Please try again in a moment.",
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
