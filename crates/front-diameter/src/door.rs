//! What all connections share.

use crate::answer_writing::Outcome;
use crate::ask::{AnswerForm, Ask, Body, Intent};
use crate::dialling::Dials;
use crate::enquiry::{self, Question};
use crate::errands::Routes;
use crate::look_up::{Sessions, Subscriber};
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::peer_restart::Restarts;
use crate::peers::{KnownPeer, PeerRecord, PeerView, Peers};
use crate::profile::PeerProfile;
use crate::refund_request;
use crate::server::Config;
use crate::subscribers::{Found, Subscribers};
use crate::tls_files::Tls;
use crate::told::{self, Asked, CostsTold};
use crate::unmetered;
use crate::whereabouts::Zones;
use charging::{Command, Context, Customer, CustomerId, Envelope};
use diameter::answer::Identity;
use engine::{Answer, Engine, EngineError};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

/// Shared by all connections.
pub(crate) struct Door {
    pub config: Config,
    pub engine: Engine,
    pub peers: Arc<dyn Peers>,
    pub subscribers: Arc<dyn Subscribers>,
    pub sessions: Arc<Sessions>,
    /// What clients were told of costs.
    pub costs: Arc<CostsTold>,
    /// The ways to clients.
    pub routes: Routes,
    /// Which peers have lost their sessions.
    pub restarts: Restarts,
    pub metrics: Metrics,
    pub identity: Arc<Identity>,
    /// TLS, where there is any.
    pub tls: Option<Tls>,
    /// Connections that we have begun.
    pub dials: Dials,
    /// The operator's zones of networks.
    pub zones: Zones,
    /// For strangers, where they are let in.
    pub generic: Arc<PeerProfile>,
    /// Beginning of the peers' time, which must never go back as a business clock may seem to.
    pub started: Instant,
    pub next_connection: AtomicU64,
    pub connections: Mutex<BTreeMap<u64, Arc<PeerRecord>>>,
    /// Connections that ended, oldest first: the last one of each peer or address.
    pub departed: Mutex<VecDeque<PeerView>>,
}

/// Ended connections that are remembered.
const DEPARTED_MOST: usize = 64;

impl Door {
    /// Microseconds since the start.
    pub fn micros(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Takes a connection off the list and remembers how it ended.
    pub fn left(&self, number: u64) {
        let Some(record) = self.connections.lock().remove(&number) else { return };
        let view = record.view();
        let same = |other: &PeerView| {
            other.host == view.host && (!view.host.is_empty() || other.address.ip() == view.address.ip())
        };
        let mut departed = self.departed.lock();
        departed.retain(|other| !same(other));
        if departed.len() >= DEPARTED_MOST {
            departed.pop_front();
        }
        departed.push_back(view);
    }

    /// Who a peer is; strangers are let in only if the operator wants it, and then are their own node.
    pub fn admit(&self, host: &str) -> Option<KnownPeer> {
        let stranger = || KnownPeer { node: host.into(), profile: self.generic.clone() };
        self.peers.by_origin_host(host).or_else(|| self.config.accept_unknown_peers.then(stranger))
    }

    /// Hands a request of a known subscriber to the core, which is woken behind the last of a read; its answer goes to the outbox when
    /// it is durable.
    pub fn submit(&self, ask: Ask, (found, name): Subscriber, outbox: &Arc<Outbox>) {
        let Ask { intent, form } = ask;
        let command = match intent {
            Intent::Session(mut request) => {
                (request.account, request.identifier) = (found.account, name);
                if form.free.is_some() {
                    let tools = (self.engine.clone(), self.costs.clone());
                    return unmetered::step(tools, request, found, form, outbox.clone());
                }
                Command::Session(request)
            }
            Intent::Debit(mut debit) => {
                (debit.account, debit.identifier) = (found.account, name);
                Command::Debit(debit)
            }
            Intent::CheckBalance(mut debit) => {
                (debit.account, debit.identifier) = (found.account, name);
                return self.enquire(found.customer, debit, Question::Balance, form, outbox);
            }
            Intent::PriceEnquiry(mut debit) => {
                (debit.account, debit.identifier) = (found.account, name);
                return self.enquire(found.customer, debit, Question::Price, form, outbox);
            }
            Intent::Slice(mut debit, question) => {
                (debit.account, debit.identifier) = (found.account, name);
                return self.charge_interval(found, (debit, question), form, outbox);
            }
            Intent::Unmetered => return unmetered::answer(&self.engine, found, form, outbox.clone()),
            Intent::Nothing => return outbox.answer(&form, &Outcome::Nothing),
            Intent::Refund(ask) => {
                let (engine, subscribers) = (self.engine.clone(), self.subscribers.clone());
                let outbox = outbox.clone();
                tokio::task::spawn_blocking(move || {
                    let outcome = refund_request::submit(&engine, &*subscribers, found, ask);
                    outbox.answer_alone(&form, &outcome.unwrap_or_else(|error| Outcome::Replied(Err(error))));
                });
                return;
            }
        };
        charge((&self.engine, &self.costs), command, found, form, outbox.clone());
    }

    /// A debit of one interval of the tariff, or a question about one: a look at the customer tells how long it is (USSD-13).
    fn charge_interval(
        &self,
        found: Found,
        (mut debit, question): (charging::Debit, Option<Question>),
        mut form: Box<AnswerForm>,
        outbox: &Arc<Outbox>,
    ) {
        let (engine, outbox, costs) = (self.engine.clone(), outbox.clone(), self.costs.clone());
        tokio::task::spawn_blocking(move || {
            match enquiry::interval(&engine, found.customer, &debit) {
                Ok(interval) => debit.units = interval.unwrap_or(debit.units),
                Err(error) => return outbox.answer_alone(&form, &Outcome::Replied(Err(error))),
            }
            if let Some(question) = question {
                let outcome = enquiry::ask(&engine, found.customer, debit, question, &mut form);
                return outbox.answer_alone(&form, &outcome);
            }
            if let Body::Event { units, .. } = &mut form.body {
                *units = debit.units;
            }
            charge((&engine, &costs), Command::Debit(debit), found, form, outbox);
            // Nothing more comes behind it, so nobody else would look for it soon.
            engine.serve_here();
        });
    }

    fn enquire(
        &self,
        customer: CustomerId,
        debit: charging::Debit,
        question: Question,
        mut form: Box<AnswerForm>,
        outbox: &Arc<Outbox>,
    ) {
        let (engine, outbox) = (self.engine.clone(), outbox.clone());
        tokio::task::spawn_blocking(move || {
            let outcome = enquiry::ask(&engine, customer, debit, question, &mut form);
            outbox.answer_alone(&form, &outcome);
        });
    }
}

/// Hands a command to the core, and its answer to the outbox.
fn charge(
    (engine, costs): (&Engine, &Arc<CostsTold>),
    command: Command,
    found: Found,
    form: Box<AnswerForm>,
    outbox: Arc<Outbox>,
) {
    let answer = answering((engine, costs), &command, found, form, outbox);
    engine.submit_one_of_many(Envelope { customer: found.customer, key: None, command }, answer);
}

/// How the core's answer to a command gets to the outbox.
pub(crate) fn answering(
    (engine, costs): (&Engine, &Arc<CostsTold>),
    command: &Command,
    found: Found,
    form: Box<AnswerForm>,
    outbox: Arc<Outbox>,
) -> Answer {
    if form.tells.any() {
        telling((engine.clone(), costs.clone()), form, command, found, outbox)
    } else {
        Answer::through(outbox, form)
    }
}

/// An answer that waits for another look at the customer.
fn telling(
    (engine, costs): (Engine, Arc<CostsTold>),
    mut form: Box<AnswerForm>,
    command: &Command,
    found: Found,
    outbox: Arc<Outbox>,
) -> Answer {
    let (session, debit) = match command {
        Command::Session(request) => {
            let begins = request.step == charging::Step::Start;
            (Some((request.session.clone(), request.request, begins)), None)
        }
        Command::Debit(debit) => (None, form.tells.advice.tariff.then(|| debit.clone())),
        _ => (None, None),
    };
    let asked = Asked { account: found.account, session, debit };
    Answer::new(move |outcome| {
        let (catalog, now) = (engine.catalog(), engine.clock().now());
        let look = move |seen: Result<Option<&Customer>, EngineError>| {
            if let (Ok(Some(customer)), Ok(reply)) = (seen, &outcome) {
                let context = Context { catalog: &catalog, now };
                let told = told::told(customer, &asked, (form.tells, reply), (context, &costs));
                form.told = Some(Box::new(told));
            }
            outbox.answer_alone(&form, &Outcome::Replied(outcome));
        };
        engine.look_then(found.customer, look);
    })
}
