//! Any text as an operator's dictionary: nothing panics, files that include one another come to an end, and what was defined can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use radius::{Dictionary, Packet, PacketBuilder};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let mut dictionary = Dictionary::built_in();
    let mut asked = 0;
    let mut include = |_: &str| {
        asked += 1;
        if asked > 16 {
            Err("enough".to_owned())
        } else {
            Ok(("again".to_owned(), text.clone().into_owned()))
        }
    };
    let notices = dictionary.parse_with("fuzz", &text, &mut include);
    notices.iter().for_each(|notice| drop(notice.to_string()));
    for name in text.split_whitespace().take(64) {
        if let Ok(attribute) = dictionary.encode(name, "1") {
            let mut packet = PacketBuilder::new(radius::Code::AccessAccept, 1);
            if packet.push_encoded(&attribute).is_ok() {
                let octets = packet.encode(&[0; 16]).expect("what fitted fits");
                let _ = dictionary.describe(&Packet::decode(&octets).expect("well-formed"));
            }
        }
    }
});
