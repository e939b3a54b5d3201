//! Traces as staff handle them: start, stop, look, download, with the permissions each needs and the audit.

use super::tracer::{Trace, Tracer};
use super::{
    TRACE_MESSAGES, TRACE_OCTETS, TRACE_PAGE, TRACE_SECONDS, TRACES_RUNNING_MOST, TraceAsk, TracedMessage,
    pcap,
};
use crate::{Actor, FieldError, Office, OfficeError, Permission};
use calendar::{Instant, Seconds};
use charging::CustomerId;
use std::sync::Arc;

/// A trace somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrace {
    /// Of what.
    pub of: TraceAsk,
    /// Messages that are kept, the last ones.
    pub messages: usize,
    /// Octets that are kept.
    pub octets: usize,
    /// Seconds it runs.
    pub seconds: u64,
}

impl NewTrace {
    /// With the usual limits.
    pub const fn new(of: TraceAsk) -> Self {
        Self { of, messages: TRACE_MESSAGES.0, octets: TRACE_OCTETS.1, seconds: TRACE_SECONDS.1 }
    }
}

/// A trace as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceView {
    /// Its number, for addresses.
    pub number: u64,
    /// What it is about, in words.
    pub about: String,
    /// The customer it is about, and the account.
    pub customer: Option<CustomerId>,
    /// When it was started.
    pub started_at: Instant,
    /// By whom.
    pub started_by: String,
    /// When it ends, if nobody stops it before.
    pub until: Instant,
    /// When and why it ended.
    pub ended: Option<(Instant, String)>,
    /// Messages it keeps at most.
    pub messages_most: usize,
    /// Octets it keeps at most.
    pub octets_most: usize,
    /// Messages it keeps now.
    pub kept: usize,
    /// Octets it keeps now.
    pub octets: usize,
    /// Messages it has seen; the older ones made room for the newer ones.
    pub seen: u64,
}

/// Which messages of a trace somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceLook {
    /// The next ones after this number; else the last ones.
    pub after: Option<u64>,
    /// Those before this number.
    pub before: Option<u64>,
    /// Without personal data, also for readers who may see it.
    pub masked: bool,
}

/// Some messages of a trace, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedMessages {
    /// The trace.
    pub trace: TraceView,
    /// The messages.
    pub items: Vec<TracedMessage>,
    /// There are kept ones before these.
    pub has_earlier: bool,
    /// Personal data is not for this reader: ask the doors to mask it.
    pub masked: bool,
}

impl Trace {
    fn view(&self, masked: bool) -> TraceView {
        let ring = self.ring.lock();
        TraceView {
            number: self.number,
            about: self.target.words(masked),
            customer: self.target.customer(),
            started_at: self.started_at,
            started_by: self.started_by.clone(),
            until: self.until,
            ended: self.ended.lock().clone(),
            messages_most: self.messages_most,
            octets_most: self.octets_most,
            kept: ring.messages().len(),
            octets: ring.octets(),
            seen: ring.seen(),
        }
    }
}

impl Office {
    /// What the front doors show their messages to.
    pub fn tracer(&self) -> &Tracer {
        &self.inner.tracer
    }

    /// Starts a trace; answers its number.
    ///
    /// # Errors
    /// Not allowed; an unknown node; limits out of range; too many traces run.
    pub fn start_trace(&self, actor: &Actor, new: &NewTrace) -> Result<u64, OfficeError> {
        actor.require(Permission::Trace)?;
        check_limits(new)?;
        let (target, sessions) = self.trace_target(&new.of)?;
        let (now, tracer) = (self.now(), self.tracer());
        tracer.tidy(now);
        let number = tracer.next_number();
        let (customer, about) = (target.customer(), target.words(false));
        let mut trace = Trace::new(number, target, actor.text(), (now, now.plus(Seconds(new.seconds))));
        (trace.messages_most, trace.octets_most) = (new.messages, new.octets);
        sessions.into_iter().for_each(|session| trace.ring.lock().follow(session));
        // Noted before it runs: no trace without its line.
        let limits = format!("{} messages, {} octets, {} s", new.messages, new.octets, new.seconds);
        self.note_about(customer, actor, "trace/started", &about, &limits)?;
        if !tracer.add(trace) {
            return Err(OfficeError::Conflict(format!(
                "{TRACES_RUNNING_MOST} traces run already; stop one first"
            )));
        }
        Ok(number)
    }

    /// Stops a trace; what it has is kept for a day.
    ///
    /// # Errors
    /// Not allowed; no such trace.
    pub fn stop_trace(&self, actor: &Actor, number: u64) -> Result<(), OfficeError> {
        actor.require(Permission::Trace)?;
        let (trace, now) = (self.find_trace(number)?, self.now());
        if trace.end(now, &format!("stopped by {}", actor.text())) {
            self.tracer().tidy(now);
            let (customer, about) = (trace.target.customer(), trace.target.words(false));
            self.note_about(customer, actor, "trace/stopped", &about, "")?;
        }
        Ok(())
    }

    /// Throws a trace away with all it has.
    ///
    /// # Errors
    /// Not allowed; no such trace.
    pub fn remove_trace(&self, actor: &Actor, number: u64) -> Result<(), OfficeError> {
        actor.require(Permission::Trace)?;
        let trace = self.find_trace(number)?;
        trace.end(self.now(), "removed");
        self.tracer().remove(number);
        self.note_about(trace.target.customer(), actor, "trace/removed", &trace.target.words(false), "")
    }

    /// All traces that run or are kept, newest first; `masked` keeps identifiers back also from those who may see them.
    ///
    /// # Errors
    /// Not allowed.
    pub fn traces(&self, actor: &Actor, masked: bool) -> Result<Vec<TraceView>, OfficeError> {
        actor.require(Permission::View)?;
        self.tracer().tidy(self.now());
        let masked = masked || !actor.may(Permission::PersonalData);
        Ok(self.tracer().all().iter().rev().map(|trace| trace.view(masked)).collect())
    }

    /// Messages of a trace, at most [`TRACE_PAGE`]. The audit has a line about the first look of everybody.
    ///
    /// # Errors
    /// Not allowed; no such trace.
    pub fn trace_messages(
        &self,
        actor: &Actor,
        number: u64,
        look: TraceLook,
    ) -> Result<TracedMessages, OfficeError> {
        actor.require(Permission::View)?;
        self.tracer().tidy(self.now());
        let masked = look.masked || !actor.may(Permission::PersonalData);
        let trace = self.find_trace(number)?;
        if trace.readers.lock().insert((actor.text(), masked)) {
            let seen = if masked { "personal data masked" } else { "with personal data" };
            let (customer, about) = (trace.target.customer(), trace.target.words(false));
            self.note_about(customer, actor, "trace/read", &about, seen)?;
        }
        let view = trace.view(masked);
        let ring = trace.ring.lock();
        let messages = ring.messages();
        let from = messages.partition_point(|message| message.number <= look.after.unwrap_or(0));
        let to = look
            .before
            .map_or(messages.len(), |before| messages.partition_point(|message| message.number < before));
        // Who follows a busy trace gets the newest; what he missed is on the page.
        let from = from.max(to.saturating_sub(TRACE_PAGE)).min(to);
        let items: Vec<TracedMessage> = messages.range(from..to).cloned().collect();
        Ok(TracedMessages { trace: view, items, has_earlier: from > 0, masked })
    }

    /// A trace as a capture file for Wireshark, without secrets but with personal data.
    ///
    /// # Errors
    /// Not allowed; no such trace.
    pub fn trace_capture(&self, actor: &Actor, number: u64) -> Result<Vec<u8>, OfficeError> {
        actor.require(Permission::PersonalData)?;
        let trace = self.find_trace(number)?;
        let (customer, about) = (trace.target.customer(), trace.target.words(false));
        self.note_about(customer, actor, "trace/downloaded", &about, "as pcap, with personal data")?;
        let ring = trace.ring.lock();
        Ok(pcap::file(ring.messages().iter()))
    }

    fn find_trace(&self, number: u64) -> Result<Arc<Trace>, OfficeError> {
        let found = self.tracer().all().into_iter().find(|trace| trace.number == number);
        found.ok_or_else(|| OfficeError::not_found("trace", number))
    }
}

fn check_limits(new: &NewTrace) -> Result<(), OfficeError> {
    let mut errors = Vec::new();
    let mut check = |field: &str, fits: bool, range: String| {
        if !fits {
            errors.push(FieldError::new(field, range));
        }
    };
    let (_, messages) = TRACE_MESSAGES;
    check("messages", (1..=messages).contains(&new.messages), format!("is 1 to {messages}"));
    let (least, _, most) = TRACE_OCTETS;
    check("octets", (least..=most).contains(&new.octets), format!("is {least} to {most}"));
    let (least, _, most) = TRACE_SECONDS;
    check("seconds", (least..=most).contains(&new.seconds), format!("is {least} to {most}"));
    if errors.is_empty() { Ok(()) } else { Err(OfficeError::Invalid(errors)) }
}
