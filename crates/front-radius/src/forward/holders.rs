//! Which session has an address towards a target now, so that a late Stop of one never ends another's (RFC 2866 knows no order between
//! sessions). Filled by what targets are told, and once after a start from the open sessions. Bounded. Must not know: packets.

use super::{Binding, is_meant};
use crate::RadiusNode;
use crate::session_facts::Facts;
use charging::SessionKey;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use store::{SessionFilter, Store, StoreError};

/// Addresses remembered, all targets together; those on top are told as if nobody else had them.
const ADDRESSES_MOST: usize = 1_000_000;
/// Sessions read at once.
const PAGE: usize = 1_000;

/// Holders of addresses, by target.
#[derive(Default)]
pub(super) struct Holders(Mutex<HashMap<(Box<str>, Ipv4Addr), SessionKey>>);

impl Holders {
    /// A target is to be told this.
    pub fn heard(&self, target: &str, binding: &Binding) {
        let Some(address) = binding.address else { return };
        let (key, mut holders) = ((target.into(), address), self.0.lock());
        match binding.over {
            true if holders.get(&key) == Some(&binding.session) => drop(holders.remove(&key)),
            true => {}
            false if holders.len() < ADDRESSES_MOST || holders.contains_key(&key) => {
                holders.insert(key, binding.session.clone());
            }
            false => {}
        }
    }

    /// Whether another session has the address now.
    pub fn is_anothers(&self, target: &str, binding: &Binding) -> bool {
        let Some(address) = binding.address else { return false };
        self.0.lock().get(&(target.into(), address)).is_some_and(|holder| *holder != binding.session)
    }

    /// Reads the open sessions; what was heard meanwhile is newer and stays.
    ///
    /// # Errors
    /// Of the store.
    pub fn read(&self, store: &Store, targets: &[Arc<RadiusNode>]) -> Result<(), StoreError> {
        let mut filter = SessionFilter { most: PAGE, ..SessionFilter::default() };
        loop {
            let page = store.open_sessions(&filter)?;
            for session in page.iter().map(|row| &row.session) {
                let Some(facts) = Facts::of(session) else { continue };
                let Some(address) = super::address(&facts) else { continue };
                let mut holders = self.0.lock();
                if holders.len() >= ADDRESSES_MOST {
                    return Ok(());
                }
                for target in targets.iter().filter(|target| is_meant(target, &facts.node)) {
                    holders.entry((target.name.clone(), address)).or_insert_with(|| session.key.clone());
                }
            }
            match page.last().filter(|_| page.len() == PAGE) {
                Some(last) => filter.after = Some(last.page_key()),
                None => return Ok(()),
            }
        }
    }
}
