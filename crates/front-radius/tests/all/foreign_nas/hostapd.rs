//! hostapd as an access point that nobody here wrote: its Accounting-On ends the sessions of before, and its dynamic authorization port
//! answers our Disconnect as RFC 5176 has it. No station is connected, so it knows no session: its radio needs a kernel module
//! (mac80211_hwsim) that test machines do not have. strongSwan is the device with sessions.

use crate::world::child::{Program, eventually, free_port};
use crate::world::wire::{Client, Counters, START, report};
use crate::world::*;
use charging::{AccountId, Command as Order, Payment};
use engine::Clock;
use std::process::Command;

fn block(world: &World, account: AccountId, blocked: bool) {
    world.command(account.customer().unwrap(), Order::BlockAccount { account, blocked });
}

#[test]
fn an_access_point_that_starts_ends_its_old_sessions_and_refuses_what_it_does_not_know() {
    let port = free_port();
    let world = World::with_devices_at(port);
    // It compares Event-Timestamp with its own clock.
    world.engine.clock().advance_to(Clock::system().now());
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    let begin = |node: &str, session: &str| {
        let begun = report(1, START, session, "anna@home", Counters::default());
        Client::at(node).ask(world.server.accounting_address(), &begun).unwrap();
    };
    begin(WIFI[0], "s-1");
    assert_eq!(world.open(7).len(), 1);
    let directory = tempfile::tempdir().unwrap();
    let own = WIFI[0];
    let (auth, accounting) = (world.server.auth_address().port(), world.server.accounting_address().port());
    let configuration = format!(
        "interface=lo\ndriver=none\nown_ip_addr={own}\nnas_identifier=ap-1\nradius_client_addr={own}\nieee8021x=1\n\
         auth_server_addr=127.0.0.1\nauth_server_port={auth}\nauth_server_shared_secret={SECRET}\n\
         acct_server_addr=127.0.0.1\nacct_server_port={accounting}\nacct_server_shared_secret={SECRET}\n\
         radius_das_port={port}\nradius_das_client=127.0.0.1 {SECRET}\n\
         radius_das_require_event_timestamp=1\nradius_das_require_message_authenticator=1\n"
    );
    let file = directory.path().join("hostapd.conf");
    std::fs::write(&file, configuration).unwrap();
    let _access_point = Program::start(Command::new("hostapd").arg(&file), "hostapd");
    eventually("Accounting-On ends what was before", || world.open(7).is_empty());

    begin(WIFI[0], "s-2");
    block(&world, account, true);
    let metrics = world.server.metrics();
    eventually("503: no such session", || metrics.steered_of("wifi-1", "disconnect", "no_session") == 1);
    block(&world, account, false);
    // A profile that names a session by what this device does not take: 401, a mistake that people see.
    begin(WIFI[1], "s-3");
    block(&world, account, true);
    // Whoever is looked at for the end of the block only now may be told twice.
    eventually("401: not with these keys", || metrics.steered_of("wifi-2", "disconnect", "nak") >= 1);
    let node = world.server.nodes().into_iter().find(|node| &*node.name == "wifi-2").unwrap();
    let (_, words) = node.last_error.expect("it stands on the node's page");
    assert!(words.contains("401"), "{words}");
    world.stop();
}
