//! MS-CHAPv2 against the example of RFC 2759 9.2 and the keys of RFC 3079 3.5.3, and MS-CHAP against RFC 2433.

use crate::octets;

use octets::{SECRET, octets};
use radius::eap::{self, EapAnswer};
use radius::ms_chap::MsChap;
use radius::{AccessRequest, Credential, Packet, PacketBuilder, PacketError, ms_chap};

const MICROSOFT: u32 = 311;

fn request(attributes: &[(u32, Vec<u8>)], user: &str) -> Vec<u8> {
    let mut builder = PacketBuilder::new(radius::Code::AccessRequest, 1);
    builder.push(radius::number::USER_NAME, user.as_bytes()).unwrap();
    for (number, value) in attributes {
        builder.push_vendor(MICROSOFT, Default::default(), *number, value).unwrap();
    }
    builder.sign_random(&[7; 16], SECRET).unwrap()
}

/// The conversation of RFC 2759 9.2.
fn example() -> Vec<(u32, Vec<u8>)> {
    let mut response =
        octets("01 00 21 40 23 24 25 5E 26 2A 28 29 5F 2B 3A 33 7C 7E 00 00 00 00 00 00 00 00");
    response.extend(octets("82 30 9E CD 8D 70 8B 5E A0 8F AA 39 81 CD 83 54 42 33 11 4A 3D 85 D6 DF"));
    vec![(11, octets("5B 5D 7C 7D 7B 3F 2F 3E 3C 2C 60 21 32 26 26 28")), (25, response)]
}

fn credential(datagram: &[u8]) -> Result<Credential, PacketError> {
    Ok(AccessRequest::read(&Packet::decode(datagram)?, SECRET)?.credential)
}

#[test]
fn the_example_of_the_rfc_is_accepted_and_proves_our_knowledge_in_return() {
    let Credential::MsChap(response) = credential(&request(&example(), "User")).unwrap() else { panic!() };
    assert!(response.matches("User", b"clientPass"));
    assert!(response.matches("HOME\\User", b"clientPass"), "a domain in front does not count");
    assert!(!response.matches("User", b"clientpass"));
    assert!(!response.matches("Other", b"clientPass"), "the user name is part of the challenge");
    let success = response.success("User", b"clientPass").unwrap();
    assert_eq!(&success[1..], b"S=407A5589115FD0D6209F510FE9C04566932CDA56");
    assert_eq!(success[0], 1);
    assert!(response.error().starts_with(b"\x01E=691 R=0"));
}

#[test]
fn the_mppe_keys_are_those_of_rfc_3079_behind_their_salt() {
    let Credential::MsChap(response) = credential(&request(&example(), "User")).unwrap() else { panic!() };
    let authenticator = [9; 16];
    let keys =
        response.mppe_keys(b"clientPass", (&authenticator, SECRET), [0x0001, 0x8002]).unwrap().unwrap();
    // The send start key of 128 bits (RFC 3079 3.5.3) is what the server sends with.
    let send = octets("8B 7C DC 14 9B 99 3A 1B A1 18 CB 15 3F 56 DC CB");
    assert_eq!(keys[0].0, 16);
    assert_eq!(keys[0].1[..2], [0x80, 0x01], "the leftmost bit of a salt is set");
    assert_eq!(reveal(&keys[0].1, &authenticator), send);
    assert_ne!(reveal(&keys[1].1, &authenticator), send);
    assert_eq!(keys[1].1.len(), 34);
}

/// Undoes RFC 2548 2.4.2, written apart from what is tested.
fn reveal(value: &[u8], authenticator: &[u8; 16]) -> Vec<u8> {
    use md5::{Digest, Md5};
    let (salt, hidden) = value.split_at(2);
    let mut previous = [authenticator, salt].concat();
    let mut plain = Vec::new();
    for block in hidden.chunks(16) {
        let pad = Md5::digest([SECRET, &previous].concat());
        plain.extend(block.iter().zip(pad).map(|(octet, pad)| octet ^ pad));
        previous = block.to_vec();
    }
    plain[1..=usize::from(plain[0])].to_vec()
}

#[test]
fn version_one_is_accepted_by_its_nt_response_and_has_no_keys() {
    // Challenge and NT response of RFC 2433 appendix B.2 (password "MyPw").
    let mut response = vec![3, 1];
    response.extend([0; 24]);
    response.extend(octets("4E 9D 3C 8F 9C FD 38 5D 5B F4 D3 24 67 91 95 6C A4 C3 51 AB 40 9A 3D 61"));
    let attributes = vec![(11, octets("10 2D B5 DF 08 5D 30 41")), (1, response)];
    let Credential::MsChap(response) = credential(&request(&attributes, "anna")).unwrap() else { panic!() };
    assert!(response.matches("anna", b"MyPw"));
    assert!(!response.matches("anna", b"mypw"));
    assert_eq!(response.success("anna", b"MyPw"), None);
    assert_eq!(response.mppe_keys(b"MyPw", (&[0; 16], SECRET), [1, 2]).unwrap(), None);
    assert_eq!(
        ms_chap::nt_hash(b"MyPw").unwrap().to_vec(),
        octets("FC 15 6A F7 ED CD 6C 0E DD E3 33 7D 42 7F 4E AC")
    );
}

#[test]
fn responses_of_a_wrong_size_or_without_their_challenge_prove_nothing() {
    let whole = example();
    let unreadable = |attributes: &[(u32, Vec<u8>)]| {
        let read = credential(&request(attributes, "User")).unwrap();
        assert!(matches!(read, Credential::Unsupported("MS-CHAP")), "{read:?}");
        assert!(!read.matches("User", b"clientPass"));
    };
    unreadable(&whole[1..]);
    for length in [0, 1, 25, 49, 51] {
        for which in [0, 1] {
            let mut other = whole.clone();
            other[which].1.resize(length, 0);
            unreadable(&other);
        }
    }
}

/// An Access-Request with one EAP packet in as many attributes as it takes.
fn eap_request(eap: &[u8], piece: usize) -> Vec<u8> {
    let mut builder = PacketBuilder::new(radius::Code::AccessRequest, 1);
    builder.push(radius::number::USER_NAME, b"User").unwrap();
    for piece in eap.chunks(piece) {
        builder.push(radius::number::EAP_MESSAGE, piece).unwrap();
    }
    builder.sign_random(&[7; 16], SECRET).unwrap()
}

/// The same conversation inside EAP, in one attribute and in many (RFC 3579 3.1): the same proof of ours.
#[test]
fn the_example_inside_eap_is_read_from_its_pieces_and_proves_the_same() {
    let attributes = example();
    let (challenge, response) = (&attributes[0].1, &attributes[1].1);
    let asked = eap::ask_ms_chap(9, &challenge[..].try_into().unwrap());
    assert_eq!(asked[..10], [1, 9, 0, 31, 26, 1, 9, 0, 26, 16], "lengths of both layers");
    assert_eq!(&asked[10..26], &challenge[..]);
    let body = [&[26, 2, 9, 0, 58, 49], &response[2..], &[0], b"User"].concat();
    let answer = [&[2, 9, 0, 63], body.as_slice(), b"padding"].concat();
    for piece in [1, 7, 253] {
        let Credential::Eap(read) = credential(&eap_request(&answer, piece)).unwrap() else { panic!() };
        let EapAnswer::MsChap { identifier, peer, nt_response, name } = read.answer else { panic!() };
        assert_eq!((read.identifier, identifier, name.as_str()), (9, 9, "User"));
        let server = challenge[..].try_into().unwrap();
        let success =
            MsChap::second(identifier, (server, peer), nt_response).success("User", b"clientPass").unwrap();
        assert_eq!(&success[1..], b"S=407A5589115FD0D6209F510FE9C04566932CDA56");
    }
}

/// No cut, no octet changed and no length makes it panic or read beyond its end.
#[test]
fn eap_that_is_cut_or_changed_is_read_or_refused() {
    let body = [&[26, 2, 9, 0, 54, 49], [5; 49].as_slice()].concat();
    let answer = [&[2, 9, 0, 59], body.as_slice()].concat();
    for length in 1..answer.len() {
        let read = credential(&eap_request(&answer[..length], 253)).unwrap();
        assert!(matches!(read, Credential::Unsupported("EAP")), "{length} octets");
    }
    for (at, octet) in (0..12).flat_map(|at| (0..=255).map(move |octet| (at, octet))) {
        let mut other = answer.clone();
        other[at] = octet;
        credential(&eap_request(&other, 253)).unwrap();
    }
    let start = credential(&eap_request(&[], 253)).unwrap();
    assert_eq!(start, Credential::None, "no attribute at all");
}
