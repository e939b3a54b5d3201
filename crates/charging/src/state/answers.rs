//! The last answers of a session, for re-sent requests. Replies are kept as octets, since they are written at each step and read almost
//! never; one that is the same as the one before it, as nearly all are, is kept once.

use crate::Reply;
use crate::octets::{Behind, put_number};
use serde::{Deserialize, Deserializer};
use smallvec::SmallVec;

/// Answers kept per session for re-sent requests: clients have at most four requests in flight.
const KEPT: usize = 4;
/// Octets of the length in front of a reply, the lowest first.
const LENGTH: usize = 4;

/// The last answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Requests' names, oldest first.
    requests: SmallVec<[u64; KEPT]>,
    /// Bit n: the n-th one's reply is that of the one behind it.
    repeated: u8,
    /// The other replies: length and reply in postcard.
    replies: Vec<u8>,
}

impl Answers {
    /// Writes them behind what is there: how many, their requests' names, which replies are repeated, the others.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        put_number(self.requests.len() as u64, to);
        self.requests.iter().for_each(|request| put_number(*request, to));
        to.push(self.repeated);
        to.extend_from_slice(&self.replies);
    }

    /// Octets that this takes at most.
    pub(crate) const fn octets_most(&self) -> usize {
        OCTETS_BESIDE_REPLIES + self.replies.len()
    }

    /// From what [`Answers::write`] wrote; `None` when that it is not.
    pub(crate) fn read(octets: &[u8]) -> Option<Self> {
        let (requests, rest) = postcard::take_from_bytes::<Vec<u64>>(octets).ok()?;
        let (repeated, replies) = rest.split_first()?;
        let answers = Self { requests: requests.into(), repeated: *repeated, replies: replies.to_vec() };
        let count = answers.requests.len();
        let told = count.checked_sub(usize::try_from(repeated.count_ones()).ok()?)?;
        // The newest one's is never another's.
        let fits = count <= KEPT && u32::from(*repeated) < (1 << count.saturating_sub(1));
        let whole: usize = answers.chunks().map(<[u8]>::len).sum();
        (fits && answers.chunks().count() == told && whole == answers.replies.len()).then_some(answers)
    }

    /// From what they were kept as before row encoding 7: the request's name (8 octets), the length of the reply (4), the reply.
    pub(crate) fn read_before(mut octets: &[u8]) -> Option<Self> {
        let mut answers = Self::default();
        while !octets.is_empty() {
            let (request, behind) = octets.split_first_chunk()?;
            let (length, behind) = behind.split_first_chunk()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (reply, behind) = behind.split_at_checked(length)?;
            answers.keep(u64::from_le_bytes(*request), &postcard::from_bytes(reply).ok()?);
            octets = behind;
        }
        Some(answers)
    }

    /// The replies that are kept, each behind its length; oldest first.
    fn chunks(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.replies.as_slice();
        std::iter::from_fn(move || {
            let length = usize::try_from(u32::from_le_bytes(*rest.first_chunk()?)).ok()?;
            let (chunk, behind) = rest.split_at_checked(length.checked_add(LENGTH)?)?;
            rest = behind;
            Some(chunk)
        })
    }

    /// Requests and where their replies are, oldest first.
    fn entries(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let (mut chunks, mut chunk) = (self.chunks(), None);
        self.requests.iter().enumerate().map_while(move |(position, request)| {
            let reply = chunk.take().or_else(|| chunks.next())?;
            chunk = (self.repeated & (1 << position) != 0).then_some(reply);
            Some((*request, reply))
        })
    }

    /// Nothing was answered yet.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The answer to a request, if it is still here.
    pub fn get(&self, request: u64) -> Option<Reply> {
        if !self.knows(request) {
            return None;
        }
        self.entries().find(|(of, _)| *of == request).and_then(|(_, chunk)| decoded(chunk))
    }

    /// Whether the answer to a request is here.
    pub fn knows(&self, request: u64) -> bool {
        self.requests.contains(&request)
    }

    /// The replies as they are kept, which lie apart; for whoever fetches them from memory ahead.
    pub fn replies(&self) -> &[u8] {
        &self.replies
    }

    /// The newest answer.
    pub fn last(&self) -> Option<Reply> {
        self.chunks().last().and_then(decoded)
    }

    /// All of them, the newest first.
    pub(crate) fn newest_first(&self) -> Vec<Reply> {
        let mut replies: Vec<Reply> = self.entries().filter_map(|(_, chunk)| decoded(chunk)).collect();
        replies.reverse();
        replies
    }

    /// Whether a request is older than all that are here, while older ones have been forgotten.
    pub(crate) fn forgot(&self, request: u64) -> bool {
        self.requests.len() >= KEPT && self.requests.iter().all(|of| *of > request)
    }

    /// Keeps an answer; the oldest one makes room.
    pub(crate) fn keep(&mut self, request: u64, reply: &Reply) {
        let (count, end) = (self.requests.len(), self.replies.len());
        let newest = end - self.chunks().last().map_or(0, <[u8]>::len);
        self.replies.extend_from_slice(&[0; LENGTH]);
        // postcard fails only for types without a known length, of which there are none here.
        let _ = postcard::serialize_with_flavor(reply, Behind(&mut self.replies));
        let length = self.replies.len().saturating_sub(end + LENGTH);
        // A reply has no 4 GB: rating groups and the texts of a catalog are bounded far below.
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        if let Some(place) = self.replies.get_mut(end..end + LENGTH) {
            place.copy_from_slice(&length);
        }
        if count > 0 && self.replies.get(newest..end) == self.replies.get(end..) {
            self.replies.truncate(end);
            self.repeated |= 1 << (count - 1);
        }
        if count >= KEPT {
            self.requests.remove(0);
            if self.repeated & 1 == 0 {
                let oldest = self.chunks().next().map_or(0, <[u8]>::len);
                self.replies.drain(..oldest);
            }
            self.repeated >>= 1;
        }
        self.requests.push(request);
    }
}

/// Octets of answers beside the replies: how many, names of ten octets, which are repeated.
const OCTETS_BESIDE_REPLIES: usize = 1 + 10 * KEPT + 1;

fn decoded(chunk: &[u8]) -> Option<Reply> {
    postcard::from_bytes(chunk.get(LENGTH..)?).ok()
}

/// Answers as counts had them before row encoding 6.
pub(super) fn before<'de, D: Deserializer<'de>>(from: D) -> Result<Answers, D::Error> {
    let octets = Vec::<u8>::deserialize(from)?;
    Answers::read_before(&octets).ok_or_else(|| serde::de::Error::custom("answers"))
}

/// Answers as a session's whole row has always had them: a list of requests and replies.
pub(super) mod as_list {
    use super::{Answers, Reply, decoded};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(answers: &Answers, to: S) -> Result<S::Ok, S::Error> {
        let list: Vec<(u64, Reply)> =
            answers.entries().filter_map(|(request, chunk)| Some((request, decoded(chunk)?))).collect();
        to.collect_seq(list)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Answers, D::Error> {
        let list = Vec::<(u64, Reply)>::deserialize(from)?;
        let mut answers = Answers::default();
        list.iter().for_each(|(request, reply)| answers.keep(*request, reply));
        Ok(answers)
    }
}

#[cfg(test)]
mod tests;
