//! Rows: what a store keeps of money reads back as it was, and an idle customer stays small.

use crate::world;

use charging::{
    Command, Customer, CustomerId, Head, LimitChange, Message, Relay, ResellerStop, RowId, Share, Voucher,
    VoucherState,
};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;
use world::{World, at, usd};

fn round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> usize {
    let bytes = postcard::to_allocvec(value).unwrap();
    assert_eq!(&postcard::from_bytes::<T>(&bytes).unwrap(), value);
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
    bytes.len()
}

#[test]
fn every_row_of_money_reads_back_as_it_was() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    world.set_limit(None, LimitChange::Warnings(vec![Share::Percent(80), Share::Amount(usd("5"))]));
    world.set_limit(None, LimitChange::DailyCap(Some(usd("7"))));
    world.done(Command::MoveTo { chain: vec![CustomerId(3)] });
    world.done(Command::SetResale { wholesale: None, cushion: usd("1") });
    world.done(Command::OpenBalance { account: home, credit_limit: None });
    let film = world.film(home, Some("1"));
    world.debited(film);
    round_trip(&world.customer().head);
    round_trip(world.customer().account(home).unwrap());
    for applied in world.customer().applied.values() {
        round_trip(applied);
    }
    let (id, to) = (RowId::new(CustomerId(7), 9), CustomerId(3));
    let message = Message::Standing(Some(ResellerStop::OutOfFunds));
    round_trip(&Relay { id, to, previous: 4, message });
    let state =
        VoucherState::Claimed { customer: CustomerId(7), account: None, at: at("2026-06-01T00:00:00Z") };
    let (amount, currency) = (usd("10"), world.customer().head.currency);
    round_trip(&Voucher { digest: "d".into(), amount, currency, expires_at: None, claims: 1, state });
}

#[test]
fn an_idle_customer_with_one_account_takes_less_than_a_kilobyte() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &["hbo", "dvr"]);
    let customer = world.customer();
    let account = customer.account(home).unwrap();
    let stored = round_trip(&customer.head) + round_trip(account);
    assert!(stored < 300, "{stored} octets stored");
    let lists = size_of::<charging::ProductSpan>() * account.products.capacity()
        + size_of::<charging::AddOn>() * account.add_ons.len();
    let held = size_of::<Customer>() + size_of::<charging::Account>() + lists;
    assert!(held < 1_024, "{held} octets held, {} of them the head", size_of::<Head>());
}
