//! The State that carries a conversation from one Access-Request to the next (RFC 2865 5.24), and which of them were used.
//!
//! Layout: `E`, version 1, what was asked (1 MD5, 2 MS-CHAPv2, 3 our proof), identifier, Naks so far, when (Unix seconds, 64 bits), account
//! (64 bits), challenge (16 octets), the peer's NT response behind a proof (24), then HMAC-SHA-256 over all that and the node's name,
//! cut to 16 octets. The key is the process's own: who knows a node's secret can make no State (over TLS all know it). Nothing in it is
//! secret: the peer has seen or sent all of it.

use super::Method;
use charging::{AccountId, RowId};
use radius::Authenticator;
use ring::hmac;
use ring::rand::SystemRandom;
use std::collections::{HashMap, VecDeque};
use subtle::ConstantTimeEq;

const MARK: [u8; 2] = [b'E', 1];
const SIGNATURE: usize = 16;
/// Octets before an NT response.
const PLAIN: usize = 37;
/// Seconds in which a peer must answer.
const GOOD_SECONDS: u64 = 60;
/// Used States remembered; when there are more, those used longest ago are forgotten before their time.
const USED_MOST: usize = 100_000;

/// What a peer was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The answer to a challenge.
    Method(Method),
    /// To believe our proof; what its own answer was.
    Proof([u8; 24]),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    /// Of the EAP request.
    pub identifier: u8,
    pub naks: u8,
    pub account: AccountId,
    pub made: u64,
    pub challenge: [u8; 16],
    pub asked: Asked,
}

impl State {
    pub fn sign(&self, seal: &Seal, node: &str) -> Vec<u8> {
        let (asked, response): (u8, &[u8]) = match &self.asked {
            Asked::Method(Method::Md5) => (1, &[]),
            Asked::Method(Method::MsChapV2) => (2, &[]),
            Asked::Proof(response) => (3, response),
        };
        let head = [MARK[0], MARK[1], asked, self.identifier, self.naks];
        let (made, account) = (self.made.to_be_bytes(), self.account.0.to_be_bytes());
        let mut octets = [head.as_slice(), &made, &account, &self.challenge, response].concat();
        let signature = seal.over(&octets, node);
        octets.extend(signature.into_iter().flatten());
        octets
    }

    /// Nothing for what is not ours.
    pub fn open(octets: &[u8], seal: &Seal, node: &str) -> Option<Self> {
        let (signed, given) = octets.split_last_chunk::<SIGNATURE>()?;
        if !bool::from(seal.over(signed, node)?.ct_eq(given)) {
            return None;
        }
        let (plain, response) = signed.split_first_chunk::<PLAIN>()?;
        let ([m0, m1, asked, identifier, naks], rest) = plain.split_first_chunk()?;
        let (made, rest) = rest.split_first_chunk()?;
        let (account, challenge) = rest.split_first_chunk()?;
        let asked = match (asked, response.len()) {
            (1, 0) => Asked::Method(Method::Md5),
            (2, 0) => Asked::Method(Method::MsChapV2),
            (3, _) => Asked::Proof(response.try_into().ok()?),
            _ => return None,
        };
        let state = Self {
            identifier: *identifier,
            naks: *naks,
            account: RowId(i64::from_be_bytes(*account)),
            made: u64::from_be_bytes(*made),
            challenge: challenge.try_into().ok()?,
            asked,
        };
        ([*m0, *m1] == MARK).then_some(state)
    }

    pub fn is_fresh(&self, now: u64) -> bool {
        now.checked_sub(self.made).is_some_and(|age| age <= GOOD_SECONDS)
    }
}

/// The key that States are signed with; none where the system gives no random octets, and then no State is good.
pub(super) struct Seal(Option<hmac::Key>);

impl Default for Seal {
    fn default() -> Self {
        Self(hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok())
    }
}

impl Seal {
    fn over(&self, octets: &[u8], node: &str) -> Option<[u8; SIGNATURE]> {
        let mut context = hmac::Context::with_key(self.0.as_ref()?);
        context.update(octets);
        context.update(node.as_bytes());
        context.sign().as_ref().first_chunk().copied()
    }
}

/// States that were used, with the Access-Request that did: its repeat may, too.
#[derive(Default)]
pub(super) struct Used {
    by: HashMap<[u8; SIGNATURE], Authenticator>,
    order: VecDeque<(u64, [u8; SIGNATURE])>,
}

impl Used {
    /// Whether the request may use it.
    pub fn take(&mut self, state: &[u8], request: &Authenticator, now: u64) -> bool {
        let old = |at: u64| at.saturating_add(GOOD_SECONDS) < now;
        while let Some((_, name)) =
            self.order.front().copied().filter(|(at, _)| old(*at) || self.order.len() >= USED_MOST)
        {
            self.order.pop_front();
            self.by.remove(&name);
        }
        let Some(name) = state.last_chunk::<SIGNATURE>() else { return false };
        if let Some(before) = self.by.get(name) {
            return before == request;
        }
        self.by.insert(*name, *request);
        self.order.push_back((now, *name));
        true
    }
}
