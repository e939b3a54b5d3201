//! Accounting-Requests by patching templates; the Request Authenticator is MD5 over the packet and the secret (RFC 2866 3).

use crate::LoadError;
use crate::phase::{Phase, Sender};
use crate::plan::{Kind, Lane, octets_per_step, put_digits, user_name};
use md5::{Digest, Md5};
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};
use radius::client::RequestBuilder;
use radius::{AUTHENTICATOR_LENGTH, Authenticator, HEADER_LENGTH, PacketError, number};
use std::io::IoSlice;
use std::net::UdpSocket;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// The secret of the sample server's node.
pub const SECRET: &[u8] = b"load-secret";
/// Requests in flight over one socket at most: the Identifier has one octet.
pub const WINDOW_MOST: usize = 256;
/// Seconds between interim reports, as the reports tell it.
const STEP_SECONDS: u64 = 600;
/// Octets of an attribute before its value.
const ATTRIBUTE_HEAD: usize = 2;

/// What is in flight by Identifier: the request and its authenticator, without which no reply can be checked.
#[derive(Debug)]
pub struct Slots {
    requests: [AtomicU64; WINDOW_MOST],
    authenticators: [Mutex<Authenticator>; WINDOW_MOST],
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            requests: std::array::from_fn(|_| AtomicU64::new(u64::MAX)),
            authenticators: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Slots {
    fn put(&self, identifier: u8, request: u64, authenticator: Authenticator) {
        let at = usize::from(identifier);
        if let (Some(slot), Some(place)) = (self.requests.get(at), self.authenticators.get(at)) {
            *place.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = authenticator;
            slot.store(request, Ordering::Release);
        }
    }

    /// The request that was sent last with this Identifier.
    pub(super) fn get(&self, identifier: u8) -> Option<(u64, Authenticator)> {
        let at = usize::from(identifier);
        let request = self.requests.get(at)?.load(Ordering::Acquire);
        let authenticator = *self.authenticators.get(at)?.lock().ok()?;
        (request != u64::MAX).then_some((request, authenticator))
    }
}

/// A whole request and the places of its values.
#[derive(Debug)]
struct Form {
    octets: Vec<u8>,
    user: Range<usize>,
    session: Range<usize>,
    time: Range<usize>,
    /// Low and high 32 bits, from and to the user.
    counters: [(Range<usize>, Range<usize>); 2],
}

fn text_session(run: u32, session: u32) -> String {
    format!("{run:08x}{session:08}")
}

impl Form {
    fn new(run: u32, status: u32) -> Result<Self, PacketError> {
        let mut request = RequestBuilder::accounting(0, status)?;
        request.attribute(number::USER_NAME, user_name(0).as_bytes())?;
        request.attribute(number::NAS_IDENTIFIER, b"nas.load.example")?;
        request.integer(number::NAS_PORT, 1)?;
        request.attribute(number::CALLED_STATION_ID, b"internet")?;
        request.attribute(number::ACCT_SESSION_ID, text_session(run, 0).as_bytes())?;
        request.integer(number::ACCT_SESSION_TIME, 0)?;
        request.integer(number::ACCT_INPUT_OCTETS, 0)?;
        request.integer(number::ACCT_OUTPUT_OCTETS, 0)?;
        request.integer(number::ACCT_INPUT_GIGAWORDS, 0)?;
        request.integer(number::ACCT_OUTPUT_GIGAWORDS, 0)?;
        let octets = request.sign(SECRET)?.bytes().to_vec();
        let at = |number| value_of(&octets, number).unwrap_or(0..0);
        Ok(Self {
            user: at(number::USER_NAME),
            session: at(number::ACCT_SESSION_ID),
            time: at(number::ACCT_SESSION_TIME),
            counters: [
                (at(number::ACCT_INPUT_OCTETS), at(number::ACCT_INPUT_GIGAWORDS)),
                (at(number::ACCT_OUTPUT_OCTETS), at(number::ACCT_OUTPUT_GIGAWORDS)),
            ],
            octets,
        })
    }

    fn put(&mut self, place: &Range<usize>, value: &[u8]) {
        if let Some(place) = self.octets.get_mut(place.clone()) {
            place.iter_mut().zip(value).for_each(|(to, from)| *to = *from);
        }
    }

    fn put_last_digits(&mut self, end: usize, digits: usize, value: u32) {
        if let Some(place) = self.octets.get_mut(end.saturating_sub(digits)..end) {
            put_digits(place, u64::from(value));
        }
    }

    /// Writes the values and signs.
    fn fill(&mut self, identifier: u8, session: u32, steps: u64) -> Authenticator {
        self.put_last_digits(self.session.end, 8, session);
        // `user` and seven digits.
        self.put_last_digits(self.user.start + 11, 7, session);
        let octets = octets_per_step(session).saturating_mul(steps);
        let from_user = octets / 3;
        let seconds = u32::try_from(steps.saturating_mul(STEP_SECONDS)).unwrap_or(u32::MAX);
        self.put(&self.time.clone(), &seconds.to_be_bytes());
        for (count, (low, high)) in [from_user, octets - from_user].into_iter().zip(self.counters.clone()) {
            let [h0, h1, h2, h3, l0, l1, l2, l3] = count.to_be_bytes();
            self.put(&low, &[l0, l1, l2, l3]);
            self.put(&high, &[h0, h1, h2, h3]);
        }
        self.put(&(1..2), &[identifier]);
        let authenticator_at = HEADER_LENGTH - AUTHENTICATOR_LENGTH..HEADER_LENGTH;
        self.put(&authenticator_at, &[0; AUTHENTICATOR_LENGTH]);
        let mut digest = Md5::new();
        digest.update(&self.octets);
        digest.update(SECRET);
        let authenticator: Authenticator = digest.finalize().into();
        self.put(&authenticator_at, &authenticator);
        authenticator
    }
}

/// The place of the value of the first attribute with this number.
fn value_of(octets: &[u8], number: u8) -> Option<Range<usize>> {
    let mut at = HEADER_LENGTH;
    loop {
        let (found, length) = (*octets.get(at)?, usize::from(*octets.get(at + 1)?));
        if found == number {
            return Some(at + ATTRIBUTE_HEAD..at + length);
        }
        at += length.max(ATTRIBUTE_HEAD);
    }
}

/// Sends the reports of one lane.
#[derive(Debug)]
pub struct AccountingSender {
    socket: UdpSocket,
    slots: std::sync::Arc<Slots>,
    lane: Lane,
    begin: Form,
    go_on: Form,
    end: Form,
    /// Requests that leave together, one after the other, and where each ends.
    burst: Vec<u8>,
    ends: Vec<usize>,
}

impl AccountingSender {
    pub(super) fn new(
        socket: UdpSocket,
        slots: std::sync::Arc<Slots>,
        lane: Lane,
    ) -> Result<Self, LoadError> {
        let form =
            |status| Form::new(lane.run, status).map_err(|error| LoadError::Request(error.to_string()));
        let (begin, go_on, end) = (form(1)?, form(3)?, form(2)?);
        Ok(Self { socket, slots, lane, begin, go_on, end, burst: Vec::new(), ends: Vec::new() })
    }
}

impl Sender for AccountingSender {
    fn add(&mut self, phase: &Phase, n: u64) -> Result<(), LoadError> {
        let (form, steps) = match phase.kind {
            Kind::Begin => (&mut self.begin, 0),
            Kind::Continue => (&mut self.go_on, self.lane.turn(n) + 1),
            Kind::End => (&mut self.end, self.lane.turns_in(phase.before, self.lane.position(n)) + 1),
        };
        // The window is no larger than the Identifiers, so this one is free.
        let identifier = u8::try_from(n % WINDOW_MOST as u64).unwrap_or(0);
        let authenticator = form.fill(identifier, self.lane.session(n), steps);
        self.slots.put(identifier, n, authenticator);
        self.burst.extend_from_slice(&form.octets);
        self.ends.push(self.burst.len());
        Ok(())
    }

    /// One system call for all of them, or as few as the system makes of it.
    fn flush(&mut self) -> Result<(), LoadError> {
        let Self { socket, burst, ends, .. } = self;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let requests: Vec<_> = starts
            .zip(ends.iter())
            .map(|(start, end)| [IoSlice::new(burst.get(start..*end).unwrap_or_default())])
            .collect();
        let nowhere_else = vec![None::<SockaddrStorage>; requests.len()];
        let mut sent = 0;
        while let Some(rest) = requests.get(sent..).filter(|rest| !rest.is_empty()) {
            let mut headers = MultiHeaders::preallocate(rest.len(), None);
            let outcome =
                sendmmsg(socket.as_raw_fd(), &mut headers, rest, &nowhere_else, [], MsgFlags::empty());
            let count =
                outcome.map_err(|error| LoadError::io("sending to the server")(error.into()))?.count();
            sent += count.max(1);
        }
        burst.clear();
        ends.clear();
        Ok(())
    }
}
