//! FreeRADIUS as a proxy in front: its Proxy-State comes back, and what it passes on unsigned is taken or refused as the node's record
//! says (CVE-2024-3596). It asks for no sign of life, since every request of it is answered.

use crate::world;

use charging::Payment;
use std::path::Path;
use std::process::Command;
use world::child::{Program, eventually, free_port};
use world::radclient::ask_as;
use world::*;

/// A proxy that passes everything on from `source`; where it listens for log-ins and reports.
fn proxy(world: &World, directory: &Path, source: &str) -> (Program, u16, u16) {
    let (auth, accounting) = (free_port(), free_port());
    let home = |name: &str, kind: &str, port: u16| {
        format!(
            "home_server {name} {{\n  type = {kind}\n  ipaddr = 127.0.0.1\n  port = {port}\n  secret = {SECRET}\n  src_ipaddr = {source}\n\
             \x20 response_window = 2\n  zombie_period = 1\n  status_check = status-server\n  check_interval = 6\n}}\n\
             home_server_pool {name} {{\n  home_server = {name}\n}}\n"
        )
    };
    let place = directory.display();
    let configuration = format!(
        "prefix = /usr\nlibdir = /usr/lib/freeradius\nraddbdir = {place}\nlogdir = {place}\nrun_dir = {place}\npidfile = {place}/pid\n\
         max_request_time = 30\nproxy_requests = yes\nlog {{\n  destination = files\n  file = {place}/log\n}}\n\
         security {{\n  max_attributes = 200\n  reject_delay = 0\n  status_server = yes\n}}\n\
         thread pool {{\n  start_servers = 2\n  max_servers = 4\n  min_spare_servers = 1\n  max_spare_servers = 4\n}}\n\
         modules {{\n}}\nclient radclient {{\n  ipaddr = 127.0.0.1\n  secret = testing123\n}}\n\
         proxy server {{\n  default_fallback = no\n}}\n{}{}\
         realm talea {{\n  auth_pool = home_auth\n  acct_pool = home_acct\n  nostrip\n}}\n\
         server default {{\n  listen {{\n    type = auth\n    ipaddr = 127.0.0.1\n    port = {auth}\n  }}\n\
         \x20 listen {{\n    type = acct\n    ipaddr = 127.0.0.1\n    port = {accounting}\n  }}\n\
         \x20 authorize {{\n    update control {{\n      Proxy-To-Realm := talea\n    }}\n  }}\n\
         \x20 preacct {{\n    update control {{\n      Proxy-To-Realm := talea\n    }}\n  }}\n}}\n",
        home("home_auth", "auth", world.server.auth_address().port()),
        home("home_acct", "acct", world.server.accounting_address().port()),
    );
    std::fs::write(directory.join("radiusd.conf"), configuration).unwrap();
    std::fs::write(directory.join("dictionary"), "$INCLUDE /usr/share/freeradius/dictionary\n").unwrap();
    let program = Program::start(Command::new("freeradius").args(["-f", "-d"]).arg(directory), "freeradius");
    (program, auth, accounting)
}

fn at(port: u16) -> std::net::SocketAddr {
    ([127, 0, 0, 1], port).into()
}

#[test]
fn a_proxy_in_front_gets_its_states_back_and_signs_what_its_client_did_not() {
    let world = World::start();
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "secret");
    let directory = tempfile::tempdir().unwrap();
    let (_proxy, auth, accounting) = proxy(&world, directory.path(), VPN);
    let log_in = "User-Name = anna@home\nUser-Password = secret\n";
    let signed = format!("{log_in}Message-Authenticator = 0x00\n");
    let mut answer = String::new();
    eventually("the proxy starts", || {
        answer = ask_as(at(auth), "auth", "testing123", &signed);
        answer.contains("Received Access-Accept")
    });
    assert!(answer.contains("Class = 0x544c01"), "everything comes through: {answer}");
    let report = "User-Name = anna@home\nAcct-Session-Id = p-1\nAcct-Status-Type = Start\n";
    let recorded = ask_as(at(accounting), "acct", "testing123", report);
    assert!(recorded.contains("Received Accounting-Response"), "{recorded}");
    assert_eq!(world.open(7).len(), 1);
    // A proxy of after 2024 signs whatever it passes on: its Proxy-State is no attacker's.
    let before = world.server.metrics().discards_of("not_genuine");
    let unsigned = ask_as(at(auth), "auth", "testing123", log_in);
    assert!(unsigned.contains("Received Access-Accept"), "{unsigned}");
    assert_eq!(world.server.metrics().discards_of("not_genuine"), before);
    world.stop();
}
