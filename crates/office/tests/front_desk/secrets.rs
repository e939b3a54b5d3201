//! Secrets at rest: what is sealed opens with the same key only, and every changed octet is noticed.

use crate::desk::{Desk, open};
use office::{SecretText, Secrets};

#[test]
fn a_seal_opens_again_also_after_a_restart_and_never_looks_alike() {
    let directory = tempfile::tempdir().unwrap();
    let secrets = Secrets::open(directory.path()).unwrap();
    let (one, two) = (secrets.seal(b"radius-key"), secrets.seal(b"radius-key"));
    assert_ne!(one, two);
    assert!(!one.windows(6).any(|w| w == b"radius"));
    let reopened = Secrets::open(directory.path()).unwrap();
    assert_eq!(reopened.unseal(&one).as_deref(), Some(&b"radius-key"[..]));
    assert_eq!(reopened.unseal(&secrets.seal(b"")).as_deref(), Some(&b""[..]));
}

#[test]
fn every_changed_octet_every_cut_and_every_other_key_is_noticed() {
    let secrets = Secrets::ephemeral().unwrap();
    let sealed = secrets.seal(b"radius-key");
    for position in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[position] ^= 1;
        assert_eq!(secrets.unseal(&changed), None, "octet {position}");
        assert_eq!(secrets.unseal(&sealed[..position]), None, "cut at {position}");
    }
    assert_eq!(Secrets::ephemeral().unwrap().unseal(&sealed), None);
}

#[cfg(unix)]
#[test]
fn the_key_file_is_readable_by_its_owner_only_and_a_broken_one_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    Secrets::open(directory.path()).unwrap();
    let path = directory.path().join("secret.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::write(&path, b"short").unwrap();
    let refused = Secrets::open(directory.path()).unwrap_err().to_string();
    assert!(refused.contains("does not hold a key of 32 octets"), "{refused}");
}

#[test]
fn no_secret_is_printed_or_stored_in_the_clear() {
    let printed = format!("{:?} {:?}", SecretText::from("hunter2"), Secrets::ephemeral().unwrap());
    assert!(!printed.contains("hunter2"));
    let desk = Desk::new();
    let account = desk.anna_smith().account.unwrap();
    let stored = desk.office.store().account_record(account).unwrap().unwrap().password.unwrap();
    assert!(!stored.windows(6).any(|w| w == b"s3cret"));
    let Desk { office, directory } = desk;
    office.engine().stop();
    drop(office);
    assert_eq!(open(directory.path()).directory().password(account).as_deref(), Some(&b"s3cret"[..]));
}
