//! Independent books beside the core: what the effects add up to, and the laws that hold after every command.

use super::plan_books::PlanBooks;
use calendar::{Instant, Seconds};
use charging::{
    Account, Applied, Command, Context, Counts, Customer, Effects, Envelope, EventKind, Explanation, FeeWhy,
    Head, LedgerCode, LedgerSide, Meter, NOT_INVOICED, Purse, Reply, RequestKey, RowId, Session, SessionKey,
    SessionRequest, UnitOutcome, XdrKind, apply,
};
use std::collections::{BTreeMap, BTreeSet};

/// Closed sessions and request keys are remembered at least this long; older ones may be dropped without a word.
const SESSION_KEPT: Seconds = Seconds(24 * 3_600);

/// The books, made from effects alone.
#[derive(Default)]
pub struct Books {
    /// By ledger side `customer_balance` (`None`) and `account_balance` of each account.
    balances: BTreeMap<Option<RowId>, i128>,
    /// What is left of each charge after refunds and corrections.
    left: BTreeMap<RowId, i128>,
    /// The last announcement of each threshold: crossed or not.
    crossed: BTreeMap<(Option<RowId>, &'static str, String), bool>,
    /// Row counter of the last message upward, by receiver.
    relayed: BTreeMap<u32, u32>,
    open_period: i128,
    /// Whether a fee was ever credited.
    credits: bool,
    last_row: i64,
    rows: BTreeSet<RowId>,
    plans: PlanBooks,
    shadow: Shadow,
}

/// The aggregate rebuilt from the rows that effects name: what a store would load again.
#[derive(Default)]
struct Shadow {
    head: Option<Head>,
    accounts: BTreeMap<RowId, Account>,
    sessions: BTreeMap<SessionKey, Session>,
    applied: BTreeMap<RequestKey, Applied>,
}

fn remembered(session: &Session, now: Instant) -> bool {
    session.closed_at.is_none_or(|at| at.plus(SESSION_KEPT) > now)
}

/// The aggregate without rows that are too old to matter.
fn current(state: &Option<Customer>, now: Instant) -> Option<Customer> {
    let mut customer = state.clone()?;
    customer.sessions.retain(|_, session| remembered(session, now));
    customer.applied.retain(|_, applied| applied.until > now);
    Some(customer)
}

impl Books {
    pub fn check(
        &mut self,
        before: Option<&Customer>,
        after: &Option<Customer>,
        envelope: &Envelope,
        reply: &Reply,
        effects: &Effects,
        context: Context<'_>,
    ) {
        if matches!(reply, Reply::Refused(_)) {
            assert_eq!(*effects, Effects::default(), "a refusal has no effects");
            let before = current(&before.cloned(), context.now);
            assert_eq!(before, current(after, context.now), "a refusal changes nothing: {envelope:?}");
        }
        self.rows_ascend(effects);
        repeating_changes_nothing(after, envelope, reply, context);
        let Some(customer) = after else { return };
        self.money_is_conserved(before, customer, effects);
        let less = customer.head.unbilled.is_negative();
        assert!(self.credits || !less, "an invoice is less than nothing by credits only");
        self.crossings_alternate(customer, effects);
        self.messages_are_chained(effects);
        reservations_add_up(customer);
        self.plans.check(customer, effects, context);
        // A repeated answer grants nothing anew.
        if effects.changes.has_session() {
            grants_fit_funds(customer, envelope, reply, context.now);
        }
        self.shadow.follow(customer, (envelope, effects), context.now);
        let seq = before.map_or(0, |b| b.head.seq);
        let step = u64::from(!effects.changes.is_empty());
        assert_eq!(customer.head.seq, seq + step, "seq counts the commands that changed something");
    }

    /// balance = sum of ledger credits to the balance - debits; unbilled = xDRs of the open period.
    fn money_is_conserved(&mut self, before: Option<&Customer>, customer: &Customer, effects: &Effects) {
        for entry in &effects.ledger {
            assert!(entry.amount.is_positive(), "a ledger amount is positive: {entry:?}");
            assert_ne!(entry.debit, entry.credit, "an entry has two sides");
            let amount = i128::from(entry.amount.micros());
            for (side, amount) in [(entry.credit, amount), (entry.debit, -amount)] {
                match side {
                    LedgerSide::CustomerBalance => *self.balances.entry(None).or_default() += amount,
                    LedgerSide::AccountBalance => {
                        assert!(entry.account.is_some(), "an own balance is somebody's");
                        *self.balances.entry(entry.account).or_default() += amount;
                    }
                    _ => {}
                }
            }
        }
        let head = &customer.head;
        for (owner, purse) in purses(customer) {
            let booked = self.balances.get(&owner).copied().unwrap_or_default();
            assert_eq!(i128::from(purse.balance.micros()), booked, "balance = ledger");
        }
        for xdr in &effects.xdrs {
            let amended = matches!(xdr.kind, XdrKind::Refund | XdrKind::Correction);
            let credited = match &xdr.explanation {
                Explanation::Recurring { why, .. } => matches!(why, FeeWhy::Returned | FeeWhy::Suspended),
                _ => false,
            };
            assert!(amended || credited == xdr.amount.is_negative(), "only credits are less than nothing");
            self.credits |= credited;
            let charged: i64 = effects
                .ledger
                .iter()
                .filter(|entry| entry.reference == Some(xdr.id) && entry.code != LedgerCode::Tax)
                .map(|entry| if entry.credit == LedgerSide::Revenue { 1 } else { -1 } * entry.amount.micros())
                .sum();
            assert_eq!(charged, xdr.amount.micros(), "an xDR and its ledger entry agree");
            for tax in effects.ledger.iter().filter(|entry| entry.reference == Some(xdr.id)) {
                let back = tax.debit == LedgerSide::Tax && xdr.amount.is_negative();
                let later = xdr.period_number == NOT_INVOICED;
                assert!(
                    tax.code != LedgerCode::Tax || back && later,
                    "invoices tax, changes give back: {tax:?}"
                );
            }
            let of = if amended { RowId(xdr.reference.as_ref().unwrap().parse().unwrap()) } else { xdr.id };
            let left = self.left.entry(of).or_default();
            *left += i128::from(xdr.amount.micros());
            assert!(credited || *left >= 0, "no more is given back than was charged: {xdr:?}");
            if xdr.period_number != NOT_INVOICED {
                self.open_period += i128::from(xdr.amount.micros());
            }
        }
        if before.is_some_and(|b| b.head.period_number != head.period_number) {
            assert_eq!(i128::from(head.closed_total.micros()), self.open_period, "the closed period's total");
            self.open_period = 0;
        }
        assert_eq!(
            i128::from(head.unbilled.micros()),
            self.open_period,
            "unbilled = xDRs of the open period"
        );
    }

    /// One event per crossing: what was announced as crossed is announced as crossed back before it is crossed again.
    fn crossings_alternate(&mut self, customer: &Customer, effects: &Effects) {
        for event in &effects.events {
            let (threshold, crossed) = match event.kind {
                EventKind::FundsExhausted | EventKind::AccountFundsExhausted => ("funds", true),
                EventKind::FundsAvailable | EventKind::AccountFundsAvailable => ("funds", false),
                EventKind::CreditWarning => ("warning", true),
                EventKind::CreditWarningCleared => ("warning", false),
                EventKind::SpendingCapReached => ("cap", true),
                EventKind::SpendingCapCleared => ("cap", false),
                EventKind::ServiceStopped => ("service", true),
                EventKind::ServiceRestored => ("service", false),
                EventKind::ResellerStopped => ("reseller", true),
                EventKind::ResellerServing => ("reseller", false),
                _ => continue,
            };
            let detail = if threshold == "warning" { event.detail.clone() } else { String::new() };
            let before = self.crossed.insert((event.account, threshold, detail), crossed);
            // A reseller may be stopped for another reason than before.
            let again = threshold != "reseller" && before == Some(crossed);
            assert!(!again, "announced twice: {event:?}");
        }
        // A threshold that was taken away and set again is a new one.
        let set = |owner: Option<RowId>, at: &str| {
            let purse =
                purses(customer).find(|(of, _)| *of == owner).and_then(|(_, purse)| purse.guard.as_ref());
            purse.is_some_and(|guard| guard.warnings.iter().any(|warning| warning.at.to_string() == at))
        };
        self.crossed.retain(|(owner, threshold, at), _| *threshold != "warning" || set(*owner, at));
    }

    /// Each message upward names the one before it.
    fn messages_are_chained(&mut self, effects: &Effects) {
        for relay in effects.relays.iter().filter(|r| !matches!(r.message, charging::Message::Standing(_))) {
            let last = self.relayed.insert(relay.to.0, relay.id.counter()).unwrap_or(0);
            assert_eq!(relay.previous, last, "a message follows the one before: {relay:?}");
        }
    }

    fn rows_ascend(&mut self, effects: &Effects) {
        let mut rows: Vec<RowId> = effects.xdrs.iter().map(|x| x.id).collect();
        rows.extend(effects.ledger.iter().map(|e| e.id));
        rows.extend(effects.events.iter().map(|e| e.id));
        let newest = rows.iter().max().copied();
        for row in rows {
            assert!(row.0 > self.last_row, "{row:?} is not newer than what was made before");
            assert!(self.rows.insert(row), "{row:?} was given out twice");
        }
        self.last_row = newest.map_or(self.last_row, |row| row.0);
        assert!(effects.xdrs.is_sorted_by_key(|x| x.id));
        assert!(effects.ledger.is_sorted_by_key(|e| e.id));
        assert!(effects.events.is_sorted_by_key(|e| e.id));
    }
}

/// A keyed envelope that was carried out, and any session step, give the same answer again and change nothing.
fn repeating_changes_nothing(
    after: &Option<Customer>,
    envelope: &Envelope,
    reply: &Reply,
    context: Context<'_>,
) {
    use charging::Command::{Correct, ForgoVoucher, Receive, RedeemVoucher, Session};
    // These name themselves.
    let refused = matches!(reply, Reply::Refused(_));
    let step = match envelope.command {
        Session(_) => true,
        Correct(_) | Receive { .. } | RedeemVoucher(_) | ForgoVoucher(_) => !refused,
        _ => false,
    };
    if !step && (envelope.key.is_none() || matches!(reply, Reply::Refused(_))) {
        return;
    }
    let mut state = after.clone();
    let (again, effects) = apply(&mut state, envelope, context).unwrap();
    assert_eq!(again, *reply, "repeating {envelope:?}");
    assert_eq!(effects, Effects::default(), "repeating has no effects: {envelope:?}");
    assert_eq!(state, *after, "repeating changes nothing: {envelope:?}");
}

/// Every purse with the account that owns it.
fn purses(customer: &Customer) -> impl Iterator<Item = (Option<RowId>, &Purse)> {
    let own = customer.accounts.iter().filter_map(|a| Some((Some(a.id), a.purse.as_deref()?)));
    own.chain([(None, &customer.head.purse)])
}

/// The owner of the purse that pays for an account.
fn payer(customer: &Customer, account: RowId) -> Option<RowId> {
    customer.account(account).filter(|a| a.purse.is_some()).map(|a| a.id)
}

/// reserved = sum over meters, bucket by bucket too, and nothing is negative.
fn reservations_add_up(customer: &Customer) {
    let meters = || customer.sessions.values().flat_map(|s| s.meters.iter().map(move |m| (s, m)));
    for (owner, purse) in purses(customer) {
        let mine = meters().filter(|(s, _)| payer(customer, s.account) == owner);
        let locked: i128 = mine.map(|(_, m)| i128::from(m.reserved.micros())).sum();
        assert_eq!(i128::from(purse.reserved.micros()), locked, "reserved = sum of meters");
    }
    assert!(meters().all(|(_, m)| !m.reserved.is_negative()), "no meter locks less than nothing");
    for session in customer.sessions.values().filter(|s| s.closed_at.is_some()) {
        assert!(session.meters.is_empty(), "a closed session holds nothing");
    }
}

fn cost_of_use(meter: &Meter) -> money::Amount {
    meter.cost().unwrap().saturating_minus(meter.drawn())
}

/// Money locked for a new grant was there: a limited customer's available funds are not negative afterwards.
fn grants_fit_funds(customer: &Customer, envelope: &Envelope, reply: &Reply, now: Instant) {
    let (charging::Command::Session(request), Reply::Session(reply)) = (&envelope.command, reply) else {
        return;
    };
    let Some(session) = customer.sessions.get(&request.session) else { return };
    let owner = payer(customer, session.account);
    let purse = purses(customer).find(|(of, _)| *of == owner).unwrap().1;
    let limited = purse.credit_limit.is_some();
    for unit in &reply.units {
        let mine = session.meters.iter().filter(|m| m.rating_group == unit.rating_group);
        if let UnitOutcome::Hotlined { action, .. } = &unit.outcome {
            assert_ne!(*action, catalog::FinalAction::Terminate);
            assert!(mine.clone().all(|m| m.granted == 0), "who is hotlined has no units");
        }
        let UnitOutcome::Granted { units, .. } = unit.outcome else { continue };
        assert!(units > 0, "a grant has units");
        for meter in mine.filter(|m| m.granted > 0 && m.reserved > cost_of_use(m)) {
            assert!(!limited || !purse.available(now).is_negative(), "granted beyond the funds: {meter:?}");
        }
    }
    for meter in &session.meters {
        assert!(meter.reserved >= cost_of_use(meter), "what was used stays locked");
    }
}

impl Shadow {
    /// Copies the rows that changed and compares with the aggregate.
    fn follow(&mut self, customer: &Customer, (envelope, effects): (&Envelope, &Effects), now: Instant) {
        let changes = &effects.changes;
        let distinct: BTreeSet<&RowId> = changes.accounts.iter().collect();
        assert_eq!(distinct.len(), changes.accounts.len(), "an account is named once");
        if changes.head {
            self.head = Some(customer.head.clone());
        }
        for id in &changes.accounts {
            self.accounts.insert(*id, customer.account(*id).unwrap().clone());
        }
        for key in &changes.sessions {
            self.sessions.insert(key.clone(), customer.sessions.get(key).unwrap().clone());
        }
        if changes.counted {
            let Command::Session(SessionRequest { session: key, .. }) = &envelope.command else {
                panic!("only steps of a session count: {envelope:?}");
            };
            let mut written = Vec::new();
            Counts::write(&customer.head, &customer.sessions[key], &mut written);
            let counts = Counts::read(&written).unwrap();
            let head = self.head.as_mut().unwrap();
            (head.seq, head.purse.reserved) = (counts.seq, counts.reserved);
            let session = self.sessions.get_mut(key).unwrap();
            assert!(counts.bring_up(session), "counts fit the session they are of");
        }
        for key in &changes.applied {
            self.applied.insert(key.clone(), customer.applied.get(key).unwrap().clone());
        }
        let mut rebuilt = self.head.clone().map(|head| {
            let accounts = self.accounts.values().cloned().collect();
            Customer::new(head, accounts)
        });
        if let Some(rebuilt) = &mut rebuilt {
            rebuilt.sessions.extend(self.sessions.clone());
            self.applied.clone().into_iter().for_each(|(key, applied)| rebuilt.applied.insert(key, applied));
        }
        let (rebuilt, real) = (current(&rebuilt, now), current(&Some(customer.clone()), now));
        assert_eq!(rebuilt, real, "the rows named by the effects rebuild the aggregate");
    }
}
