//! Money, ids, instants and words as they stand in JSON: text, so that no reader loses digits.

use ::money::{Amount, Currency};
use calendar::Instant;
use charging::{CustomerId, RowId};
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// Largest sum that is taken in one request, in units of the currency: beyond it somebody slipped.
const MONEY_MOST: i64 = 1_000_000_000;
const MICROS: i64 = 1_000_000;

/// Reads text and nothing else.
struct Text<T> {
    expecting: &'static str,
    read: fn(&str) -> Result<T, String>,
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).map_err(E::custom)
    }
}

macro_rules! schema {
    ($type:ty, $name:literal, $description:literal, $example:literal $(, $format:literal)?) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new().schema_type(Type::String).description(Some($description));
                $(let object = object.format(Some(SchemaFormat::Custom($format.to_owned())));)?
                object.examples([$example]).into()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    };
}

// Three users: money, ids and instants are all text with a format of their own.
schema!(Money, "Money", "A sum as decimal text in the customer's currency.", "39.99", "decimal");
schema!(Id, "Id", "A number as decimal text: it has up to 64 bits.", "4294967297", "int64");
schema!(Time, "Time", "An instant in RFC 3339, UTC.", "2026-06-01T00:00:00Z", "date-time");

/// A sum of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money {
    amount: Amount,
    places: u8,
}

impl Money {
    /// A sum in a currency.
    pub(crate) fn of(amount: Amount, currency: Currency) -> Self {
        Self { amount, places: currency.exponent() }
    }

    /// Available funds; `None` = without limit.
    pub(crate) fn limited(amount: Amount, currency: Currency) -> Option<Self> {
        (amount != Amount::MAX).then(|| Self::of(amount, currency))
    }

    /// The sum.
    pub(crate) fn amount(self) -> Amount {
        self.amount
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.amount.text(self.places))
    }
}

fn read_money(text: &str) -> Result<Money, String> {
    let amount = Amount::parse(text).map_err(|error| error.to_string())?;
    let most = Amount::from_micros(MONEY_MOST * MICROS);
    let least = Amount::from_micros(-MONEY_MOST * MICROS);
    if amount > most || amount < least {
        return Err(format!("at most {MONEY_MOST} at a time"));
    }
    Ok(Money { amount, places: 2 })
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expecting: "a sum as text, such as \"12.50\"", read: read_money })
    }
}

/// The id of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id(pub i64);

impl Id {
    /// As a row: account, xDR, invoice, device, add-on assignment.
    pub(crate) fn row(self) -> RowId {
        RowId(self.0)
    }

    /// As a customer; an id that no customer can have is customer 0, whom nobody is.
    pub(crate) fn customer(self) -> CustomerId {
        CustomerId(u32::try_from(self.0).unwrap_or(0))
    }
}

impl From<RowId> for Id {
    fn from(id: RowId) -> Self {
        Self(id.0)
    }
}

impl From<CustomerId> for Id {
    fn from(id: CustomerId) -> Self {
        Self(i64::from(id.0))
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

fn read_id(text: &str) -> Result<Id, String> {
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let id = if digits { text.parse().ok() } else { None };
    id.map(Id).ok_or_else(|| format!("\"{}\" is not an id: decimal digits are expected", shortened(text)))
}

/// The beginning of what somebody sent, for a message.
pub(crate) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text { expecting: "an id as text, such as \"4294967297\"", read: read_id })
    }
}

/// An instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Time(pub Instant);

impl From<Instant> for Time {
    fn from(at: Instant) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

fn read_time(text: &str) -> Result<Time, String> {
    let at = Instant::parse(text).map(Time);
    at.ok_or_else(|| format!("\"{}\" is not an instant such as 2026-06-01T00:00:00Z", shortened(text)))
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text {
            expecting: "an instant such as \"2026-06-01T00:00:00Z\"",
            read: read_time,
        })
    }
}

/// The word that an enum of ours has in JSON (`snake_case`); empty for values that are no word.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Tells a field that is absent (`None`) from one that is null (`Some(None)`).
pub(crate) fn nullable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
