//! Which connection of a node a device is told over.

use super::*;

#[test]
fn a_device_is_told_over_its_own_connection_only() {
    let (links, now) = (Links::default(), Instant::from_micros(0));
    let local: SocketAddr = "192.0.2.1:2083".parse().unwrap();
    let open = |peer: &str| {
        links.open("bng", (peer.parse().unwrap(), local), String::new(), now.plus(calendar::Seconds(1)))
    };
    let (one, _other) = (open("10.0.0.1:2083"), open("[::ffff:10.0.0.2]:40000"));
    let of = |ip: &str| links.of("bng", Some(ip.parse().unwrap())).map(|link| link.peer());
    assert_eq!(of("10.0.0.1"), Some(one.link.peer()));
    assert_eq!(of("10.0.0.2").map(|peer| peer.port()), Some(40_000));
    assert_eq!(of("10.0.0.3"), None, "whoever has opened a connection to another device");
    one.link.heard(now.plus(calendar::Seconds(9)));
    assert_eq!(links.of("bng", None).map(|link| link.peer()), Some(one.link.peer()), "the one heard last");
}
