//! SIP digest as a SIP server asks for it (RFC 5090).

use super::SECRET;
use md5::{Digest, Md5};
use radius::client::{Request, RequestBuilder};

pub fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|octet| format!("{octet:02x}")).collect()
}

/// A request in the RFC's form, by number: FreeRADIUS writes these names in the older form.
pub fn digest(identifier: u8, nonce: &str, password: &str) -> Request {
    let (ha1, ha2) = (md5(&format!("anna@home:home:{password}")), md5("REGISTER:sip:home"));
    let response = md5(&format!("{ha1}:{nonce}:00000001:c1:auth:{ha2}"));
    let mut request = RequestBuilder::access(identifier, [identifier; 16]);
    request.attribute(radius::number::USER_NAME, b"anna@home").unwrap();
    let asked = [(108, "REGISTER"), (109, "sip:home")];
    let answered = [
        (103, response.as_str()),
        (104, "home"),
        (105, nonce),
        (110, "auth"),
        (113, "c1"),
        (114, "00000001"),
        (115, "anna@home"),
    ];
    let answered = answered.into_iter().filter(|_| !nonce.is_empty());
    for (number, text) in asked.into_iter().chain(answered) {
        request.attribute(number, text.as_bytes()).unwrap();
    }
    request.sign(SECRET.as_bytes()).unwrap()
}
