//! What is to be done about a running session whose rights may have changed: pure, from what the device has and what it should have
//! to the requests to try, in order.
//!
//! | from | to | requests |
//! |---|---|---|
//! | gone | anything | none: it is ending |
//! | anything | gone | Disconnect; where the device cannot, CoA into the hotline |
//! | full, unknown | hotline | CoA into the hotline; Disconnect, whose next log-in meets it |
//! | hotline by CoA | full | CoA out of the hotline; Disconnect, whose next log-in is a full one |
//! | hotline by log-in | full | Disconnect; CoA only where the device knows no Disconnect |
//! | full | full, another speed | CoA with the speed; Disconnect where the profile finds a speed worth it and the old one is known |
//! | unknown | full | CoA out of the hotline, else with the speed; never Disconnect: perhaps nothing is wrong |
//!
//! A service that is sold by time is hotlined by Disconnect, see [`without_paid_portal`].
//! What the device cannot do is left out; when nothing is left, the next report or silence decides.

use crate::access_reply::Outcome;
use crate::profile::Dynamic;
use catalog::Unit;
use std::collections::VecDeque;

/// What a session may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Use the service.
    Full,
    /// See the portal.
    Hotline,
    /// Nothing: it is to end.
    Gone,
}

impl Mode {
    /// What a log-in would get.
    pub const fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Accept(..) => Self::Full,
            Outcome::Hotline(..) => Self::Hotline,
            Outcome::Reject(..) => Self::Gone,
        }
    }
}

/// What the device has, as far as it is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Known {
    pub mode: Option<Mode>,
    /// Digest of the attributes that were sent last.
    pub speed: Option<u64>,
    /// The hotline came with the log-in. Its Class says so as long as the session lives, and such a session is not charged: only
    /// another log-in makes it a full one.
    pub by_login: bool,
}

/// A request to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// CoA-Request with the speed.
    Speed,
    /// CoA-Request into the hotline.
    Hotline,
    /// CoA-Request out of the hotline.
    Resume,
    /// Disconnect-Request.
    Disconnect,
}

impl Tool {
    /// In the words of timelines and logs.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Speed => "CoA: speed",
            Self::Hotline => "CoA: hotline",
            Self::Resume => "CoA: resume",
            Self::Disconnect => "Disconnect",
        }
    }

    /// The label of counters.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Speed => "coa_speed",
            Self::Hotline => "coa_hotline",
            Self::Resume => "coa_resume",
            Self::Disconnect => "disconnect",
        }
    }
}

/// The requests to try, in order; none when the device has what it should have. `speed` is the digest of the attributes that it
/// should have; `policy_changed` says that an unknown speed may be wrong.
pub(crate) fn tools(
    dynamic: &Dynamic,
    known: Known,
    mode: Mode,
    speed: Option<u64>,
    policy_changed: bool,
) -> VecDeque<Tool> {
    let same_speed = match (known.speed, speed) {
        (_, None) => true,
        (None, Some(_)) => !policy_changed,
        (Some(has), Some(wants)) => has == wants,
    };
    let has_it = known.mode == Some(mode) && (mode != Mode::Full || same_speed);
    // A device that has been told to end a session ends it, whatever the books say meanwhile.
    if has_it || known.mode == Some(Mode::Gone) {
        return VecDeque::new();
    }
    let wanted: &[Tool] = match (known.mode, mode) {
        (_, Mode::Gone) if dynamic.disconnect => &[Tool::Disconnect],
        (Some(Mode::Hotline), Mode::Gone) => &[],
        (_, Mode::Gone) => &[Tool::Hotline],
        (_, Mode::Hotline) => &[Tool::Hotline, Tool::Disconnect],
        (Some(Mode::Full), Mode::Full) if dynamic.speed_by_disconnect && known.speed.is_some() => {
            &[Tool::Speed, Tool::Disconnect]
        }
        (Some(Mode::Full), Mode::Full) => &[Tool::Speed],
        (Some(_), Mode::Full) if known.by_login && dynamic.disconnect => &[Tool::Disconnect],
        (Some(_), Mode::Full) => &[Tool::Resume, Tool::Disconnect],
        (None, Mode::Full) => &[Tool::Resume, Tool::Speed],
    };
    let can = |tool: &Tool| match tool {
        Tool::Disconnect => dynamic.disconnect,
        Tool::Hotline => dynamic.change && !dynamic.hotline.is_empty(),
        Tool::Resume => dynamic.change && !dynamic.resume.is_empty(),
        Tool::Speed => dynamic.change && !dynamic.speed.is_empty(),
    };
    wanted.iter().copied().filter(can).collect()
}

/// Where time is sold, Acct-Session-Time runs on in a hotline by CoA and would be charged: the session is ended instead, if it can be, and
/// the next log-in's Class says that it is for the portal only.
pub(crate) fn without_paid_portal(tools: &mut VecDeque<Tool>, unit: Option<Unit>) {
    if unit == Some(Unit::Second) && tools.contains(&Tool::Disconnect) {
        tools.retain(|tool| *tool != Tool::Hotline);
    }
}

#[cfg(test)]
mod tests;
