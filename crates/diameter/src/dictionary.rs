//! What is known about commands, applications and AVPs: names, types, M bits, value names.
//!
//! The text form is told at the head of `dict/diameter/base.dict`; our files are built in, an operator may add more.
//! The dictionary decides what an unknown mandatory AVP is ([`crate::rules`]), names things in traces
//! ([`crate::trace`]), and lets tests encode by name.

mod parse;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::codes::{AvpId, vendor};
use crate::encode::Encoder;
use crate::time;
pub use parse::DictionaryError;

const BUILT_IN: [(&str, &str); 3] = [
    ("base.dict", include_str!("../../../dict/diameter/base.dict")),
    ("credit-control.dict", include_str!("../../../dict/diameter/credit-control.dict")),
    ("3gpp-charging.dict", include_str!("../../../dict/diameter/3gpp-charging.dict")),
];

/// Codes of the IETF and of 3GPP below this are found by index, others by hash: unknown AVPs are looked up per message.
const DENSE_CODES: usize = 4096;

/// The data types of RFC 6733 4.2 to 4.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The RFC's own names.
pub enum Kind {
    OctetString,
    Integer32,
    Integer64,
    Unsigned32,
    Unsigned64,
    Float32,
    Float64,
    Grouped,
    Address,
    Time,
    Utf8String,
    DiameterIdentity,
    DiameterUri,
    Enumerated,
    IpFilterRule,
}

impl Kind {
    /// The RFC's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OctetString => "OctetString",
            Self::Integer32 => "Integer32",
            Self::Integer64 => "Integer64",
            Self::Unsigned32 => "Unsigned32",
            Self::Unsigned64 => "Unsigned64",
            Self::Float32 => "Float32",
            Self::Float64 => "Float64",
            Self::Grouped => "Grouped",
            Self::Address => "Address",
            Self::Time => "Time",
            Self::Utf8String => "UTF8String",
            Self::DiameterIdentity => "DiameterIdentity",
            Self::DiameterUri => "DiameterURI",
            Self::Enumerated => "Enumerated",
            Self::IpFilterRule => "IPFilterRule",
        }
    }

    /// The length of types whose length is fixed.
    #[must_use]
    pub const fn fixed_octets(self) -> Option<usize> {
        match self {
            Self::Integer32 | Self::Unsigned32 | Self::Float32 | Self::Time | Self::Enumerated => Some(4),
            Self::Integer64 | Self::Unsigned64 | Self::Float64 => Some(8),
            _ => None,
        }
    }

    /// The least length a value of this type can have.
    #[must_use]
    pub const fn least_octets(self) -> usize {
        match (self.fixed_octets(), self) {
            (Some(octets), _) => octets,
            (None, Self::Address) => 6,
            _ => 0,
        }
    }

    /// Types whose data must be UTF-8.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Utf8String | Self::DiameterIdentity | Self::DiameterUri | Self::IpFilterRule)
    }
}

/// Whether an AVP is sent with the M bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mandatory {
    /// Always.
    Must,
    /// Either way.
    May,
    /// Never.
    MustNot,
}

/// What is known about one AVP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvpDefinition {
    /// Vendor and code.
    pub id: AvpId,
    /// Standard name.
    pub name: String,
    /// Data type.
    pub kind: Kind,
    /// M bit.
    pub mandatory: Mandatory,
    /// Names of values, for Enumerated and for codes like Result-Code.
    pub values: Vec<(i64, String)>,
}

impl AvpDefinition {
    /// The name of a value.
    #[must_use]
    pub fn value_name(&self, value: i64) -> Option<&str> {
        self.values.iter().find(|(number, _)| *number == value).map(|(_, name)| name.as_str())
    }

    /// The number of a named value.
    #[must_use]
    pub fn value_number(&self, name: &str) -> Option<i64> {
        self.values.iter().find(|(_, known)| known == name).map(|(number, _)| *number)
    }
}

/// What is known about one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandDefinition {
    /// Command code.
    pub code: u32,
    /// Name without -Request or -Answer.
    pub name: String,
    /// Abbreviation without R or A.
    pub short: String,
}

/// All definitions, found by number or by name.
#[derive(Debug, Default)]
pub struct Dictionary {
    avps: Vec<AvpDefinition>,
    dense: Vec<u16>,
    sparse: HashMap<AvpId, u16>,
    names: HashMap<String, u16>,
    commands: Vec<CommandDefinition>,
    applications: Vec<(u32, String)>,
    vendors: Vec<(u32, String)>,
}

impl Dictionary {
    /// The dictionary of the built-in files.
    #[must_use]
    pub fn builtin() -> &'static Self {
        // A test proves that the built-in files parse; the empty dictionary stands for "cannot happen".
        static BUILTIN: LazyLock<Dictionary> =
            LazyLock::new(|| Dictionary::parse(&BUILT_IN).unwrap_or_default());
        &BUILTIN
    }

    /// A dictionary of the built-in files and then others, each as (file name, text).
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn with_additions(files: &[(&str, &str)]) -> Result<Self, DictionaryError> {
        let all: Vec<_> = BUILT_IN.iter().chain(files).copied().collect();
        Self::parse(&all)
    }

    /// A dictionary of these files only, each as (file name, text).
    ///
    /// # Errors
    /// The first line that is wrong.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, DictionaryError> {
        parse::parse(files)
    }

    /// The definition of an AVP.
    #[must_use]
    pub fn avp(&self, id: AvpId) -> Option<&AvpDefinition> {
        let index = match dense_slot(id) {
            Some(slot) => self.dense.get(slot).copied().filter(|index| *index != 0)? - 1,
            None => *self.sparse.get(&id)?,
        };
        self.avps.get(usize::from(index))
    }

    /// The definition of the AVP with this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&AvpDefinition> {
        self.avps.get(usize::from(*self.names.get(name)?))
    }

    /// The definition of a command.
    #[must_use]
    pub fn command(&self, code: u32) -> Option<&CommandDefinition> {
        self.commands.iter().find(|command| command.code == code)
    }

    /// The name of an application.
    #[must_use]
    pub fn application(&self, id: u32) -> Option<&str> {
        self.applications.iter().find(|(number, _)| *number == id).map(|(_, name)| name.as_str())
    }

    /// The name of a vendor.
    #[must_use]
    pub fn vendor(&self, id: u32) -> Option<&str> {
        self.vendors.iter().find(|(number, _)| *number == id).map(|(_, name)| name.as_str())
    }

    /// All AVP definitions.
    #[must_use]
    pub fn avps(&self) -> &[AvpDefinition] {
        &self.avps
    }

    /// Encodes an AVP from its name and its value as text: numbers in decimal or by value name, Time as Unix seconds,
    /// Address as an IP address, OctetString as the text's own octets. `false` (and nothing written) when the name is
    /// unknown, the text does not fit the type, or the type is a group.
    #[must_use]
    pub fn put(&self, encoder: &mut Encoder<'_>, name: &str, value: &str) -> bool {
        let Some(definition) = self.named(name) else { return false };
        let id = definition.id;
        let number = || definition.value_number(value).or_else(|| value.parse().ok());
        match definition.kind {
            Kind::Integer32 | Kind::Enumerated => {
                number().and_then(|n| i32::try_from(n).ok()).map(|n| encoder.i32(id, n))
            }
            Kind::Unsigned32 => number().and_then(|n| u32::try_from(n).ok()).map(|n| encoder.u32(id, n)),
            Kind::Unsigned64 => value.parse().ok().map(|n| encoder.u64(id, n)),
            Kind::Integer64 => value.parse().ok().map(|n| encoder.i64(id, n)),
            Kind::Time => value.parse().ok().map(|n| encoder.u32(id, time::wire_from_unix(n))),
            Kind::Address => value.parse().ok().map(|ip| encoder.address(id, ip)),
            Kind::Grouped | Kind::Float32 | Kind::Float64 => None,
            _ => {
                encoder.text(id, value);
                Some(())
            }
        }
        .is_some()
    }
}

/// The index of an AVP among those found without hashing.
fn dense_slot(id: AvpId) -> Option<usize> {
    let code = usize::try_from(id.code).ok().filter(|code| *code < DENSE_CODES)?;
    match id.vendor {
        vendor::IETF => Some(code),
        vendor::TGPP => Some(DENSE_CODES + code),
        _ => None,
    }
}
