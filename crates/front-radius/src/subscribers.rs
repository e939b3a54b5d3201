//! What the front door asks about subscribers. Who keeps the directory, and where, is not known here.

use charging::{AccountId, CustomerId};

/// An account found by an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Whose account.
    pub customer: CustomerId,
    /// The account.
    pub account: AccountId,
}

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// In memory only: asked by the task that reads the socket, so it must return at once.
    Memory,
    /// Wherever it takes: asked by a worker thread, which may wait for a database.
    Storage,
}

/// The outcome of a look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T> {
    /// This is it.
    Found(T),
    /// There is none.
    Unknown,
    /// Memory doesn't tell, or the database doesn't answer now.
    NotNow,
}

/// The directory of identifiers and the passwords of accounts.
pub trait Subscribers: Send + Sync + 'static {
    /// The account behind an identifier, which comes normalised: user names in lower case, MSISDN and IMSI as digits, MAC addresses in
    /// upper case with colons.
    fn find(&self, realm: &str, value: &str, effort: Effort) -> Lookup<Found>;

    /// The account's password in clear text; `Unknown` when it has none.
    fn password(&self, account: AccountId, effort: Effort) -> Lookup<Vec<u8>>;
}
