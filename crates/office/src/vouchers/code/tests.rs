//! What codes look like, and which slips in writing them are noticed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::OfficeError;

fn reason(typed: &str) -> String {
    match VoucherCode::read(typed).err() {
        Some(OfficeError::Invalid(fields)) => {
            assert_eq!((fields.len(), fields[0].field.as_str()), (1, "code"));
            fields[0].reason.clone()
        }
        other => panic!("{typed} is taken: {:?}", other),
    }
}

#[test]
fn a_code_is_read_back_however_it_is_typed() {
    let code = VoucherCode::random().unwrap();
    let shown = code.shown();
    assert_eq!((shown.len(), shown.matches('-').count()), (19, 3), "{shown}");
    for typed in [
        shown.clone(),
        shown.to_lowercase(),
        shown.replace('-', ""),
        format!("  {} ", shown.replace('-', " ")),
    ] {
        assert!(VoucherCode::read(&typed).unwrap() == code, "{typed}");
    }
}

#[test]
fn every_single_wrong_character_and_every_swap_is_noticed() {
    for _ in 0..20 {
        let right = VoucherCode::random().unwrap();
        for at in 0..LENGTH {
            for letter in LETTERS {
                let mut other = right.clone();
                other.0[at] = *letter;
                assert_eq!(VoucherCode::read(&other.shown()).is_ok(), other == right);
            }
            for with in 0..at {
                let mut other = right.clone();
                other.0.swap(at, with);
                assert_eq!(VoucherCode::read(&other.shown()).is_ok(), other == right);
            }
        }
    }
}

#[test]
fn what_is_no_code_is_told_apart() {
    let shown = VoucherCode::random().unwrap().shown();
    assert!(reason(&shown[1..]).contains("these are 15"));
    assert!(reason(&format!("{shown}A")).contains("these are 17"));
    assert!(reason(&format!("O{}", &shown[1..])).contains("character O"));
    assert!(reason(&format!("é{}", &shown[1..])).contains("no code has"));
    assert!(reason("").contains("these are 0"));
}

#[test]
fn a_digest_is_of_one_installation_and_does_not_show_the_code() {
    let code = VoucherCode::random().unwrap();
    let (one, other) = (Secrets::ephemeral().unwrap(), Secrets::ephemeral().unwrap());
    let digest = code.digest(&DigestKey::new(&one));
    assert_eq!((digest.len(), &digest), (32, &code.digest(&DigestKey::new(&one))));
    assert_ne!(digest, code.digest(&DigestKey::new(&other)));
}

#[test]
fn codes_use_the_whole_alphabet_evenly() {
    let mut seen = [0u32; BASE];
    for _ in 0..3_000 {
        VoucherCode::random().unwrap().0.iter().for_each(|letter| seen[number(*letter).unwrap()] += 1);
    }
    // 48,000 characters: about 1,548 of each.
    assert!(seen.iter().all(|count| (1_300..1_800).contains(count)), "{seen:?}");
}
