//! What a step that only counts changes: a few numbers of the session, and two of its customer's head with it. All else of both rows
//! is as it was written last, so this small row is written instead of them.

use super::answers::{self, Answers};
use crate::octets::Behind;
use crate::{Head, PlanUse, Session};
use calendar::Instant;
use money::Amount;
use serde::Deserialize;

/// The numbers, as they are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Counts {
    /// [`Head::seq`].
    pub seq: u64,
    /// What the customer's purse has locked.
    pub reserved: Amount,
    /// [`Session::last_at`].
    pub last_at: Instant,
    /// [`Session::expires_at`].
    pub expires_at: Instant,
    #[serde(deserialize_with = "answers::before")]
    answered: Answers,
    meters: Vec<MeterCounts>,
}

/// What counting changes of one meter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct MeterCounts {
    counted_at: Instant,
    used: u64,
    granted: u64,
    plans: Option<Box<PlanUse>>,
    reserved: Amount,
}

impl Counts {
    /// Writes those of a session of this customer as they are now, behind what is there. Each number has eight octets, the lowest first
    /// (nearly every commit consists of these rows): seq, reserved, last, expires; how many meters; of each counted, used, granted,
    /// reserved, the length of its plans and these in postcard; the answers up to the end.
    pub fn write(head: &Head, session: &Session, to: &mut Vec<u8>) {
        to.reserve(session.meters.len() * METER_USUAL + session.answered.octets_most() + HEAD_OCTETS);
        let (seq, reserved) = (head.seq.to_le_bytes(), head.purse.reserved.micros().to_le_bytes());
        let [last, expires] = [session.last_at, session.expires_at].map(|at| at.as_micros().to_le_bytes());
        put([seq, reserved, last, expires], to);
        to.extend_from_slice(&length(session.meters.len()));
        for meter in &session.meters {
            let at = meter.counted_at.as_micros().to_le_bytes();
            let [used, granted] = [meter.used, meter.granted].map(u64::to_le_bytes);
            put([at, used, granted, meter.reserved.micros().to_le_bytes()], to);
            let start = to.len();
            to.extend_from_slice(&length(0));
            if let Some(plans) = &meter.plans {
                // postcard fails only for types without a known length, of which there are none here.
                let _ = postcard::serialize_with_flavor(&**plans, Behind(to));
                let written = length(to.len().saturating_sub(start + LENGTH_OCTETS));
                if let Some(place) = to.get_mut(start..start + LENGTH_OCTETS) {
                    place.copy_from_slice(&written);
                }
            }
        }
        session.answered.write(to);
    }

    /// Reads what [`Counts::write`] wrote; `None` when that it is not.
    pub fn read(octets: &[u8]) -> Option<Self> {
        Self::read_by(octets, Answers::read)
    }

    /// Reads what it wrote in row encoding 6, which had answers in another form.
    pub fn read_before(octets: &[u8]) -> Option<Self> {
        Self::read_by(octets, Answers::read_before)
    }

    fn read_by(octets: &[u8], answers: impl FnOnce(&[u8]) -> Option<Answers>) -> Option<Self> {
        let mut rest = octets;
        let seq = u64::from_le_bytes(take(&mut rest)?);
        let reserved = amount(&mut rest)?;
        let (last_at, expires_at) = (instant(&mut rest)?, instant(&mut rest)?);
        let mut meters = Vec::new();
        for _ in 0..u32::from_le_bytes(take(&mut rest)?) {
            let counted_at = instant(&mut rest)?;
            let (used, granted) =
                (u64::from_le_bytes(take(&mut rest)?), u64::from_le_bytes(take(&mut rest)?));
            let reserved = amount(&mut rest)?;
            let length = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
            let (plans, behind) = rest.split_at_checked(length)?;
            rest = behind;
            let plans = if plans.is_empty() { None } else { Some(postcard::from_bytes(plans).ok()?) };
            meters.push(MeterCounts { counted_at, used, granted, plans, reserved });
        }
        let answered = answers(rest)?;
        Some(Self { seq, reserved, last_at, expires_at, answered, meters })
    }

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

/// Octets in front of the meters.
const HEAD_OCTETS: usize = 4 * 8 + LENGTH_OCTETS;
/// Octets of a meter without plans.
const METER_USUAL: usize = 4 * 8 + LENGTH_OCTETS;
/// Octets of a length or count.
const LENGTH_OCTETS: usize = 4;

fn put<const N: usize>(numbers: [[u8; 8]; N], to: &mut Vec<u8>) {
    to.extend_from_slice(numbers.as_flattened());
}

fn length(of: usize) -> [u8; LENGTH_OCTETS] {
    // States are bounded far below 4 GB.
    u32::try_from(of).unwrap_or(u32::MAX).to_le_bytes()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(*taken)
}

fn amount(rest: &mut &[u8]) -> Option<Amount> {
    take(rest).map(|octets| Amount::from_micros(i64::from_le_bytes(octets)))
}

fn instant(rest: &mut &[u8]) -> Option<Instant> {
    take(rest).map(|octets| Instant::from_micros(i64::from_le_bytes(octets)))
}
