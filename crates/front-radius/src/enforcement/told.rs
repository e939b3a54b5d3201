//! What a request's end means for its session: go on with the next kind of request, try again later, or be content.

use crate::nas_client::Ended;
use radius::dynamic_client::Outcome;
use radius::{CauseKind, ErrorCause};
use std::time::Duration;

/// Tries of one request before the next kind of request.
const TRIES_MOST: u32 = 3;
/// Waits before the second and third try.
const PAUSES: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(60)];

/// What follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// The device has it.
    Content,
    /// The device has no such session.
    NoSession,
    /// The same again after this.
    Again(Duration),
    /// Another kind of request.
    Other,
}

/// Decides after the `tries`th try.
pub(crate) fn next(outcome: Outcome, tries: u32) -> Next {
    let later = || match usize::try_from(tries.saturating_sub(1)).ok().and_then(|at| PAUSES.get(at)) {
        Some(pause) if tries < TRIES_MOST => Next::Again(*pause),
        _ => Next::Other,
    };
    match outcome {
        Outcome::Done => Next::Content,
        Outcome::NoAnswer => later(),
        Outcome::Refused(Some(cause)) => match cause.kind() {
            CauseKind::SessionGone => Next::NoSession,
            CauseKind::WillAsk => Next::Content,
            CauseKind::Later => later(),
            CauseKind::Unable | CauseKind::Misconfigured => Next::Other,
        },
        Outcome::Refused(None) | Outcome::NotMade(_) => Next::Other,
    }
}

/// In words for timelines and logs.
pub(crate) fn words(ended: &Ended) -> String {
    match ended.outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Refused(Some(cause)) => format!("refused: {cause}"),
        Outcome::Refused(None) => "refused".to_owned(),
        Outcome::NoAnswer => "no answer".to_owned(),
        Outcome::NotMade(error) => format!("not sent: {error}"),
    }
}

/// The label of counters.
pub(crate) const fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "ack",
        Outcome::Refused(Some(ErrorCause::SESSION_NOT_FOUND)) => "no_session",
        Outcome::Refused(_) => "nak",
        Outcome::NoAnswer => "no_answer",
        Outcome::NotMade(_) => "not_made",
    }
}

#[cfg(test)]
mod tests;
