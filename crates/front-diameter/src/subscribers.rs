//! Who a request is about: the names a request gives, normalised and with their realm, and the seam to the directory that knows
//! whose they are.
//!
//! Realms: Subscription-Id-Type 0 (E.164) is `msisdn`, 1 is `imsi`, 2, 3 and 4 are `user` (RFC 8506 8.47). Without any
//! Subscription-Id the User-Name counts, and without any name the session. The first name that is known wins, so IMSI and MSISDN may both be sent.

use crate::profile::{NameSource, PeerProfile, Realm};
use charging::{AccountId, Charged, CustomerId, SessionKey, Xdr};
use diameter::Message;
use diameter::credit_control::{CreditControlRequest, SubscriptionKind};
use office::{number_digits as digits, strip_scheme, user_name as user};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Longest name that is looked up, octets; longer ones are nobody's.
pub const NAME_OCTETS_MOST: usize = 255;
/// Names of most requests at most.
const NAMES_USUAL: usize = 2;

/// The realm of telephone numbers: digits, without `+`.
pub const MSISDN: &str = "msisdn";
/// The realm of SIM numbers: digits.
pub const IMSI: &str = "imsi";
/// The realm of everything like `name@domain`, in lower case.
pub const USER: &str = "user";

/// Whose a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Whose account.
    pub customer: CustomerId,
    /// Which account.
    pub account: AccountId,
}

/// What the directory knows without asking a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remembered {
    /// This account's.
    Found(Found),
    /// Nobody's, surely.
    Nobody,
    /// Not in memory: ask [`Subscribers::find`].
    NotInMemory,
}

/// The directory cannot be asked now; the request is answered with 3004 and may come again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DIA-003: the directory cannot be read: {0}")]
pub struct Unavailable(pub String);

/// The directory of names.
pub trait Subscribers: Send + Sync + 'static {
    /// It will soon be asked whose name that is: what is in memory may be fetched ahead. Returns at once.
    fn expect(&self, realm: &str, value: &str) {
        let _ = (realm, value);
    }

    /// Whose name it is, from memory only; returns at once. Called for every request.
    fn remembered(&self, realm: &str, value: &str) -> Remembered;

    /// Whose name it is; may read a database. Called on a blocking thread.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be known now.
    fn find(&self, realm: &str, value: &str) -> Result<Option<Found>, Unavailable>;

    /// Whose these sessions of a node are, open or still remembered, those that are known; may read a database. Called on a blocking thread, for
    /// requests that name nobody.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be known now.
    fn of_sessions(
        &self,
        node: &str,
        keys: &BTreeSet<SessionKey>,
    ) -> Result<Vec<(SessionKey, Found)>, Unavailable>;

    /// A charge for its refund, with the taxes that its invoice has on it; may read a database. Called on a blocking thread.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be known now.
    fn charged(&self, record: &Xdr) -> Result<Charged, Unavailable>;
}

/// A name as the directory keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    pub realm: &'static str,
    pub value: Cow<'a, str>,
}

impl Name<'_> {
    pub fn into_owned(self) -> Name<'static> {
        Name { realm: self.realm, value: Cow::Owned(self.value.into_owned()) }
    }
}

/// Names of a request.
pub(crate) type Names<'a> = SmallVec<[Name<'a>; NAMES_USUAL]>;

/// The names of a request, most telling first: those that the peer's profile found, else the usual ones.
pub(crate) fn names<'a>(ccr: &CreditControlRequest<'a>, own: Option<&[Name<'a>]>) -> Names<'a> {
    let mut names = Names::new();
    if let Some(own) = own {
        names.extend(own.iter().cloned());
    } else if ccr.subscription_ids.is_empty() {
        names.extend(ccr.user_name.map(|name| Name { realm: USER, value: user(name) }));
    } else {
        ccr.subscription_ids.iter().for_each(|id| add_subscription(id.kind, id.data, &mut names));
    }
    names.retain(|name| !name.value.is_empty() && name.value.len() <= NAME_OCTETS_MOST);
    names
}

/// The names as a profile finds them; `None` where it leaves that to the book.
pub(crate) fn own_names<'a>(
    profile: &PeerProfile,
    ccr: &CreditControlRequest<'a>,
    message: &Message<'a>,
) -> Option<Vec<Name<'a>>> {
    if profile.subscriber.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    for source in &profile.subscriber {
        match source {
            NameSource::SubscriptionIds => {
                ccr.subscription_ids.iter().for_each(|id| add_subscription(id.kind, id.data, &mut found));
            }
            NameSource::UserName => {
                found.extend(ccr.user_name.map(|name| Name { realm: USER, value: user(name) }));
            }
            // Who is named elsewhere is who called or sent, and does not pay for what comes in.
            NameSource::Avp(..) if profile.comes_in(message) => {}
            NameSource::Avp(Realm(realm), path) => found.extend(path.text(message).map(|text| {
                let value = if *realm == USER { user(&text) } else { digits(strip_scheme(&text)) };
                Name { realm, value: value.into_owned().into() }
            })),
        }
    }
    Some(found)
}

fn add_subscription<'a>(kind: SubscriptionKind, data: &'a str, to: &mut impl Extend<Name<'a>>) {
    let (name, number) = match kind {
        SubscriptionKind::E164 => (Name { realm: MSISDN, value: digits(strip_scheme(data)) }, None),
        SubscriptionKind::Imsi => (Name { realm: IMSI, value: digits(data) }, None),
        SubscriptionKind::SipUri => (Name { realm: USER, value: user(data) }, number_of_uri(data)),
        SubscriptionKind::Nai | SubscriptionKind::Private => (Name { realm: USER, value: user(data) }, None),
    };
    to.extend([name]);
    to.extend(number);
}

/// `sip:+15551234@domain` also names the telephone number.
fn number_of_uri(uri: &str) -> Option<Name<'_>> {
    let bare = strip_scheme(uri);
    let (local, _) = bare.split_once('@').unwrap_or((bare, ""));
    let local = local.split(';').next().unwrap_or(local);
    let number = digits(local);
    let is_number = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    is_number.then_some(Name { realm: MSISDN, value: number })
}

#[cfg(test)]
mod tests;
