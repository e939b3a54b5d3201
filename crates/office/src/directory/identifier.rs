//! Identifiers as they are stored: one spelling for each value, whatever way a person or a network element writes it.

use std::borrow::Cow;
use std::net::IpAddr;

/// Realms an identifier can live in.
pub const REALMS: [&str; 6] = ["user", "msisdn", "imsi", "mac", "ip", "card"];

/// The realm in which devices hold their MAC addresses, so that the directory's key lets each be in one place only. It finds no
/// account for the network, and nobody types it.
pub(crate) const DEVICE: &str = "device";

/// Characters of an identifier at most (RFC 7542 2.2: user names have up to 253 octets).
const VALUE_MOST: usize = 253;
/// Digits of an international number (ITU-T E.164).
const MSISDN_DIGITS: std::ops::RangeInclusive<usize> = 3..=15;
/// Digits of an IMSI (ITU-T E.212).
const IMSI_DIGITS: std::ops::RangeInclusive<usize> = 6..=15;
/// Digits of a 48-bit hardware address.
const MAC_DIGITS: usize = 12;

/// The stored spelling of a value: MSISDN and IMSI as digits only, MAC upper case with colons, user in lower case, IP canonical. An
/// error says what such a value looks like.
pub fn normalise<'a>(realm: &str, value: &'a str) -> Result<Cow<'a, str>, &'static str> {
    // As nearly all are: nothing to trim, nothing that is no character.
    let is_plain = value.bytes().all(|octet| octet.is_ascii_graphic());
    let value = if is_plain { value } else { value.trim() };
    if value.is_empty() {
        return Err("is empty");
    }
    if value.len() > VALUE_MOST || !is_plain && value.chars().any(char::is_control) {
        return Err("has at most 253 characters, none of them control characters");
    }
    match realm {
        "user" => user(value),
        "msisdn" => digits(value, &MSISDN_DIGITS).ok_or("is an international number of 3 to 15 digits"),
        "imsi" => digits(value, &IMSI_DIGITS).ok_or("is a number of 6 to 15 digits"),
        "mac" => mac(value).map(Cow::Owned).ok_or("is a MAC address of 12 hexadecimal digits"),
        "ip" => value.parse::<IpAddr>().map(|ip| Cow::Owned(ip.to_string())).map_err(|_| "is an IP address"),
        "card" => Ok(Cow::Borrowed(value)),
        _ => Err("realm is one of user, msisdn, imsi, mac, ip, card"),
    }
}

fn user(value: &str) -> Result<Cow<'_, str>, &'static str> {
    if value.chars().any(char::is_whitespace) {
        return Err("is a user name without blanks");
    }
    let lower = value.chars().any(char::is_uppercase);
    Ok(if lower { Cow::Owned(value.to_lowercase()) } else { Cow::Borrowed(value) })
}

/// Digits only; blanks, dashes, dots, brackets and a leading plus are left out.
fn digits<'a>(value: &'a str, length: &std::ops::RangeInclusive<usize>) -> Option<Cow<'a, str>> {
    let found = if value.bytes().all(|b| b.is_ascii_digit()) {
        Cow::Borrowed(value)
    } else {
        let number = value.strip_prefix('+').unwrap_or(value);
        if !number.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/')) {
            return None;
        }
        Cow::Owned(number.chars().filter(char::is_ascii_digit).collect::<String>())
    };
    length.contains(&found.len()).then_some(found)
}

/// `AA:BB:CC:DD:EE:FF` from twelve hexadecimal digits with colons, dashes, dots or nothing between them.
pub(crate) fn mac(value: &str) -> Option<String> {
    let mut digits = 0;
    let mut text = String::with_capacity(MAC_DIGITS + 5);
    for c in value.trim().chars() {
        if matches!(c, ':' | '-' | '.' | ' ') {
            continue;
        }
        if !c.is_ascii_hexdigit() || digits == MAC_DIGITS {
            return None;
        }
        if digits > 0 && digits % 2 == 0 {
            text.push(':');
        }
        text.push(c.to_ascii_uppercase());
        digits += 1;
    }
    (digits == MAC_DIGITS).then_some(text)
}

/// The word for a realm on screens.
pub fn shown(realm: &str) -> &'static str {
    match realm {
        "user" => "user name",
        "msisdn" => "phone number",
        "imsi" => "IMSI",
        "mac" => "MAC address",
        "ip" => "IP address",
        "card" => "card number",
        DEVICE => "device",
        _ => "identifier",
    }
}
