//! Page shells: the frame around a page's body. Staff work in [`staff`], subscribers in [`self_care`], both enter through
//! [`sign_in`]. What the reader chose (theme, rail) comes from cookies, so the first paint is right without scripts.
//! Must not know: routes beyond the sections, sessions, data.

mod document;
mod self_care;
mod sign_in;
mod staff;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::session_cookie;

pub use document::{bare, error_page};
pub use self_care::{SelfCareFrame, SelfCarePage, SelfCareSection, self_care};
pub use sign_in::{SignInPage, sign_in};
pub use staff::{StaffFrame, StaffPage, StaffSection, staff};

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}

/// What a reader chose on this device, from its cookies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Light or dark.
    pub theme: Theme,
    /// The staff rail shows icons only.
    pub narrow_rail: bool,
}

impl Choices {
    /// Reads the cookies `theme` and `rail` that the page script sets.
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let theme = match session_cookie::read(headers, "theme") {
            Some("light") => Theme::Light,
            Some("dark") => Theme::Dark,
            _ => Theme::System,
        };
        Self { theme, narrow_rail: session_cookie::read(headers, "rail") == Some("narrow") }
    }
}

/// A redirect that is asked for with GET (303), so that a reload does not send a form again.
pub fn see_other(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address.to_owned())]).into_response()
}

/// Joins a portal's mount point (`""`, `"/staff"`) and a path of its own (`/customers`; `/` is the home page).
pub fn under(base: &str, path: &str) -> String {
    match (base.trim_end_matches('/'), path) {
        ("", path) => path.to_owned(),
        (base, "/") => base.to_owned(),
        (base, path) => format!("{base}{path}"),
    }
}
