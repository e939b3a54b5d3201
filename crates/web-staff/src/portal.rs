//! What the portal is given by the binary, and the parts every request shares.
//!
//! Must not know: pages, routes.

use std::sync::Arc;

use office::{Actor, Office, OfficeError};
use web_kit::{Csrf, SessionCookie};

use crate::flash_board::FlashBoard;

/// The way in for a file of purchases that somebody uploads. The mediation crate is behind it.
pub trait ImportDoor: Send + Sync {
    /// Takes a file in and charges its lines; answers the file's number. A file seen before answers its first number.
    ///
    /// # Errors
    /// A field error for a file that cannot be read as a batch at all, the office's errors otherwise.
    fn take_in(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError>;
}

/// Everything the staff portal needs.
#[derive(Clone)]
pub struct WebStaff {
    /// Staff and subscriber use cases.
    pub office: Office,
    /// Connectors and their deliveries; `None` where nothing is provisioned.
    pub provisioning: Option<provisioning::Provisioning>,
    /// Where uploaded files go; `None` hides the upload.
    pub imports: Option<Arc<dyn ImportDoor>>,
    /// Signs form tokens; keep it for as long as sessions should survive a restart.
    pub csrf_key: [u8; 32],
    /// Signs the session cookie.
    pub session_key: [u8; 32],
    /// The installation's name in the top bar ("Production", "Demo").
    pub environment: String,
    /// True where browsers reach the portal over TLS.
    pub secure_cookies: bool,
    /// Where the portal is mounted, such as `/staff`; empty for the root.
    pub base: String,
    /// IANA name of the zone in which times are shown.
    pub zone: String,
}

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Portal {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) state: WebStaff,
    pub(crate) csrf: Csrf,
    pub(crate) cookie: SessionCookie,
    pub(crate) flashes: FlashBoard,
}

impl Portal {
    pub(crate) fn new(state: WebStaff) -> Self {
        let path = if state.base.is_empty() { "/" } else { state.base.as_str() };
        let cookie = SessionCookie::new("talea_staff", path, state.secure_cookies, &state.session_key);
        let csrf = Csrf::new(&state.csrf_key);
        Self { inner: Arc::new(Inner { state, csrf, cookie, flashes: FlashBoard::default() }) }
    }

    /// An address of the portal.
    pub(crate) fn url(&self, path: &str) -> String {
        web_kit::under(&self.state.base, path)
    }
}

impl std::ops::Deref for Portal {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
