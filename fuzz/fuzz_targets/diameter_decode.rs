//! Octets from a stranger through everything that reads Diameter: nothing may panic, and every refusal must be well-formed.
#![no_main]

use diameter::answer::{Echo, Identity, Refusal, refuse};
use diameter::credit_control::{CreditControlAnswer, CreditControlRequest};
use diameter::frame::Splitter;
use diameter::peer::Capabilities;
use diameter::{Dictionary, Message, Rules, trace};
use libfuzzer_sys::fuzz_target;

fn who() -> Identity {
    Identity { host: "ocs.example".into(), realm: "example".into(), state_id: Some(1) }
}

fn read(bytes: &[u8]) {
    let mut out = Vec::new();
    if let Some(message) = Message::for_refusal(bytes) {
        let _ = trace::render(bytes, Dictionary::builtin());
        refuse(&Echo::of(&message), &who(), &Refusal::code(5012), &mut out);
        assert!(Message::decode(&out).is_ok());
    }
    let Ok(message) = Message::decode(bytes) else { return };
    let _ = Rules::default().examine_all(&message);
    let _ = Capabilities::read(&message);
    let _ = CreditControlAnswer::read(&message);
    out.clear();
    match CreditControlRequest::read(&message, &Rules::default()) {
        Ok(request) => {
            request.write(&mut out);
            let again = Message::decode(&out).expect("what was read can be written");
            assert!(CreditControlRequest::read(&again, &Rules::default()).is_ok());
        }
        Err(error) => {
            refuse(&Echo::of(&message), &who(), &Refusal::of(&error), &mut out);
            let answer = Message::decode(&out).expect("a refusal is well-formed");
            assert_eq!(answer.result_code(), Some(error.result_code()));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    read(data);
    let mut splitter = Splitter::default();
    splitter.feed(data);
    while let Ok(Some(message)) = splitter.next_message() {
        read(message);
    }
});
