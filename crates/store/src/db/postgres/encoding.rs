//! Values in PostgreSQL's binary form.
//!
//! Its text knows no NUL; ours may (a peer chooses the names of its requests). A character that nobody uses stands for it there.

use super::super::{Bound, Cell};
use bytes::{BufMut, BytesMut};
use std::borrow::Cow;
use std::error::Error;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

/// Stands for NUL: the first character of a private plane.
const NUL: char = '\u{f0000}';

/// Text as the server takes it.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { text.replace('\0', NUL.encode_utf8(&mut [0; 4])).into() } else { text.into() }
}

impl ToSql for Bound<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match *self {
            Bound::Null(_) => return Ok(IsNull::Yes),
            Bound::Integer(value) => out.put_i64(value),
            Bound::Text(value) => out.put_slice(text(value).as_bytes()),
            Bound::Blob(value) => out.put_slice(value),
            Bound::Blobs(values) => return values.to_sql(kind, out),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        // Each statement is prepared with the types of its values.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Cell<'a> {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Cell::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Cell::Integer(i32::from_sql(kind, raw)?.into()),
            Type::BOOL => Cell::Integer(bool::from_sql(kind, raw)?.into()),
            Type::NUMERIC => Cell::Integer(whole_number(raw).ok_or("a number that is not whole")?),
            Type::BYTEA => Cell::Blob(raw),
            _ => {
                let text = std::str::from_utf8(raw)?;
                Cell::Text(if text.contains(NUL) { text.replace(NUL, "\0").into() } else { text.into() })
            }
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT8
                | Type::INT4
                | Type::BOOL
                | Type::NUMERIC
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::NAME
                | Type::UNKNOWN
        )
    }
}

/// A sum of integers: PostgreSQL makes it a number of digits to the base 10,000. Head: digits, weight of the first, sign, scale.
fn whole_number(raw: &[u8]) -> Option<i64> {
    let word = |index: usize| raw.get(index * 2..index * 2 + 2)?.try_into().ok().map(i16::from_be_bytes);
    let (digits, weight, negative) = (word(0)?, word(1)?, word(2)? == 0x4000);
    let mut value: i128 = 0;
    for place in 0..=weight.max(-1) {
        let digit = if place < digits { word(4 + usize::try_from(place).ok()?)? } else { 0 };
        value = value.checked_mul(10_000)?.checked_add(digit.into())?;
    }
    i64::try_from(if negative { -value } else { value }).ok()
}
