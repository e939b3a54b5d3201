//! Laws of the codec: what is written is read back, streams may be cut anywhere, and no octets make it panic.

use diameter::answer::{Echo, Identity, Refusal, refuse};
use diameter::avp::MAX_DEPTH;
use diameter::codes::avp;
use diameter::credit_control::{
    Advice, CreditControlAnswer, CreditControlRequest, FinalUnit, GrantedUnits, Money, Prices, RateElement,
    RedirectKind, RequestType, RequestedAction, ServiceAnswer, ServiceRequest, SubscriptionId,
    SubscriptionKind, Tariff, Units, UsedUnits,
};
use diameter::frame::Splitter;
use diameter::{AvpId, AvpRef, DecodeError, Dictionary, Encoder, Header, Message, Rules, trace};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

fn identity() -> Identity {
    Identity { host: "ocs.example".into(), realm: "example".into(), state_id: None }
}

/// An AVP tree to encode and compare.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Leaf(AvpId, u8, Vec<u8>),
    Group(AvpId, Vec<Tree>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let id = || (prop_oneof![Just(0), Just(10415), any::<u32>()], any::<u32>());
    let id = move || id().prop_map(|(vendor, code)| AvpId { vendor, code });
    let leaf = (id(), any::<u8>(), vec(any::<u8>(), 0..40))
        .prop_map(|(id, flags, data)| Tree::Leaf(id, flags & 0x60, data));
    leaf.prop_recursive(u32::from(MAX_DEPTH), 60, 5, move |inner| {
        (id(), vec(inner, 0..5)).prop_map(|(id, members)| Tree::Group(id, members))
    })
}

fn write(encoder: &mut Encoder<'_>, tree: &Tree) {
    match tree {
        Tree::Leaf(id, flags, data) => encoder.avp(*id, *flags, data),
        Tree::Group(id, members) => {
            let group = encoder.begin_group(*id);
            members.iter().for_each(|member| write(encoder, member));
            encoder.end_group(group);
        }
    }
}

fn assert_same(avp: &AvpRef<'_>, tree: &Tree) {
    match tree {
        Tree::Leaf(id, flags, data) => {
            assert_eq!((avp.id, avp.flags & 0x60, avp.data), (*id, *flags, data.as_slice()));
        }
        Tree::Group(id, members) => {
            assert_eq!(avp.id, *id);
            let read: Vec<_> = avp.group().unwrap().map(Result::unwrap).collect();
            assert_eq!(read.len(), members.len());
            read.iter().zip(members).for_each(|(avp, tree)| assert_same(avp, tree));
        }
    }
}

/// Everything the crate can do with octets from a stranger.
fn chew(bytes: &[u8]) {
    let _ = trace::render(bytes, Dictionary::builtin());
    let _ = trace::dissect(bytes, Dictionary::builtin(), trace::View::Masked);
    let mut blank = bytes.to_vec();
    trace::blank_secrets(&mut blank, Dictionary::builtin());
    assert_eq!(blank.len(), bytes.len());
    if let Some(message) = Message::for_refusal(bytes) {
        let mut out = Vec::new();
        refuse(&Echo::of(&message), &identity(), &Refusal::code(5012), &mut out);
        Message::decode(&out).expect("a refusal is well-formed");
    }
    let Ok(message) = Message::decode(bytes) else { return };
    let _ = Rules::default().examine_all(&message);
    let _ = diameter::peer::Capabilities::read(&message);
    let _ = CreditControlAnswer::read(&message);
    match CreditControlRequest::read(&message, &Rules::default()) {
        Ok(request) => {
            let mut out = Vec::new();
            request.write(&mut out);
            CreditControlAnswer::code(2001).write(&request.echo(), &identity(), &mut out);
        }
        Err(error) => {
            let mut out = Vec::new();
            refuse(&Echo::of(&message), &identity(), &Refusal::of(&error), &mut out);
            assert_eq!(Message::decode(&out).unwrap().result_code(), Some(error.result_code()));
        }
    }
}

fn money() -> impl Strategy<Value = Money> {
    (any::<i64>(), any::<i32>(), of(any::<u32>())).prop_map(|(digits, exponent, currency)| Money {
        digits,
        exponent,
        currency,
    })
}

/// Value-Digits and Exponent.
fn value() -> impl Strategy<Value = (i64, i32)> {
    any::<(i64, i32)>()
}

fn advice() -> impl Strategy<Value = Advice> {
    let element = (any::<(i32, i32)>(), of(value()), value())
        .prop_map(|((unit_type, reason), units, cost)| RateElement { unit_type, reason, units, cost });
    let prices = (any::<u32>(), of(value()), vec(element, 0..3));
    let prices = prices.prop_map(|(currency, scale, elements)| Prices { currency, scale, elements }).boxed();
    let tariff = (prices.clone(), of(0..2_000_000_000_i64), of(prices));
    let tariff = tariff.prop_map(|(current, changes_at, next)| Tariff { current, changes_at, next });
    // What came on top is told only beside the cost.
    (of((money(), of(value()))), of(tariff)).prop_map(|(cost, tariff)| {
        let (cost, increment) = cost.map_or((None, None), |(cost, increment)| (Some(cost), increment));
        Advice { cost, increment, tariff }
    })
}

fn units() -> impl Strategy<Value = Units> {
    (of(any::<u32>()), of(money()), of(any::<u64>()), of(any::<u64>()), of(any::<u64>()), of(any::<u64>()))
        .prop_map(|(time, money, total_octets, input_octets, output_octets, specific)| Units {
            time,
            money,
            total_octets,
            input_octets,
            output_octets,
            specific,
        })
}

fn used() -> impl Strategy<Value = UsedUnits> {
    (units(), of(any::<i32>()), of(any::<i32>())).prop_map(
        |(units, reporting_reason, tariff_change_usage)| UsedUnits {
            units,
            reporting_reason,
            tariff_change_usage,
        },
    )
}

fn service() -> impl Strategy<Value = ServiceRequest> {
    (of(any::<u32>()), vec(any::<u32>(), 0..3), of(units()), vec(used(), 0..3), of(any::<i32>())).prop_map(
        |(rating_group, service_identifiers, requested, used, reporting_reason)| ServiceRequest {
            rating_group,
            service_identifiers,
            requested,
            used,
            reporting_reason,
        },
    )
}

/// A CCR with every field that our client writes.
fn ccr() -> impl Strategy<Value = Vec<u8>> {
    let text = || "[a-zA-Z0-9.;@+åß-]{1,40}";
    let strings = vec(text(), 9);
    let kind = (0..4_usize, any::<u32>(), any::<(u32, u32)>(), 0..5_usize);
    let parts = (vec(service(), 0..4), of(units()), vec(used(), 0..3), of(0..4_294_967_295_i64));
    (strings, kind, parts, any::<[bool; 6]>()).prop_map(|(s, kind, parts, has)| {
        let (kind, number, ids, subscription) = kind;
        let kinds = [RequestType::Initial, RequestType::Update, RequestType::Termination, RequestType::Event];
        let subscriptions = [
            SubscriptionKind::E164,
            SubscriptionKind::Imsi,
            SubscriptionKind::SipUri,
            SubscriptionKind::Nai,
            SubscriptionKind::Private,
        ];
        let mut request = CreditControlRequest::new(&s[0], kinds[kind], number, &s[1], ids)
            .from_node(&s[2], &s[3])
            .to_realm(&s[4], has[0].then_some(s[5].as_str()))
            .about(SubscriptionId { kind: subscriptions[subscription], data: &s[6] });
        request.requested_action = (kind == 3).then_some(RequestedAction::CheckBalance);
        request.user_name = has[1].then_some(s[7].as_str());
        request.called_station_id = has[2].then_some(s[7].as_str());
        request.calling_party = has[3].then_some(s[8].as_str());
        request.called_party = has[4].then_some(s[6].as_str());
        request.multiple_services = has[5].then_some(true);
        request.sub_session_id = has[3].then_some(u64::from(number) << 20);
        (request.services, request.requested, request.used, request.event_timestamp) = parts;
        let mut out = Vec::new();
        request.write(&mut out);
        out
    })
}

fn final_unit() -> impl Strategy<Value = FinalUnit> {
    prop_oneof![
        Just(FinalUnit::Terminate),
        ".{0,30}".prop_map(|url| FinalUnit::Redirect(RedirectKind::Url, url)),
        (vec(".{0,20}", 0..3), vec(".{0,20}", 0..3))
            .prop_map(|(rules, filters)| FinalUnit::Restrict { rules, filters }),
    ]
}

fn granted() -> impl Strategy<Value = GrantedUnits> {
    (units(), of(0..4_000_000_000_i64))
        .prop_map(|(units, tariff_time_change)| GrantedUnits { units, tariff_time_change })
}

fn service_answer() -> impl Strategy<Value = ServiceAnswer> {
    let numbers = || of(any::<u32>());
    (
        of(granted()),
        of(final_unit()),
        vec(any::<u32>(), 0..3),
        [numbers(), numbers(), numbers(), numbers(), numbers(), numbers(), numbers(), numbers()],
        of(vec(any::<i32>(), 0..4)),
    )
        .prop_map(|(granted, final_unit, service_identifiers, n, triggers)| ServiceAnswer {
            granted,
            rating_group: n[0],
            service_identifiers,
            result_code: n[1],
            validity_time: n[2],
            final_unit,
            time_quota_threshold: n[3],
            volume_quota_threshold: n[4],
            unit_quota_threshold: n[5],
            quota_holding_time: n[6],
            quota_consumption_time: n[7],
            triggers,
        })
}

proptest! {
    /// Any tree of AVPs that is written is read back the same, to the last nesting level and padding octet.
    #[test]
    fn avps_round_trip(trees in vec(tree(), 0..8), ids in any::<(u32, u32)>()) {
        let mut out = vec![0xaa; 3];
        let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0x50, ids.0, ids.1));
        trees.iter().for_each(|tree| write(&mut encoder, tree));
        let octets = encoder.finish();
        prop_assert_eq!(octets, out.len() - 3);
        let message = Message::decode(&out[3..]).unwrap();
        prop_assert_eq!(message.header.flags, 0xd0);
        prop_assert_eq!((message.header.hop_by_hop, message.header.end_to_end), ids);
        let read: Vec<_> = message.avps().map(Result::unwrap).collect();
        prop_assert_eq!(read.len(), trees.len());
        read.iter().zip(&trees).for_each(|(avp, tree)| assert_same(avp, tree));
    }

    /// A request that was written, read and written again is the same octets.
    #[test]
    fn requests_round_trip(bytes in ccr()) {
        let message = Message::decode(&bytes).unwrap();
        let request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
        let mut again = Vec::new();
        request.write(&mut again);
        prop_assert_eq!(again, bytes);
    }

    /// An answer is read by a client as the server meant it.
    #[test]
    fn answers_round_trip(
        bytes in ccr(),
        result_code in any::<u32>(),
        services in vec(service_answer(), 0..4),
        granted in of(granted()),
        final_unit in of(final_unit()),
        (called_party, outside) in (of(".{0,20}"), any::<bool>()),
        error_message in of(".{0,20}"),
        validity_time in of(any::<u32>()),
        (cost, balance_suffices) in (of(money()), of(any::<bool>())),
        (remaining_balance, low_balance, advice) in (of(money()), of(any::<bool>()), of(advice())),
        refund_information in of(vec(any::<u8>(), 0..40)),
    ) {
        let message = Message::decode(&bytes).unwrap();
        let request = CreditControlRequest::read(&message, &Rules::default()).unwrap();
        let answer = CreditControlAnswer {
            called_party_outside: outside && called_party.is_some(),
            result_code, granted, services, validity_time, final_unit, called_party, cost, balance_suffices,
            refund_information, remaining_balance, low_balance, advice, error_message, failed_avp: None, added: None,
        };
        let mut out = Vec::new();
        answer.write(&request.echo(), &identity(), &mut out);
        let written = Message::decode(&out).unwrap();
        prop_assert_eq!(CreditControlAnswer::read(&written).unwrap(), answer);
        let numbers = CreditControlAnswer::numbers(&written);
        prop_assert_eq!(numbers, Some((request.request_type, request.request_number)));
        let part = written.find(avp::CC_SUB_SESSION_ID).unwrap().map(|found| found.u64().unwrap());
        prop_assert_eq!(part, request.sub_session_id);
        prop_assert_eq!(written.header.hop_by_hop, message.header.hop_by_hop);
        prop_assert!(Rules::default().examine_all(&written).unwrap().is_empty());
    }

    /// Octets from nowhere never make anything panic.
    #[test]
    fn arbitrary_octets_are_survived(bytes in vec(any::<u8>(), 0..400)) {
        chew(&bytes);
    }

    /// A valid request with a few octets changed never makes anything panic, and every refusal of it is well-formed.
    #[test]
    fn mutated_requests_are_survived(mut bytes in ccr(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        for (index, octet) in changes {
            let at = index.index(bytes.len());
            bytes[at] = octet;
        }
        chew(&bytes);
        // Past the length check, too, so that the walk sees the rest of the damage.
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        bytes[0] = 1;
        bytes[1..4].copy_from_slice(&length[1..]);
        chew(&bytes);
    }

    /// However a stream is cut, the same messages come out of it.
    #[test]
    fn splitter_does_not_care_where_the_stream_is_cut(
        messages in vec(ccr(), 1..6),
        cuts in vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let stream: Vec<u8> = messages.concat();
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).collect();
        at.push(stream.len());
        at.sort_unstable();
        let mut splitter = Splitter::default();
        let (mut fed, mut found) = (0, Vec::new());
        for end in at {
            splitter.feed(&stream[fed..end]);
            fed = end;
            while let Some(message) = splitter.next_message().unwrap() {
                found.push(message.to_vec());
            }
        }
        prop_assert_eq!(found, messages);
        prop_assert_eq!(splitter.pending(), 0);
    }

    /// A splitter that meets arbitrary octets ends in waiting or in a framing error, and says the error again.
    #[test]
    fn splitter_survives_arbitrary_octets(bytes in vec(any::<u8>(), 0..200)) {
        let mut splitter = Splitter::with_limit(100);
        splitter.feed(&bytes);
        loop {
            match splitter.next_message() {
                Ok(Some(message)) => prop_assert!(message.len() >= 20 && message.len() <= 100),
                Ok(None) => break,
                Err(error) => {
                    let is_framing = matches!(
                        error,
                        DecodeError::UnsupportedVersion { .. }
                            | DecodeError::MessageLength { .. }
                            | DecodeError::MessageTooLong { .. }
                    );
                    prop_assert!(is_framing);
                    prop_assert_eq!(splitter.next_message().unwrap_err(), error);
                    break;
                }
            }
        }
    }
}
