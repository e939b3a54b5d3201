//! Where a subscriber is, in the attributes of 3GPP packet gateways (TS 29.061 16.4.7.2).

/// 3GPP.
pub const VENDOR: u32 = 10_415;
/// 3GPP-User-Location-Info.
pub const USER_LOCATION_INFO: u32 = 22;
/// What fills the half octet behind a network code of two digits.
const FILLER: u8 = 0x0f;

/// Mobile country and network code of a 3GPP-User-Location-Info: after the octet that tells its form, every form begins with them
/// (TS 29.274 8.21). `None` where it is cut or holds no digits.
pub fn visited_network(location: &[u8]) -> Option<String> {
    let &[_, first, second, third, ..] = location else { return None };
    let digits = [first & 0x0f, first >> 4, second & 0x0f, third & 0x0f, third >> 4, second >> 4];
    let digits = digits.iter().filter(|digit| **digit != FILLER);
    digits.map(|digit| char::from_digit(u32::from(*digit), 10)).collect()
}
