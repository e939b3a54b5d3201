//! Nodes with sessions: credit control (quota is granted) and accounting (use is only counted), one request at a time each.
//!
//! Must not know: prices, balances.

use crate::catalogs::publications;
use crate::dice::Dice;
use crate::history::Ticket;
use calendar::Instant;
use charging::{
    AccountId, Asked, Command, CustomerId, Envelope, Refusal, Reply, SessionKey, SessionRequest, Step,
    UnitOutcome, UnitReport, Used,
};

/// What can be used in a session: rating group, service, destination, most units between two reports of accounting.
const KINDS: [(u32, &str, &str, u64); 4] = [
    (1, "data", "internet", 3_000_000),
    (100, "data", "social.example", 2_000_000),
    (2, "voice", "15551230001", 200),
    (3, "sms", "15551230002", 4),
];
/// Seconds of silence after which a session is ended.
const SILENCE: u32 = 7_200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Fresh,
    Open,
    Done,
}

struct Unit {
    kind: (u32, &'static str, &'static str, u64),
    granted: u64,
    total: u64,
}

/// One session as its node sees it.
pub struct NodeSession {
    /// Whose.
    pub customer: CustomerId,
    account: AccountId,
    key: SessionKey,
    grants: bool,
    phase: Phase,
    /// Steps sent.
    pub steps: u64,
    units: Vec<Unit>,
    /// The request that is not answered yet.
    pub waits_for: Option<Ticket>,
}

impl NodeSession {
    /// A node is about to begin a session.
    pub fn new(number: usize, customer: CustomerId, account: AccountId, dice: &mut Dice) -> Self {
        let grants = dice.chance(750);
        let count = if grants { dice.between(1, 3) } else { 1 };
        let mut units: Vec<Unit> = Vec::new();
        for _ in 0..count {
            let kind = *dice.pick(&KINDS).unwrap_or(&KINDS[0]);
            if units.iter().all(|unit| unit.kind.0 != kind.0) {
                units.push(Unit { kind, granted: 0, total: 0 });
            }
        }
        let name = format!("node;{number};{}", dice.below(1 << 32));
        let key = if grants {
            SessionKey::diameter(name.as_bytes())
        } else {
            SessionKey::radius("bng", name.as_bytes())
        };
        let phase = Phase::Fresh;
        Self { customer, account, key, grants, phase, steps: 0, units, waits_for: None }
    }

    /// Nothing more will be sent.
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Done
    }

    /// The node forgets the session without a word.
    pub fn abandon(&mut self) {
        self.phase = Phase::Done;
    }

    /// The next step, unless an answer is missing.
    pub fn next(&mut self, ticket: Ticket, now: Instant, last: bool, dice: &mut Dice) -> Option<Envelope> {
        let step = match self.phase {
            Phase::Done => return None,
            _ if self.waits_for.is_some() => return None,
            Phase::Fresh => Step::Start,
            Phase::Open if last || dice.chance(200) => Step::Stop,
            Phase::Open => Step::Update,
        };
        let units = self.units.iter_mut().filter_map(|unit| unit.report(step, self.grants, dice)).collect();
        let request = SessionRequest {
            session: self.key.clone(),
            account: self.account,
            identifier: "15551234567".into(),
            node: if self.grants { "pgw" } else { "bng" }.into(),
            // Accounting requests are named by a digest of their contents.
            request: if self.grants { self.steps } else { ticket.wrapping_mul(0x9e37_79b9_7f4a_7c15) },
            step,
            event_at: now,
            units,
            grants: self.grants,
            silence: SILENCE,
            details: "".into(),
            hotlines: false,
        };
        self.steps += 1;
        self.waits_for = Some(ticket);
        if step == Step::Stop {
            self.phase = Phase::Done;
        }
        Some(Envelope { customer: self.customer, key: None, command: Command::Session(request) })
    }

    /// The answer to the step that is waited for.
    pub fn hears(&mut self, ticket: Ticket, reply: &Reply) {
        if self.waits_for != Some(ticket) {
            return;
        }
        self.waits_for = None;
        match reply {
            Reply::Session(reply) if reply.refusal.is_none() => {
                if self.phase == Phase::Fresh {
                    self.phase = Phase::Open;
                }
                for answer in &reply.units {
                    let asked = |unit: &&mut Unit| Some(unit.kind.0) == answer.rating_group;
                    let Some(unit) = self.units.iter_mut().find(asked) else { continue };
                    unit.granted =
                        if let UnitOutcome::Granted { units, .. } = answer.outcome { units } else { 0 };
                }
            }
            // Use goes on being reported until the session ends.
            Reply::Session(_) if self.phase == Phase::Open => {}
            Reply::Refused(Refusal::OutOfRange) if self.phase == Phase::Open => {}
            _ => self.phase = Phase::Done,
        }
    }
}

impl Unit {
    fn report(&mut self, step: Step, grants: bool, dice: &mut Dice) -> Option<UnitReport> {
        let (group, service, destination, most) = self.kind;
        let service = publications().first()?.service(service)?.id;
        let used = if step == Step::Start {
            0
        } else if grants {
            // A node may overrun what it was granted a little.
            dice.below(self.granted + self.granted / 10 + 1)
        } else {
            dice.below(most)
        };
        self.granted = 0;
        self.total += used;
        let used = match used {
            0 if grants => Used::None,
            _ if !grants => Used::Total(self.total),
            used if dice.chance(150) => {
                let before = dice.below(used + 1);
                Used::Parted { before, after: used - before }
            }
            used => Used::Since(used),
        };
        let asked = match step {
            Step::Stop => Asked::Nothing,
            _ if !grants || dice.chance(100) => Asked::Nothing,
            _ if dice.chance(500) => Asked::Default,
            _ => Asked::Units(dice.between(1, most)),
        };
        Some(UnitReport {
            rating_group: Some(group),
            service_identifier: None,
            service,
            access_code: "".into(),
            destination: destination.into(),
            used,
            asked,
        })
    }
}
