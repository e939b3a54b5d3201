//! The identifier directory on the hot path: (realm, value) -> customer and account, and service passwords.
//!
//! Flows in: identifiers as a network element or a person writes them. Flows out: whom they find. A hit touches memory only; what
//! this process changes is forgotten at once, so a hit is never older than the last change. Must not know: protocols, balances.

mod bounded_cache;
mod identifier;

pub use bounded_cache::{BoundedCache, KeyLike};
use charging::{AccountId, CustomerId};
use smallvec::SmallVec;
use std::sync::Arc;
use store::Store;

use crate::{OfficeError, Secrets};

pub(crate) use identifier::{DEVICE, mac};
pub use identifier::{REALMS, normalise, shown};

/// Identifiers kept in memory, in each of the cache's two halves.
const IDENTIFIERS_KEPT: usize = 500_000;
/// Passwords kept in memory, in each half.
const PASSWORDS_KEPT: usize = 200_000;

/// Whom an identifier finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Found {
    /// Customer.
    pub customer: CustomerId,
    /// Account.
    pub account: AccountId,
}

/// Small enough that a hit looks at one place in memory for most values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// Its place in [`REALMS`]; behind the last one for others.
    realm: u8,
    value: SmallVec<[u8; VALUE_USUAL]>,
}

/// Octets of most values.
const VALUE_USUAL: usize = 22;

/// A key that is only looked up: hashes as [`Key`] does.
#[derive(Hash)]
struct Asked<'a> {
    realm: u8,
    value: &'a [u8],
}

impl<'a> Asked<'a> {
    fn new(realm: &str, value: &'a str) -> Self {
        let place = REALMS.iter().position(|known| *known == realm).unwrap_or(REALMS.len());
        Self { realm: u8::try_from(place).unwrap_or(u8::MAX), value: value.as_bytes() }
    }
}

impl hashbrown::Equivalent<Key> for Asked<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        self.realm == key.realm && *self.value == *key.value
    }
}

impl KeyLike<Key> for Asked<'_> {
    fn to_key(&self) -> Key {
        Key { realm: self.realm, value: SmallVec::from_slice(self.value) }
    }
}

/// The directory.
pub struct Directory {
    store: Arc<Store>,
    secrets: Secrets,
    identifiers: BoundedCache<Key, Option<Found>>,
    passwords: BoundedCache<AccountId, Option<Arc<[u8]>>>,
}

impl Directory {
    pub(crate) fn new(store: Arc<Store>, secrets: Secrets) -> Self {
        Self {
            store,
            secrets,
            identifiers: BoundedCache::new(IDENTIFIERS_KEPT),
            passwords: BoundedCache::new(PASSWORDS_KEPT),
        }
    }

    /// Whom an identifier finds, in any spelling that [`normalise`] knows. `None` also for values that no identifier can have. When the
    /// database cannot be read, the failure is logged and nobody is found.
    pub fn find(&self, realm: &str, value: &str) -> Option<Found> {
        match self.try_find(realm, value) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the identifier directory cannot be read");
                None
            }
        }
    }

    /// As [`Self::find`], with the failure.
    pub fn try_find(&self, realm: &str, value: &str) -> Result<Option<Found>, OfficeError> {
        let Ok(value) = normalise(realm, value) else { return Ok(None) };
        let asked = Asked::new(realm, &value);
        self.identifiers.get_or_load(&asked, || {
            let found = self.store.find_identifier(realm, &value)?;
            Ok(found.map(|(customer, account)| Found { customer, account }))
        })
    }

    /// Memory will soon be asked about a value: fetches what it holds there, without waiting.
    pub fn expect(&self, realm: &str, value: &str) {
        if let Ok(value) = normalise(realm, value) {
            self.identifiers.expect(&Asked::new(realm, &value));
        }
    }

    /// As [`Self::find`], from memory only and at once; the outer `None` = memory does not tell, ask [`Self::try_find`].
    pub fn remembered(&self, realm: &str, value: &str) -> Option<Option<Found>> {
        let Ok(value) = normalise(realm, value) else { return Some(None) };
        self.identifiers.get(&Asked::new(realm, &value))
    }

    /// Whom a value finds in the first of these realms that knows it.
    pub fn find_in(&self, realms: &[&str], value: &str) -> Option<Found> {
        realms.iter().find_map(|realm| self.find(realm, value))
    }

    /// The service password of an account in the clear (CHAP needs it); `None` when there is none.
    pub fn password(&self, account: AccountId) -> Option<Vec<u8>> {
        match self.try_password(account) {
            Ok(password) => password,
            Err(error) => {
                tracing::error!(%error, "a service password cannot be read");
                None
            }
        }
    }

    /// As [`Self::password`], with the failure.
    pub fn try_password(&self, account: AccountId) -> Result<Option<Vec<u8>>, OfficeError> {
        let sealed = self.passwords.get_or_load(&account, || {
            let record = self.store.account_record(account)?;
            Ok(record.and_then(|r| r.password).map(Arc::from))
        })?;
        Ok(sealed.and_then(|sealed| self.opened(account, &sealed)))
    }

    /// As [`Self::password`], from memory only and at once; the outer `None` = memory does not tell, ask [`Self::try_password`].
    pub fn remembered_password(&self, account: AccountId) -> Option<Option<Vec<u8>>> {
        let sealed = self.passwords.get(&account)?;
        Some(sealed.and_then(|sealed| self.opened(account, &sealed)))
    }

    fn opened(&self, account: AccountId, sealed: &[u8]) -> Option<Vec<u8>> {
        let opened = self.secrets.unseal(sealed);
        if opened.is_none() {
            tracing::error!(account = account.0, "a service password cannot be unsealed: wrong key file?");
        }
        opened
    }

    /// Forgets what was cached about these identifiers; called after every change that concerns them.
    pub(crate) fn forget(&self, identifiers: &[(String, String)]) {
        for (realm, value) in identifiers {
            self.identifiers.forget(&Asked::new(realm, value));
        }
    }

    /// Forgets an account's password.
    pub(crate) fn forget_password(&self, account: AccountId) {
        self.passwords.forget(&account);
    }
}
