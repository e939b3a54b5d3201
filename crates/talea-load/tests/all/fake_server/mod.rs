//! A Diameter server that answers everything with success, and a few things wrongly on purpose.

use diameter::codes::{avp, command};
use diameter::frame::Splitter;
use diameter::{Encoder, Message};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// What is done to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mischief {
    None,
    /// Result-Code 4012.
    Refuse,
    /// Result-Code 4012 of the service only.
    RefuseService,
    /// The CC-Request-Number of the request before.
    WrongNumber,
    /// Another session.
    WrongSession,
    /// No answer.
    Silence,
    /// Answered twice.
    Twice,
}

/// Serves connections until the test ends; `mischief` decides for each CCR-Update by its count, from 0.
pub fn start(mischief: impl Fn(u64) -> Mischief + Copy + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            std::thread::spawn(move || serve(stream.unwrap(), mischief));
        }
    });
    address
}

fn serve(mut stream: TcpStream, mischief: impl Fn(u64) -> Mischief) {
    let (mut splitter, mut chunk, mut updates) = (Splitter::default(), [0; 4096], 0);
    loop {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(count) => splitter.feed(&chunk[..count]),
        }
        while let Some(octets) = splitter.next_message().unwrap() {
            let request = Message::decode(octets).unwrap();
            let is_update = request.header.command == command::CREDIT_CONTROL
                && value(&request, avp::CC_REQUEST_TYPE) == 2;
            let mischief = if is_update { mischief(updates) } else { Mischief::None };
            updates += u64::from(is_update);
            let answer = answer(&request, mischief);
            let times = match mischief {
                Mischief::Silence => 0,
                Mischief::Twice => 2,
                _ => 1,
            };
            for _ in 0..times {
                if stream.write_all(&answer).is_err() {
                    return;
                }
            }
        }
    }
}

fn value(request: &Message<'_>, id: diameter::AvpId) -> u32 {
    request.find(id).unwrap().map_or(0, |found| found.u32().unwrap())
}

fn answer(request: &Message<'_>, mischief: Mischief) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut encoder = Encoder::new(&mut octets, &request.header.answer());
    if let Some(session) = request.find(avp::SESSION_ID).unwrap() {
        let mut name = session.data.to_vec();
        if mischief == Mischief::WrongSession {
            *name.last_mut().unwrap() ^= 1;
        }
        encoder.octets(avp::SESSION_ID, &name);
    }
    encoder.u32(avp::RESULT_CODE, if mischief == Mischief::Refuse { 4012 } else { 2001 });
    encoder.text(avp::ORIGIN_HOST, "fake.example");
    encoder.text(avp::ORIGIN_REALM, "example");
    if request.header.command == command::CREDIT_CONTROL {
        encoder.u32(avp::CC_REQUEST_TYPE, value(request, avp::CC_REQUEST_TYPE));
        let number = value(request, avp::CC_REQUEST_NUMBER) - u32::from(mischief == Mischief::WrongNumber);
        encoder.u32(avp::CC_REQUEST_NUMBER, number);
        let service = encoder.begin_group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL);
        let granted = encoder.begin_group(avp::GRANTED_SERVICE_UNIT);
        encoder.u64(avp::CC_TOTAL_OCTETS, 1);
        encoder.end_group(granted);
        encoder.u32(avp::RESULT_CODE, if mischief == Mischief::RefuseService { 4012 } else { 2001 });
        encoder.end_group(service);
    }
    encoder.finish();
    octets
}
