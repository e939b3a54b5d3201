//! A message written by the names of its AVPs, as a gateway's document lists them. Must not know: this crate.

use diameter::{Dictionary, Encoder, Header};

/// An AVP by the names of its groups and its own, and its value; octets as `0x...`, an empty group as `group`. Neighbours in the same
/// group are in one; `#` and anything behind a name begins another one of that name.
pub type Written = (String, String);

pub fn at(group: &str, name: &str, value: impl ToString) -> Written {
    (if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") }, value.to_string())
}

/// A request with these AVPs at its head, and those behind.
pub fn request(header: &Header, head: &[(&str, &str)], avps: &[Written]) -> Vec<u8> {
    let head = head.iter().map(|(name, value)| (vec![*name], *value));
    let avps: Vec<_> =
        head.chain(avps.iter().map(|(path, value)| (path.split('/').collect(), value.as_str()))).collect();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, header);
    write(&mut encoder, &avps);
    assert!(encoder.finish() > 0);
    out
}

fn write(encoder: &mut Encoder<'_>, avps: &[(Vec<&str>, &str)]) {
    let mut rest = avps;
    while let Some((path, value)) = rest.first() {
        let name = path[0].split('#').next().unwrap();
        let id = Dictionary::builtin().named(name).unwrap_or_else(|| panic!("{name}")).id;
        if path.len() == 1 {
            match value.strip_prefix("0x") {
                Some(hex) => {
                    let octet = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
                    let octets: Vec<u8> = (0..hex.len()).step_by(2).map(octet).collect();
                    encoder.octets(id, &octets);
                }
                None if *value == "group" => {
                    let group = encoder.begin_group(id);
                    encoder.end_group(group);
                }
                None => assert!(Dictionary::builtin().put(encoder, name, value), "{name}"),
            }
            rest = &rest[1..];
            continue;
        }
        let together = rest.iter().take_while(|(other, _)| other[0] == path[0] && other.len() > 1).count();
        let members: Vec<_> =
            rest[..together].iter().map(|(path, value)| (path[1..].to_vec(), *value)).collect();
        let group = encoder.begin_group(id);
        write(encoder, &members);
        encoder.end_group(group);
        rest = &rest[together..];
    }
}
