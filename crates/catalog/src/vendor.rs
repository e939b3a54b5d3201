//! The cost side: who carries traffic for us, and at which tariff.

use serde::{Deserialize, Serialize};

/// A company that charges us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vendor {
    /// Short name used by connections.
    pub code: String,
    /// What people read.
    pub name: String,
    /// IANA name of the time zone in which its off-peak periods are meant; UTC when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A point of handover. Use is costed by the connection that fits its node and access code best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Short name.
    pub code: String,
    /// What people read.
    pub name: String,
    /// Vendor code.
    pub vendor: String,
    /// Which way traffic goes.
    #[serde(default)]
    pub direction: Direction,
    /// Technical kind: `sip`, `pstn`, `h323`, `smpp`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Only use reported by this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Only use with this access code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_code: Option<String>,
    /// Code of the tariff the vendor charges us by; its service is the one that is costed.
    pub tariff: String,
    /// Out of use for now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inactive: bool,
}

/// Which way traffic goes over a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Our subscribers reach others.
    #[default]
    ToVendor,
    /// Others reach our subscribers.
    FromVendor,
}

impl Direction {
    /// The direction that an access code tells: that of its part `INCOMING` or `OUTGOING`.
    #[must_use]
    pub fn of_access_code(code: &str) -> Option<Self> {
        code.split('.').find_map(|part| match part {
            "OUTGOING" => Some(Self::ToVendor),
            "INCOMING" => Some(Self::FromVendor),
            _ => None,
        })
    }
}

impl Connection {
    /// Whether use with this access code goes this way (MIDA-03): that of the code which the connection names, else its direction.
    /// Where the use's code tells no direction, a connection that names the code takes it, else it is taken as going out.
    #[must_use]
    pub fn goes_the_way_of(&self, access_code: &str) -> bool {
        let named = self.access_code.as_deref().and_then(Direction::of_access_code);
        match Direction::of_access_code(access_code) {
            Some(way) => way == named.unwrap_or(self.direction),
            None => self.access_code.is_some() || self.direction == Direction::ToVendor,
        }
    }
}
