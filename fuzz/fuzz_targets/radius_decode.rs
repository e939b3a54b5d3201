//! Any octets: decoding, walking, naming and reading a RADIUS packet never panics, and what was decoded encodes to the same octets.
#![no_main]

use libfuzzer_sys::fuzz_target;
use radius::authenticator::{RequestPolicy, verify_request};
use radius::trace::View;
use radius::{AccessRequest, AccountingReport, Dictionary, Packet, PacketBuilder};
use std::sync::LazyLock;

static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(Dictionary::built_in);
const SECRET: &[u8] = b"xyzzy5461";

fuzz_target!(|datagram: &[u8]| {
    let _ = DICTIONARY.dissect(datagram, View::Masked);
    DICTIONARY.blank_secrets(&mut datagram.to_vec());
    let Ok(packet) = Packet::decode(datagram) else { return };
    let _ = DICTIONARY.describe(&packet);
    let _ = verify_request(&packet, SECRET, RequestPolicy::default());
    if let Ok(request) = AccessRequest::read(&packet, SECRET) {
        let user = request.user_name.as_deref().unwrap_or_default();
        let _ = request.credential.matches(user, b"secret");
        if let radius::Credential::MsChap(response) = &request.credential {
            let _ = response.success(user, b"secret");
            let _ = response.mppe_keys(b"secret", (packet.authenticator(), SECRET), [1, 2]);
        }
    }
    let _ = radius::ms_chap::error_for(&packet);
    let _ = radius::eap::identifier(&packet);
    let _ = AccountingReport::read(&packet);

    let mut again = PacketBuilder::new(packet.code(), packet.identifier());
    for attribute in packet.attributes() {
        again.push(attribute.number, attribute.value).expect("what fitted fits");
    }
    assert_eq!(again.encode(packet.authenticator()).expect("what fitted fits"), packet.bytes());
    let _ = PacketBuilder::reply_to(&packet, packet.code()).sign_reply(&packet, SECRET);
});
