//! How many CoA-Requests a second go out and are answered: `cargo run --release -p front-radius --example coa_rate [REQUESTS] [DEVICES]`.
//! The devices are threads on loopback addresses that acknowledge everything.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_arithmetic, missing_docs)]

use front_radius::{Ask, NasClient, Road};
use radius::client::RequestBuilder;
use radius::dynamic_client::{Limits, Outcome};
use radius::{Code, Packet, PacketBuilder, number};
use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const SECRET: &[u8] = b"xyzzy5461";

fn device() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let packet = Packet::decode(&buffer[..length]).unwrap();
            let reply = PacketBuilder::reply_to(&packet, Code::CoaAck).sign_reply(&packet, SECRET).unwrap();
            let _ = socket.send_to(&reply, from);
        }
    });
    address
}

fn request(session: usize) -> RequestBuilder {
    let mut request = RequestBuilder::change_of_authorization(0);
    request.attribute(number::ACCT_SESSION_ID, format!("s-{session:08}").as_bytes()).unwrap();
    request.attribute(number::USER_NAME, b"anna@home.example").unwrap();
    request
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>().unwrap());
    let (requests, devices) = (arguments.next().unwrap_or(50_000), arguments.next().unwrap_or(10));
    let devices: Vec<SocketAddr> = (0..devices).map(|_| device()).collect();
    let stop = tokio::sync::watch::Sender::new(false);
    let (client, task) = NasClient::start("127.0.0.1".parse().unwrap(), stop.subscribe());
    let (send, ended) = mpsc::channel();
    let started = Instant::now();
    for session in 0..requests {
        let send = send.clone();
        let mut ask = Box::new(Ask {
            device: Road::Udp(devices[session % devices.len()]),
            request: request(session),
            secret: Arc::from(SECRET),
            limits: Limits::default(),
            told: Box::new(move |ended| send.send(ended).unwrap()),
        });
        while let Err(back) = client.ask(*ask) {
            ask = back;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    drop(send);
    let ended: Vec<_> = tokio::task::spawn_blocking(move || ended.iter().collect()).await.unwrap();
    let took = started.elapsed();
    let done = ended.iter().filter(|ended| ended.outcome == Outcome::Done).count();
    let repeated: u32 = ended.iter().map(|ended| ended.repeated).sum();
    println!(
        "{done} of {requests} acknowledged in {took:?}, {repeated} repetitions: {:.0}/s",
        done as f64 / took.as_secs_f64()
    );
    stop.send_replace(true);
    task.await.unwrap();
}
