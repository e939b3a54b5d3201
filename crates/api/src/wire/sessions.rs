//! Open sessions and what they count.

use crate::wire::{Id, Money, Time, units, word};
use ::money::Currency;
use charging::{CustomerId, Session};
use office::MeterRow;
use serde::Serialize;
use utoipa::ToSchema;

/// Use of one service in a session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeterBody {
    /// Service code.
    pub service: String,
    /// What people read.
    pub name: String,
    /// `second`, `octet`, `message`, `event` or `money` (millionths).
    pub unit: String,
    /// Rating group, where the gateway names one.
    pub rating_group: Option<u32>,
    /// Number, APN or item.
    pub destination: String,
    /// What was dialled, where dialing rules changed it to the destination; null otherwise.
    pub dialled: Option<String>,
    /// Units used so far, as decimal text.
    pub used: Id,
    /// Units granted and not yet reported, as decimal text.
    pub granted: Id,
    /// Money locked.
    pub reserved: Money,
}

/// An open session.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// Id, for ending it.
    pub id: String,
    /// The session as its protocol names it.
    pub session: String,
    /// `RADIUS` or `Diameter`.
    pub protocol: String,
    /// Whose.
    pub customer: Id,
    /// Who uses.
    pub account: Id,
    /// The account's label.
    pub account_label: String,
    /// Identifier by which the account was found.
    pub identifier: String,
    /// Node that reports.
    pub node: String,
    /// First request.
    pub started_at: Time,
    /// Last request.
    pub last_at: Time,
    /// Ended by us when nothing is heard until then.
    pub expires_at: Time,
    /// Framed address, APN and the like.
    pub details: String,
    /// Money locked by this session.
    pub reserved: Money,
    /// What it counts.
    pub meters: Vec<MeterBody>,
}

impl SessionBody {
    pub(crate) fn of(
        customer: CustomerId,
        account_label: String,
        session: &Session,
        meters: Vec<MeterRow>,
        currency: Currency,
    ) -> Self {
        let reserved =
            meters.iter().fold(::money::Amount::ZERO, |sum, meter| sum.saturating_plus(meter.reserved));
        let meter = |meter: MeterRow| MeterBody {
            unit: word(&meter.service.unit),
            service: meter.service.code,
            name: meter.service.name,
            rating_group: meter.rating_group,
            destination: meter.destination,
            dialled: meter.dialled,
            used: units(meter.used),
            granted: units(meter.granted),
            reserved: Money::of(meter.reserved, currency),
        };
        Self {
            id: office::session_name(&session.key),
            session: session.key.shown(),
            protocol: session.key.protocol().to_owned(),
            customer: customer.into(),
            account: session.account.into(),
            account_label,
            identifier: session.identifier.to_string(),
            node: session.node.to_string(),
            started_at: session.started_at.into(),
            last_at: session.last_at.into(),
            expires_at: session.expires_at.into(),
            details: session.details.to_string(),
            reserved: Money::of(reserved, currency),
            meters: meters.into_iter().map(meter).collect(),
        }
    }
}
