//! The engine: threads that own partitions, and the ways to ask them.

use crate::lapses::Lapses;
use crate::mailbox::{Mailbox, Records, Request, Work};
use crate::news::Listeners;
use crate::partition_thread::{Desk, Shared};
use crate::relays::{Courier, Outbox};
use crate::standings::Herald;
use crate::{Answer, Clock, EngineError, Metrics, News, Outlets, published, sweep};
use arc_swap::ArcSwap;
use catalog::Snapshot;
use charging::{Command, Customer, CustomerId, Envelope, Reply, RequestKey};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use store::{Partition, Store, StoreError};

/// Settings of the engine.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Engine threads; 0 = half the cores, at least one.
    pub threads: usize,
    /// Requests that may wait per thread before new ones are turned away.
    pub waiting_most: usize,
    /// Aggregates kept in memory, all threads together.
    pub loaded_most: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self { threads: 0, waiting_most: 65_536, loaded_most: 1_000_000 }
    }
}

/// The running engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    desks: Vec<Arc<Desk>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    sweeper: Mutex<Option<sweep::Sweeper>>,
    /// Between resellers and those they serve.
    messengers: Mutex<Option<(Courier, Herald)>>,
}

impl Engine {
    /// Takes the partitions over and starts the threads.
    pub fn start(
        store: Arc<Store>,
        catalog: Arc<Snapshot>,
        clock: Clock,
        config: Config,
    ) -> Result<Self, StoreError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = if config.threads == 0 { (cores / 2).max(1) } else { config.threads };
        let ownership = store.take_over()?;
        let (outbox, inbox) = Outbox::new();
        let shared = Arc::new(Shared {
            store,
            catalog: Arc::new(ArcSwap::new(catalog)),
            clock,
            ownership,
            metrics: Metrics::default(),
            outbox: outbox.clone(),
            outlets: Outlets::default(),
            lapses: Lapses::default(),
            loaded_most: (config.loaded_most / count).max(1_000),
            listeners: Listeners::default(),
        });
        let desk = || Arc::new(Desk::new(shared.clone(), config.waiting_most));
        let desks: Vec<_> = std::iter::repeat_with(desk).take(count).collect();
        let mut threads = Vec::with_capacity(count);
        for (number, desk) in desks.iter().enumerate() {
            let desk = desk.clone();
            let builder = std::thread::Builder::new().name(format!("talea-engine-{number}"));
            let started = builder.spawn(move || desk.run());
            threads.push(started.map_err(|error| StoreError::Directory {
                path: "engine thread".to_owned(),
                reason: error.to_string(),
            })?);
        }
        let (threads, sweeper, messengers) = (Mutex::new(threads), Mutex::new(None), Mutex::new(None));
        let engine = Self { inner: Arc::new(Inner { shared, desks, threads, sweeper, messengers }) };
        let herald = Herald::start(&engine, outbox.bell().clone())?;
        *engine.inner.messengers.lock() = Some((Courier::start(&engine, &outbox, inbox)?, herald));
        *engine.inner.sweeper.lock() = Some(sweep::Sweeper::start(&engine)?);
        Ok(engine)
    }

    /// The catalog in force.
    pub fn catalog(&self) -> Arc<Snapshot> {
        self.inner.shared.catalog.load_full()
    }

    /// Puts another catalog in force; running sessions keep their prices, and network doors hear of everybody who has one.
    pub fn publish(&self, catalog: Arc<Snapshot>) {
        self.inner.shared.catalog.store(catalog);
        self.tell_of_running_sessions();
    }

    /// Tells the network doors of everybody with an open session, as news of his policy; returns at once.
    pub fn tell_of_running_sessions(&self) {
        published::tell(&self.inner.shared);
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.inner.shared.clock
    }

    /// What running sessions wait for.
    pub(crate) fn lapses(&self) -> &Lapses {
        &self.inner.shared.lapses
    }

    /// The store.
    pub fn store(&self) -> &Arc<Store> {
        &self.inner.shared.store
    }

    /// The counters.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.shared.metrics
    }

    /// Tries messages between customers again that were parked.
    pub fn retry_parked_relays(&self) {
        self.inner.shared.outbox.retry();
    }

    fn mailbox(&self, customer: CustomerId) -> Option<&Mailbox> {
        let partition = usize::from(Partition::of(customer).0);
        self.inner.desks.get(partition % self.inner.desks.len().max(1)).map(|desk| &desk.mailbox)
    }

    fn put(&self, customer: CustomerId, work: Work) {
        let put = |mailbox: &Mailbox, work| mailbox.put(work);
        self.put_by(put, customer, work);
    }

    fn put_by(
        &self,
        put: impl FnOnce(&Mailbox, Work) -> Result<(), Box<Work>>,
        customer: CustomerId,
        work: Work,
    ) {
        let refused = match self.mailbox(customer) {
            Some(mailbox) => put(mailbox, work).err(),
            None => Some(Box::new(work)),
        };
        match refused.map(|work| *work) {
            Some(Work::Request(request)) => {
                self.inner.shared.metrics.busy.inc();
                request.answer.tell(Err(EngineError::Busy));
            }
            Some(Work::Look(_, Some(look))) => look(Err(EngineError::Busy)),
            _ => {}
        }
    }

    /// Hands a request over; its answer is told later, or "busy" at once.
    pub fn submit(&self, request: Request) {
        self.put(request.envelope.customer, Work::Request(request));
    }

    /// A network request: answered when durable, folded into the tables within seconds.
    pub fn submit_network(&self, envelope: Envelope, answer: Answer) {
        self.submit(Request { envelope, records: None, fold_now: false, answer });
    }

    /// The same for a request behind which more come at once; [`Engine::serve_here`] must follow the last.
    pub fn submit_one_of_many(&self, envelope: Envelope, answer: Answer) {
        let (customer, request) =
            (envelope.customer, Request { envelope, records: None, fold_now: false, answer });
        self.put_by(|mailbox, work| mailbox.add(work), customer, Work::Request(request));
    }

    /// Applies what was handed over, on this thread as far as nothing has to be waited for, else on the engine's.
    pub fn serve_here(&self) {
        self.inner.desks.iter().filter(|desk| !desk.mailbox.is_empty()).for_each(|desk| desk.serve_here());
    }

    /// Applies a command of staff, subscribers or the API and waits until it is durable and in the tables. Blocks the thread.
    pub fn call(
        &self,
        customer: CustomerId,
        key: Option<(RequestKey, u64)>,
        command: Command,
        records: Option<Records>,
    ) -> Result<Reply, EngineError> {
        let (send, receive) = mpsc::channel();
        let answer = Answer::new(move |outcome| {
            let _ = send.send(outcome);
        });
        self.submit(Request {
            envelope: Envelope { customer, key, command },
            records,
            fold_now: true,
            answer,
        });
        receive.recv().unwrap_or(Err(EngineError::Stopped))
    }

    /// Applies a network command without blocking the thread.
    pub async fn ask(&self, envelope: Envelope) -> Result<Reply, EngineError> {
        let (send, receive) = tokio::sync::oneshot::channel();
        self.submit_network(
            envelope,
            Answer::new(move |outcome| {
                let _ = send.send(outcome);
            }),
        );
        receive.await.unwrap_or(Err(EngineError::Stopped))
    }

    /// Looks at a customer as he is now. Blocks the thread for as long as the queue before it takes.
    pub fn look<T: Send + 'static>(
        &self,
        customer: CustomerId,
        look: impl FnOnce(Option<&Customer>) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (send, receive) = mpsc::channel();
        self.look_then(customer, move |found| {
            let _ = send.send(found.map(look));
        });
        receive.recv().unwrap_or(Err(EngineError::Stopped))
    }

    /// The same without waiting: `look` is called on the engine's thread and must return at once.
    pub fn look_then(
        &self,
        customer: CustomerId,
        look: impl FnOnce(Result<Option<&Customer>, EngineError>) + Send + 'static,
    ) {
        self.put(customer, Work::Look(customer, Some(Box::new(look))));
    }

    /// Calls `hook` after each commit that means something to running sessions. It runs on the writing thread and must return at once.
    pub fn on_news(&self, hook: impl Fn(&[News]) + Send + Sync + 'static) {
        self.inner.shared.listeners.add(Box::new(hook));
    }

    /// A copy of a customer as he is now.
    pub fn customer(&self, customer: CustomerId) -> Result<Option<Customer>, EngineError> {
        self.look(customer, |found| found.cloned())
    }

    /// Ends the threads after answering everything that waits.
    pub fn stop(&self) {
        if let Some(sweeper) = self.inner.sweeper.lock().take() {
            sweeper.stop();
        }
        if let Some((courier, herald)) = self.inner.messengers.lock().take() {
            courier.stop();
            herald.stop();
        }
        for desk in &self.inner.desks {
            let _ = desk.mailbox.put(Work::Stop);
        }
        for thread in self.inner.threads.lock().drain(..) {
            let _ = thread.join();
        }
    }
}
