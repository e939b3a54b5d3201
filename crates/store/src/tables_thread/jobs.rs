//! What others ask of the tables' thread inside a transaction, and that one job's failure is not another's.

use super::{Announce, Work};
use crate::StoreError;
use crate::db::Transaction;
use charging::CustomerId;

/// A job that needs a transaction.
pub(super) enum Needed {
    Customers(Vec<CustomerId>, Option<Box<dyn FnOnce() + Send>>),
    Write(Work),
}

impl Needed {
    /// What to call when there is no transaction.
    pub fn refused(self) -> Option<Announce> {
        match self {
            Self::Customers(_, folded) => folded.map(|folded| -> Announce { Box::new(move |_| folded()) }),
            Self::Write(work) => work(None).ok(),
        }
    }
}

/// Runs an office job so that its failure undoes only itself.
pub(super) fn in_savepoint(
    transaction: &Transaction<'_>,
    work: Work,
    outcomes: &mut Vec<Announce>,
) -> Result<(), StoreError> {
    if let Err(error) = transaction.execute_batch("SAVEPOINT job") {
        outcomes.extend(work(None).ok());
        return Err(error.into());
    }
    let mut end = "ROLLBACK TO job; RELEASE job";
    if let Ok(announce) = work(Some(transaction)) {
        // What it posted has to be there, too.
        match transaction.send_posts() {
            Ok(()) => {
                end = "RELEASE job";
                outcomes.push(announce);
            }
            Err(error) => {
                tracing::error!(%error, "a change cannot be written");
                announce(false);
            }
        }
    }
    Ok(transaction.execute_batch(end)?)
}
