//! Messages between customers, delivered as decision 0007 says: at least once, from what is durable, until they are taken.
//!
//! Sent out of order and twice as often as not. Must not know: what a level is charged.

use crate::cast::Cast;
use crate::dice::Dice;
use crate::history::{Entry, History};
use crate::violation::{Checked, Promise};
use charging::{
    Charged, Command, CustomerId, Envelope, EventKind, Message, Refusal, Relay, Reply, RowId, XdrKind,
};
use std::collections::BTreeMap;

struct Posted {
    relay: Relay,
    taken: bool,
    waits: bool,
}

/// All messages of durable changes.
#[derive(Default)]
pub struct Outbox {
    posted: Vec<Posted>,
}

impl Outbox {
    /// A change became durable, and with it what it tells others; a reseller's standing goes to everybody below him.
    pub fn post(&mut self, entry: &Entry, cast: &Cast) {
        let mut put = |relay| self.posted.push(Posted { relay, taken: false, waits: false });
        entry.relays.iter().cloned().for_each(&mut put);
        let announced = |kind| matches!(kind, EventKind::ResellerStopped | EventKind::ResellerServing);
        if entry.events.iter().any(|event| announced(event.kind)) {
            let head = &entry.state.head;
            cast.below(head.id).into_iter().filter_map(|below| head.standing(below)).for_each(put);
        }
    }

    /// A message that was not taken yet, mostly the oldest: its place and its envelope.
    pub fn next(&mut self, history: &History, dice: &mut Dice) -> Option<(usize, Envelope)> {
        let open = |(_, posted): &(usize, &Posted)| !posted.taken && !posted.waits;
        let places: Vec<usize> =
            self.posted.iter().enumerate().filter(open).map(|(place, _)| place).take(8).collect();
        let place = if dice.chance(600) { *places.first()? } else { *dice.pick(&places)? };
        let posted = self.posted.get_mut(place)?;
        posted.waits = true;
        let relay = posted.relay.clone();
        let charged = match &relay.message {
            Message::Refund { xdr, .. } => charge_of(history, relay.to, *xdr),
            _ => None,
        };
        let (customer, relay) = (relay.to, Box::new(relay));
        Some((place, Envelope { customer, key: None, command: Command::Receive { relay, charged } }))
    }

    /// The receiver's answer; without one (`None`) the message is sent again.
    pub fn answered(&mut self, place: usize, reply: Option<&Reply>) -> Checked {
        let Some(posted) = self.posted.get_mut(place) else { return Ok(()) };
        posted.waits = false;
        match reply {
            Some(Reply::Done(_)) => posted.taken = true,
            None | Some(Reply::Refused(Refusal::OutOfOrder)) => {}
            Some(other) => {
                return Err(Promise::Levels.broken(format!("{:?} was answered {other:?}", posted.relay)));
            }
        }
        Ok(())
    }

    /// Everything was taken.
    pub fn is_empty(&self) -> bool {
        self.posted.iter().all(|posted| posted.taken)
    }
}

/// A reseller's own charge for a charge below.
fn charge_of(history: &History, reseller: CustomerId, below: RowId) -> Option<Charged> {
    let reference = below.to_string();
    let mut xdrs = history.line(reseller)?.entries().iter().flat_map(|entry| &entry.xdrs);
    let found =
        xdrs.find(|xdr| xdr.kind == XdrKind::Wholesale && xdr.reference.as_deref() == Some(&*reference));
    found.map(Charged::from)
}

/// Once all messages were taken, every level has charged every use below it once, in its order, and everybody has heard how his
/// reseller stands.
pub fn levels_agree(cast: &Cast, history: &History) -> Checked {
    for reseller in [cast.middle, cast.top] {
        let entries = |of| history.line(of).map(|line| line.entries()).unwrap_or_default();
        let mut charged: BTreeMap<CustomerId, Vec<String>> = BTreeMap::new();
        let wholesale = entries(reseller).iter().flat_map(|entry| &entry.xdrs);
        for xdr in wholesale.filter(|xdr| xdr.kind == XdrKind::Wholesale) {
            let Some(reference) = &xdr.reference else { continue };
            let from = reference.parse().ok().and_then(|row| RowId(row).customer());
            charged.entry(from.unwrap_or(CustomerId(0))).or_default().push(reference.clone());
        }
        for below in cast.below(reseller) {
            let passed = |kind| matches!(kind, XdrKind::Session | XdrKind::Event | XdrKind::Wholesale);
            let used = entries(below).iter().flat_map(|entry| &entry.xdrs);
            let used: Vec<String> =
                used.filter(|xdr| passed(xdr.kind) && xdr.units > 0).map(|xdr| xdr.id.to_string()).collect();
            let charged = charged.remove(&below).unwrap_or_default();
            Promise::Levels.holds(used == charged, || {
                format!("{below} used {used:?}, his reseller {reseller} was charged for {charged:?}")
            })?;
            let told = |id| history.state(id).and_then(|state| state.head.chain.clone()).unwrap_or_default();
            let standing = told(reseller).resale.and_then(|resale| resale.stopped);
            Promise::Levels.holds(told(below).stopped() == standing, || {
                format!("{reseller} stands at {standing:?}, {below} has not heard of it")
            })?;
        }
        Promise::Levels.holds(charged.is_empty(), || format!("{reseller} was charged for {charged:?}"))?;
    }
    Ok(())
}
