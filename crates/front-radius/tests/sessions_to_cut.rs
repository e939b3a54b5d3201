//! A device that takes neither CoA nor Disconnect (RAD-64): what should end there is listed for the operator's own program, until it has
//! ended or may go on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use charging::{Command, CustomerId, Pay, Payment};
use money::Amount;
use office::NetworkDoor;
use world::child::eventually;
use world::wire::{Client, Counters, INTERIM, START, STOP, report};
use world::*;

fn pay(world: &World, amount: &str) {
    let amount = Amount::parse(amount).unwrap();
    let pay = Pay { amount, account: None, exchanged: None, note: "cash".to_owned() };
    world.command(CustomerId(8), Command::Pay(pay));
}

#[test]
fn a_session_without_funds_is_listed_by_its_name_in_the_device_until_it_may_go_on_or_ends() {
    let world = World::start();
    let account = world.subscriber(8, "mobile-data", Payment::Prepaid, "tracker-7", "x");
    pay(&world, "1.00");
    let (mut client, server) = (Client::at(ASR), world.server.accounting_address());
    let used =
        |megabytes: u64, seconds: u32| Counters { input: megabytes << 20, seconds, ..Counters::default() };
    client.ask(server, &report(1, START, "s-1", "tracker-7", Counters::default())).unwrap();
    client.ask(server, &report(2, INTERIM, "s-1", "tracker-7", used(10, 60))).unwrap();
    assert_eq!(world.server.sessions_to_cut(), []);
    client.ask(server, &report(3, INTERIM, "s-1", "tracker-7", used(200, 120))).unwrap();
    eventually("listed", || world.server.sessions_to_cut().len() == 1);
    let listed = world.server.sessions_to_cut().remove(0);
    assert_eq!((listed.node.as_str(), listed.session.as_str()), ("asr-1", "s-1"));
    assert_eq!((listed.customer, listed.account), (CustomerId(8), account));
    assert!(listed.details.starts_with("10.0.0.9"), "{}", listed.details);
    pay(&world, "10.00");
    eventually("it may go on", || world.server.sessions_to_cut().is_empty());
    client.ask(server, &report(4, INTERIM, "s-1", "tracker-7", used(3_000, 180))).unwrap();
    eventually("listed again", || world.server.sessions_to_cut().len() == 1);
    client.ask(server, &report(5, STOP, "s-1", "tracker-7", used(3_000, 200))).unwrap();
    eventually("it has ended", || world.server.sessions_to_cut().is_empty());
    world.stop();
}
