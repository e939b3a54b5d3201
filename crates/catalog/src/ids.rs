//! Numbers that stand for catalog objects in state and journal. They stay the same from version to version.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A service, such as Internet access.
    ServiceId(u16)
);
id!(
    /// A tariff.
    TariffId(u32)
);
id!(
    /// A main product or add-on.
    ProductId(u32)
);
id!(
    /// A customer class.
    ClassId(u16)
);
id!(
    /// One published catalog; counts up from 1.
    CatalogVersion(u32)
);

/// Where the object of each number stands. Numbers are given out one after the other.
#[derive(Debug, Default)]
pub(crate) struct Positions(Vec<u32>);

/// Stands for a number that no object has.
const NOWHERE: u32 = u32::MAX;

impl Positions {
    /// Of objects with these numbers, in their order.
    pub fn of(numbers: impl Iterator<Item = u32>) -> Self {
        let mut positions = Vec::new();
        for (position, number) in (0..).zip(numbers) {
            let number = number as usize;
            positions.resize(positions.len().max(number + 1), NOWHERE);
            if let Some(known) = positions.get_mut(number) {
                *known = position;
            }
        }
        Self(positions)
    }

    /// The position of a number.
    pub fn get(&self, number: u32) -> Option<usize> {
        self.0
            .get(number as usize)
            .filter(|position| **position != NOWHERE)
            .map(|position| *position as usize)
    }
}
