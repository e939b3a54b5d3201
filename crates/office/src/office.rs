//! The office: everything use cases need, and the one way in which they ask the core.

use crate::directory::Directory;
use crate::invoice_content::InvoiceRenderer;
use crate::nodes::NodeTable;
use crate::{Actor, IdempotencyKey, OfficeError, Secrets};
use arc_swap::ArcSwapOption;
use calendar::Instant;
use catalog::Snapshot;
use charging::{Command, CustomerId, Refusal, Reply};
use engine::{Clock, Engine};
use hashbrown::{HashMap, HashSet};
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;
use store::{AuditRecord, Record, Store};

/// Use cases of staff, subscribers, the API and the clock. Everything here blocks the calling thread. Cheap to clone.
#[derive(Clone)]
pub struct Office {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    engine: Engine,
    secrets: Secrets,
    pub(crate) renderer: Arc<dyn InvoiceRenderer>,
    pub(crate) directory: Directory,
    pub(crate) nodes: ArcSwapOption<NodeTable>,
    /// Held while the node table is read and swapped.
    pub(crate) node_reload: Mutex<()>,
    pub(crate) hashing: crate::passwords::HashingDesk,
    pub(crate) self_care_tickets: crate::staff_in_self_care::SelfCareTickets,
    pub(crate) wrong_passwords: crate::sign_in::WrongPasswords,
    pub(crate) parked: crate::clockwork::ParkedCustomers,
    /// Held while some customers are billed.
    pub(crate) billing: Mutex<()>,
    pub(crate) at_once: crate::invoice_batch::AtOnce,
    pub(crate) home: crate::home::HomeBoard,
    pub(crate) vouchers: crate::vouchers::VoucherDesk,
    pub(crate) tracer: crate::Tracer,
    /// The operator's settings once they were read.
    pub(crate) settings: Mutex<Option<crate::settings::Kept>>,
    /// Older catalogs, for explaining old charges.
    pub(crate) catalogs: Mutex<HashMap<u32, Arc<Snapshot>>>,
    /// Held while a catalog is published.
    pub(crate) publishing: Mutex<()>,
    /// Held while plain records of a customer are read, changed and written; customers share them by number.
    record_changes: [Mutex<()>; CHANGES_AT_ONCE],
    /// Requests with a key that are being worked on.
    in_flight: Mutex<HashSet<(u32, Box<str>)>>,
}

/// Customers whose plain records can be changed at the same time.
const CHANGES_AT_ONCE: usize = 64;

/// What the audit says about a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditNote {
    /// What, such as `payment/received`; the name of the event where there is one.
    pub action: &'static str,
    /// On what: a number or name.
    pub object: String,
    /// Words for people.
    pub detail: String,
}

impl AuditNote {
    /// What was done, on what, in words.
    pub fn new(action: &'static str, object: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { action, object: object.into(), detail: detail.into() }
    }
}

/// Makes plain records once the reply is known.
pub type MakeRecords = Box<dyn FnOnce(&Reply) -> Vec<Record> + Send>;

impl Office {
    /// An office over a running engine.
    pub fn new(engine: Engine, secrets: Secrets, renderer: Arc<dyn InvoiceRenderer>) -> Self {
        let directory = Directory::new(engine.store().clone(), secrets.clone());
        let inner = Inner {
            engine,
            secrets,
            renderer,
            directory,
            nodes: ArcSwapOption::empty(),
            node_reload: Mutex::default(),
            hashing: Default::default(),
            self_care_tickets: Default::default(),
            wrong_passwords: Default::default(),
            parked: Default::default(),
            billing: Mutex::default(),
            at_once: Default::default(),
            home: Default::default(),
            vouchers: Default::default(),
            tracer: Default::default(),
            settings: Mutex::default(),
            catalogs: Mutex::default(),
            publishing: Mutex::default(),
            record_changes: [const { Mutex::new(()) }; CHANGES_AT_ONCE],
            in_flight: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// The store.
    pub fn store(&self) -> &Arc<Store> {
        self.inner.engine.store()
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.inner.engine.clock()
    }

    /// Now, by the clock.
    pub fn now(&self) -> Instant {
        self.clock().now()
    }

    /// The catalog in force.
    pub fn catalog(&self) -> Arc<Snapshot> {
        self.inner.engine.catalog()
    }

    /// The sealing key.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// The identifier directory.
    pub fn directory(&self) -> &Directory {
        &self.inner.directory
    }

    /// Held by use cases that read plain records of a customer, change them and write them back; `None` = the installation's own.
    pub(crate) fn change_records(&self, customer: Option<CustomerId>) -> Option<MutexGuard<'_, ()>> {
        let number = customer.map_or(0, |customer| customer.0 as usize % CHANGES_AT_ONCE);
        // The remainder is always a place; `get` only says so without panicking.
        self.inner.record_changes.get(number).map(Mutex::lock)
    }

    /// Asks the core for a change by `actor`, with an audit line and further records in the same commit. With a key, a repetition
    /// gets the first answer and writes nothing; while the first is still being worked on, it is a conflict.
    pub fn command(
        &self,
        actor: &Actor,
        customer: CustomerId,
        key: Option<&IdempotencyKey>,
        command: Command,
        audit: AuditNote,
        records: MakeRecords,
    ) -> Result<Reply, OfficeError> {
        actor.allow(customer, &command)?;
        let _working = key.map(|key| self.work_on(customer.0, key.text())).transpose()?;
        if let Some(key) = key
            && let Some(reply) = self.first_answer(customer, key)?
        {
            return answered(reply);
        }
        let AuditNote { action, object, detail } = audit;
        let audit =
            AuditRecord { at: self.now(), actor: actor.text(), action: action.to_owned(), object, detail };
        let records = move |reply: &Reply| {
            let mut all = records(reply);
            all.push(Record::Audit(audit));
            all
        };
        let key = key.map(IdempotencyKey::request);
        answered(self.engine().call(customer, key, command, Some(Box::new(records)))?)
    }

    /// The answer that a request with this key got before, if the core still remembers it.
    pub(crate) fn first_answer(
        &self,
        customer: CustomerId,
        key: &IdempotencyKey,
    ) -> Result<Option<Reply>, OfficeError> {
        let ((key, fingerprint), now) = (key.request(), self.now());
        let found = self.engine().look(customer, move |customer| {
            let applied = customer?.applied.get(&key).filter(|applied| applied.until > now)?;
            let same = applied.fingerprint == fingerprint;
            Some(if same { applied.answer() } else { Reply::Refused(Refusal::KeyReused) })
        });
        Ok(found?)
    }

    /// Marks a request with a key as being worked on until the guard is dropped.
    pub(crate) fn work_on(&self, scope: u32, key: &str) -> Result<Working<'_>, OfficeError> {
        let name = (scope, Box::from(key));
        if !self.inner.in_flight.lock().insert(name.clone()) {
            return Err(OfficeError::Conflict("a request with this key is being worked on".to_owned()));
        }
        Ok(Working { in_flight: &self.inner.in_flight, name })
    }
}

/// No further records.
pub fn no_records() -> MakeRecords {
    Box::new(|_| Vec::new())
}

fn answered(reply: Reply) -> Result<Reply, OfficeError> {
    match reply {
        Reply::Refused(refusal) => Err(refusal.into()),
        reply => Ok(reply),
    }
}

pub(crate) struct Working<'a> {
    in_flight: &'a Mutex<HashSet<(u32, Box<str>)>>,
    name: (u32, Box<str>),
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.in_flight.lock().remove(&self.name);
    }
}
