//! What passes between client and server, to be shown to tshark as a capture: by a wire tap in between, or as our own clients hear it.

use diameter::frame::split;
use diameter::message::MESSAGE_LIMIT;
use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    Client,
    Server,
}

type Tape = Arc<Mutex<Conversation>>;

pub struct Tap {
    pub address: SocketAddr,
    tape: Tape,
}

impl Tap {
    /// Listens for one client of the server.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let tape = Tape::default();
        let kept = tape.clone();
        std::thread::spawn(move || {
            let (client, _) = listener.accept().unwrap();
            let server = TcpStream::connect(server).unwrap();
            let (client2, server2) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let back = kept.clone();
            std::thread::spawn(move || pass(From::Server, server2, client2, &back));
            pass(From::Client, client, server, &kept);
        });
        Self { address, tape }
    }

    /// Whole messages in the order in which they passed, each direction by itself.
    pub fn messages(&self, of: From) -> Vec<Vec<u8>> {
        let tape = self.tape.lock().unwrap();
        let stream: Vec<u8> =
            tape.iter().filter(|(from, _)| *from == of).flat_map(|(_, o)| o.clone()).collect();
        let (mut messages, mut rest) = (Vec::new(), stream.as_slice());
        while let Some(length) = split(rest, MESSAGE_LIMIT).unwrap() {
            let (message, after) = rest.split_at(length);
            messages.push(message.to_vec());
            rest = after;
        }
        assert!(rest.is_empty(), "half a message from {of:?}");
        messages
    }

    /// A capture file of what passed.
    pub fn write_capture(&self, path: &Path) {
        write_capture(&[self.tape.lock().unwrap().clone()], path);
    }
}

/// What one connection has said.
pub type Conversation = Vec<(From, Vec<u8>)>;

thread_local! {
    /// What the clients of this thread's test send and receive, while it is recorded.
    static RECORDED: RefCell<Option<Vec<Conversation>>> = const { RefCell::new(None) };
}

/// What the clients say that a test opens on this thread.
pub fn record(test: impl FnOnce()) -> Vec<Conversation> {
    RECORDED.set(Some(Vec::new()));
    test();
    RECORDED.take().unwrap()
}

/// A place for another client, where clients are recorded.
pub fn another_client() -> Option<usize> {
    RECORDED.with_borrow_mut(|recorded| {
        let recorded = recorded.as_mut()?;
        recorded.push(Vec::new());
        Some(recorded.len() - 1)
    })
}

pub fn keep(client: Option<usize>, from: From, octets: &[u8]) {
    RECORDED.with_borrow_mut(|recorded| {
        if let Some((client, recorded)) = client.zip(recorded.as_mut()) {
            recorded[client].push((from, octets.to_vec()));
        }
    });
}

/// A capture file of raw IPv4 packets, the server on port 3868, each conversation with a port of its own.
pub fn write_capture(conversations: &[Conversation], path: &Path) {
    let mut file = Vec::new();
    // Magic, version 2.4, zone, accuracy, longest packet, link type 101: raw IP.
    for word in [0xa1b2_c3d4u32, 0x0004_0002, 0, 0, 0x4_0000, 101] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    let mut second = 0u32;
    for (port, conversation) in (50_000u16..).zip(conversations) {
        let (mut client_sent, mut server_sent) = (1u32, 1u32);
        for (from, octets) in conversation {
            for part in octets.chunks(8_000) {
                let packet = packet((*from, port), (client_sent, server_sent), part);
                let length = u32::try_from(packet.len()).unwrap();
                for word in [second, 0, length, length] {
                    file.extend_from_slice(&word.to_le_bytes());
                }
                file.extend_from_slice(&packet);
                let sent = if *from == From::Client { &mut client_sent } else { &mut server_sent };
                *sent += u32::try_from(part.len()).unwrap();
            }
            second += 1;
        }
    }
    std::fs::write(path, file).unwrap();
}

fn pass(from: From, mut source: TcpStream, mut target: TcpStream, tape: &Tape) {
    let mut chunk = [0; 16 * 1024];
    while let Ok(count @ 1..) = source.read(&mut chunk) {
        tape.lock().unwrap().push((from, chunk[..count].to_vec()));
        if target.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    let _ = target.shutdown(std::net::Shutdown::Write);
}

/// IPv4 and TCP headers without options and checksums, and the octets.
fn packet((from, port): (From, u16), (client_sent, server_sent): (u32, u32), octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + octets.len()).unwrap().to_be_bytes();
    let (client, server) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let ((source, source_port), (target, target_port), sent, seen) = match from {
        From::Client => ((client, port), (server, 3_868u16), client_sent, server_sent),
        From::Server => ((server, 3_868), (client, port), server_sent, client_sent),
    };
    let mut packet = vec![0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, 6, 0, 0];
    packet.extend(source.iter().chain(&target));
    packet.extend(source_port.to_be_bytes().iter().chain(&target_port.to_be_bytes()));
    packet.extend(sent.to_be_bytes().iter().chain(&seen.to_be_bytes()));
    packet.extend([0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    packet.extend(octets);
    packet
}

/// Lines of tshark about a capture.
pub fn tshark(capture: &Path, filter: &str, fields: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-r", capture.to_str().unwrap(), "-Y", filter, "-T", "fields"]);
    for field in fields {
        command.args(["-e", field]);
    }
    let output = command.output().expect("tshark is missing: run `scripts/test setup` once");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark: {errors}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
