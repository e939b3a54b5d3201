//! The whole simulated world between two steps: the system, its disk, its clients, the network and the clock.
//!
//! Every change of it is one of the small acts here; which comes next is decided in [`crate::run`].

use crate::cast::Cast;
use crate::catalogs::publications;
use crate::dice::Dice;
use crate::disk::{Lie, SimDisk};
use crate::errands::{self, Vouchers};
use crate::history::{History, Ticket};
use crate::outbox::Outbox;
use crate::requests::{Requests, Source};
use crate::sabotage::Sabotage;
use crate::server::{Arrival, Server, Shell};
use crate::sessions::NodeSession;
use crate::tables::Remains;
use crate::violation::{Checked, Promise, Violation};
use calendar::{Instant, Seconds};
use catalog::Snapshot;
use charging::{Command, Envelope};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use store::{Tables, Turn};

/// Sessions at a time.
const SESSIONS_MOST: usize = 6;
/// The clock at the beginning: near a month's end, two hours before the night's prices.
const BEGINNING: &str = "2026-06-29T16:00:00Z";
/// No request waits so long on its way.
const LONG: Seconds = Seconds(6 * 3_600);
/// Tables of whose new rows the database may have no room.
const TABLES: [&str; 6] = ["xdr", "ledger_entry", "event", "session", "account_state", "applied"];

/// Everything there is.
pub struct World {
    /// Chance of everything but the disk.
    pub dice: Dice,
    /// The time.
    pub now: Instant,
    /// When the customers signed up; the clock is not set back to before it.
    opened: Instant,
    catalog: Arc<Snapshot>,
    /// The disk of the journal.
    pub disk: SimDisk,
    tables: Option<Box<Tables>>,
    /// What a loss of power leaves of the tables.
    pub remains: Rc<RefCell<Remains>>,
    /// The process, when one runs.
    pub server: Option<Server>,
    /// What should be in the books.
    pub history: RefCell<History>,
    fault: RefCell<Option<Violation>>,
    spoiling: RefCell<Dice>,
    sabotage: Option<Sabotage>,
    /// What is asked.
    pub requests: Requests,
    /// Nodes with sessions.
    pub sessions: Vec<NodeSession>,
    /// Messages between customers.
    pub outbox: Outbox,
    /// Vouchers.
    pub vouchers: Vouchers,
    /// Who takes part.
    pub cast: Cast,
    /// How much goes wrong on the network, in a thousand.
    pub trouble: u64,
    log: Option<Vec<String>>,
}

impl World {
    /// A new installation that works, with its customers.
    pub fn new(seed: u64, sabotage: Option<Sabotage>, verbose: bool) -> Result<Self, Violation> {
        let mut dice = Dice::new(seed);
        let starts = |what: &str| Promise::Starts.broken(what);
        let catalog = publications().first().ok_or_else(|| starts("the sample catalog is wrong"))?.clone();
        let mut tables = Tables::in_memory().map_err(|error| starts(&error.to_string()))?;
        let lie = match sabotage {
            Some(Sabotage::IgnoreFailedSync) => Some(Lie::SyncDone),
            Some(Sabotage::AcceptTorn) => Some(Lie::MendTorn),
            _ => None,
        };
        let disk = SimDisk::new(dice.fork(), lie);
        let forgetful = sabotage == Some(Sabotage::ForgetFolded);
        let remains = Remains::new(&mut tables, dice.fork(), forgetful);
        let cast = Cast::new(&mut dice);
        let now = Instant::parse(BEGINNING).ok_or_else(|| starts("the clock"))?;
        let now = now.plus(Seconds(dice.below(90_000)));
        let mut world = Self {
            now,
            opened: now,
            catalog,
            disk,
            tables: Some(Box::new(tables)),
            remains: Rc::new(RefCell::new(remains)),
            server: None,
            history: RefCell::default(),
            fault: RefCell::new(None),
            spoiling: RefCell::new(dice.fork()),
            sabotage,
            requests: Requests::default(),
            sessions: Vec::new(),
            outbox: Outbox::default(),
            vouchers: Vouchers::new(),
            cast,
            trouble: *dice.pick(&[0, 50, 200]).unwrap_or(&50),
            dice,
            log: verbose.then(Vec::new),
        };
        world.start()?;
        world.open()?;
        Ok(world)
    }

    /// The customers sign up, before anything goes wrong.
    fn open(&mut self) -> Checked {
        for envelope in self.cast.opening(self.now, &mut self.dice) {
            self.requests.send(Source::Anyone, envelope, 0, self.now);
            self.deliver(0);
        }
        self.make_batch(usize::MAX);
        self.settle();
        self.hear()?;
        while self.requests.answers_on_their_way() {
            self.letter(0)?;
        }
        Ok(())
    }

    /// Time goes by. Nothing waits for hours on its way: requests are remembered for a day at least, not for good.
    pub fn go_on(&mut self, span: Seconds) {
        self.now = self.now.plus(span);
        if span > LONG {
            self.requests.forget_copies();
            self.server.iter_mut().for_each(Server::forget_mailbox);
        }
    }

    /// The clock is set back.
    pub fn set_back(&mut self, span: Seconds) {
        self.now = self.now.minus(span).max(self.opened);
    }

    /// Notes a step for whoever wants to read along.
    pub fn say(&mut self, what: impl FnOnce(&Self) -> String) {
        if self.log.is_some() {
            let line = format!("{} {}", self.now, what(self));
            self.log.iter_mut().for_each(|log| log.push(line.clone()));
        }
    }

    /// What was noted.
    pub fn take_log(&mut self) -> Vec<String> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The process starts on what is left. It must, unless it is killed while it does or the disk fails, and then it may try again.
    pub fn start(&mut self) -> Checked {
        let Some(tables) = self.tables.take() else { return Ok(()) };
        match Server::start(*tables, &self.disk, self.remains.clone()) {
            Ok(server) => self.server = Some(server),
            Err((error, tables)) => {
                self.tables = tables;
                let excused = self.disk.is_dead() || self.disk.is_failing();
                self.say(|_| format!("does not start: {error}"));
                Promise::Starts.holds(excused, || error.to_string())?;
            }
        }
        Ok(())
    }

    /// The process ends: killed, or with the power.
    pub fn crash(&mut self, power: bool) {
        if let Some(server) = self.server.take() {
            self.tables = Some(Box::new(server.crash()));
        }
        if power {
            self.disk.power_lost();
            self.tables = self.tables.take().and_then(|tables| self.remains.borrow_mut().power_lost(tables));
        } else {
            self.disk.killed();
        }
        self.history.borrow_mut().life += 1;
    }

    fn with_server<T>(&mut self, act: impl FnOnce(&mut Server, &Shell<'_>, u64) -> T) -> Option<T> {
        let server = self.server.as_mut()?;
        let base = self.history.borrow().life << 32;
        let shell = Shell {
            history: &self.history,
            fault: &self.fault,
            dice: &self.spoiling,
            catalog: &self.catalog,
            now: self.now,
            sabotage: self.sabotage,
        };
        Some(act(server, &shell, base))
    }

    /// A request arrives, or not.
    pub fn deliver(&mut self, trouble: u64) {
        let Some(ticket) = self.requests.arrives(&mut self.dice, self.now, trouble) else { return };
        let (Some(ask), Some(server)) = (self.requests.ask(ticket), self.server.as_mut()) else { return };
        let (mut envelope, fold_now) = (ask.envelope.clone(), ask.fold_now);
        if self.sabotage == Some(Sabotage::DropKey) {
            envelope.key = None;
        }
        if let (Some(Sabotage::RenumberResend), Command::Session(request)) =
            (self.sabotage, &mut envelope.command)
            && self.spoiling.borrow_mut().chance(300)
        {
            request.request += 1_000_000;
        }
        server.arrive(Arrival { ticket, envelope, fold_now });
        self.say(|_| format!("request {ticket} arrives"));
    }

    /// The engine thread makes a batch.
    pub fn make_batch(&mut self, most: usize) {
        self.with_server(|server, shell, base| server.make_batch(shell, base, most));
        self.say(|_| "a batch is made".to_owned());
    }

    /// Everything lands and is folded.
    pub fn settle(&mut self) -> bool {
        self.with_server(|server, _, _| server.settle()).unwrap_or(false)
    }

    /// The tables' thread does a round.
    pub fn fold(&mut self) {
        let turn = *self.dice.pick(&[Turn::Nothing, Turn::New, Turn::New, Turn::All]).unwrap_or(&Turn::All);
        let rows = *self.dice.pick(&[1, 1, 4, 1_000]).unwrap_or(&1);
        let most = self.dice.place(4) + 1;
        self.with_server(|server, _, _| server.fold(most, turn, rows));
        self.say(|_| format!("the tables' thread takes {most} jobs, {turn:?}, {rows} rows"));
    }

    /// What was told since the last call is on its way to the clients. What a process said that died meanwhile was never heard.
    pub fn hear(&mut self) -> Checked {
        if let Some(violation) = self.fault.borrow_mut().take() {
            return Err(violation);
        }
        if self.disk.is_dead() {
            return Ok(());
        }
        let heard = self.with_server(|server, _, _| server.take_heard()).unwrap_or_default();
        for heard in heard {
            self.history.borrow_mut().told(heard.receipt, &heard.outcome)?;
            let sessions = &self.sessions;
            let steps = |source| match source {
                Source::Session(place) => sessions.get(place).map_or(0, |session| session.steps),
                _ => 0,
            };
            self.requests.answered(heard.ticket, heard.outcome, steps)?;
        }
        for entry in self.history.borrow_mut().newly_durable() {
            self.outbox.post(entry, &self.cast);
        }
        Ok(())
    }

    /// An answer reaches its client.
    pub fn letter(&mut self, trouble: u64) -> Checked {
        let Some((ticket, outcome)) = self.requests.hears(&mut self.dice, trouble) else { return Ok(()) };
        self.say(|_| format!("request {ticket} is answered {outcome:?}"));
        let Some(ask) = self.requests.ask(ticket).filter(|ask| !ask.done) else { return Ok(()) };
        let (source, command) = (ask.source, ask.envelope.command.clone());
        let Ok(reply) = outcome else {
            // "Busy" is sent again, like silence.
            return Ok(());
        };
        self.requests.give_up(ticket);
        match source {
            Source::Session(place) => {
                if let Some(session) = self.sessions.get_mut(place) {
                    session.hears(ticket, &reply);
                }
            }
            Source::Post(place) => self.outbox.answered(place, Some(&reply))?,
            Source::Voucher(place) => self.vouchers.settle(place, &command, &reply),
            Source::Anyone => {}
        }
        Ok(())
    }

    fn ask(&mut self, source: Source, envelope: Envelope, step: u64) -> Ticket {
        let ticket = self.requests.send(source, envelope, step, self.now);
        self.say(|world| {
            let asked = world.requests.ask(ticket).map(|ask| &ask.envelope);
            format!("request {ticket} is sent: {asked:?}")
        });
        ticket
    }

    /// A node begins or continues a session; with `last` it only ends one.
    pub fn use_something(&mut self, last: bool) {
        let running: Vec<usize> = (0..self.sessions.len())
            .filter(|place| self.sessions.get(*place).is_some_and(|session| !session.is_over()))
            .collect();
        let fresh = !last && running.len() < SESSIONS_MOST && self.dice.chance(350);
        let place = if fresh || running.is_empty() {
            let Some(customer) = self.dice.pick(&self.cast.users).copied().filter(|_| !last) else { return };
            let history = self.history.borrow();
            let accounts = history.state(customer).map(|state| &state.accounts[..]).unwrap_or_default();
            let Some(account) = self.dice.pick(accounts).map(|account| account.id) else { return };
            drop(history);
            self.sessions.push(NodeSession::new(self.sessions.len(), customer, account, &mut self.dice));
            self.sessions.len() - 1
        } else {
            *self.dice.pick(&running).unwrap_or(&0)
        };
        let (ticket, now) = (self.requests.next(), self.now);
        let Some(session) = self.sessions.get_mut(place) else { return };
        let step = session.steps;
        if let Some(envelope) = session.next(ticket, now, last, &mut self.dice) {
            self.ask(Source::Session(place), envelope, step);
        }
    }

    /// Staff, a shop or a subscriber wants something.
    pub fn run_errand(&mut self) {
        let (now, ticket) = (self.now, self.requests.next());
        if self.dice.chance(80) {
            if let Some((place, envelope)) = self.vouchers.redeem(&self.cast, now, &mut self.dice) {
                self.ask(Source::Voucher(place), envelope, 0);
            }
            return;
        }
        let errand = errands::errand(&self.cast, &self.history.borrow(), ticket, now, &mut self.dice);
        if let Some(envelope) = errand {
            self.ask(Source::Anyone, envelope, 0);
        }
    }

    /// The timers look at a customer.
    pub fn look_at_the_clock(&mut self) -> bool {
        let customers: Vec<_> = self.cast.all().collect();
        let mut found = false;
        for customer in customers {
            let command =
                self.history.borrow().state(customer).and_then(|state| errands::due(state, self.now));
            if let Some(command) = command {
                self.ask(Source::Anyone, Envelope { customer, key: None, command }, 0);
                found = true;
            }
        }
        found
    }

    /// The outbox sends a message.
    pub fn post(&mut self) {
        let next = self.outbox.next(&self.history.borrow(), &mut self.dice);
        if let Some((place, envelope)) = next {
            self.ask(Source::Post(place), envelope, 0);
        }
    }

    /// A client sends again.
    pub fn send_again(&mut self) {
        if let Some(ticket) = self.requests.send_again(&mut self.dice, self.now) {
            self.say(|_| format!("request {ticket} is sent again"));
        }
    }

    /// Another catalog is published.
    pub fn publish(&mut self) {
        if let Some(next) = self.dice.pick(publications()) {
            self.catalog = next.clone();
        }
        self.say(|world| format!("catalog {} is in force", world.catalog.version().0));
    }

    /// The database has no room for some rows, or has room again.
    pub fn fill_tables(&mut self, full: bool) {
        let table = if full { self.dice.pick(&TABLES).copied() } else { None };
        if let Some(server) = &self.server {
            // Only a trigger in memory.
            let _ = server.store().refuse_rows(table);
        }
        self.say(|_| format!("no room in {table:?}"));
    }
}
