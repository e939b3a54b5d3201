//! radsecproxy in front: UDP from radclient, TLS to us. Nobody here wrote either.

use super::office_world::{World, device};
use std::io::Write;
use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Proxy(Child);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn radclient(port: u16, kind: &str, attributes: &str) -> String {
    let mut child = Command::new("radclient")
        .args(["-x", "-r", "1", "-t", "3", &format!("127.0.0.1:{port}"), kind, "testing123"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test needs radclient: see scripts/install-test-tools");
    child.stdin.take().unwrap().write_all(attributes.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A free UDP port.
fn free_port() -> u16 {
    UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn log_ins_and_reports_come_through_radsecproxy() {
    let world = World::start();
    world.node("proxy", "127.0.0.1", "proxy.example.net");
    world.subscriber("anna@home", "secret");
    let directory = world.directory.path();
    let (certificate, key) = device(&world, "proxy.example.net").write(directory, "proxy");
    let (port, log) = (free_port(), directory.join("radsecproxy.log"));
    let configuration = format!(
        "ListenUDP 127.0.0.1:{port}\nLogLevel 2\nLogDestination file://{}\n\
         tls default {{\n  CACertificateFile {}\n  CertificateFile {}\n  CertificateKeyFile {}\n}}\n\
         client 127.0.0.1 {{\n  type udp\n  secret testing123\n}}\n\
         server talea {{\n  host 127.0.0.1\n  port {}\n  type tls\n  secret radsec\n  certificateNameCheck off\n  statusServer on\n}}\n\
         realm * {{\n  server talea\n  accountingServer talea\n}}\n",
        log.display(),
        directory.join("authority.pem").display(),
        certificate.display(),
        key.display(),
        world.tls().port(),
    );
    let file = directory.join("radsecproxy.conf");
    std::fs::write(&file, configuration).unwrap();
    let proxy = Command::new("radsecproxy")
        .args(["-f", "-c"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("this test needs radsecproxy: see scripts/install-test-tools");
    let _proxy = Proxy(proxy);
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let until = Instant::now() + Duration::from_secs(60);
    let log_in = "User-Name = anna@home\nUser-Password = secret\nMessage-Authenticator = 0x00\n";
    let mut answer = String::new();
    while !answer.contains("Access-Accept") {
        assert!(Instant::now() < until, "{answer}\n{}", said());
        answer = radclient(port, "auth", log_in);
    }
    assert!(answer.contains("Mikrotik-Rate-Limit = \"10M/10M\""), "{answer}");
    let wrong = radclient(port, "auth", &log_in.replace("secret", "wrong"));
    assert!(wrong.contains("Access-Reject"), "{wrong}");
    let report = "User-Name = anna@home\nAcct-Session-Id = p-1\nAcct-Status-Type = Start\n";
    let recorded = radclient(port, "acct", report);
    assert!(recorded.contains("Accounting-Response"), "{recorded}\n{}", said());
    let customers = world.engine.store();
    customers.flush().unwrap();
    assert_eq!(world.server.metrics().answers_of("accounting"), 1);
    world.stop();
}
