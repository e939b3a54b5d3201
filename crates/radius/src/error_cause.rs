//! Error-Cause (RFC 5176 3.5): what a device says beside its NAK, and what kind of trouble that is. What is then done is the caller's.

use std::fmt;

/// A value of Error-Cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCause(pub u32);

/// What a cause means to whoever sent the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CauseKind {
    /// The device has no such session.
    SessionGone,
    /// The device asks by an Access-Request of its own (Service-Type Authorize-Only, RFC 5176 3.2).
    WillAsk,
    /// The device or a proxy before it has trouble now: the same request may work later.
    Later,
    /// The device does not do such things, or not for this session: another kind of request may work.
    Unable,
    /// The request is wrong for this device: keys or attributes of its profile need a change. Repeating it never helps.
    Misconfigured,
}

impl ErrorCause {
    /// 406: a request that is not served here.
    pub const UNSUPPORTED_EXTENSION: Self = Self(406);
    /// 503: there is no such session.
    pub const SESSION_NOT_FOUND: Self = Self(503);

    /// What it means.
    pub const fn kind(self) -> CauseKind {
        match self.0 {
            503 => CauseKind::SessionGone,
            507 => CauseKind::WillAsk,
            502 | 505 | 506 => CauseKind::Later,
            202 | 401..=404 | 407 => CauseKind::Misconfigured,
            _ => CauseKind::Unable,
        }
    }

    /// Its name in the RFC; empty for a number that it does not define.
    pub const fn name(self) -> &'static str {
        match self.0 {
            201 => "Residual-Session-Context-Removed",
            202 => "Invalid-EAP-Packet",
            401 => "Unsupported-Attribute",
            402 => "Missing-Attribute",
            403 => "NAS-Identification-Mismatch",
            404 => "Invalid-Request",
            405 => "Unsupported-Service",
            406 => "Unsupported-Extension",
            407 => "Invalid-Attribute-Value",
            501 => "Administratively-Prohibited",
            502 => "Request-Not-Routable",
            503 => "Session-Context-Not-Found",
            504 => "Session-Context-Not-Removable",
            505 => "Other-Proxy-Processing-Error",
            506 => "Resources-Unavailable",
            507 => "Request-Initiated",
            508 => "Multiple-Session-Selection-Unsupported",
            _ => "",
        }
    }
}

impl fmt::Display for ErrorCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "" => write!(f, "Error-Cause {}", self.0),
            name => write!(f, "{} {name}", self.0),
        }
    }
}
