//! ISO 4217 currencies: three letters, a number, and how many decimal places people write.

use crate::MoneyError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(&'static Entry);

#[derive(PartialEq, Eq, Hash)]
struct Entry {
    code: &'static str,
    numeric: u16,
    exponent: u8,
}

macro_rules! currencies {
    ($($code:literal $numeric:literal $exponent:literal),* $(,)?) => {
        const TABLE: &[Entry] = &[$(Entry { code: $code, numeric: $numeric, exponent: $exponent }),*];
    };
}

// ISO 4217 list one: alphabetic code, numeric code, minor units.
currencies! {
    "AED" 784 2, "AFN" 971 2, "ALL" 8 2, "AMD" 51 2, "ARS" 32 2, "AUD" 36 2, "AZN" 944 2, "BAM" 977 2, "BDT" 50 2, "BGN" 975 2,
    "BHD" 48 3, "BOB" 68 2, "BRL" 986 2, "BYN" 933 2, "CAD" 124 2, "CHF" 756 2, "CLP" 152 0, "CNY" 156 2, "COP" 170 2, "CRC" 188 2,
    "CZK" 203 2, "DKK" 208 2, "DOP" 214 2, "DZD" 12 2, "EGP" 818 2, "ETB" 230 2, "EUR" 978 2, "GBP" 826 2, "GEL" 981 2, "GHS" 936 2,
    "GTQ" 320 2, "HKD" 344 2, "HNL" 340 2, "HUF" 348 2, "IDR" 360 2, "ILS" 376 2, "INR" 356 2, "IQD" 368 3, "ISK" 352 0, "JMD" 388 2,
    "JOD" 400 3, "JPY" 392 0, "KES" 404 2, "KGS" 417 2, "KHR" 116 2, "KRW" 410 0, "KWD" 414 3, "KZT" 398 2, "LBP" 422 2, "LKR" 144 2,
    "MAD" 504 2, "MDL" 498 2, "MKD" 807 2, "MMK" 104 2, "MNT" 496 2, "MXN" 484 2, "MYR" 458 2, "MZN" 943 2, "NGN" 566 2, "NOK" 578 2,
    "NPR" 524 2, "NZD" 554 2, "OMR" 512 3, "PAB" 590 2, "PEN" 604 2, "PHP" 608 2, "PKR" 586 2, "PLN" 985 2, "PYG" 600 0, "QAR" 634 2,
    "RON" 946 2, "RSD" 941 2, "RWF" 646 0, "SAR" 682 2, "SEK" 752 2, "SGD" 702 2, "THB" 764 2, "TND" 788 3, "TRY" 949 2, "TTD" 780 2,
    "TWD" 901 2, "TZS" 834 2, "UAH" 980 2, "UGX" 800 0, "USD" 840 2, "UYU" 858 2, "UZS" 860 2, "VND" 704 0, "XAF" 950 0, "XOF" 952 0,
    "YER" 886 2, "ZAR" 710 2, "ZMW" 967 2,
}

impl Currency {
    /// Finds a currency by its three letters, any case.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let found = TABLE.iter().find(|entry| entry.code.eq_ignore_ascii_case(code.trim()));
        found.map(Self).ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// The ISO 4217 number (Diameter `Currency-Code`).
    pub fn numeric(self) -> u16 {
        self.0.numeric
    }

    /// How many decimal places people write.
    pub fn exponent(self) -> u8 {
        self.0.exponent
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { to.serialize_str(self.0.code) } else { to.serialize_u16(self.0.numeric) }
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let code = String::deserialize(from)?;
            return Self::parse(&code).map_err(serde::de::Error::custom);
        }
        let numeric = u16::deserialize(from)?;
        let found = TABLE.iter().find(|entry| entry.numeric == numeric);
        found.map(Self).ok_or_else(|| serde::de::Error::custom("unknown currency number"))
    }
}
