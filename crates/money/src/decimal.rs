//! Reading and writing scaled decimals; shared by amounts, prices and percentages.

use crate::MoneyError;

/// Reads `-12.345` as an integer scaled by 10^`places`.
pub(crate) fn read(text: &str, places: u8) -> Result<i64, MoneyError> {
    let not_decimal = || MoneyError::NotDecimal(text.to_owned());
    let trimmed = text.trim();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return Err(not_decimal());
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(places) {
        return Err(MoneyError::TooPrecise { text: text.to_owned(), places });
    }
    let mut value: i64 = 0;
    let padding = usize::from(places) - fraction.len();
    let zeros = std::iter::repeat_n(b'0', padding);
    for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
        let digit = i64::from(digit - b'0');
        value = value.checked_mul(10).and_then(|v| v.checked_add(digit)).ok_or(MoneyError::Overflow)?;
    }
    Ok(if negative { -value } else { value })
}

/// Writes a scaled integer with at least `least` decimal places and no needless zeros beyond them.
pub(crate) fn write(value: i64, places: u8, least: u8) -> String {
    let scale = 10u64.pow(u32::from(places));
    let (whole, fraction) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    let mut digits = format!("{fraction:0width$}", width = usize::from(places));
    while digits.len() > usize::from(least) && digits.ends_with('0') {
        digits.pop();
    }
    let sign = if value < 0 { "-" } else { "" };
    if digits.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{digits}") }
}

/// Readable formats carry a scaled decimal as text (`"12.5"`), so that no binary float touches it; binary formats the integer.
macro_rules! text_or_integer {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                if to.is_human_readable() { to.collect_str(self) } else { to.serialize_i64(self.0) }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                if from.is_human_readable() {
                    let text = <String as serde::Deserialize>::deserialize(from)?;
                    Self::parse(&text).map_err(serde::de::Error::custom)
                } else {
                    <i64 as serde::Deserialize>::deserialize(from).map(Self)
                }
            }
        }
    };
}
pub(crate) use text_or_integer;
