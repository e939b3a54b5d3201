//! What the portal is given by the binary, and the parts every request shares.
//!
//! Must not know: pages, routes.

use std::sync::Arc;

use calendar::{Instant, Seconds};
use office::{ImportDoor, NetworkDoor, Office};
use parking_lot::Mutex;
use web_kit::{Csrf, FlashBoard, SessionCookie};

use crate::fresh_codes::FreshCodes;

/// How old the number of notices in the top bar may be.
const NOTICES_KEPT: Seconds = Seconds(30);

/// Everything the staff portal needs.
#[derive(Clone)]
pub struct WebStaff {
    /// Staff and subscriber use cases.
    pub office: Office,
    /// Connectors and their deliveries; `None` where nothing is provisioned.
    pub provisioning: Option<provisioning::Provisioning>,
    /// Where uploaded files go; `None` hides the upload.
    pub imports: Option<Arc<dyn ImportDoor>>,
    /// What the network front doors see; `None` where there are none.
    pub network: Option<Arc<dyn NetworkDoor>>,
    /// Where subscribers reach the self-care portal, such as `https://my.example.net`; empty hides the way there.
    pub selfcare: String,
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
    pub(crate) fresh_codes: FreshCodes,
    notices: Mutex<Option<(Instant, usize)>>,
}

impl Portal {
    pub(crate) fn new(state: WebStaff) -> Self {
        let path = if state.base.is_empty() { "/" } else { state.base.as_str() };
        let cookie = SessionCookie::new("talea_staff", path, state.secure_cookies, &state.session_key);
        let csrf = Csrf::new(&state.csrf_key);
        let (flashes, notices) = (FlashBoard::default(), Mutex::default());
        let fresh_codes = FreshCodes::default();
        Self { inner: Arc::new(Inner { state, csrf, cookie, flashes, fresh_codes, notices }) }
    }

    /// An address of the portal.
    pub(crate) fn url(&self, path: &str) -> String {
        web_kit::under(&self.state.base, path)
    }

    /// How many notices there were at the last look.
    pub(crate) fn notices(&self) -> usize {
        self.notices.lock().map_or(0, |(_, number)| number)
    }

    /// Whether it is time to look again.
    pub(crate) fn notices_are_old(&self) -> bool {
        let now = self.state.office.now();
        self.notices.lock().is_none_or(|(seen, _)| now.since(seen) > NOTICES_KEPT)
    }

    /// Keeps what a look found.
    pub(crate) fn keep_notices(&self, number: usize) {
        *self.notices.lock() = Some((self.state.office.now(), number));
    }
}

impl std::ops::Deref for Portal {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
