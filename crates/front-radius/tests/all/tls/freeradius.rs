//! FreeRADIUS as a device that takes CoA and Disconnect over TLS (its listener `type = coa`) and does not connect to us: radsecproxy passes
//! neither on.

use super::authority::Client;
use super::child::Program;
use super::office_world::{ADMIN, World, device, node, report};
use office::NetworkDoor;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

/// Listens on a port, with a certificate of the world's authority; acknowledges everything.
fn acknowledging(world: &World, directory: &Path, port: u16) -> Program {
    std::fs::create_dir(directory).unwrap();
    let (certificate, key) = device(world, "nas.example.net").write(directory, "nas");
    let (place, authority) = (directory.display(), world.directory.path().join("authority.pem"));
    let configuration = format!(
        "prefix = /usr\nlibdir = /usr/lib/freeradius\nraddbdir = {place}\nlogdir = {place}\nrun_dir = {place}\npidfile = {place}/pid\n\
         max_request_time = 30\nproxy_requests = no\nlog {{\n  destination = files\n  file = {place}/log\n}}\n\
         security {{\n  max_attributes = 200\n}}\n\
         thread pool {{\n  start_servers = 2\n  max_servers = 4\n  min_spare_servers = 1\n  max_spare_servers = 4\n}}\n\
         modules {{\n}}\nclients radsec {{\n  client talea {{\n    ipaddr = 127.0.0.1\n    proto = tls\n    secret = radsec\n  }}\n}}\n\
         server coa {{\n  listen {{\n    type = coa\n    ipaddr = 127.0.0.1\n    port = {port}\n    proto = tcp\n    clients = radsec\n\
         \x20   tls {{\n      private_key_file = {}\n      certificate_file = {}\n      ca_file = {}\n      require_client_cert = yes\n\
         \x20     ecdh_curve = \"\"\n    }}\n  }}\n  recv-coa {{\n  }}\n  send-coa {{\n  }}\n}}\n",
        key.display(),
        certificate.display(),
        authority.display(),
    );
    std::fs::write(directory.join("radiusd.conf"), configuration).unwrap();
    std::fs::write(directory.join("dictionary"), "$INCLUDE /usr/share/freeradius/dictionary\n").unwrap();
    Program::start(Command::new("freeradius").args(["-f", "-d"]).arg(directory), "freeradius")
}

#[test]
fn a_device_that_does_not_connect_is_dialled_until_it_answers_and_told_over_tls() {
    let world = World::start();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = format!("127.0.0.1:{port}");
    let dialled = |name: &str, address: &str, certificate: &str| {
        let mut form = node(name, address, certificate);
        form.settings.insert("tls_dial".to_owned(), place.clone());
        world.office.create_node(&ADMIN, form).unwrap();
    };
    dialled("nas", "127.0.0.1", "nas.example.net");
    // Whoever answers there is not this one.
    dialled("other", "127.0.0.2", "other.example.net");
    // All devices of a prefix have the name of this one: whose sessions it would be told of, nobody could say.
    dialled("many", "127.0.0.4/30", "nas.example.net");
    let account = world.subscriber("anna@home", "secret");
    let identity = device(&world, "nas.example.net");
    let mut client = Client::connect(world.tls(), &world.authority, Some(&identity)).unwrap();
    client.ask(&report(1, 1, "s-1", "anna@home", 0));
    drop(client);
    let to = |world: &World, name: &str| {
        let links = world.server.links();
        links.into_iter().filter(|link| link.node == name && link.address == place).count()
    };
    let error = |world: &World, name: &str| {
        let seen = world.server.nodes().into_iter().find(|seen| &*seen.name == name);
        seen.and_then(|seen| seen.last_error).map(|(_, words)| words).unwrap_or_default()
    };
    world.eventually("nobody answers yet", |world| error(world, "nas").contains("cannot be dialled"));
    let _device = acknowledging(&world, &world.directory.path().join("nas"), port);
    world.eventually("it is dialled again", |world| to(world, "nas") == 1);
    world.block(account);
    let acknowledged = |world: &World| world.server.metrics().steered_of("nas", "disconnect", "ack") == 1;
    world.eventually("it acknowledges over this connection", acknowledged);
    world.eventually("another certificate", |world| error(world, "other").contains("not valid for name"));
    assert_eq!(to(&world, "other"), 0);
    assert_eq!((to(&world, "many"), error(&world, "many")), (0, String::new()), "never tried");
    world.stop();
}
