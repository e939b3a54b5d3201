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
