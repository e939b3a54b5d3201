//! Reads dictionary text, line by line: ATTRIBUTE, VALUE, VENDOR, BEGIN-VENDOR, END-VENDOR, $INCLUDE, `#` comments. Lenient: a line it
//! can't use is left out and reported, the others count. It opens no file: whoever calls finds the text of included ones.

use super::{AttributeDefinition, Dictionary, DictionaryError, Encryption, MAX_FILE_LENGTH, Vendor};
use crate::attribute::VendorFormat;
use crate::value::{Kind, parse_number};
use std::fmt;

/// Most notices kept of one file with what it includes.
const MAX_NOTICES: usize = 1000;
/// Files that include one another at most.
const MAX_DEPTH: usize = 8;

/// Something in a dictionary file that wasn't taken as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The file's name as given by the caller.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub error: DictionaryError,
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} {}", self.file, self.line, self.error.code(), self.error)
    }
}

/// Finds the text of a file that another one includes: its name for notices and its text, or why it cannot be had.
pub type Include<'a> = dyn FnMut(&str) -> Result<(String, String), String> + 'a;

impl Dictionary {
    /// Adds the entries of one file; later ones win over earlier ones of the same name. `file` is for the notices only. Files that it
    /// includes are not read.
    pub fn parse(&mut self, file: &str, text: &str) -> Vec<Notice> {
        self.parse_with(file, text, &mut |_| {
            Err("files are not followed here: name the file itself".to_owned())
        })
    }

    /// The same with the files that it includes, where they stand. `include` is given the name as written and the name of the file
    /// that asks for it comes with it in front of a NUL, since names are relative to that one.
    pub fn parse_with(&mut self, file: &str, text: &str, include: &mut Include<'_>) -> Vec<Notice> {
        let mut notices = Vec::new();
        self.read(file, text, (include, 0), &mut notices);
        notices.truncate(MAX_NOTICES);
        notices
    }

    fn read(
        &mut self,
        file: &str,
        text: &str,
        (include, depth): (&mut Include<'_>, usize),
        notices: &mut Vec<Notice>,
    ) {
        let notice = |line, error| Notice { file: file.to_owned(), line, error };
        if text.len() > MAX_FILE_LENGTH {
            return notices.push(notice(0, DictionaryError::TooLarge));
        }
        let mut vendor = Section::default();
        for (index, line) in text.lines().enumerate() {
            let content = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = content.split_whitespace().collect();
            if let [keyword, name] = *words
                && matches!(keyword.to_ascii_uppercase().as_str(), "$INCLUDE" | "$INCLUDE-")
            {
                let found = match depth < MAX_DEPTH {
                    true => include(&format!("{file}\0{name}")),
                    false => Err(format!("more than {MAX_DEPTH} files include one another")),
                };
                match found {
                    Ok((inner, text)) => self.read(&inner, &text, (&mut *include, depth + 1), notices),
                    Err(_) if keyword.ends_with('-') => {}
                    Err(reason) => {
                        let name = name.to_owned();
                        notices.push(notice(index + 1, DictionaryError::Include { name, reason }));
                    }
                }
            } else {
                let mut reader = Reader { dictionary: self, section: &mut vendor, problems: Vec::new() };
                if let Err(error) = reader.line(&words) {
                    reader.problems.push(error);
                }
                notices.extend(reader.problems.into_iter().map(|error| notice(index + 1, error)));
            }
            notices.truncate(MAX_NOTICES);
        }
    }
}

/// Where a line stands.
#[derive(Default)]
struct Section {
    /// Whose attributes follow: 0 outside BEGIN-VENDOR.
    vendor: u32,
    /// Names of enclosing nested attributes, or the words of a vendor section of another layout: what stands in them is left out.
    left_out: Vec<String>,
}

struct Reader<'a> {
    dictionary: &'a mut Dictionary,
    section: &'a mut Section,
    /// What this line says that isn't taken, though the line is.
    problems: Vec<DictionaryError>,
}

impl Reader<'_> {
    fn line(&mut self, words: &[&str]) -> Result<(), DictionaryError> {
        let Some((keyword, columns)) = words.split_first() else { return Ok(()) };
        match keyword.to_ascii_uppercase().as_str() {
            "ATTRIBUTE" => self.attribute(columns),
            "VALUE" => self.value(columns),
            "VENDOR" => self.vendor(columns),
            "BEGIN-VENDOR" => self.begin_vendor(columns),
            "END-VENDOR" => {
                *self.section = Section::default();
                Ok(())
            }
            "BEGIN-TLV" => {
                let name = columns.first().ok_or(DictionaryError::MissingColumn("BEGIN-TLV"))?;
                self.section.left_out.push((*name).to_owned());
                Err(DictionaryError::Nested((*name).to_owned()))
            }
            "END-TLV" => {
                self.section.left_out.pop();
                Ok(())
            }
            "$INCLUDE" | "$INCLUDE-" => Err(DictionaryError::MissingColumn("$INCLUDE")),
            // How FreeRADIUS handles the whole file, not what stands on the wire.
            "FLAGS" => Ok(()),
            _ => Err(DictionaryError::UnknownKeyword((*keyword).to_owned())),
        }
    }

    fn attribute(&mut self, columns: &[&str]) -> Result<(), DictionaryError> {
        let [name, number, kind, flags @ ..] = columns else {
            return Err(DictionaryError::MissingColumn("ATTRIBUTE"));
        };
        if !self.section.left_out.is_empty() {
            return Ok(());
        }
        let (inside, number) = match number.split_once('.') {
            None => (None, *number),
            Some((outer, own)) => (Some(self.container(outer, own, name)?), own),
        };
        let mut definition = AttributeDefinition {
            name: (*name).to_owned(),
            vendor: self.section.vendor,
            inside,
            number: parse_number(number).ok_or_else(|| DictionaryError::BadNumber(number.to_owned()))?,
            kind: self.kind(kind),
            tagged: false,
            encryption: Encryption::None,
            secret: false,
            values: Vec::new(),
        };
        flags
            .iter()
            .flat_map(|flag| flag.split(','))
            .filter(|flag| !flag.is_empty())
            .for_each(|flag| self.flag(&mut definition, flag));
        let type_octets = match (definition.vendor, definition.inside) {
            (0, _) | (_, Some(_)) => 1,
            (vendor, None) => self.dictionary.vendor_format(vendor).type_octets,
        };
        if u64::from(definition.number) >= 1_u64 << (8 * u32::from(type_octets)) {
            return Err(DictionaryError::BadNumber(number.to_owned()));
        }
        self.dictionary.define(definition)
    }

    /// The attribute that holds nested ones: the vendor's own, which stands above.
    fn container(&self, outer: &str, own: &str, name: &str) -> Result<u32, DictionaryError> {
        let nested = || DictionaryError::Nested(name.to_owned());
        let vendor = self.section.vendor;
        let outer = parse_number(outer).filter(|_| vendor != 0 && !own.contains('.')).ok_or_else(nested)?;
        let known = self.dictionary.by_number(vendor, outer);
        known.filter(|known| known.kind == Kind::Octets).map(|known| known.number).ok_or_else(nested)
    }

    fn kind(&mut self, text: &str) -> Kind {
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "integer" | "uint32" => Kind::Integer,
            "string" | "text" => Kind::Text,
            // Containers and types that nobody sets from text are held as they come.
            "octets" | "vsa" | "tlv" | "evs" | "extended" | "long-extended" | "combo-ip" | "ipv4prefix"
            | "signed" => Kind::Octets,
            "ipaddr" | "ipv4addr" => Kind::Ipv4,
            "byte" | "uint8" => Kind::Byte,
            "short" | "uint16" => Kind::Short,
            "integer64" | "uint64" => Kind::Integer64,
            "date" => Kind::Date,
            "ipv6addr" => Kind::Ipv6,
            "ipv6prefix" => Kind::Ipv6Prefix,
            "ifid" => Kind::InterfaceId,
            "ether" => Kind::Ether,
            other => match other.strip_prefix("octets[").and_then(|rest| rest.strip_suffix(']')) {
                Some(size) if size.parse::<usize>().is_ok() => {
                    Kind::FixedOctets(size.parse().unwrap_or_default())
                }
                _ => {
                    self.problems.push(DictionaryError::UnknownType(text.to_owned()));
                    Kind::Octets
                }
            },
        }
    }

    fn flag(&mut self, definition: &mut AttributeDefinition, flag: &str) {
        match flag {
            "has_tag" => definition.tagged = true,
            "secret" => definition.secret = true,
            "encrypt=1" => definition.encryption = Encryption::UserPassword,
            "encrypt=2" => definition.encryption = Encryption::TunnelPassword,
            "encrypt=3" => definition.encryption = Encryption::Ascend,
            // they change how FreeRADIUS handles a value, not what one attribute on the wire holds
            "concat" | "array" | "virtual" | "internal" => {}
            // the oldest form of the grammar names the vendor in the last column
            other => match self.dictionary.vendor_by_name(other) {
                Some(vendor) => definition.vendor = vendor.number,
                None => self.problems.push(DictionaryError::UnknownFlag(other.to_owned())),
            },
        }
    }

    fn value(&mut self, columns: &[&str]) -> Result<(), DictionaryError> {
        let [attribute, name, number, ..] = columns else {
            return Err(DictionaryError::MissingColumn("VALUE"));
        };
        if !self.section.left_out.is_empty() {
            return Ok(());
        }
        let number = parse_number(number).ok_or_else(|| DictionaryError::BadNumber((*number).to_owned()))?;
        self.dictionary.define_value(attribute, name, number)
    }

    fn vendor(&mut self, columns: &[&str]) -> Result<(), DictionaryError> {
        let [name, number, rest @ ..] = columns else {
            return Err(DictionaryError::MissingColumn("VENDOR"));
        };
        let number: u32 =
            parse_number(number).ok_or_else(|| DictionaryError::BadNumber((*number).to_owned()))?;
        let format = match rest.first() {
            Some(text) => {
                vendor_format(text).ok_or_else(|| DictionaryError::BadFormat((*text).to_owned()))?
            }
            None => VendorFormat::default(),
        };
        self.dictionary.define_vendor(Vendor { name: (*name).to_owned(), number, format });
        Ok(())
    }

    fn begin_vendor(&mut self, columns: &[&str]) -> Result<(), DictionaryError> {
        let name = columns.first().ok_or(DictionaryError::MissingColumn("BEGIN-VENDOR"))?;
        let vendor = self.dictionary.vendor_by_name(name);
        let number = vendor.ok_or_else(|| DictionaryError::UnknownVendor((*name).to_owned()))?.number;
        *self.section = Section { vendor: number, left_out: Vec::new() };
        // RFC 6929 attributes inside Extended-Vendor-Specific: another place on the wire.
        if let Some(format) = columns.get(1) {
            self.section.left_out.push((*format).to_owned());
            return Err(DictionaryError::BadFormat((*format).to_owned()));
        }
        Ok(())
    }
}

/// `format=t,l` or `format=t,l,c`.
fn vendor_format(text: &str) -> Option<VendorFormat> {
    let columns: Vec<&str> = text.strip_prefix("format=")?.split(',').collect();
    let (type_octets, length_octets, continuation) = match columns.as_slice() {
        [type_octets, length_octets] => (*type_octets, *length_octets, false),
        [type_octets, length_octets, "c"] => (*type_octets, *length_octets, true),
        _ => return None,
    };
    let type_octets = type_octets.parse().ok().filter(|octets| matches!(octets, 1 | 2 | 4))?;
    let length_octets = length_octets.parse().ok().filter(|octets| matches!(octets, 0..=2))?;
    Some(VendorFormat { type_octets, length_octets, continuation })
}
