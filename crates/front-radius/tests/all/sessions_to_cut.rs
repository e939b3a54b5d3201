//! A device that takes neither CoA nor Disconnect (RAD-64): what should end there is listed for the operator's own program, until it has
//! ended or may go on.

use crate::world;

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

/// What was told and listed is memory only. After a restart the next report of a session brings it back to the list, however long ago the
/// event was, and nobody who may go on is bothered.
#[test]
fn after_a_restart_the_next_report_of_a_session_lists_it_again() {
    let mut world = World::start();
    let account = world.subscriber(8, "mobile-data", Payment::Postpaid, "tracker-7", "x");
    world.subscriber(9, "mobile-data", Payment::Postpaid, "tracker-8", "x");
    let used = |seconds: u32| Counters { input: 1 << 20, seconds, ..Counters::default() };
    let mut client = Client::at(ASR);
    for (session, user) in [("s-1", "tracker-7"), ("s-2", "tracker-8")] {
        let start = report(1, START, session, user, Counters::default());
        client.ask(world.server.accounting_address(), &start).unwrap();
    }
    world.command(CustomerId(8), Command::BlockAccount { account, blocked: true });
    eventually("listed", || world.server.sessions_to_cut().len() == 1);
    world.without_door(|world| {
        // So many events of others come later that the start does not look so far back.
        for _ in 0..12 {
            for _ in 0..500 {
                let kind = charging::EventKind::SessionSteered;
                let command = Command::AnnounceChange { kind, account: None, detail: String::new() };
                let envelope = charging::Envelope { customer: CustomerId(9), key: None, command };
                world.engine.submit_network(envelope, engine::Answer::nobody());
            }
            let kind = charging::EventKind::SessionSteered;
            world.command(
                CustomerId(9),
                Command::AnnounceChange { kind, account: None, detail: String::new() },
            );
        }
        world.engine.store().flush().unwrap();
    });
    assert_eq!(world.server.sessions_to_cut(), [], "forgotten");
    for (session, user) in [("s-1", "tracker-7"), ("s-2", "tracker-8")] {
        client.ask(world.server.accounting_address(), &report(2, INTERIM, session, user, used(60))).unwrap();
    }
    eventually("listed again", || world.server.sessions_to_cut().len() == 1);
    assert_eq!(world.server.sessions_to_cut()[0].session, "s-1");
    world.stop();
}
