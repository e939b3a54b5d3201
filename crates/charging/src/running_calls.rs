//! Calls that run and are charged when they are over: what they have cost until now, and how much longer the money lasts.
//!
//! Their network only counts (accounting), and mostly nothing is heard between the beginning and the end. So whoever asks meanwhile
//! sees the customer as he would stand if each of them had reported just now: counted by the very code that counts reports, on a copy
//! that is thrown away. Must not know: protocols, devices.

use crate::apply::Work;
use crate::call_time::{CALL_MOST, Call, is_call};
use crate::holdings::Holdings;
use crate::meter_use::Bench;
use crate::state::account_mut;
use crate::{Account, AccountId, Context, Customer, Effects, Head, Meter, Session, SessionKey, Used};
use calendar::Seconds;
use std::borrow::Cow;

/// Calls of one customer that something ends and that are counted, the oldest first: further ones when these are over.
const CALLS_MOST: usize = 100;
/// Calls of one customer that are looked at for that.
const LOOKED_AT_MOST: usize = 200;
/// No device goes on for longer than it was told: a call this old is over, only its report was lost.
const OVER_AFTER: u64 = CALL_MOST + 300;
/// A call that is told to end is over and reported so much later.
const ENDED_WITHIN: Seconds = Seconds(5);

/// A customer as he would stand if the calls that run had reported just now.
pub(crate) struct Reported<'c> {
    pub head: Cow<'c, Head>,
    accounts: Cow<'c, [Account]>,
    calls: Vec<Running>,
    /// Calls that are not counted.
    others: Vec<SessionKey>,
}

/// A call, counted until now.
struct Running {
    session: SessionKey,
    account: AccountId,
    meter: Meter,
    /// Seconds left when all of its time since its last report is looked at as one: what covers it must be there at its end.
    left: Option<u64>,
}

impl<'c> Reported<'c> {
    /// As he stands, whatever runs.
    pub fn nothing(customer: &'c Customer) -> Self {
        let (head, accounts) = (Cow::Borrowed(&customer.head), Cow::Borrowed(&*customer.accounts));
        Self { head, accounts, calls: Vec::new(), others: Vec::new() }
    }

    /// With all his calls.
    pub fn calls(customer: &'c Customer, context: Context<'_>) -> Self {
        let last = |session: &'c Session| session.meters.iter().max_by_key(|meter| meter.counted_at);
        let call = |session: &'c Session| {
            let meter = last(session).filter(|_| session.key.only_counts() && session.parts.is_empty())?;
            let service = context.catalog.service_by_id(meter.service);
            is_call(service, &meter.destination).then_some((session, meter))
        };
        let mut running: Vec<_> = customer.open_sessions().filter_map(call).collect();
        running.sort_by(|one, other| (one.1.counted_at, &one.0.key).cmp(&(other.1.counted_at, &other.0.key)));
        let mut reported = Self::nothing(customer);
        let (mut looked_at, mut ending) = (0, 0);
        for (session, meter) in running {
            let is_over = context.now.since(meter.counted_at).0 > OVER_AFTER;
            if !is_over && looked_at < LOOKED_AT_MOST && ending < CALLS_MOST {
                looked_at += 1;
                ending += usize::from(reported.count(session, meter.clone(), context));
            } else {
                reported.others.push(session.key.clone());
            }
        }
        reported
    }

    pub fn account(&self, id: AccountId) -> Option<&Account> {
        let place = self.accounts.binary_search_by_key(&id, |account| account.id).ok()?;
        self.accounts.get(place)
    }

    /// Counts a call until now; whether something ends it.
    fn count(&mut self, session: &Session, mut meter: Meter, context: Context<'_>) -> bool {
        let Context { catalog, now } = context;
        let seconds = now.since(meter.counted_at).0;
        let Some(account) = self.account(session.account) else { return false };
        let (head, within) = (&*self.head, ENDED_WITHIN);
        let call =
            Call { catalog, head, account, meter: &meter, answered: None, now: meter.counted_at, within };
        let left = call.time_left();
        let ends = left.is_some();
        let left = left.filter(|left| *left < CALL_MOST).map(|left| left.saturating_sub(seconds));
        let holdings = Holdings::of(account, now, catalog);
        let (head, accounts) = (self.head.to_mut(), self.accounts.to_mut());
        let Some(account) = account_mut(accounts, session.account) else { return false };
        let mut effects = Effects::default();
        let mut work = Work::new(context, &mut effects);
        let (node, session) = (&*session.node, &session.key);
        let mut bench = Bench { work: &mut work, head, account, holdings: &holdings, node, at: now, session };
        // What is out of range is not looked at: its report will be refused.
        if bench.count(&mut meter, Used::Since(seconds)).is_ok() {
            let (session, account) = (session.clone(), bench.account.id);
            self.calls.push(Running { session, account, meter, left });
        } else {
            self.others.push(session.clone());
        }
        ends
    }
}

/// The calls that run and are charged at their end, with the seconds for which each may go on, if it alone does; `None` where nothing
/// ends it, as far as is seen.
pub fn calls_left(customer: &Customer, context: Context<'_>) -> Vec<(SessionKey, Option<u64>)> {
    let Context { catalog, now } = context;
    let reported = Reported::calls(customer, context);
    let left = |call: &Running| {
        let (head, account, meter) = (&*reported.head, reported.account(call.account)?, &call.meter);
        let rest =
            Call { catalog, head, account, meter, answered: None, now, within: ENDED_WITHIN }.time_left();
        [rest, call.left].into_iter().flatten().min()
    };
    let counted = reported.calls.iter().map(|call| (call.session.clone(), left(call)));
    counted.chain(reported.others.iter().map(|session| (session.clone(), None))).collect()
}
