//! What an Access-Request must carry against forged answers (CVE-2024-3596), per node: always, never, or as the node itself has begun.
//!
//! `auto` learns: who has signed once must go on signing; Proxy-State without a signature is refused unless the node's first request
//! had it, as that of an old proxy would. What was learned is memory only. Bounded. Must not know: secrets, signatures.

use crate::RadiusNode;
use parking_lot::Mutex;
use radius::authenticator::RequestPolicy;
use radius::{Code, Packet, number};
use std::collections::HashMap;

/// Nodes whose habits are remembered.
const NODES_MOST: usize = 20_000;

/// What a profile or a node's settings ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Choice {
    Yes,
    No,
    /// As the node has begun.
    #[default]
    Auto,
}

/// What every Access-Request of a node must carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signing {
    /// Message-Authenticator.
    pub required: Choice,
    /// Proxy-State only beside Message-Authenticator.
    pub limit_proxy_state: Choice,
}

#[derive(Debug, Clone, Copy)]
struct Habit {
    signs: bool,
    /// Its first request had Proxy-State and no signature.
    old_proxy: bool,
}

/// What nodes have done so far.
#[derive(Default)]
pub(crate) struct SigningHabits(Mutex<HashMap<Box<str>, Habit>>);

impl SigningHabits {
    /// What this request must carry.
    pub fn policy(&self, node: &RadiusNode, packet: &Packet<'_>) -> RequestPolicy {
        let Signing { required, limit_proxy_state } = node.profile.signing;
        let learns = required == Choice::Auto || limit_proxy_state == Choice::Auto;
        let habit = if learns { self.0.lock().get(&*node.name).copied() } else { None };
        let begins = habit.is_none() && is_unsigned_proxy(packet);
        RequestPolicy {
            require_message_authenticator: match required {
                Choice::Auto => habit.is_some_and(|habit| habit.signs),
                choice => choice == Choice::Yes,
            },
            limit_proxy_state: match limit_proxy_state {
                Choice::Auto => !begins && !habit.is_some_and(|habit| habit.old_proxy),
                choice => choice == Choice::Yes,
            },
        }
    }

    /// A genuine request came.
    pub fn seen(&self, node: &RadiusNode, packet: &Packet<'_>) {
        let Signing { required, limit_proxy_state } = node.profile.signing;
        let learns = required == Choice::Auto || limit_proxy_state == Choice::Auto;
        if !learns || packet.code() != Code::AccessRequest {
            return;
        }
        let signs = packet.first(number::MESSAGE_AUTHENTICATOR).is_some();
        let mut habits = self.0.lock();
        if let Some(habit) = habits.get_mut(&*node.name) {
            habit.signs |= signs;
        } else if habits.len() < NODES_MOST {
            let old_proxy = is_unsigned_proxy(packet);
            habits.insert(node.name.clone(), Habit { signs, old_proxy });
        }
    }
}

fn is_unsigned_proxy(packet: &Packet<'_>) -> bool {
    packet.first(number::PROXY_STATE).is_some() && packet.first(number::MESSAGE_AUTHENTICATOR).is_none()
}
