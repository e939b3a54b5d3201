//! Destinations: numeric prefixes, symbolic names and `*101#`-style codes, and groups of them.
//!
//! The longest match wins. Prefixes of up to 16 dialling symbols are looked up in a flat trie, everything else in a hash table.

use crate::digit_trie::{self, DigitTrie};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// A named set of destinations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationGroup {
    /// Short name used by rates and quotas.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Members: a prefix matches every longer number; `*` alone matches all.
    pub prefixes: Vec<String>,
}

/// Groups without common members, so that each destination is in one of them at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestinationGroupSet {
    /// Short name used by tariffs.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Codes of the groups.
    pub groups: Vec<String>,
}

/// The destination that matches everything.
pub(crate) const ANY: &str = "*";

/// A number for each destination, found by the longest match.
#[derive(Debug, Default)]
pub(crate) struct PrefixTable {
    digits: DigitTrie,
    names: HashMap<Box<str>, u32>,
    longest_name: usize,
    any: Option<u32>,
}

/// Where a destination is kept; sorts the destinations of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place<'a> {
    /// Everything.
    Any,
    /// In the trie.
    Digits(u64),
    /// In the hash table.
    Name(&'a str),
}

impl<'a> Place<'a> {
    pub fn of(destination: &'a str) -> Self {
        match digit_trie::key_of(destination) {
            _ if destination == ANY => Self::Any,
            Some(key) => Self::Digits(key),
            None => Self::Name(destination),
        }
    }

    /// The destination as it was written.
    pub fn text(&self) -> String {
        match self {
            Self::Any => ANY.to_owned(),
            Self::Digits(key) => digit_trie::text_of(*key),
            Self::Name(name) => (*name).to_owned(),
        }
    }
}

impl PrefixTable {
    /// From places in ascending order, each once.
    pub fn build<'a>(
        any: Option<u32>,
        digits: &[(u64, u32)],
        names: impl Iterator<Item = (&'a str, u32)>,
    ) -> Self {
        let names: HashMap<Box<str>, u32> = names.map(|(name, value)| (name.into(), value)).collect();
        let longest_name = names.keys().map(|name| name.len()).max().unwrap_or(0);
        Self { digits: DigitTrie::build(digits), names, longest_name, any }
    }

    /// A set of destinations, each with the number 0.
    pub fn of_set(destinations: &[String]) -> Self {
        let places = || destinations.iter().map(|d| Place::of(d));
        let any = places().any(|place| place == Place::Any).then_some(0);
        let mut digits: Vec<(u64, u32)> =
            places().filter_map(|p| if let Place::Digits(key) = p { Some((key, 0)) } else { None }).collect();
        digits.sort_unstable();
        digits.dedup();
        let names = places().filter_map(|p| if let Place::Name(name) = p { Some((name, 0)) } else { None });
        Self::build(any, &digits, names)
    }

    /// Everything that matches, the longest first: how many octets of `asked` are fixed by it, and its number. A name has a symbol
    /// that no dialled prefix has, or is longer than any, so all matching names come before all matching prefixes.
    pub fn matches<'a>(&'a self, asked: &'a str) -> impl Iterator<Item = (usize, u32)> + 'a {
        let (mut number, symbols) = digit_trie::leading(asked);
        let mut lengths = (symbols + 1..=self.longest_name.min(asked.len())).rev();
        let mut any = self.any;
        std::iter::from_fn(move || {
            let name = |length: usize| Some((length, *self.names.get(asked.get(..length)?)?));
            if let Some(named) = lengths.find_map(name) {
                return Some(named);
            }
            if let Some((length, value)) = self.digits.longest(number) {
                number = digit_trie::first(number, length - 1);
                return Some((length as usize, value));
            }
            any.take().map(|value| (0, value))
        })
    }
}
