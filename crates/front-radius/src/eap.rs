//! Log-ins by EAP (RFC 3579): the server's side of the conversation, one Access-Request at a time.
//!
//! What was asked is in the State that the device returns, signed, good for a minute and once, for one account of one node; nothing is
//! kept here but the key and which States were used. Order: Identity -> the first method that the node's setting and the stored password allow ->
//! the peer's answer, or Nak and the next method that it takes -> with MS-CHAPv2 our own proof, and that the peer believes it -> in.
//! Methods inside TLS (PEAP, TTLS, TLS) are left to a RADIUS proxy in front, which ends the tunnel.
//!
//! Must not know: where passwords are kept, who may log in.

mod state;

use crate::RadiusNode;
use crate::credential::{self, standard};
use charging::AccountId;
use parking_lot::Mutex;
use radius::eap::{self, Eap, EapAnswer};
use radius::ms_chap::{MsChap, nt_hash};
use radius::{Code, EncodedAttribute, Packet, PacketBuilder, PacketError, number, verify_chap};
use ring::rand::{SecureRandom, SystemRandom};
use state::{Asked, Seal, State, Used};

/// A method of this server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Md5,
    MsChapV2,
}

impl Method {
    /// Its type in EAP.
    const fn kind(self) -> u8 {
        match self {
            Self::Md5 => eap::MD5_CHALLENGE,
            Self::MsChapV2 => eap::MS_CHAP_V2,
        }
    }

    fn ask(self, identifier: u8, challenge: &[u8; 16]) -> Vec<u8> {
        match self {
            Self::Md5 => eap::ask_md5(identifier, challenge),
            Self::MsChapV2 => eap::ask_ms_chap(identifier, challenge),
        }
    }
}

/// Methods by name, in the order to offer them; `none` for no EAP at all.
///
/// # Errors
/// Another word.
pub(crate) fn methods(text: &str) -> Result<Vec<Method>, &'static str> {
    let named = |word: &str| match word {
        "md5" => Ok(Method::Md5),
        "mschapv2" => Ok(Method::MsChapV2),
        _ => Err("must be `none`, or `mschapv2` and `md5` in the order to offer them"),
    };
    if text == "none" { Ok(Vec::new()) } else { text.split_whitespace().map(named).collect() }
}

/// Why most log-ins fail, for the log.
pub(crate) const WRONG: &str = "wrong password";

/// What follows an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Something is asked.
    Ask(Ask),
    /// The peer has proved itself; for the Access-Accept.
    Good(Vec<EncodedAttribute>),
    /// A guess that was wrong.
    Wrong(&'static str),
    /// No, whatever the password.
    No(&'static str),
}

/// An Access-Challenge to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    eap: Vec<u8>,
    /// Empty where nothing is to be remembered.
    state: Vec<u8>,
}

impl Ask {
    /// Who the peer is (RFC 3579 2.1).
    pub fn identity() -> Self {
        Self { eap: eap::ask_identity(0), state: Vec::new() }
    }

    /// Signed for sending.
    ///
    /// # Errors
    /// The shared secret is empty.
    pub fn challenge(&self, packet: &Packet<'_>, node: &RadiusNode) -> Result<Vec<u8>, PacketError> {
        let mut reply = PacketBuilder::reply_to(packet, Code::AccessChallenge);
        reply.push(number::EAP_MESSAGE, &self.eap)?;
        if !self.state.is_empty() {
            reply.push(number::STATE, &self.state)?;
        }
        reply.sign_reply(packet, node.secret.octets())
    }
}

/// Whose conversation it is.
pub(crate) struct Peer<'a> {
    pub node: &'a RadiusNode,
    pub account: AccountId,
    pub password: &'a [u8],
    /// The Access-Request.
    pub packet: &'a Packet<'a>,
    /// Unix seconds.
    pub now: u64,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Conversations {
    seal: Seal,
    used: Mutex<Used>,
}

impl Conversations {
    /// Takes an answer of a peer.
    pub fn step(&self, eap: &Eap, peer: &Peer<'_>) -> Step {
        if let EapAnswer::Identity = eap.answer {
            return self.offer(peer, eap.identifier, 0, |_| true);
        }
        let octets = peer.packet.first(number::STATE).unwrap_or_default();
        let fresh = State::open(octets, &self.seal, &peer.node.name).filter(|state| state.is_fresh(peer.now));
        let Some(state) = fresh else {
            return Step::No("an EAP answer without a State of ours that is still good");
        };
        if state.identifier != eap.identifier || state.account != peer.account {
            return Step::No("an EAP answer to another question");
        }
        if !self.used.lock().take(octets, peer.packet.authenticator(), peer.now) {
            return Step::No("an EAP answer to a question that was answered before");
        }
        match (&state.asked, &eap.answer) {
            (Asked::Method(method), EapAnswer::Nak(wanted)) => {
                let next = |next: Method| next != *method && wanted.contains(&next.kind());
                match self.offer(peer, eap.identifier, state.naks + 1, next) {
                    Step::No(_) => Step::No(nothing_common(wanted)),
                    step => step,
                }
            }
            (Asked::Method(Method::Md5), EapAnswer::Md5(value)) => {
                match verify_chap(eap.identifier, value, &state.challenge, peer.password) {
                    true => Step::Good(vec![ended_well(eap.identifier)]),
                    false => Step::Wrong(WRONG),
                }
            }
            (Asked::Method(Method::MsChapV2), EapAnswer::MsChap { .. }) => self.prove(peer, eap, &state),
            (Asked::Proof(nt_response), EapAnswer::MsChapSuccess) => {
                peer.believed(eap.identifier, *nt_response)
            }
            (Asked::Proof(_), EapAnswer::MsChapFailure) => Step::No("the peer does not believe our proof"),
            _ => Step::No("an EAP answer that nothing had asked for"),
        }
    }

    /// Asks by the first method that is allowed and that `takes` has; a peer says no once to each.
    fn offer(&self, peer: &Peer<'_>, answered: u8, naks: u8, takes: impl Fn(Method) -> bool) -> Step {
        let methods = &peer.node.profile.eap;
        let possible = |method: Method| method == Method::Md5 || nt_hash(peer.password).is_some();
        let next = methods.iter().copied().find(|method| possible(*method) && takes(*method));
        match next {
            Some(method) if usize::from(naks) < methods.len() => {
                let Some(challenge) = random() else { return Step::No("the system gives no random octets") };
                let identifier = answered.wrapping_add(1);
                let (account, made, asked) = (peer.account, peer.now, Asked::Method(method));
                let state = State { identifier, naks, account, made, challenge, asked };
                self.ask(peer, method.ask(identifier, &challenge), &state)
            }
            _ => Step::No("no EAP method is allowed here"),
        }
    }

    fn ask(&self, peer: &Peer<'_>, eap: Vec<u8>, state: &State) -> Step {
        Step::Ask(Ask { eap, state: state.sign(&self.seal, &peer.node.name) })
    }

    /// MS-CHAPv2: a right answer gets our own proof.
    fn prove(&self, asker: &Peer<'_>, eap: &Eap, state: &State) -> Step {
        let EapAnswer::MsChap { identifier, peer, nt_response, name } = &eap.answer else {
            return Step::Wrong(WRONG);
        };
        if *identifier != state.identifier {
            return Step::No("an EAP answer to another question");
        }
        let response = MsChap::second(*identifier, (state.challenge, *peer), *nt_response);
        let Some(proof) = response.success(name, asker.password) else { return Step::Wrong(WRONG) };
        let next = eap.identifier.wrapping_add(1);
        let proof = [proof.get(1..).unwrap_or_default(), b" M=OK"].concat();
        let request = eap::ask_success(next, *identifier, &proof);
        let state = State { identifier: next, asked: Asked::Proof(*nt_response), ..*state };
        self.ask(asker, request, &state)
    }
}

/// Why a Nak is the end.
fn nothing_common(wanted: &[u8]) -> &'static str {
    if wanted.iter().any(|kind| eap::INSIDE_TLS.contains(kind)) {
        return "the peer wants an EAP method inside TLS (PEAP, TTLS, TLS): a RADIUS proxy in front has to end it";
    }
    "the peer takes no EAP method that is allowed here"
}

/// EAP-Success.
fn ended_well(identifier: u8) -> EncodedAttribute {
    standard(number::EAP_MESSAGE, eap::success(identifier))
}

impl Peer<'_> {
    /// Both sides have proved themselves: in, with the keys that follow (RFC 3079).
    fn believed(&self, identifier: u8, nt_response: [u8; 24]) -> Step {
        let response = MsChap::second(0, ([0; 16], [0; 16]), nt_response);
        match credential::keys(&response, self.password, self.packet, self.node.secret.octets()) {
            Ok(keys) => Step::Good(std::iter::once(ended_well(identifier)).chain(keys).collect()),
            Err(_) => Step::No("the node's secret is empty"),
        }
    }
}

fn random() -> Option<[u8; 16]> {
    let mut octets = [0; 16];
    SystemRandom::new().fill(&mut octets).ok()?;
    Some(octets)
}

#[cfg(test)]
mod tests;
