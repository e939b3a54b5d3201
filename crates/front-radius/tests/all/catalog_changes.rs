//! A running session follows its catalog: another speed when a new version is published, turbo when the clock of its schedule says so,
//! each told to the device by CoA; dictionaries and profiles of the operator count without a restart.

use crate::world;

use calendar::Instant as Moment;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::Payment;
use front_radius::{Equipment, Sources};
use radius::{Code, Dictionary, Packet, PacketBuilder};
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;
use world::radclient::ask;
use world::wire::{Client, Counters, START, report};
use world::*;

/// HomeConnect+ with another speed, and with turbo at night.
const PLUS: &str = r#"policies = [{ service = "internet", down_kbps = 10000, up_kbps = 10000 }]"#;

fn snapshot(version: u32, policies: &str) -> Arc<Snapshot> {
    assert!(CATALOG.contains(PLUS));
    let night =
        "\n[[off_peak_periods]]\ncode = \"night\"\nname = \"Nights\"\nwhen = [{ hours = \"18:00-06:00\" }]\n";
    let text = CATALOG.replace(PLUS, policies) + night;
    let catalog: Catalog = toml::from_str(&text).unwrap();
    Arc::new(Snapshot::compile(catalog, CatalogVersion(version), None).unwrap())
}

struct Device(UdpSocket);

impl Device {
    /// The attributes of the next CoA-Request, acknowledged.
    fn told(&self, patience: Duration) -> Option<Vec<String>> {
        self.0.set_read_timeout(Some(patience)).unwrap();
        let mut buffer = [0; 4096];
        let (length, from) = self.0.recv_from(&mut buffer).ok()?;
        let packet = Packet::decode(&buffer[..length]).unwrap();
        assert_eq!(packet.code(), Code::CoaRequest);
        let reply = PacketBuilder::reply_to(&packet, Code::CoaAck);
        self.0.send_to(&reply.sign_reply(&packet, SECRET.as_bytes()).unwrap(), from).unwrap();
        Some(Dictionary::built_in().describe(&packet))
    }
}

/// A world with one session that was let in with the speed of now.
fn running() -> (Device, World) {
    let socket = UdpSocket::bind((CALM, 0)).unwrap();
    let world = World::with_devices_at(socket.local_addr().unwrap().port());
    world.subscriber(7, "homeconnect-plus", Payment::Postpaid, "anna@home", "x");
    (Device(socket), world)
}

fn log_in(world: &World) {
    let request = format!("User-Name = anna@home\nUser-Password = x\nPacket-Src-IP-Address = {CALM}\n");
    let reply = ask(world.server.auth_address(), "auth", &request);
    assert!(reply.contains("Received Access-Accept"), "{reply}");
    let begun = report(1, START, "s-1", "anna@home", Counters::default());
    Client::at(CALM).ask(world.server.accounting_address(), &begun).unwrap();
}

fn has(told: &[String], attribute: &str) -> bool {
    told.iter().any(|line| line == attribute)
}

#[test]
fn publishing_a_catalog_tells_the_device_of_a_running_session_its_new_speed() {
    let (device, world) = running();
    log_in(&world);
    let faster = r#"policies = [{ service = "internet", down_kbps = 20000, up_kbps = 10000 }]"#;
    world.engine.publish(snapshot(2, faster));
    let told = device.told(Duration::from_secs(20)).expect("told by CoA");
    assert!(has(&told, "Mikrotik-Rate-Limit = \"10M/20M\""), "{told:?}");
    assert!(has(&told, "Acct-Session-Id = \"s-1\""), "{told:?}");
    // The same again is no news to the device.
    world.engine.publish(snapshot(3, faster));
    assert_eq!(device.told(Duration::from_millis(700)), None);
    world.stop();
}

#[test]
fn a_schedule_tells_the_device_at_its_boundary_and_back_again() {
    let (device, world) = running();
    let turbo = r#"policies = [{ service = "internet", down_kbps = 10000, up_kbps = 10000, turbo = { down_kbps = 50000, up_kbps = 10000 }, schedule = [{ during = "night", access = "turbo" }] }]"#;
    world.engine.publish(snapshot(2, turbo));
    log_in(&world);
    assert_eq!(device.told(Duration::from_millis(700)), None, "it was let in with what is right now");
    for (time, rate) in [
        ("2026-06-01T18:00:01Z", "Mikrotik-Rate-Limit = \"10M/50M\""),
        ("2026-06-02T06:00:01Z", "Mikrotik-Rate-Limit = \"10M/10M\""),
    ] {
        world.engine.clock().advance_to(Moment::parse(time).unwrap());
        let told = device.told(Duration::from_secs(20)).unwrap_or_else(|| panic!("nothing at {time}"));
        assert!(has(&told, rate), "{told:?}");
    }
    world.stop();
}

#[test]
fn an_operators_dictionary_and_profiles_are_read_with_what_they_include_and_again_when_they_change() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("dictionary", "$INCLUDE dictionary.acme\n");
    write(
        "dictionary.acme",
        "VENDOR Acme 70000 format=2,2\nBEGIN-VENDOR Acme\nATTRIBUTE Acme-Speed 300 string\nEND-VENDOR Acme\n",
    );
    let profiles = directory.path().join("profiles");
    std::fs::create_dir(&profiles).unwrap();
    let profile = |attribute: &str| {
        format!(
            "name = \"acme\"\ntitle = \"Acme\"\nidentify = [{{ attribute = \"User-Name\", realm = \"user\" }}]\n\
             [[accept]]\nattribute = \"{attribute}\"\nvalue = \"${{down_kbps}}\"\n"
        )
    };
    std::fs::write(profiles.join("acme.toml"), profile("Acme-Speed")).unwrap();
    let dictionaries = vec![directory.path().join("dictionary")];
    let sources = Sources { dictionaries, profiles: Some(profiles.clone()) };
    let equipment = Equipment::open(sources).unwrap();
    assert_eq!(equipment.loaded().profiles.get("acme").unwrap().title(), "Acme");
    let encoded = equipment.dictionary().encode("Acme-Speed", "x").unwrap();
    assert_eq!((encoded.vendor, encoded.number, encoded.format.type_octets), (70_000, 300, 2));
    assert!(!equipment.look_again(), "nothing has changed");
    // A mistake changes nothing and says what it is.
    std::fs::write(profiles.join("acme.toml"), profile("Acme-Spede") + "# wrong\n").unwrap();
    assert!(equipment.look_again());
    let trouble = equipment.trouble().unwrap();
    assert!(trouble.contains("acme.toml") && trouble.contains("Acme-Spede"), "{trouble}");
    assert_eq!(equipment.loaded().profiles.get("acme").unwrap().title(), "Acme");
    // Put right in the dictionary, and another device type beside it.
    write(
        "dictionary.acme",
        "VENDOR Acme 70000 format=2,2\nBEGIN-VENDOR Acme\nATTRIBUTE Acme-Spede 301 string\nEND-VENDOR Acme\n# and so on\n",
    );
    std::fs::write(profiles.join("b.toml"), profile("Acme-Spede").replace("\"acme\"", "\"acme-2\"")).unwrap();
    assert!(equipment.look_again());
    assert_eq!(equipment.trouble(), None);
    assert!(equipment.loaded().profiles.get("acme-2").is_some());
    assert!(equipment.dictionary().by_name("Acme-Speed").is_none(), "what was taken out is gone");
    write("dictionary", "$INCLUDE absent\n");
    assert!(equipment.look_again());
    assert!(equipment.trouble().unwrap().contains("absent"));
}
