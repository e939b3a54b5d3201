//! What to make of AVPs that a reader does not use itself: known ones must fit their type, unknown ones with the M bit are
//! refused with 5001 (RFC 6733 4.1), unless this peer is known to send them.
//!
//! Readers such as [`crate::credit_control::CreditControlRequest::read`] take what they know and hand the rest here, so a
//! message is still walked once.

use crate::avp::AvpRef;
use crate::codes::{AvpId, flags, vendor};
use crate::dictionary::{Dictionary, Kind};
use crate::error::{DecodeError, FailedAvp};
use crate::message::Message;

/// Deviations from the RFCs that were tolerated in one message; callers count them per peer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leniencies(u8);

impl Leniencies {
    /// Auth-Application-Id absent though the command demands it (Kamailio).
    pub const NO_AUTH_APPLICATION: Self = Self(1);
    /// An AVP twice that may come once; the first counts (Kamailio's Origin-Host).
    pub const REPEATED_AVP: Self = Self(1 << 1);
    /// Requested-Action outside EVENT requests; ignored (Open5GS).
    pub const ACTION_OUTSIDE_EVENT: Self = Self(1 << 2);
    /// A service without Rating-Group and Service-Identifier (Open5GS).
    pub const SERVICE_WITHOUT_RATING_GROUP: Self = Self(1 << 3);
    /// Subscription-Id only inside Service-Information.
    pub const SUBSCRIPTION_IN_SERVICE: Self = Self(1 << 4);
    /// An unknown AVP with the M bit that this peer is allowed to send.
    pub const UNKNOWN_MANDATORY: Self = Self(1 << 5);

    /// Every leniency with a name for metrics.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::NO_AUTH_APPLICATION, "no_auth_application"),
        (Self::REPEATED_AVP, "repeated_avp"),
        (Self::ACTION_OUTSIDE_EVENT, "action_outside_event"),
        (Self::SERVICE_WITHOUT_RATING_GROUP, "service_without_rating_group"),
        (Self::SUBSCRIPTION_IN_SERVICE, "subscription_in_service"),
        (Self::UNKNOWN_MANDATORY, "unknown_mandatory"),
    ];

    /// Notes one more.
    pub fn note(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether this one was noted.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the message was by the book.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How strictly one peer's messages are taken.
#[derive(Debug, Clone)]
pub struct Rules<'d> {
    dictionary: &'d Dictionary,
    tolerated: Vec<AvpId>,
    tolerate_all: bool,
}

impl Default for Rules<'static> {
    fn default() -> Self {
        Self::strict(Dictionary::builtin())
    }
}

impl<'d> Rules<'d> {
    /// Every unknown mandatory AVP is refused.
    #[must_use]
    pub const fn strict(dictionary: &'d Dictionary) -> Self {
        Self { dictionary, tolerated: Vec::new(), tolerate_all: false }
    }

    /// Unknown mandatory AVPs are tolerated.
    #[must_use]
    pub const fn lenient(dictionary: &'d Dictionary) -> Self {
        Self { dictionary, tolerated: Vec::new(), tolerate_all: true }
    }

    /// These unknown mandatory AVPs are tolerated, too.
    #[must_use]
    pub fn tolerating(mut self, ids: &[AvpId]) -> Self {
        self.tolerated.extend_from_slice(ids);
        self
    }

    /// Judges an AVP that the reader has no use for, with all its members.
    ///
    /// # Errors
    /// 5001 unknown and mandatory; 5014 or 5004 when the data does not fit the type; 3009 for a Vendor-Id of 0.
    pub fn examine(&self, avp: &AvpRef<'_>, seen: &mut Leniencies) -> Result<(), DecodeError> {
        // RFC 6733 4.1.1: the Vendor-Id field must not be used with the value zero.
        if avp.id.vendor == vendor::IETF && avp.flags & flags::AVP_VENDOR != 0 {
            return Err(DecodeError::AvpBits(FailedAvp::copy(avp)));
        }
        let Some(definition) = self.dictionary.avp(avp.id) else { return self.unknown(avp, seen) };
        match definition.kind {
            Kind::Grouped => {
                for member in avp.group()? {
                    let judged = member.and_then(|member| self.examine(&member, seen));
                    judged.map_err(|error| error.within(avp))?;
                }
            }
            Kind::Address => {
                avp.address()?;
            }
            kind if kind.is_text() => {
                avp.text()?;
            }
            kind => {
                if kind.fixed_octets().is_some_and(|octets| octets != avp.data.len()) {
                    return Err(DecodeError::AvpLength(FailedAvp::copy(avp)));
                }
            }
        }
        Ok(())
    }

    /// Judges a whole message of which nothing is read.
    ///
    /// # Errors
    /// As [`Rules::examine`], and what the walk finds.
    pub fn examine_all(&self, message: &Message<'_>) -> Result<Leniencies, DecodeError> {
        let mut seen = Leniencies::default();
        for avp in message.avps() {
            self.examine(&avp?, &mut seen)?;
        }
        Ok(seen)
    }

    fn unknown(&self, avp: &AvpRef<'_>, seen: &mut Leniencies) -> Result<(), DecodeError> {
        if avp.is_mandatory() {
            if !self.tolerate_all && !self.tolerated.contains(&avp.id) {
                return Err(DecodeError::AvpUnsupported(FailedAvp::copy(avp)));
            }
            seen.note(Leniencies::UNKNOWN_MANDATORY);
        }
        Ok(())
    }
}
