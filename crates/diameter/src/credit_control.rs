//! Credit-Control-Request and -Answer (RFC 8506 3) with what 3GPP adds (TS 32.299), as typed values.
//!
//! A server reads [`CreditControlRequest`] and writes [`CreditControlAnswer`]; a client the other way round. Nothing
//! here decides anything about credit.

mod added_avps;
mod advice;
mod answer;
mod request;
mod units;
mod write_request;

use crate::avp::AvpRef;
use crate::error::DecodeError;
pub use added_avps::{ADDED_VALUE_MOST, AddedAvps};
pub use advice::{Advice, AdviceWanted, CHARGED_FOR_SETUP, CHARGED_FOR_USE, Prices, RateElement, Tariff};
pub use answer::{CreditControlAnswer, FinalUnit, RedirectKind, ServiceAnswer};
pub use request::{CreditControlRequest, ServiceRequest, SubscriptionId, SubscriptionKind};
pub use units::{GrantedUnits, Money, Units, UsedUnits};

/// Services (MSCC) in one message; more is refused with 5009.
pub const MAX_SERVICES: usize = 64;
/// Used-Service-Units in one service; more is refused with 5009.
pub const MAX_USED_UNITS: usize = 32;
/// Subscription-Ids in one request; more is refused with 5009.
pub const MAX_SUBSCRIPTION_IDS: usize = 16;
/// Service-Identifiers in one service; more is refused with 5009.
pub const MAX_SERVICE_IDENTIFIERS: usize = 16;

/// CC-Request-Type (RFC 8506 8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestType {
    /// Begins a session.
    Initial,
    /// Reports and asks within a session.
    Update,
    /// Ends a session.
    Termination,
    /// One message, no session.
    Event,
}

impl RequestType {
    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::Initial => 1,
            Self::Update => 2,
            Self::Termination => 3,
            Self::Event => 4,
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// 5014, 5004.
    pub fn read(avp: &AvpRef<'_>) -> Result<Self, DecodeError> {
        Ok(match avp.i32()? {
            1 => Self::Initial,
            2 => Self::Update,
            3 => Self::Termination,
            4 => Self::Event,
            _ => return Err(avp.invalid()),
        })
    }
}

/// Requested-Action of an EVENT request (RFC 8506 8.41).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestedAction {
    /// Charge now.
    DirectDebiting,
    /// Give back.
    RefundAccount,
    /// Is there enough?
    CheckBalance,
    /// What would it cost?
    PriceEnquiry,
}

impl RequestedAction {
    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::DirectDebiting => 0,
            Self::RefundAccount => 1,
            Self::CheckBalance => 2,
            Self::PriceEnquiry => 3,
        }
    }

    fn read(avp: &AvpRef<'_>) -> Result<Self, DecodeError> {
        Ok(match avp.i32()? {
            0 => Self::DirectDebiting,
            1 => Self::RefundAccount,
            2 => Self::CheckBalance,
            3 => Self::PriceEnquiry,
            _ => return Err(avp.invalid()),
        })
    }
}

/// Pushes unless `limit` are there already.
fn push_within<T>(list: &mut Vec<T>, limit: usize, avp: &AvpRef<'_>, value: T) -> Result<(), DecodeError> {
    if list.len() >= limit {
        return Err(avp.too_often());
    }
    if list.is_empty() {
        // Of most there is one; what a vector begins with by itself is room for four.
        list.reserve_exact(1);
    }
    list.push(value);
    Ok(())
}
