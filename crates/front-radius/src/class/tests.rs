//! A Class is believed only as we made it.

use super::Handle;
use charging::RowId;

#[test]
fn a_handle_comes_back_as_it_was_and_any_changed_octet_makes_it_worthless() {
    for hotlined in [false, true] {
        let handle = Handle { account: RowId(0x0000_0007_0000_0003), hotlined };
        let octets = handle.sign(b"secret");
        assert_eq!(octets.len(), 20);
        assert_eq!(Handle::read(&octets, b"secret"), Some(handle));
        assert_eq!(Handle::read(&octets, b"another"), None);
        for at in 0..octets.len() {
            let mut changed = octets.clone();
            changed[at] ^= 1;
            assert_eq!(Handle::read(&changed, b"secret"), None, "octet {at}");
            assert_eq!(Handle::read(&octets[..at], b"secret"), None, "cut at {at}");
        }
    }
}
