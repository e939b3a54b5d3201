//! Messages from one customer's commit to another customer: between a reseller and those he serves.
//!
//! A message is a row of the commit that caused it ([`crate::Effects::relays`]), so it is neither lost nor sent for something
//! that did not happen. The shell delivers it at least once, and in the order of their rows between the same two customers, as
//! [`crate::Command::Receive`]. Upward messages name the one before (`previous`): the receiver takes each once and exactly in
//! order, and keeps one number per customer below him. Downward there is one message, the reseller's standing; the newest wins.

use crate::apply::{Decision, Work};
use crate::{
    Charged, Customer, CustomerId, Head, LevelCharge, Refusal, Reply, ResellerStop, RowId, refund, reseller,
};
use calendar::Seconds;
use money::Amount;
use serde::{Deserialize, Serialize};

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// The sender's row that caused it (for a charge, his xDR): its key.
    pub id: RowId,
    /// For whom.
    pub to: CustomerId,
    /// Row counter of the sender's message before this one to the same reseller; 0 = none.
    pub previous: u32,
    /// What it says.
    pub message: Message,
}

/// What customers and resellers tell each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Message {
    /// To the reseller: I am served by you from now on; tell me how you stand.
    Join,
    /// To the reseller: this was used, charge it at your level.
    Charge(Box<LevelCharge>),
    /// To the reseller: so much of the charge for `xdr` was given back.
    Refund {
        /// The sender's xDR.
        xdr: RowId,
        /// Given back of it in all.
        returned: Amount,
        /// What it was.
        charged: Amount,
    },
    /// To the customers: why the reseller may not serve, if so.
    Standing(Option<ResellerStop>),
}

impl Relay {
    /// Who sends it; `None` for a row that is nobody's.
    pub fn from(&self) -> Option<CustomerId> {
        self.id.customer()
    }
}

/// Numbers taken from those below are kept for good.
const FOR_GOOD: Seconds = Seconds(u64::MAX);

/// Sends a message to the reseller above, if there is one.
pub(crate) fn send_up(work: &mut Work<'_>, head: &mut Head, id: RowId, message: Message) {
    let Some(parent) = head.chain.as_mut().and_then(|chain| chain.parent.as_mut()) else { return };
    let previous = std::mem::replace(&mut parent.relayed, id.counter());
    work.effects.relays.push(Relay { id, to: parent.id, previous, message });
    work.effects.changes.head = true;
}

/// Sends a refund to whoever was charged for `of`: the reseller of now, and those of before who heard of charges as late as this
/// one. Who was not charged for it gives nothing back.
pub(crate) fn send_to_charged(work: &mut Work<'_>, head: &mut Head, of: RowId, id: RowId, message: Message) {
    let Some(chain) = head.chain.as_mut() else { return };
    let now = chain.parent.map(|parent| parent.id);
    let former = chain.former.iter_mut();
    for (to, relayed) in former.filter(|(to, last)| Some(*to) != now && *last >= of.counter()) {
        let previous = std::mem::replace(relayed, id.counter());
        work.effects.relays.push(Relay { id, to: *to, previous, message: message.clone() });
        work.effects.changes.head = true;
    }
    send_up(work, head, id, message);
}

/// Takes a message, once.
pub(crate) fn receive(
    work: &mut Work<'_>,
    customer: &mut Customer,
    relay: &Relay,
    charged: Option<&Charged>,
) -> Decision {
    let from = relay.from().filter(|_| relay.to == customer.head.id).ok_or(Refusal::UnknownCustomer)?;
    if let Message::Standing(stopped) = relay.message {
        reseller::hear(work, &mut customer.head, from, relay.id, stopped);
        return Ok(Reply::Done(None));
    }
    if customer.head.chain.as_ref().is_none_or(|chain| chain.resale.is_none()) {
        return Err(Refusal::NotReseller.into());
    }
    let key: crate::RequestKey = format!("relay:{from}").into();
    let last = customer.applied.get(&key).map_or(0, |applied| applied.fingerprint);
    if u64::from(relay.id.counter()) <= last {
        return Ok(Reply::Done(None));
    }
    if u64::from(relay.previous) != last {
        return Err(Refusal::OutOfOrder.into());
    }
    match &relay.message {
        Message::Join => reseller::welcome(work, &mut customer.head, from),
        Message::Charge(level) => reseller::charge(work, &mut customer.head, relay.id, level)?,
        Message::Refund { returned, charged: whole, .. } => {
            if let Some(own) = charged {
                refund::of_level(work, customer, own, *returned, *whole)?;
            }
        }
        Message::Standing(_) => {}
    }
    work.remember(customer, key, u64::from(relay.id.counter()), Reply::Done(None), FOR_GOOD);
    Ok(Reply::Done(None))
}
