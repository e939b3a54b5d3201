//! Signing in: session tokens, and patience with wrong passwords.
//!
//! A token is 256 random bits; only its SHA-256 is stored. After a few wrong passwords a login waits, longer each time; this is
//! kept in memory only. Nothing here tells whether a login exists.

use crate::passwords::random;
use crate::{Office, OfficeError};
use calendar::{Instant, Seconds};
use hashbrown::HashMap;
use parking_lot::Mutex;
use ring::digest::{SHA256, digest};
use store::WebSessionRow;

/// Wrong passwords in a row before a login has to wait.
const WRONG_FREE: u32 = 5;
/// First wait; doubles with each further wrong password.
const WAIT_FIRST: u64 = 15;
/// Longest wait.
const WAIT_MOST: u64 = 900;
/// A login without wrong passwords for this long starts afresh.
const FORGET_AFTER: Seconds = Seconds(3_600);
/// Logins remembered; when full, old ones are forgotten first.
const LOGINS_MOST: usize = 10_000;
/// Longest login.
pub(crate) const LOGIN_MOST: usize = 100;

/// A signed-in browser's secret. Goes into a cookie and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// The token as text: 64 hexadecimal digits.
    pub fn text(&self) -> &str {
        &self.0
    }

    pub(crate) fn new() -> Result<Self, OfficeError> {
        Ok(Self(hex(&random::<32>()?)))
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionToken(..)")
    }
}

/// What is stored of a token.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// The two portals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Portal {
    Staff,
    SelfCare,
}

impl Portal {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::SelfCare => "selfcare",
        }
    }

    /// A browser is signed out after this.
    const fn session_kept(self) -> Seconds {
        match self {
            Self::Staff => Seconds(12 * 3_600),
            Self::SelfCare => Seconds(24 * 3_600),
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Wrong {
    count: u32,
    last: Instant,
    wait_until: Instant,
}

/// Wrong passwords by login.
#[derive(Default)]
pub(crate) struct WrongPasswords(Mutex<HashMap<(Portal, String), Wrong>>);

impl WrongPasswords {
    /// Refuses while the login has to wait. An attempt counts as wrong until it is found right, so that many at once get no more
    /// tries than one after the other.
    pub fn begin(&self, portal: Portal, login: &str, now: Instant) -> Result<(), OfficeError> {
        let mut logins = self.0.lock();
        if logins.len() >= LOGINS_MOST {
            logins.retain(|_, wrong| wrong.last.plus(FORGET_AFTER) > now);
        }
        if logins.len() >= LOGINS_MOST
            && let Some(oldest) =
                logins.iter().min_by_key(|(_, wrong)| wrong.last).map(|(login, _)| login.clone())
        {
            logins.remove(&oldest);
        }
        let fresh = Wrong { count: 0, last: now, wait_until: now };
        let wrong = logins.entry((portal, login.to_owned())).or_insert(fresh);
        if wrong.last.plus(FORGET_AFTER) <= now {
            *wrong = fresh;
        }
        if wrong.wait_until > now {
            let seconds = wrong.wait_until.since(now).0 + 1;
            return Err(OfficeError::Denied(format!("too many attempts; try again in {seconds} seconds")));
        }
        wrong.count = wrong.count.saturating_add(1);
        wrong.last = now;
        if wrong.count >= WRONG_FREE {
            let wait = WAIT_FIRST << (wrong.count - WRONG_FREE).min(10);
            wrong.wait_until = now.plus(Seconds(wait.min(WAIT_MOST)));
        }
        Ok(())
    }

    /// The password was right.
    pub fn forget(&self, portal: Portal, login: &str) {
        self.0.lock().remove(&(portal, login.to_owned()));
    }
}

pub(crate) fn wrong_credentials() -> OfficeError {
    OfficeError::Denied("the login or the password is wrong".to_owned())
}

impl Office {
    /// Opens a session for a browser.
    pub(crate) fn open_session(
        &self,
        portal: Portal,
        subject: i64,
        login: &str,
        opened_by: &str,
    ) -> Result<SessionToken, OfficeError> {
        let token = SessionToken::new()?;
        let now = self.now();
        self.store().add_web_session(WebSessionRow {
            token_hash: token_hash(token.text()),
            portal: portal.name().to_owned(),
            subject,
            login: login.to_owned(),
            opened_by: opened_by.to_owned(),
            created_at: now,
            expires_at: now.plus(portal.session_kept()),
        })?;
        Ok(token)
    }

    pub(crate) fn session(&self, portal: Portal, token: &str) -> Result<Option<WebSessionRow>, OfficeError> {
        Ok(self.store().web_session(portal.name(), &token_hash(token), self.now())?)
    }

    /// Ends a browser's session, of either portal.
    pub fn sign_out(&self, token: &str) -> Result<(), OfficeError> {
        Ok(self.store().remove_web_session(token_hash(token))?)
    }
}
