//! The dictionary files and the constants in code say the same.

use diameter::codes::{application, avp, command, flags, result};
use diameter::dictionary::{Kind, Mandatory};
use diameter::{AvpId, Dictionary, Encoder, Header, Message, Rules};

/// Every constant is in the dictionary under its name, and the flags we send by default are the ones it asks for.
#[test]
fn constants_agree_with_the_dictionary() {
    let dictionary = Dictionary::builtin();
    for (name, id) in avp::ALL {
        let definition = dictionary.avp(*id).unwrap_or_else(|| panic!("{name} is not in the dictionary"));
        assert_eq!(definition.name, *name);
        assert_eq!(dictionary.named(name), Some(definition));
    }
    for (name, code) in command::ALL {
        assert_eq!(dictionary.command(*code).map(|command| command.name.as_str()), Some(*name));
    }
    for (name, id) in application::ALL {
        assert_eq!(dictionary.application(*id), Some(*name));
    }
    let codes = dictionary.avp(avp::RESULT_CODE).unwrap();
    for (name, code) in result::ALL {
        assert_eq!(codes.value_name(i64::from(*code)), Some(*name));
        assert_eq!(codes.value_number(name), Some(i64::from(*code)));
    }
    for definition in dictionary.avps() {
        let sends_m = definition.id.flags() & flags::AVP_MANDATORY != 0;
        let allowed = match definition.mandatory {
            Mandatory::Must => sends_m,
            Mandatory::MustNot => !sends_m,
            Mandatory::May => true,
        };
        assert!(allowed, "{} is sent with the wrong M bit", definition.name);
    }
    assert!(dictionary.avps().len() > 200);
    assert_eq!(dictionary.vendor(10415), Some("3GPP"));
}

/// Files of an operator add vendors, AVPs and value names; what they add is understood from then on.
#[test]
fn additions() {
    let text = "vendor 32473 Example\navp 1 Example-Plan Enumerated M # a comment\n  1 GOLD\nvalues Result-Code\n  5999 EXAMPLE\n";
    let dictionary = Dictionary::with_additions(&[("example.dict", text)]).unwrap();
    let plan = dictionary.avp(AvpId { vendor: 32473, code: 1 }).unwrap();
    assert_eq!((plan.kind, plan.value_name(1)), (Kind::Enumerated, Some("GOLD")));
    assert_eq!(dictionary.avp(avp::RESULT_CODE).unwrap().value_name(5999), Some("EXAMPLE"));

    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0, 1, 2));
    assert!(dictionary.put(&mut encoder, "Example-Plan", "GOLD"));
    encoder.finish();
    let message = Message::decode(&out).unwrap();
    assert!(Rules::strict(&dictionary).examine_all(&message).is_ok());
    assert!(Rules::default().examine_all(&message).is_err());
}

/// A wrong line is named by file, number and reason.
#[test]
fn wrong_lines() {
    let cases = [
        ("avp x Name Unsigned32 M", "x.dict, line 1: expected a number"),
        ("\navp 1000 Name Unsigned33 M", "x.dict, line 2: unknown type"),
        ("avp 1000 Name Unsigned32", "x.dict, line 1: expected M, may or - after the type"),
        ("avp 263 Other-Name UTF8String M", "x.dict, line 1: this AVP is already defined"),
        ("avp 1000 Session-Id UTF8String M", "x.dict, line 1: this AVP is already defined"),
        ("  1 LONELY", "x.dict, line 1: a value must stand below an AVP"),
        ("values Nothing", "x.dict, line 1: no such AVP is defined above"),
        ("attribute 1", "x.dict, line 1: expected vendor, application, command, avp or values"),
        ("vendor 1 Name more", "x.dict, line 1: unexpected text at the end of the line"),
    ];
    for (text, expected) in cases {
        let error = Dictionary::with_additions(&[("x.dict", text)]).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

/// AVPs are encoded from names and texts by their type; what does not fit writes nothing.
#[test]
fn encoding_by_name() {
    let dictionary = Dictionary::builtin();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, &Header::request(272, 4, 0, 1, 2));
    let good = [
        ("CC-Request-Type", "UPDATE_REQUEST"),
        ("CC-Time", "60"),
        ("CC-Total-Octets", "18446744073709551615"),
        ("Host-IP-Address", "2001:db8::1"),
        ("Event-Timestamp", "0"),
        ("Session-Id", "a;b"),
        ("Value-Digits", "-5"),
        ("3GPP-RAT-Type", "x"),
    ];
    for (name, value) in good {
        assert!(dictionary.put(&mut encoder, name, value), "{name}");
    }
    let bad = [
        ("CC-Time", "-1"),
        ("CC-Request-Type", "NEVER"),
        ("Host-IP-Address", "x"),
        ("Proxy-Info", ""),
        ("No", ""),
    ];
    for (name, value) in bad {
        assert!(!dictionary.put(&mut encoder, name, value), "{name}");
    }
    encoder.finish();
    let message = Message::decode(&out).unwrap();
    assert!(Rules::default().examine_all(&message).unwrap().is_empty());
    assert_eq!(message.avps().count(), good.len());
    assert_eq!(message.find(avp::CC_REQUEST_TYPE).unwrap().unwrap().i32(), Ok(2));
    assert_eq!(message.find(avp::EVENT_TIMESTAMP).unwrap().unwrap().time(), Ok(0));
}
