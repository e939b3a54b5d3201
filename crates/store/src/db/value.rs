//! Values on their way into a statement and out of a row: integers, text and octets, each of which may be absent.

use super::Result;
use std::borrow::Cow;

/// What a value is, also when it is absent: PostgreSQL wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Text,
    Blob,
    /// A list of octets, on PostgreSQL only.
    Blobs,
}

/// A value on its way into a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bound<'a> {
    Null(Kind),
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
    Blobs(&'a [&'a [u8]]),
}

impl Bound<'_> {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Null(kind) => *kind,
            Self::Integer(_) => Kind::Integer,
            Self::Text(_) => Kind::Text,
            Self::Blob(_) => Kind::Blob,
            Self::Blobs(_) => Kind::Blobs,
        }
    }
}

/// What can be given to a statement.
pub(crate) trait ToSql {
    fn bound(&self) -> Bound<'_>;
}

/// The same, whose kind is known without a value.
pub(crate) trait Typed: ToSql {
    const KIND: Kind;
}

/// Integers of every width that fits are written alike.
macro_rules! integers {
    ($($type:ty),*) => {$(
        impl ToSql for $type {
            fn bound(&self) -> Bound<'_> {
                Bound::Integer(i64::from(*self))
            }
        }
        impl Typed for $type {
            const KIND: Kind = Kind::Integer;
        }
        impl FromSql for $type {
            fn read(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    Cell::Integer(value) => value.try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}
integers!(i64, i32, u32, u16);

impl ToSql for bool {
    fn bound(&self) -> Bound<'_> {
        Bound::Integer(i64::from(*self))
    }
}
impl Typed for bool {
    const KIND: Kind = Kind::Integer;
}

impl ToSql for str {
    fn bound(&self) -> Bound<'_> {
        Bound::Text(self)
    }
}
impl Typed for str {
    const KIND: Kind = Kind::Text;
}
impl ToSql for String {
    fn bound(&self) -> Bound<'_> {
        Bound::Text(self)
    }
}
impl Typed for String {
    const KIND: Kind = Kind::Text;
}
impl ToSql for [u8] {
    fn bound(&self) -> Bound<'_> {
        Bound::Blob(self)
    }
}
impl Typed for [u8] {
    const KIND: Kind = Kind::Blob;
}
impl ToSql for Vec<u8> {
    fn bound(&self) -> Bound<'_> {
        Bound::Blob(self)
    }
}
impl Typed for Vec<u8> {
    const KIND: Kind = Kind::Blob;
}
impl<T: ToSql + ?Sized> ToSql for Box<T> {
    fn bound(&self) -> Bound<'_> {
        (**self).bound()
    }
}
impl<T: Typed + ?Sized> Typed for Box<T> {
    const KIND: Kind = T::KIND;
}
impl<T: ToSql + ?Sized> ToSql for &T {
    fn bound(&self) -> Bound<'_> {
        (**self).bound()
    }
}
impl<T: Typed + ?Sized> Typed for &T {
    const KIND: Kind = T::KIND;
}
impl<T: Typed> ToSql for Option<T> {
    fn bound(&self) -> Bound<'_> {
        self.as_ref().map_or(Bound::Null(T::KIND), ToSql::bound)
    }
}
/// A list of octets, on PostgreSQL only.
pub(crate) struct Blobs<'a>(pub &'a [&'a [u8]]);

impl ToSql for Blobs<'_> {
    fn bound(&self) -> Bound<'_> {
        Bound::Blobs(self.0)
    }
}

/// A value of a statement that is put together.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}
impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}
impl ToSql for Value {
    fn bound(&self) -> Bound<'_> {
        match self {
            Self::Integer(value) => Bound::Integer(*value),
            Self::Text(text) => Bound::Text(text),
            Self::Blob(octets) => Bound::Blob(octets),
        }
    }
}

/// All values of a statement, in order.
pub(crate) trait Params {
    fn each<'a>(&'a self, take: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()>;
}

impl Params for &[&dyn ToSql] {
    fn each<'a>(&'a self, take: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(|value| take(value.bound()))
    }
}
impl Params for Vec<Value> {
    fn each<'a>(&'a self, take: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(|value| take(value.bound()))
    }
}
impl Params for [&dyn ToSql; 0] {
    fn each<'a>(&'a self, _: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()> {
        Ok(())
    }
}
impl<T: ToSql> Params for [T; 1] {
    fn each<'a>(&'a self, take: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(|value| take(value.bound()))
    }
}
impl<A: ToSql, B: ToSql> Params for (A, B) {
    fn each<'a>(&'a self, take: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()> {
        take(self.0.bound())?;
        take(self.1.bound())
    }
}
impl<A: ToSql, B: ToSql, C: ToSql> Params for (A, B, C) {
    fn each<'a>(&'a self, take: &mut dyn FnMut(Bound<'a>) -> Result<()>) -> Result<()> {
        take(self.0.bound())?;
        take(self.1.bound())?;
        take(self.2.bound())
    }
}

/// A value as it lies in a row.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Blob(&'a [u8]),
}

/// What can be read from a row.
pub(crate) trait FromSql: Sized {
    fn read(cell: Cell<'_>) -> Option<Self>;
}

impl FromSql for bool {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Integer(value) => Some(value != 0),
            _ => None,
        }
    }
}
impl FromSql for String {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }
}
impl FromSql for Vec<u8> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Blob(octets) => Some(octets.to_vec()),
            _ => None,
        }
    }
}
impl<T: FromSql> FromSql for Option<T> {
    fn read(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}
