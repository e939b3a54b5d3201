//! Numbers and addresses of networks become what rates know.

use super::*;

#[test]
fn called_addresses_become_what_rates_are_written_for() {
    assert_eq!(called("tel:+1-900-555"), "1900555");
    assert_eq!(called("sip:+1900555@ims.example;user=phone"), "1900555");
    assert_eq!(called("sip:Info@shop.example"), "info@shop.example");
    assert_eq!(called("1900"), "1900");
    assert_eq!((dialled("411"), dialled("tel:+1-900-555")), ("411".into(), "+1900555".into()));
    assert_eq!(dialled("sip:+shop@shop.example"), "+shop@shop.example");
    assert!(is_uri("tel:411") && !is_uri("411"));
}
