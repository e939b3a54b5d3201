//! What a step that only counts changes: a few numbers of the session, and two of its customer's head with it. All else of both rows
//! is as it was written last, so this small row is written instead of them.

use super::answers::Answers;
use crate::{Head, Meter, PlanUse, Session};
use calendar::Instant;
use money::Amount;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

/// The numbers; borrowed for writing, owned when read. Fields are only ever added behind the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts<A = Answers, M = Vec<MeterCounts>> {
    /// [`Head::seq`].
    pub seq: u64,
    /// What the customer's purse has locked.
    pub reserved: Amount,
    /// [`Session::last_at`].
    pub last_at: Instant,
    /// [`Session::expires_at`].
    pub expires_at: Instant,
    answered: A,
    meters: M,
}

/// What counting changes of one meter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeterCounts<P = Option<Box<PlanUse>>> {
    counted_at: Instant,
    used: u64,
    granted: u64,
    plans: P,
    reserved: Amount,
}

/// The meters of a session, of which only the counts are written.
#[derive(Debug)]
pub struct Counted<'a>(&'a [Meter]);

impl Serialize for Counted<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.0.len()))?;
        for Meter { counted_at, used, granted, plans, reserved, .. } in self.0 {
            let (counted_at, used, granted, reserved) = (*counted_at, *used, *granted, *reserved);
            list.serialize_element(&MeterCounts { counted_at, used, granted, plans, reserved })?;
        }
        list.end()
    }
}

impl<'a> Counts<&'a Answers, Counted<'a>> {
    /// Those of a session of this customer as they are now.
    pub fn of(head: &Head, session: &'a Session) -> Self {
        Self {
            seq: head.seq,
            reserved: head.purse.reserved,
            last_at: session.last_at,
            expires_at: session.expires_at,
            answered: &session.answered,
            meters: Counted(&session.meters),
        }
    }
}

impl Counts {
    /// Brings a session up to these numbers; `false` when they are not those of this session.
    #[must_use]
    pub fn bring_up(self, session: &mut Session) -> bool {
        let fits = session.meters.len() == self.meters.len();
        for (meter, counts) in session.meters.iter_mut().zip(self.meters) {
            let MeterCounts { counted_at, used, granted, plans, reserved } = counts;
            (meter.counted_at, meter.used, meter.granted) = (counted_at, used, granted);
            (meter.plans, meter.reserved) = (plans, reserved);
        }
        (session.last_at, session.expires_at, session.answered) =
            (self.last_at, self.expires_at, self.answered);
        fits
    }
}
