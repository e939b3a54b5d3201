//! Credit-control requests by patching templates: session, subscriber, number and use are written over the bytes of a whole request.

use super::connection::{ORIGIN_HOST, ORIGIN_REALM, Writer, take_leave, write_all};
use crate::LoadError;
use crate::phase::{Phase, Sender};
use crate::plan::{Kind, Lane, msisdn, octets_per_step, put_digits};
use diameter::client::{Field, Template};
use diameter::codes::avp;
use diameter::credit_control::{
    CreditControlRequest, RequestType, ServiceRequest, SubscriptionId, SubscriptionKind, Units, UsedUnits,
};

/// Quota asked for with each request, octets.
const ASKED: u64 = 10 * 1_048_576;
/// Packet-switched charging (TS 32.299 7.1.12).
const CONTEXT: &str = "32251@3gpp.org";
const DESTINATION_REALM: &str = "talea.local";
const RATING_GROUP: u32 = 1;
/// The access point name.
const NETWORK: &str = "internet";
/// Digits of a session in Session-Id.
const SESSION_DIGITS: usize = 8;
/// Digits of a subscriber in his telephone number.
const SUBSCRIBER_DIGITS: usize = 7;
/// Bits of Hop-by-Hop for the request; those above are for the phase.
const REQUEST_BITS: u32 = 30;

/// One step of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub kind: Kind,
    /// Which session, from 1.
    pub session: u32,
    /// CC-Request-Number.
    pub number: u32,
    /// Hop-by-Hop.
    pub hop_by_hop: u32,
    /// End-to-End: the same when the request is sent again.
    pub end_to_end: u32,
    /// T flag: may have been sent before.
    pub again: bool,
}

impl Step {
    /// Request `n` of a phase.
    #[must_use]
    pub fn of_phase(phase: &Phase, lane: Lane, n: u64) -> Self {
        let number = match phase.kind {
            Kind::Begin => 0,
            Kind::Continue => phase_number(lane.turn(n)).saturating_add(1),
            Kind::End => phase_number(lane.turns_in(phase.before, lane.position(n))).saturating_add(1),
        };
        let hop_by_hop = u32::from(phase.number) << REQUEST_BITS | request_bits(n);
        let session = lane.session(n);
        Self { kind: phase.kind, session, number, hop_by_hop, end_to_end: hop_by_hop, again: false }
    }
}

fn phase_number(turn: u64) -> u32 {
    u32::try_from(turn).unwrap_or(u32::MAX)
}

fn request_bits(n: u64) -> u32 {
    u32::try_from(n & ((1 << REQUEST_BITS) - 1)).unwrap_or(0)
}

/// The phase and the lower bits of the request that a Hop-by-Hop names.
pub(super) const fn named(hop_by_hop: u32) -> (u8, u64) {
    ((hop_by_hop >> REQUEST_BITS) as u8, (hop_by_hop & ((1 << REQUEST_BITS) - 1)) as u64)
}

/// A session's Session-Id (RFC 6733 8.8), always of the same length.
#[must_use]
pub fn session_id(run: u32, session: u32) -> String {
    format!("{ORIGIN_HOST};{run:010};{session:08}")
}

/// A template of one kind of request and the places of its values.
#[derive(Debug)]
struct Form {
    template: Template,
    session: Field,
    subscriber: Field,
    number: Field,
    used: Option<Field>,
}

/// Writes the requests of a run.
#[derive(Debug)]
pub struct Requests {
    begin: Form,
    go_on: Form,
    end: Form,
    session_id: Vec<u8>,
    msisdn: Vec<u8>,
}

impl Requests {
    /// Templates for a run.
    ///
    /// # Errors
    /// None in practice.
    pub fn new(run: u32) -> Result<Self, LoadError> {
        Ok(Self {
            begin: Form::new(run, Kind::Begin)?,
            go_on: Form::new(run, Kind::Continue)?,
            end: Form::new(run, Kind::End)?,
            session_id: session_id(run, 0).into_bytes(),
            msisdn: msisdn(0).into_bytes(),
        })
    }

    /// The octets of a step, valid until the next one is written.
    pub fn write(&mut self, step: &Step) -> &[u8] {
        let Self { begin, go_on, end, session_id, msisdn } = self;
        let form = match step.kind {
            Kind::Begin => begin,
            Kind::Continue => go_on,
            Kind::End => end,
        };
        put_last_digits(session_id, SESSION_DIGITS, step.session);
        put_last_digits(msisdn, SUBSCRIBER_DIGITS, step.session);
        let template = &mut form.template;
        template.set_identifiers(step.hop_by_hop, step.end_to_end);
        template.set_retransmitted(step.again);
        template.set_octets(form.session, session_id);
        template.set_octets(form.subscriber, msisdn);
        template.set_u32(form.number, step.number);
        if let Some(used) = form.used {
            template.set_u64(used, octets_per_step(step.session));
        }
        template.bytes()
    }
}

fn put_last_digits(text: &mut [u8], digits: usize, number: u32) {
    let at = text.len().saturating_sub(digits);
    if let Some(place) = text.get_mut(at..) {
        put_digits(place, u64::from(number));
    }
}

impl Form {
    fn new(run: u32, kind: Kind) -> Result<Self, LoadError> {
        let (session, subscriber) = (session_id(run, 0), msisdn(0));
        let octets = |count| Units { total_octets: Some(count), ..Units::default() };
        let (request_type, asks, reports) = match kind {
            Kind::Begin => (RequestType::Initial, true, false),
            Kind::Continue => (RequestType::Update, true, true),
            Kind::End => (RequestType::Termination, false, true),
        };
        let used = UsedUnits { units: octets(0), ..UsedUnits::default() };
        let service = ServiceRequest {
            rating_group: Some(RATING_GROUP),
            requested: asks.then(|| octets(ASKED)),
            used: if reports { vec![used] } else { Vec::new() },
            ..ServiceRequest::default()
        };
        let mut request = CreditControlRequest::new(&session, request_type, 0, CONTEXT, (0, 0))
            .from_node(ORIGIN_HOST, ORIGIN_REALM)
            .to_realm(DESTINATION_REALM, None)
            .about(SubscriptionId { kind: SubscriptionKind::E164, data: &subscriber })
            .with_service(service);
        request.called_station_id = Some(NETWORK);
        let mut octets = Vec::new();
        request.write(&mut octets);
        let template = Template::new(octets).map_err(|error| LoadError::Request(error.to_string()))?;
        let place = |path: &[diameter::AvpId]| {
            let field = template.field(path);
            field.ok_or_else(|| LoadError::Request("a field is missing".to_owned()))
        };
        let use_path = [avp::MULTIPLE_SERVICES_CREDIT_CONTROL, avp::USED_SERVICE_UNIT, avp::CC_TOTAL_OCTETS];
        Ok(Self {
            session: place(&[avp::SESSION_ID])?,
            subscriber: place(&[avp::SUBSCRIPTION_ID, avp::SUBSCRIPTION_ID_DATA])?,
            number: place(&[avp::CC_REQUEST_NUMBER])?,
            used: if reports { Some(place(&use_path)?) } else { None },
            template,
        })
    }
}

/// Sends the requests of one lane over one connection.
#[derive(Debug)]
pub struct GySender {
    writer: Writer,
    requests: Requests,
    lane: Lane,
    burst: Vec<u8>,
}

impl GySender {
    pub(super) const fn new(writer: Writer, requests: Requests, lane: Lane) -> Self {
        Self { writer, requests, lane, burst: Vec::new() }
    }

    /// Takes leave of the server.
    pub fn leave(&self) {
        take_leave(&self.writer);
    }
}

impl Sender for GySender {
    fn add(&mut self, phase: &Phase, n: u64) -> Result<(), LoadError> {
        let step = Step::of_phase(phase, self.lane, n);
        self.burst.extend_from_slice(self.requests.write(&step));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LoadError> {
        let outcome = write_all(&self.writer, &self.burst);
        self.burst.clear();
        outcome
    }
}
