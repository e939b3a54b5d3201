//! The built-in dictionaries are without fault, an operator's file adds to them, and text becomes the octets equipment expects.

use radius::{Code, Dictionary, DictionaryError, Kind, Packet, PacketBuilder, VendorFormat};

fn value(dictionary: &Dictionary, name: &str, text: &str) -> Vec<u8> {
    dictionary
        .encode(name, text)
        .map(|attribute| attribute.value)
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn no_line_of_the_built_in_files_is_left_out_or_defined_twice() {
    let mut dictionary = Dictionary::empty();
    for (file, text) in Dictionary::built_in_files() {
        let notices = dictionary.parse(file, text);
        assert!(notices.is_empty(), "{}", notices[0]);
    }
    let mut seen = std::collections::BTreeSet::new();
    for (file, text) in Dictionary::built_in_files() {
        for name in text
            .lines()
            .filter(|line| line.starts_with("ATTRIBUTE"))
            .filter_map(|line| line.split_whitespace().nth(1))
        {
            let definition = dictionary.by_name(name).unwrap();
            assert!(
                seen.insert((definition.vendor, definition.inside, definition.number)),
                "{file}: {name} has a number of another"
            );
            let (vendor, number) = (definition.vendor, definition.number);
            let found = match definition.inside {
                None => dictionary.by_number(vendor, number),
                Some(outer) => dictionary.nested(vendor, outer, number),
            };
            assert_eq!(found.unwrap().name, name);
        }
    }
    assert!(seen.len() > 200, "only {} attributes", seen.len());
}

#[test]
fn the_attributes_that_set_a_speed_or_a_hotline_have_their_vendors_numbers() {
    let dictionary = Dictionary::built_in();
    let expected = [
        ("Mikrotik-Rate-Limit", 14988, 8, Kind::Text),
        ("Mikrotik-Address-List", 14988, 19, Kind::Text),
        ("Alc-SLA-Prof-Str", 6527, 13, Kind::Text),
        ("Alc-Subscriber-QoS-Override", 6527, 126, Kind::Text),
        ("Huawei-Output-Average-Rate", 2011, 5, Kind::Integer),
        ("Huawei-Domain-Name", 2011, 138, Kind::Text),
        ("ERX-CoS-Shaping-Pmt-Type", 4874, 108, Kind::Text),
        ("ERX-Service-Activate", 4874, 65, Kind::Text),
        ("WISPr-Bandwidth-Max-Down", 14122, 8, Kind::Integer),
        ("Cisco-AVPair", 9, 1, Kind::Text),
        ("Error-Cause", 0, 101, Kind::Integer),
        ("Framed-IPv6-Address", 0, 168, Kind::Ipv6),
    ];
    for (name, vendor, number, kind) in expected {
        let definition = dictionary.by_name(&name.to_uppercase()).unwrap();
        assert_eq!((definition.vendor, definition.number, definition.kind), (vendor, number, kind), "{name}");
    }
}

#[test]
fn text_becomes_octets_by_type() {
    let dictionary = Dictionary::built_in();
    let cases: [(&str, &str, &[u8]); 15] = [
        ("Mikrotik-Rate-Limit", "10M/10M", b"10M/10M"),
        ("Session-Timeout", "3600", &[0, 0, 14, 16]),
        ("Session-Timeout", "0xff", &[0, 0, 0, 255]),
        ("Service-Type", "framed-user", &[0, 0, 0, 2]),
        ("Acct-Status-Type", "Alive", &[0, 0, 0, 3]),
        ("Framed-IP-Address", "255.255.255.254", &[255, 255, 255, 254]),
        ("Class", "0x544C01", b"TL\x01"),
        ("Class", "plain", b"plain"),
        ("Framed-IPv6-Prefix", "2001:db8:7::1/48", &[0, 48, 0x20, 1, 0xd, 0xb8, 0, 7]),
        ("Framed-IPv6-Prefix", "::/0", &[0, 0]),
        ("Framed-Interface-Id", "0:0:0:1", &[0, 0, 0, 0, 0, 0, 0, 1]),
        ("Event-Timestamp", "1717200000", &[0x66, 0x5a, 0x64, 0x80]),
        ("Tunnel-Type:1", "VLAN", &[1, 0, 0, 13]),
        ("Tunnel-Private-Group-Id:1", "20", b"\x0120"),
        ("Tunnel-Private-Group-Id", "20", b"20"),
    ];
    for (name, text, octets) in cases {
        assert_eq!(value(&dictionary, name, text), octets, "{name} = {text}");
    }
}

#[test]
fn text_that_does_not_fit_is_refused_without_repeating_it() {
    let dictionary = Dictionary::built_in();
    let refused = |name, text| dictionary.encode(name, text).unwrap_err();
    let cases = [
        ("Session-Timeout", "soon"),
        ("Session-Timeout", "4294967296"),
        ("Framed-IP-Address", "10.0.0"),
        ("Framed-IPv6-Prefix", "2001:db8::/129"),
        ("Framed-Interface-Id", "1:2:3"),
        ("Class", "0xabc"),
        ("ARAP-Features", "short"),
    ];
    for (name, text) in cases {
        let error = refused(name, text);
        assert!(matches!(error, DictionaryError::BadValue { .. }), "{name} = {text}: {error}");
        assert!(!error.to_string().contains(text), "{error}");
    }
    for name in ["No-Such-Thing", "Session-Timeout:1", "Tunnel-Type:32", "Tunnel-Type:x"] {
        assert_eq!(refused(name, "1"), DictionaryError::UnknownAttribute(name.into()));
    }
    assert_eq!(refused("User-Password", "pearl"), DictionaryError::Encrypted("User-Password".into()));
}

#[test]
fn an_operators_file_adds_a_vendor_with_two_octet_types_and_it_travels_there_and_back() {
    let mut dictionary = Dictionary::built_in();
    let notices = dictionary.parse(
        "starent",
        "VENDOR Starent 8164 format=2,2\nBEGIN-VENDOR Starent # comment\n\
         ATTRIBUTE SN-Rulebase 250 String\nATTRIBUTE SN-IMSI 252 string secret\nEND-VENDOR Starent\n",
    );
    assert_eq!(notices, []);
    let mut packet = PacketBuilder::new(Code::AccessAccept, 1);
    packet.push_encoded(&dictionary.encode("SN-Rulebase", "gold").unwrap()).unwrap();
    packet.push_encoded(&dictionary.encode("SN-IMSI", "25001").unwrap()).unwrap();
    let bytes = packet.encode(&[0; 16]).unwrap();
    assert_eq!(bytes[20..34], [26, 14, 0, 0, 0x1f, 0xe4, 0, 250, 0, 8, b'g', b'o', b'l', b'd']);
    let packet = Packet::decode(&bytes).unwrap();
    let format = VendorFormat { type_octets: 2, length_octets: 2, continuation: false };
    let inside: Vec<(u32, &[u8])> = packet.vendor(8164, format).map(|a| (a.number, a.value)).collect();
    assert_eq!(inside, [(250, &b"gold"[..]), (252, b"25001")]);
    assert_eq!(dictionary.describe(&packet), ["SN-Rulebase = \"gold\"", "SN-IMSI = ***"]);
}

#[test]
fn what_a_file_says_beyond_our_grammar_is_reported_by_line_and_the_rest_counts() {
    let mut dictionary = Dictionary::empty();
    let notices = dictionary.parse(
        "odd",
        "PROTOCOL RADIUS\nATTRIBUTE Good 200 integer\nATTRIBUTE Bad\nATTRIBUTE Odd 201 abinary\n\
         ATTRIBUTE Flagged 202 string sparkling\nATTRIBUTE Inner 59.1 integer\nATTRIBUTE Big 256 integer\n\
         VALUE Nobody Some 1\nVALUE Good One x\nBEGIN-VENDOR Nobody\nVENDOR V 70000 format=3,1\n$INCLUDE other\n\
         VALUE Good Two 2\n",
    );
    let found: Vec<(usize, &str)> = notices.iter().map(|notice| (notice.line, notice.error.code())).collect();
    assert_eq!(
        found,
        [
            (1, "RADIUS-101"),
            (3, "RADIUS-102"),
            (4, "RADIUS-104"),
            (5, "RADIUS-105"),
            (6, "RADIUS-109"),
            (7, "RADIUS-103"),
            (8, "RADIUS-107"),
            (9, "RADIUS-103"),
            (10, "RADIUS-106"),
            (11, "RADIUS-108"),
            (12, "RADIUS-110"),
        ]
    );
    assert_eq!(notices[0].to_string(), "odd:1: RADIUS-101 unknown keyword PROTOCOL");
    assert_eq!(dictionary.by_name("Odd").map(|d| d.kind), Some(Kind::Octets));
    assert_eq!(dictionary.by_name("flagged").map(|d| d.kind), Some(Kind::Text));
    assert_eq!(value(&dictionary, "Good", "two"), [0, 0, 0, 2]);
}

#[test]
fn a_later_definition_wins_by_name_and_a_second_name_is_an_alias() {
    let mut dictionary = Dictionary::empty();
    dictionary.parse("first", "ATTRIBUTE Speed 200 string\nVALUE Speed Slow 1\n");
    assert_eq!(dictionary.parse("second", "ATTRIBUTE Speed 200 integer\nATTRIBUTE Rate 200 integer\n"), []);
    assert_eq!(value(&dictionary, "Speed", "slow"), [0, 0, 0, 1], "new type, old value names");
    assert_eq!(value(&dictionary, "Rate", "7"), [0, 0, 0, 7]);
    assert_eq!(dictionary.by_number(0, 200).map(|d| d.name.as_str()), Some("Speed"));
}

#[test]
fn values_are_shown_safely_whatever_they_hold() {
    let dictionary = Dictionary::built_in();
    let mut packet = PacketBuilder::new(Code::AccessAccept, 1);
    packet.push(18, b"bye\n\x1b[31m\"").unwrap();
    packet.push(1, &[0xff, 0xfe]).unwrap();
    packet.push(27, &[1]).unwrap();
    packet.push(6, &[0, 0, 0, 2]).unwrap();
    packet.push(222, b"\x01\x02").unwrap();
    packet.push(26, &[0, 0, 0x3a, 0x8c, 8, 200, 1]).unwrap();
    packet.push(26, &[0, 0, 0x3a, 0x8c, 16, 5, b'p', b's', b'k']).unwrap();
    let bytes = packet.encode(&[0; 16]).unwrap();
    assert_eq!(
        dictionary.describe(&Packet::decode(&bytes).unwrap()),
        [
            "Reply-Message = \"bye\\n\\u{1b}[31m\\\"\"",
            "User-Name = 0xfffe",
            "Session-Timeout = 0x01",
            "Service-Type = Framed-User",
            "Attr-222 = 0x0102",
            "Vendor-14988 = 3 octets not in its format",
            "Mikrotik-Wireless-PSK = ***",
        ]
    );
}

#[test]
fn files_pull_in_others_by_names_relative_to_their_own_and_not_without_end() {
    let files = [
        ("/etc/main", "$INCLUDE one\n$INCLUDE- absent\n$INCLUDE missing\n"),
        ("/etc/one", "ATTRIBUTE First 200 integer\n$INCLUDE main\n"),
    ];
    let mut asked = Vec::new();
    let mut include = |name: &str| {
        let (from, name) = name.split_once('\0').unwrap();
        asked.push((from.to_owned(), name.to_owned()));
        let path = format!("/etc/{name}");
        let found = files.iter().find(|(file, _)| *file == path);
        found.map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).ok_or("no such file".to_owned())
    };
    let mut dictionary = Dictionary::empty();
    let notices = dictionary.parse_with("/etc/main", files[0].1, &mut include);
    assert_eq!(asked[..2], [("/etc/main".into(), "one".into()), ("/etc/one".into(), "main".into())]);
    assert!(dictionary.by_name("First").is_some());
    assert!(notices.iter().all(|notice| notice.error.code() == "RADIUS-110"));
    assert!(notices.iter().any(|notice| notice.to_string().contains("missing is left out: no such file")));
    assert!(notices.iter().any(|notice| notice.to_string().contains("include one another")), "{notices:?}");
}

#[test]
fn nested_attributes_and_other_layouts_are_left_out_with_their_reason_and_the_container_stays() {
    let mut dictionary = Dictionary::empty();
    let notices = dictionary.parse(
        "acme",
        "VENDOR Acme 70000 format=1,1\nBEGIN-VENDOR Acme\nATTRIBUTE Acme-Quota 1 tlv\nBEGIN-TLV Acme-Quota\n\
         ATTRIBUTE Acme-Quota-Id 1 integer\nVALUE Acme-Quota-Id None 0\nEND-TLV Acme-Quota\nATTRIBUTE Acme-Rate 2 integer array\n\
         END-VENDOR Acme\nBEGIN-VENDOR Acme format=Extended-Vendor-Specific-5\nATTRIBUTE Acme-Ext 1 string\nEND-VENDOR Acme\n\
         ATTRIBUTE Plain 200 string\n",
    );
    let found: Vec<(usize, &str)> = notices.iter().map(|notice| (notice.line, notice.error.code())).collect();
    assert_eq!(found, [(4, "RADIUS-109"), (10, "RADIUS-108")]);
    assert_eq!(dictionary.by_name("Acme-Quota").map(|d| (d.vendor, d.number)), Some((70_000, 1)));
    assert_eq!(dictionary.by_name("Acme-Rate").map(|d| (d.vendor, d.number)), Some((70_000, 2)));
    assert_eq!(dictionary.by_name("Plain").map(|d| d.vendor), Some(0));
    assert!(dictionary.by_name("Acme-Quota-Id").is_none() && dictionary.by_name("Acme-Ext").is_none());
}

/// What FreeRADIUS brings, 237 files.
const FREERADIUS: &str = "/usr/share/freeradius";

#[test]
fn the_dictionaries_of_freeradius_are_taken_and_every_line_left_out_is_nested_or_of_another_layout() {
    let read = |path: &str| std::fs::read(path).map(|octets| String::from_utf8_lossy(&octets).into_owned());
    let main = format!("{FREERADIUS}/dictionary");
    let text = read(&main).expect("this test needs freeradius-common: see scripts/install-test-tools");
    let mut include = |name: &str| {
        let path = format!("{FREERADIUS}/{}", name.split_once('\0').unwrap().1);
        read(&path).map(|text| (path, text)).map_err(|error| error.to_string())
    };
    let mut dictionary = Dictionary::built_in();
    let notices = dictionary.parse_with(&main, &text, &mut include);
    let mut unexpected: Vec<String> = notices
        .iter()
        .filter(|notice| !notice.file.ends_with(".internal"))
        .filter(|notice| {
            !matches!(notice.error.code(), "RADIUS-104" | "RADIUS-107" | "RADIUS-108" | "RADIUS-109")
        })
        .map(ToString::to_string)
        .collect();
    unexpected.truncate(5);
    assert_eq!(unexpected, Vec::<String>::new());
    for (name, vendor, number) in
        [("SN-Rulebase", 8_164, 250), ("ERX-Service-Activate", 4_874, 65), ("WiMAX-Capability", 24_757, 1)]
    {
        let found = dictionary.by_name(name).map(|d| (d.vendor, d.number));
        assert_eq!(found, Some((vendor, number)), "{name}");
    }
}

/// X.S0011-006: a prepaid quota is one attribute of 3GPP2 with others inside, types and lengths of one octet.
#[test]
fn nested_attributes_of_a_vendor_are_made_by_their_own_names() {
    let dictionary = Dictionary::built_in();
    let quota =
        dictionary.encode("3GPP2-Prepaid-Acct-Quota-VolumeQuota", "1048576").map_err(|e| e.to_string());
    let Ok(quota) = quota else { panic!("{quota:?}") };
    assert_eq!((quota.vendor, quota.number, &quota.value[..]), (5_535, 90, &[2, 6, 0, 0x10, 0, 0][..]));
    assert_eq!(
        value(&dictionary, "3GPP2-Prepaid-Acct-Quota-UpdateReason", "Threshold-Reached"),
        [8, 4, 0, 3]
    );
    assert!(dictionary.is_nested("3GPP2-Prepaid-Acct-Quota-VolumeQuota"));
    assert!(!dictionary.is_nested("3GPP2-Prepaid-Acct-Quota") && !dictionary.is_nested("User-Name"));
    let mut own = Dictionary::empty();
    let notices = own.parse(
        "acme",
        "VENDOR Acme 70000\nBEGIN-VENDOR Acme\nATTRIBUTE Acme-Box 1 tlv\nATTRIBUTE Acme-In 1.2 string\n\
         ATTRIBUTE Acme-Deep 1.2.3 string\nATTRIBUTE Acme-Lost 9.1 string\nATTRIBUTE Acme-Big 1.256 string\nEND-VENDOR Acme\n\
         ATTRIBUTE Plain 59.1 string\n",
    );
    let left_out: Vec<(usize, &str)> =
        notices.iter().map(|notice| (notice.line, notice.error.code())).collect();
    assert_eq!(left_out, [(5, "RADIUS-109"), (6, "RADIUS-109"), (7, "RADIUS-103"), (9, "RADIUS-109")]);
    assert_eq!(own.nested(70_000, 1, 2).map(|known| known.name.as_str()), Some("Acme-In"));
    assert!(own.by_number(70_000, 2).is_none(), "it has no number of its own outside");
    let too_long = own.encode("Acme-In", &"x".repeat(254));
    assert!(matches!(too_long, Err(DictionaryError::BadValue { .. })), "{too_long:?}");
}
