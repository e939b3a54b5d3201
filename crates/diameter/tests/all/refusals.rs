//! Each kind of wrong message gets the Result-Code and Failed-AVP that RFC 6733 7 asks for.

use diameter::answer::{Echo, Identity, Refusal, refuse};
use diameter::avp::{MAX_AVPS, MAX_DEPTH};
use diameter::codes::{avp, flags, result};
use diameter::credit_control::{
    CreditControlAnswer, CreditControlRequest, MAX_SERVICES, RequestType, ServiceRequest, SubscriptionId,
    SubscriptionKind, Units,
};
use diameter::encode::Encoder;
use diameter::error::FAILED_AVP_LIMIT;
use diameter::frame::{Splitter, split};
use diameter::{AvpId, DecodeError, Dictionary, Header, Leniencies, Message, Rules};

fn identity() -> Identity {
    Identity { host: "ocs.example".into(), realm: "example".into(), state_id: None }
}

fn request(kind: RequestType) -> CreditControlRequest<'static> {
    CreditControlRequest::new("s;1", kind, 0, "32251@3gpp.org", (1, 2))
        .from_node("gw.example", "example")
        .to_realm("example", None)
}

fn bytes_of(request: &CreditControlRequest<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    request.write(&mut out);
    out
}

/// A CCR-Initial without the AVPs `leave_out`, and with what `add` writes.
fn ccr(leave_out: &[AvpId], add: impl FnOnce(&mut Encoder<'_>)) -> Vec<u8> {
    let whole = bytes_of(&request(RequestType::Initial));
    let message = Message::decode(&whole).unwrap();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, &message.header);
    for found in message.avps().map(Result::unwrap).filter(|found| !leave_out.contains(&found.id)) {
        encoder.avp(found.id, found.flags, found.data);
    }
    add(&mut encoder);
    encoder.finish();
    out
}

fn read(bytes: &[u8]) -> Result<Leniencies, DecodeError> {
    let message = Message::decode(bytes)?;
    CreditControlRequest::read(&message, &Rules::default()).map(|request| request.leniencies)
}

/// The refusal a server sends, read back: result code, E bit, Failed-AVP.
fn refused(bytes: &[u8]) -> (u32, bool, Option<(AvpId, Vec<u8>)>) {
    let error = read(bytes).unwrap_err();
    let message = Message::for_refusal(bytes).unwrap();
    let mut out = Vec::new();
    refuse(&Echo::of(&message), &identity(), &Refusal::of(&error), &mut out);
    let answer = Message::decode(&out).unwrap();
    assert!(!answer.header.is_request() && !answer.header.is_retransmitted());
    let read = CreditControlAnswer::read(&answer).unwrap();
    (read.result_code, answer.header.is_error(), read.failed_avp.map(|failed| (failed.id, failed.data)))
}

/// Each mandatory AVP that is absent is named by an example in Failed-AVP with 5005; with the request's type and number
/// readable the refusal is a normal answer, else an answer-message with the E bit.
#[test]
fn missing_mandatory_avps() {
    let text = [
        avp::SESSION_ID,
        avp::ORIGIN_HOST,
        avp::ORIGIN_REALM,
        avp::DESTINATION_REALM,
        avp::SERVICE_CONTEXT_ID,
    ];
    for id in text {
        assert_eq!(refused(&ccr(&[id], |_| {})), (result::MISSING_AVP, false, Some((id, vec![]))));
    }
    for id in [avp::CC_REQUEST_TYPE, avp::CC_REQUEST_NUMBER] {
        assert_eq!(refused(&ccr(&[id], |_| {})), (result::MISSING_AVP, true, Some((id, vec![0; 4]))));
    }
    let event = bytes_of(&request(RequestType::Event));
    assert_eq!(refused(&event), (result::MISSING_AVP, false, Some((avp::REQUESTED_ACTION, vec![0; 4]))));
}

/// What real clients do wrong is taken and noted: no Auth-Application-Id, Origin-Host twice, Requested-Action in an INITIAL,
/// a service without Rating-Group, the subscriber only inside Service-Information.
#[test]
fn leniencies_of_real_clients() {
    let kamailio = ccr(&[avp::AUTH_APPLICATION_ID], |encoder| {
        encoder.text(avp::ORIGIN_HOST, "again.example");
        encoder.u32(AvpId::ietf(485), 0);
        let service = encoder.begin_group(avp::SERVICE_INFORMATION);
        let subscription = encoder.begin_group(avp::SUBSCRIPTION_ID);
        encoder.i32(avp::SUBSCRIPTION_ID_TYPE, 0);
        encoder.text(avp::SUBSCRIPTION_ID_DATA, "+4670");
        encoder.end_group(subscription);
        encoder.end_group(service);
    });
    let message = Message::decode(&kamailio).unwrap();
    let read_request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
    assert_eq!(read_request.origin_host, "gw.example");
    let subscriber = SubscriptionId { kind: SubscriptionKind::E164, data: "+4670" };
    assert_eq!(read_request.subscription_ids, [subscriber]);
    for leniency in
        [Leniencies::NO_AUTH_APPLICATION, Leniencies::REPEATED_AVP, Leniencies::SUBSCRIPTION_IN_SERVICE]
    {
        assert!(read_request.leniencies.has(leniency));
    }

    let open5gs = ccr(&[], |encoder| {
        encoder.i32(avp::REQUESTED_ACTION, 0);
        encoder.i32(avp::MULTIPLE_SERVICES_INDICATOR, 0);
        let service = encoder.begin_group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL);
        let units = encoder.begin_group(avp::REQUESTED_SERVICE_UNIT);
        encoder.u64(avp::CC_TOTAL_OCTETS, 1_000_000);
        encoder.end_group(units);
        encoder.end_group(service);
    });
    let message = Message::decode(&open5gs).unwrap();
    let read_request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
    assert_eq!(read_request.requested_action, None);
    assert_eq!(read_request.services[0].requested.unwrap().octets(), Some(1_000_000));
    assert!(read_request.leniencies.has(Leniencies::ACTION_OUTSIDE_EVENT));
    assert!(read_request.leniencies.has(Leniencies::SERVICE_WITHOUT_RATING_GROUP));
    assert!(read(&ccr(&[], |_| {})).unwrap().is_empty());
}

/// An unknown AVP with M is refused with 5001 and shown, inside its group when it is in one; without M it is skipped; a peer
/// may be allowed to send it.
#[test]
fn unknown_mandatory_avps() {
    let unknown = AvpId { vendor: 10, code: 77 };
    let plain = ccr(&[], |encoder| encoder.avp(unknown, flags::AVP_MANDATORY, &[1, 2]));
    assert_eq!(refused(&plain), (result::AVP_UNSUPPORTED, false, Some((unknown, vec![1, 2]))));
    assert!(read(&ccr(&[], |encoder| encoder.avp(unknown, 0, &[1, 2]))).unwrap().is_empty());

    let message = Message::decode(&plain).unwrap();
    let allowed = Rules::default().tolerating(&[unknown]);
    for rules in [allowed, Rules::lenient(Dictionary::builtin())] {
        let read_request = CreditControlRequest::read(&message, &rules).unwrap();
        assert!(read_request.leniencies.has(Leniencies::UNKNOWN_MANDATORY));
    }

    let nested = ccr(&[], |encoder| {
        let group = encoder.begin_group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL);
        encoder.avp(unknown, flags::AVP_MANDATORY, &[1]);
        encoder.end_group(group);
    });
    let (code, _, failed) = refused(&nested);
    let (id, data) = failed.unwrap();
    assert_eq!((code, id), (result::AVP_UNSUPPORTED, avp::MULTIPLE_SERVICES_CREDIT_CONTROL));
    assert_eq!(data, [0, 0, 0, 77, 0xc0, 0, 0, 13, 0, 0, 0, 10, 1, 0, 0, 0]);
}

/// Wrong lengths are 5014, wrong values 5004, a Vendor-Id of zero 3009 with the E bit.
#[test]
fn wrong_lengths_values_and_bits() {
    let short = ccr(&[avp::CC_REQUEST_NUMBER], |e| e.octets(avp::CC_REQUEST_NUMBER, &[1, 2, 3]));
    assert_eq!(
        refused(&short),
        (result::INVALID_AVP_LENGTH, true, Some((avp::CC_REQUEST_NUMBER, vec![1, 2, 3])))
    );
    let unread = ccr(&[], |encoder| encoder.octets(avp::VALIDITY_TIME, &[1, 2, 3, 4, 5]));
    assert_eq!(refused(&unread).0, result::INVALID_AVP_LENGTH);
    let kind = ccr(&[avp::CC_REQUEST_TYPE], |encoder| encoder.i32(avp::CC_REQUEST_TYPE, 9));
    assert_eq!(
        refused(&kind),
        (result::INVALID_AVP_VALUE, true, Some((avp::CC_REQUEST_TYPE, vec![0, 0, 0, 9])))
    );
    let text = ccr(&[avp::SESSION_ID], |encoder| encoder.octets(avp::SESSION_ID, &[0xff, 0xfe]));
    assert_eq!(refused(&text).0, result::INVALID_AVP_VALUE);
    let application = ccr(&[avp::AUTH_APPLICATION_ID], |encoder| encoder.u32(avp::AUTH_APPLICATION_ID, 5));
    assert_eq!(refused(&application).0, result::INVALID_AVP_VALUE);

    // V bit with vendor 0, which the encoder does not write: patch it in.
    let mut vendor_zero = ccr(&[], |encoder| encoder.octets(AvpId::ietf(1000), &[0, 0, 0, 0]));
    let at = vendor_zero.len() - 12;
    vendor_zero[at + 4] = flags::AVP_VENDOR;
    let (code, error_bit, _) = refused(&vendor_zero);
    assert_eq!((code, error_bit), (result::INVALID_AVP_BITS, true));
}

/// An AVP whose length leaves the message, or is below its own header, is shown with a corrected length and zeros.
#[test]
fn avp_lengths_that_leave_the_message() {
    let good = ccr(&[], |encoder| encoder.u32(avp::VALIDITY_TIME, 7));
    for length in [13, 255, 7, 0] {
        let mut bad = good.clone();
        let at = bad.len() - 5;
        bad[at] = length;
        assert_eq!(
            refused(&bad),
            (result::INVALID_AVP_LENGTH, false, Some((avp::VALIDITY_TIME, vec![0; 4])))
        );
    }
    let mut cut = good;
    cut.extend_from_slice(&[0, 0, 1, 0xc0]);
    cut[3] += 4;
    assert_eq!(refused(&cut), (result::INVALID_AVP_LENGTH, false, Some((avp::VALIDITY_TIME, vec![0; 4]))));
}

/// Wrong headers: version 5011, length 5015, E in a request 3008; the splitter ends the stream for the first two and for a
/// message above the limit as soon as four octets are there.
#[test]
fn wrong_headers() {
    let good = ccr(&[], |_| {});
    let with = |at: usize, octet: u8| {
        let mut bytes = good.clone();
        bytes[at] = octet;
        bytes
    };
    assert_eq!(read(&with(0, 2)).unwrap_err().result_code(), result::UNSUPPORTED_VERSION);
    assert_eq!(read(&with(3, good[3] + 1)).unwrap_err().result_code(), result::INVALID_MESSAGE_LENGTH);
    assert_eq!(read(&with(3, good[3] + 4)).unwrap_err().result_code(), result::INVALID_MESSAGE_LENGTH);
    assert_eq!(refused(&with(4, 0xa0)), (result::INVALID_HDR_BITS, true, None));
    assert_eq!(read(&good[..19]).unwrap_err().result_code(), result::INVALID_MESSAGE_LENGTH);

    assert_eq!(split(&[2], 100), Err(DecodeError::UnsupportedVersion { version: 2 }));
    assert_eq!(split(&[1, 0, 0, 16], 100), Err(DecodeError::MessageLength { length: 16 }));
    assert_eq!(split(&[1, 0, 0, 22], 100), Err(DecodeError::MessageLength { length: 22 }));
    assert_eq!(split(&[1, 0, 0, 104], 100), Err(DecodeError::MessageTooLong { length: 104, limit: 100 }));
    assert_eq!(split(&[1, 0, 0], 100), Ok(None));
    let mut default = Splitter::default();
    default.feed(&[1, 1, 0, 4]);
    assert!(default.next_message().is_err());
}

/// Limits hold: AVPs on a level, nesting, services; and each is a typed refusal.
#[test]
fn limits() {
    let many = ccr(&[], |encoder| {
        (0..MAX_AVPS).for_each(|_| encoder.octets(avp::ROUTE_RECORD, b"x"));
    });
    assert_eq!(read(&many).unwrap_err(), DecodeError::TooManyAvps { limit: MAX_AVPS });

    let deep = |levels: u8| {
        ccr(&[], |encoder| {
            let groups: Vec<_> = (0..levels).map(|_| encoder.begin_group(avp::SERVICE_INFORMATION)).collect();
            groups.into_iter().rev().for_each(|group| encoder.end_group(group));
        })
    };
    assert!(read(&deep(MAX_DEPTH)).is_ok());
    assert_eq!(read(&deep(MAX_DEPTH + 1)).unwrap_err(), DecodeError::TooDeep { limit: MAX_DEPTH });

    let services = |count: usize| {
        let services = vec![ServiceRequest { rating_group: Some(1), ..ServiceRequest::default() }; count];
        bytes_of(&CreditControlRequest { services, ..request(RequestType::Initial) })
    };
    assert!(read(&services(MAX_SERVICES)).is_ok());
    assert_eq!(
        read(&services(MAX_SERVICES + 1)).unwrap_err().result_code(),
        result::AVP_OCCURS_TOO_MANY_TIMES
    );

    let unknown = AvpId { vendor: 10, code: 77 };
    let long = ccr(&[], |e| e.avp(unknown, flags::AVP_MANDATORY, &vec![1; FAILED_AVP_LIMIT + 1]));
    assert_eq!(refused(&long).2, Some((unknown, vec![])));
}

/// What does not fit 24-bit lengths is taken back whole, and what was in the buffer before stays.
#[test]
fn too_long_to_send() {
    let huge = vec![0; 0xff_ffff];
    let half = vec![0; 0x80_0000];
    for data in [vec![&huge], vec![&half, &half]] {
        let mut out = vec![9];
        let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0, 1, 2));
        data.iter().for_each(|octets| encoder.octets(avp::PROXY_STATE, octets));
        assert_eq!(encoder.finish(), 0);
        assert_eq!(out, [9]);
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0, 1, 2));
    let group = encoder.begin_group(avp::PROXY_INFO);
    encoder.octets(avp::PROXY_STATE, &half);
    encoder.octets(avp::PROXY_STATE, &half);
    encoder.end_group(group);
    assert_eq!(encoder.finish(), 0);
}

/// Proxy-Info comes back unchanged, in order, behind everything else; flags included.
#[test]
fn proxy_info_is_echoed_in_order() {
    let bytes = ccr(&[], |encoder| {
        for host in ["one", "two"] {
            let group = encoder.begin_group_with(avp::PROXY_INFO, 0x60);
            encoder.text(avp::PROXY_HOST, host);
            encoder.octets(avp::PROXY_STATE, &[1, 2, 3]);
            encoder.end_group(group);
        }
    });
    let message = Message::decode(&bytes).unwrap();
    let read_request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
    let sent: Vec<_> = message.avps().map(Result::unwrap).filter(|a| a.id == avp::PROXY_INFO).collect();
    assert_eq!(read_request.proxy_infos, sent);
    let mut normal = Vec::new();
    CreditControlAnswer::code(2001).write(&read_request.echo(), &identity(), &mut normal);
    let mut refusal = Vec::new();
    refuse(&Echo::of(&message), &identity(), &Refusal::code(3004), &mut refusal);
    for out in [normal, refusal] {
        let answer = Message::decode(&out).unwrap();
        let avps: Vec<_> = answer.avps().map(Result::unwrap).collect();
        assert_eq!(avps[0].id, avp::SESSION_ID);
        assert_eq!(avps[avps.len() - 2..], sent);
    }
}

/// Octets to charge are Total where given, else In + Out, never all three; absurd counters saturate.
#[test]
fn octets_are_counted_once() {
    let octets = |total_octets, input_octets, output_octets| {
        Units { total_octets, input_octets, output_octets, ..Units::default() }.octets()
    };
    assert_eq!(octets(Some(10), Some(6), Some(4)), Some(10));
    assert_eq!(octets(None, Some(6), Some(4)), Some(10));
    assert_eq!(octets(None, Some(6), None), Some(6));
    assert_eq!(octets(None, None, Some(4)), Some(4));
    assert_eq!(octets(None, Some(u64::MAX), Some(1)), Some(u64::MAX));
    assert_eq!(octets(None, None, None), None);
}
