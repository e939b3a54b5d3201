//! Why a log-in was refused, in words that profiles turn into codes of their devices (`[refusal_codes]`): prepaid equipment reads out
//! what is wrong. What was wrong with name or password is one and the same word: who guesses card numbers must not learn which of them
//! there are. Must not know: attributes.

use charging::Refusal;
use radius::{Packet, number};

/// The name under which templates of `[[reject]]` find the code.
pub(crate) const REFUSAL_CODE: &str = "refusal_code";

/// The words, as profiles write them.
pub(crate) const WORDS: [&str; 9] =
    ["credentials", "no_funds", "too_little", "no_quota", "cap", "denied", "ended", "number", "service"];

/// A kind of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Nobody has this name, or the password is another one.
    Credentials,
    /// No money is left.
    NoFunds,
    /// Not enough for what is asked.
    TooLittle,
    /// Units are used up, and nothing may pay for more.
    NoQuota,
    /// The day's spending cap is reached.
    Cap,
    /// Blocked or suspended.
    Denied,
    /// The account has ended.
    Ended,
    /// Not sold, or forbidden.
    NotAllowed,
    /// Nothing that a user could be told.
    Other,
}

impl Reason {
    /// Of charging's refusal.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::InsufficientFunds { available, .. } if !available.is_positive() => Self::NoFunds,
            Refusal::InsufficientFunds { .. } => Self::TooLittle,
            Refusal::QuotaUsedUp => Self::NoQuota,
            Refusal::SpendingCapReached => Self::Cap,
            Refusal::CustomerBlocked
            | Refusal::AccountBlocked
            | Refusal::CustomerSuspended
            | Refusal::ResellerStopped(_) => Self::Denied,
            Refusal::CustomerTerminated | Refusal::AccountTerminated => Self::Ended,
            Refusal::UnknownCustomer | Refusal::UnknownAccount => Self::Credentials,
            Refusal::NotAllowed => Self::NotAllowed,
            _ => Self::Other,
        }
    }

    /// The word for the refusal of a request; empty where there is none.
    pub fn word(self, request: &Packet<'_>) -> &'static str {
        let to_number = || request.first(number::CALLED_STATION_ID).is_some_and(|called| !called.is_empty());
        match self {
            Self::Credentials => "credentials",
            Self::NoFunds => "no_funds",
            Self::TooLittle => "too_little",
            Self::NoQuota => "no_quota",
            Self::Cap => "cap",
            Self::Denied => "denied",
            Self::Ended => "ended",
            Self::NotAllowed if to_number() => "number",
            Self::NotAllowed => "service",
            Self::Other => "",
        }
    }
}
