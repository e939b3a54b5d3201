//! EVENT requests: one message charged at once, once; price enquiry and balance check change nothing.

use crate::wire_client::{Answer, WireClient};
use crate::world::{PEER, World, msisdn, usd};
use diameter::credit_control::{
    CreditControlRequest, Money, RequestType, RequestedAction, SubscriptionId, SubscriptionKind, Units,
};

fn event(client: &mut WireClient, action: RequestedAction, count: u64, number: u32) -> Answer {
    let who = msisdn(1);
    let ids = client.ids();
    let mut ccr = CreditControlRequest::new("smsc;1", RequestType::Event, number, "32274@3gpp.org", ids)
        .from_node(PEER, "test.example")
        .to_realm("talea.example", None)
        .about(SubscriptionId { kind: SubscriptionKind::E164, data: &who });
    ccr.requested_action = Some(action);
    ccr.requested = Some(Units { specific: Some(count), ..Units::default() });
    ccr.called_party = Some("tel:+15559");
    client.ask(&ccr)
}

#[test]
fn a_message_is_charged_once_however_often_it_is_sent() {
    let world = World::open();
    world.sign_up(1, "1");
    let mut client = WireClient::open(&world);
    for _ in 0..3 {
        let answer = event(&mut client, RequestedAction::DirectDebiting, 1, 0).read();
        assert_eq!((answer.result_code, answer.granted.unwrap().units.specific), (2001, Some(1)));
        assert_eq!(world.customer(1).head.purse.balance, usd("-0.07"));
    }
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 2, 1).code(), 2001);
    assert_eq!(world.customer(1).head.purse.balance, usd("-0.21"));
}

#[test]
fn a_message_beyond_the_funds_is_refused_and_costs_nothing() {
    let world = World::open();
    world.sign_up(1, "0.10");
    let mut client = WireClient::open(&world);
    let answer = event(&mut client, RequestedAction::DirectDebiting, 2, 0);
    assert_eq!((answer.code(), answer.read().granted), (4012, None));
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
    assert_eq!(event(&mut client, RequestedAction::DirectDebiting, 1, 1).code(), 2001);
}

#[test]
fn enquiries_tell_price_and_sufficiency_and_change_nothing() {
    let world = World::open();
    world.sign_up(1, "0.10");
    let mut client = WireClient::open(&world);
    let price = event(&mut client, RequestedAction::PriceEnquiry, 3, 0).read();
    assert_eq!(price.cost, Some(Money { digits: 21, exponent: -2, currency: Some(840) }));
    assert_eq!(price.granted, None);
    let enough = event(&mut client, RequestedAction::CheckBalance, 1, 1).read();
    let short = event(&mut client, RequestedAction::CheckBalance, 2, 2).read();
    assert_eq!((enough.balance_suffices, short.balance_suffices), (Some(true), Some(false)));
    let refund = event(&mut client, RequestedAction::RefundAccount, 1, 3).read();
    assert_eq!(refund.result_code, 5012);
    assert!(refund.error_message.unwrap().contains("refund"));
    assert_eq!(world.customer(1).head.purse.balance, usd("0"));
}
