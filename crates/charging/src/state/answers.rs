//! The last answers of a session, for re-sent requests: kept as octets, since they are written at each step and read almost never.
//!
//! One answer is: the request's name (8 octets), the length of the rest (4), the reply in postcard.

use crate::Reply;
use crate::octets::Behind;
use serde::Deserialize;

/// Answers kept per session for re-sent requests: clients have at most four requests in flight.
const KEPT: usize = 4;
/// Octets in front of a reply.
const HEAD: usize = 12;

/// The last answers, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Answers {
    octets: Vec<u8>,
}

impl Answers {
    /// As they are kept.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// From what [`Answers::octets`] gave; `None` when that it is not.
    pub(crate) fn of_octets(octets: Vec<u8>) -> Option<Self> {
        let answers = Self { octets };
        let whole: usize = answers.entries().map(|(_, reply)| HEAD + reply.len()).sum();
        (whole == answers.octets.len()).then_some(answers)
    }

    /// Requests and their encoded replies, oldest first.
    fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.octets.as_slice();
        std::iter::from_fn(move || {
            let (request, behind) = rest.split_first_chunk()?;
            let (length, behind) = behind.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (reply, behind) = behind.split_at_checked(length)?;
            rest = behind;
            Some((u64::from_le_bytes(*request), reply))
        })
    }

    /// Nothing was answered yet.
    pub fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// The answer to a request, if it is still here.
    pub fn get(&self, request: u64) -> Option<Reply> {
        let (_, reply) = self.entries().find(|(of, _)| *of == request)?;
        postcard::from_bytes(reply).ok()
    }

    /// Whether the answer to a request is here.
    pub fn knows(&self, request: u64) -> bool {
        self.entries().any(|(of, _)| of == request)
    }

    /// The newest answer.
    pub fn last(&self) -> Option<Reply> {
        postcard::from_bytes(self.entries().last()?.1).ok()
    }

    /// All of them, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<Reply> {
        let mut replies: Vec<Reply> =
            self.entries().filter_map(|(_, reply)| postcard::from_bytes(reply).ok()).collect();
        replies.reverse();
        replies
    }

    /// Whether a request is older than all that are here, while older ones have been forgotten.
    pub(crate) fn forgot(&self, request: u64) -> bool {
        self.entries().count() >= KEPT && self.entries().all(|(of, _)| of > request)
    }

    /// Keeps an answer; the oldest one makes room.
    pub(crate) fn keep(&mut self, request: u64, reply: &Reply) {
        if self.entries().count() >= KEPT {
            let oldest = self.entries().next().map_or(0, |(_, reply)| HEAD + reply.len());
            self.octets.drain(..oldest);
        }
        let start = self.octets.len();
        self.octets.extend_from_slice(&request.to_le_bytes());
        self.octets.extend_from_slice(&[0; 4]);
        // postcard fails only for types without a known length, of which there are none here.
        let _ = postcard::serialize_with_flavor(reply, Behind(&mut self.octets));
        let length = self.octets.len().saturating_sub(start + HEAD);
        // A reply has no 4 GB: rating groups and the texts of a catalog are bounded far below.
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = self.octets.get_mut(start + HEAD - 4..start + HEAD) {
            place.copy_from_slice(&length);
        }
    }
}

/// Answers as a session's whole row has always had them: a list of requests and replies.
pub(super) mod as_list {
    use super::{Answers, Reply};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(answers: &Answers, to: S) -> Result<S::Ok, S::Error> {
        let decoded =
            answers.entries().map(|(request, reply)| Some((request, postcard::from_bytes(reply).ok()?)));
        let list: Vec<(u64, Reply)> = decoded.flatten().collect();
        to.collect_seq(list)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Answers, D::Error> {
        let list = Vec::<(u64, Reply)>::deserialize(from)?;
        let mut answers = Answers::default();
        list.iter().for_each(|(request, reply)| answers.keep(*request, reply));
        Ok(answers)
    }
}
