//! Access servers that nobody here wrote, with their own reports and their own dynamic authorization. pppd is none of them: the kernel of
//! test machines has no `/dev/ppp`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod eapol;
mod hostapd;
mod strongswan;
#[path = "../world/mod.rs"]
mod world;
