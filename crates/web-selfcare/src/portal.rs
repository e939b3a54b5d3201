//! What the portal is given by the binary, and the parts every request shares.
//!
//! Must not know: pages, routes.

use std::sync::Arc;

use office::{Office, OperatorSettings};
use web_kit::{Brand, Colour, Csrf, FlashBoard, SessionCookie};

/// Where the operator's logo is served.
pub(crate) const LOGO: &str = "/brand/logo.png";

/// Everything the self-care portal needs.
#[derive(Clone)]
pub struct WebSelfcare {
    /// Subscriber use cases.
    pub office: Office,
    /// Signs form tokens; keep it for as long as sessions should survive a restart.
    pub csrf_key: [u8; 32],
    /// Signs the session cookie.
    pub session_key: [u8; 32],
    /// True where browsers reach the portal over TLS.
    pub secure_cookies: bool,
}

/// Shared by all requests. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Portal {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) office: Office,
    pub(crate) csrf: Csrf,
    pub(crate) cookie: SessionCookie,
    pub(crate) flashes: FlashBoard,
}

impl Portal {
    pub(crate) fn new(state: WebSelfcare) -> Self {
        let cookie = SessionCookie::new("talea_selfcare", "/", state.secure_cookies, &state.session_key);
        let csrf = Csrf::new(&state.csrf_key);
        Self { inner: Arc::new(Inner { office: state.office, csrf, cookie, flashes: FlashBoard::default() }) }
    }

    /// The operator's settings, read on a blocking thread; the defaults where they cannot be read, so that a page that says what
    /// is wrong can still be shown.
    pub(crate) async fn settings(&self) -> OperatorSettings {
        let office = self.office.clone();
        let read = tokio::task::spawn_blocking(move || office.settings()).await;
        read.ok().and_then(Result::ok).unwrap_or_default()
    }
}

impl std::ops::Deref for Portal {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

/// The operator's name, colour, logo and where he is reached: nothing of ours is in sight.
pub(crate) fn brand(settings: &OperatorSettings) -> Brand {
    let reached = [settings.name.as_str(), &settings.phone, &settings.email];
    let reached: Vec<&str> = reached.into_iter().filter(|words| !words.is_empty()).collect();
    Brand {
        name: settings.name.clone(),
        accent: Colour::from_hex(&settings.accent),
        logo: settings.logo_png.as_ref().map(|_| LOGO.to_owned()),
        small_print: Some(reached.join(" · ")),
    }
}

/// How to reach the operator, for the end of a sentence: `call 0800 555 0110 or write to help@example.org`.
pub(crate) fn reach(settings: &OperatorSettings) -> String {
    let (phone, email, name) = (&settings.phone, &settings.email, &settings.name);
    match (phone.is_empty(), email.is_empty()) {
        (false, false) => format!("call {phone} or write to {email}"),
        (false, true) => format!("call {phone}"),
        (true, false) => format!("write to {email}"),
        (true, true) => format!("contact {name}"),
    }
}
