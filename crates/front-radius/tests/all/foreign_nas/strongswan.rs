//! strongSwan as a VPN gateway that nobody here wrote: it asks us by EAP (RFC 3579) whether a user who connects by IKEv2 may, its own
//! Start and Stop tell of him, and its own dynamic authorization (RFC 5176) ends his connection when we say so. The users' connection has no tunnel (RFC 6023): kernels of
//! test machines have no ESP. It is in a network of its own, so that neither root nor the machine's routes are needed.

use crate::world::child::{Program, eventually};
use crate::world::*;
use charging::{AccountPolicy, Command as Order, CustomerId, EventKind, Payment, Policy};
use std::path::Path;
use std::process::{Command, Output};

/// Says that this is the network of its own.
const INSIDE: &str = "TALEA_TEST_INSIDE";
/// Of IKE and of IKE behind NAT; the first of the gateway, the second of the user.
const PORTS: [(u16, u16); 2] = [(15_500, 15_501), (15_510, 15_511)];
const USER: &str = "anna@home";
const PASSWORD: &str = "x";

/// Runs this test again with a loopback interface of its own, unless the machine forbids that to everybody.
fn in_a_network_of_its_own(test: &str) {
    let this = std::env::current_exe().unwrap();
    let inside = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", this.to_str().unwrap(), "--exact", test, "--nocapture"])
        .env(INSIDE, "yes")
        .output()
        .expect("this test needs unshare (util-linux)");
    let said =
        format!("{}{}", String::from_utf8_lossy(&inside.stdout), String::from_utf8_lossy(&inside.stderr));
    if said.contains("unshare failed") || said.contains("/proc/self/uid_map") {
        // A container that lets nobody make a network: there is nothing that this test could run in.
        return eprintln!("strongSwan was not run: {said}");
    }
    assert!(inside.status.success() && said.contains("1 passed"), "{said}");
}

/// A daemon with its files in a directory.
fn charon(directory: &Path, (port, behind_nat): (u16, u16), plugins: &str, settings: &str) -> Program {
    std::fs::create_dir(directory).unwrap();
    let (here, file) = (directory.display(), directory.join("strongswan.conf"));
    let load = "nonce random aes sha1 sha2 md5 hmac kdf gmp kernel-netlink socket-default vici";
    let configuration = format!(
        "charon-systemd {{\n load = {load} {plugins}\n port = {port}\n port_nat_t = {behind_nat}\n install_routes = no\n\
         install_virtual_ip = no\n journal {{\n default = -1\n }}\n plugins {{\n vici {{\n socket = unix://{here}/vici\n }}\n {settings} }}\n}}\n"
    );
    std::fs::write(&file, configuration).unwrap();
    Program::start(Command::new("charon-systemd").env("STRONGSWAN_CONF", &file), "charon-systemd")
}

/// Says something to a daemon.
fn swanctl(directory: &Path, arguments: &[&str]) -> Output {
    let socket = format!("unix://{}/vici", directory.display());
    let mut command = Command::new("swanctl");
    command
        .args(arguments)
        .args(["--uri", &socket])
        .env("STRONGSWAN_CONF", directory.join("strongswan.conf"));
    command.output().expect("this test needs strongswan-swanctl: see scripts/install-test-tools")
}

/// Gives a daemon its connection as soon as it listens.
fn load(directory: &Path, connection: &str) {
    let file = directory.join("swanctl.conf");
    let secret = format!(
        "secrets {{\n ike-1 {{\n secret = correct-horse\n }}\n eap-1 {{\n id = {USER}\n secret = {PASSWORD}\n }}\n}}\n"
    );
    std::fs::write(&file, format!("{connection}{secret}")).unwrap();
    let loaded = || swanctl(directory, &["--load-all", "--file", file.to_str().unwrap()]).status.success();
    eventually("the daemon has its connection", loaded);
}

/// A VPN gateway that would report every second, and a user who can connect to it.
fn gateway_and_user(world: &World, directory: &Path) -> [Program; 2] {
    let accounting = world.server.accounting_address().port();
    let authentication = world.server.auth_address().port();
    let radius = format!(
        "eap-radius {{\n accounting = yes\n accounting_interval = 1\n nas_identifier = vpn-gw\n station_id_with_port = no\n\
         servers {{\n talea {{\n address = 127.0.0.1\n secret = {SECRET}\n auth_port = {authentication}\n acct_port = {accounting}\n }}\n }}\n\
         dae {{\n enable = yes\n listen = 127.0.0.1\n port = 3799\n secret = {SECRET}\n }}\n }}\n"
    );
    let (gateway, user) = (directory.join("gateway"), directory.join("user"));
    let programs = [
        charon(&gateway, PORTS[0], "eap-radius", &radius),
        charon(&user, PORTS[1], "eap-md5 eap-identity", ""),
    ];
    let connection = |(own, proof): (&str, &str), (peer, its): (&str, &str), more: &str| {
        format!(
            "connections {{\n vpn {{\n version = 2\n local_addrs = 127.0.0.1\n remote_addrs = 127.0.0.1\n childless = force\n {more}\n\
             local {{\n auth = {proof}\n id = {own}\n }}\n remote {{\n auth = {its}\n id = {peer}\n }}\n children {{\n net {{\n }}\n }}\n }}\n}}\n"
        )
    };
    let pool = "pools {\n addresses {\n addrs = 10.99.0.0/24\n }\n}\n";
    load(&gateway, &(connection(("vpn-gw", "psk"), (USER, "eap-radius"), "pools = addresses") + pool));
    let (local, remote) = (PORTS[1].1, PORTS[0].1);
    let ports = format!("local_port = {local}\n remote_port = {remote}\n vips = 0.0.0.0");
    load(&user, &connection((USER, "eap"), ("vpn-gw", "psk"), &ports));
    programs
}

#[test]
fn a_vpn_gateway_asks_for_its_users_reports_them_and_ends_a_connection_when_it_is_told() {
    if testkit::postgres::is_wanted() {
        return; // The private server belongs to a user whom that network does not know.
    }
    if std::env::var_os(INSIDE).is_none() {
        return in_a_network_of_its_own(
            "foreign_nas::strongswan::a_vpn_gateway_asks_for_its_users_reports_them_and_ends_a_connection_when_it_is_told",
        );
    }
    let up = Command::new("ip").args(["link", "set", "lo", "up"]).status();
    assert!(up.expect("this test needs iproute2").success());
    let world = World::start();
    let account = world.subscriber(7, "homeconnect-plus", Payment::Postpaid, USER, PASSWORD);
    let directory = tempfile::tempdir().unwrap();
    let _daemons = gateway_and_user(&world, directory.path());
    let user = directory.path().join("user");
    let connects = || swanctl(&user, &["--initiate", "--ike", "vpn", "--timeout", "20"]);
    let connected = connects();
    assert!(connected.status.success(), "{}", String::from_utf8_lossy(&connected.stdout));

    eventually("its Start began a session", || world.open(7).len() == 1);
    let session = world.open(7).remove(0);
    assert!(session.details.contains("10.99.0.1"), "the address that it gave him: {}", session.details);
    // Its Interims come as often as our Access-Accept says, whatever its own setting: none within this test.
    assert!(world.server.metrics().answers_of("accounting") <= 1);

    let steered = || {
        world.engine.store().flush().unwrap();
        let events = world.engine.store().events_of(CustomerId(7), None, &[EventKind::SessionSteered], 10);
        events.unwrap().into_iter().map(|event| event.detail).rev().collect::<Vec<_>>()
    };
    // It takes no other speed by CoA and says so in its own answer: the next log-in brings it.
    let service = world.engine.catalog().service("internet").unwrap().id;
    let regular = Policy { down_kbps: Some(50_000), up_kbps: Some(5_000), ..Policy::default() };
    let policy = AccountPolicy { service, regular, ..AccountPolicy::default() };
    world.command(CustomerId(7), Order::SetPolicy { account, service, policy: Some(Box::new(policy)) });
    let told = |what: &str, outcome: &str, name: &str| format!("{what} to mikrotik-1: {outcome} · {name}");
    let name = session.key.shown();
    let mut expected = vec![told("CoA: speed", "refused", &name), told("Disconnect", "done", &name)];
    eventually("its answers stand on the timeline", || steered().len() == 2);
    assert_eq!(steered(), expected);
    eventually("its Stop ended the session", || world.open(7).is_empty());
    eventually("he connects again", || connects().status.success());
    eventually("another session", || world.open(7).len() == 1);
    expected.push(told("Disconnect", "done", &world.open(7).remove(0).key.shown()));
    world.command(CustomerId(7), Order::BlockAccount { account, blocked: true });
    eventually("its Stop ended that one, too", || world.open(7).is_empty());
    eventually("its Disconnect-ACK", || steered() == expected);
    assert_eq!(world.xdrs(7).len(), 2, "one record of each session");
    assert!(!connects().status.success(), "his password is right, and he may not");
    let left = swanctl(&user, &["--list-sas"]);
    assert!(left.status.success() && left.stdout.is_empty(), "{}", String::from_utf8_lossy(&left.stdout));
    world.stop();
}
