//! Reads the text form of dictionaries (told at the head of `dict/diameter/base.dict`).

use std::str::{FromStr, SplitWhitespace};

use super::{AvpDefinition, CommandDefinition, DENSE_CODES, Dictionary, Kind, Mandatory, dense_slot};
use crate::codes::AvpId;

/// Definitions a dictionary may hold; indexes are 16 bits wide.
const MAX_DEFINITIONS: usize = 60_000;

/// A line of a dictionary file that is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct DictionaryError {
    /// The file's name as given.
    pub file: String,
    /// Line number from 1.
    pub line: usize,
    /// What is wrong, as a sentence part.
    pub reason: &'static str,
}

struct Parser {
    dictionary: Dictionary,
    vendor: u32,
    /// The AVP that indented lines belong to.
    open: Option<usize>,
}

pub(super) fn parse(files: &[(&str, &str)]) -> Result<Dictionary, DictionaryError> {
    let dictionary = Dictionary { dense: vec![0; DENSE_CODES * 2], ..Dictionary::default() };
    let mut parser = Parser { dictionary, vendor: 0, open: None };
    for (file, text) in files {
        parser.vendor = 0;
        parser.open = None;
        for (index, line) in text.lines().enumerate() {
            parser.line(line).map_err(|reason| DictionaryError {
                file: (*file).to_owned(),
                line: index + 1,
                reason,
            })?;
        }
    }
    Ok(parser.dictionary)
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        if line.starts_with([' ', '\t']) {
            return if line.trim().is_empty() { Ok(()) } else { self.value(&mut words) };
        }
        let Some(keyword) = words.next() else { return Ok(()) };
        self.open = None;
        match keyword {
            "vendor" => {
                self.vendor = number(&mut words)?;
                let name = word(&mut words)?;
                if self.dictionary.vendor(self.vendor).is_none() {
                    self.dictionary.vendors.push((self.vendor, name));
                }
            }
            "application" => {
                let entry = (number(&mut words)?, word(&mut words)?);
                self.dictionary.applications.push(entry);
            }
            "command" => {
                let (code, name, short) = (number(&mut words)?, word(&mut words)?, word(&mut words)?);
                self.dictionary.commands.push(CommandDefinition { code, name, short });
            }
            "avp" => self.avp(&mut words)?,
            "values" => {
                let name = word(&mut words)?;
                let index = self.dictionary.names.get(&name).ok_or("no such AVP is defined above")?;
                self.open = Some(usize::from(*index));
            }
            _ => return Err("expected vendor, application, command, avp or values"),
        }
        end(&mut words)
    }

    fn avp(&mut self, words: &mut SplitWhitespace<'_>) -> Result<(), &'static str> {
        let id = AvpId { vendor: self.vendor, code: number(words)? };
        let name = word(words)?;
        let kind = kind(words.next().ok_or("the type is missing")?)?;
        let mandatory = match words.next() {
            Some("M") => Mandatory::Must,
            Some("may") => Mandatory::May,
            Some("-") => Mandatory::MustNot,
            _ => return Err("expected M, may or - after the type"),
        };
        let dictionary = &mut self.dictionary;
        if dictionary.avp(id).is_some() || dictionary.names.contains_key(&name) {
            return Err("this AVP is already defined");
        }
        let index = dictionary.avps.len();
        if index >= MAX_DEFINITIONS {
            return Err("too many definitions");
        }
        let short = u16::try_from(index).map_err(|_| "too many definitions")?;
        match dense_slot(id).and_then(|slot| dictionary.dense.get_mut(slot)) {
            Some(slot) => *slot = short + 1,
            None => {
                dictionary.sparse.insert(id, short);
            }
        }
        dictionary.names.insert(name.clone(), short);
        dictionary.avps.push(AvpDefinition { id, name, kind, mandatory, values: Vec::new() });
        self.open = Some(index);
        Ok(())
    }

    fn value(&mut self, words: &mut SplitWhitespace<'_>) -> Result<(), &'static str> {
        let entry = (number(words)?, word(words)?);
        let open = self.open.and_then(|index| self.dictionary.avps.get_mut(index));
        open.ok_or("a value must stand below an AVP")?.values.push(entry);
        end(words)
    }
}

fn number<T: FromStr>(words: &mut SplitWhitespace<'_>) -> Result<T, &'static str> {
    words.next().and_then(|text| text.parse().ok()).ok_or("expected a number")
}

fn word(words: &mut SplitWhitespace<'_>) -> Result<String, &'static str> {
    words.next().map(str::to_owned).ok_or("expected a name")
}

fn end(words: &mut SplitWhitespace<'_>) -> Result<(), &'static str> {
    if words.next().is_some() { Err("unexpected text at the end of the line") } else { Ok(()) }
}

fn kind(name: &str) -> Result<Kind, &'static str> {
    Ok(match name {
        "OctetString" => Kind::OctetString,
        "Integer32" => Kind::Integer32,
        "Integer64" => Kind::Integer64,
        "Unsigned32" => Kind::Unsigned32,
        "Unsigned64" => Kind::Unsigned64,
        "Float32" => Kind::Float32,
        "Float64" => Kind::Float64,
        "Grouped" => Kind::Grouped,
        "Address" => Kind::Address,
        "Time" => Kind::Time,
        "UTF8String" => Kind::Utf8String,
        "DiameterIdentity" => Kind::DiameterIdentity,
        "DiameterURI" => Kind::DiameterUri,
        "Enumerated" => Kind::Enumerated,
        "IPFilterRule" => Kind::IpFilterRule,
        _ => return Err("unknown type"),
    })
}
