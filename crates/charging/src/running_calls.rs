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
use crate::{Account, AccountId, Context, Customer, Head, Meter, Session, SessionKey, Used};
use calendar::Seconds;
use std::borrow::Cow;

/// Calls of one customer that are looked at, the oldest first: further ones end by themselves.
const CALLS_MOST: usize = 100;
/// A call that should have ended so long ago for want of money: mostly it has, and only its report was lost. It is to end, but is not
/// counted any more, or nobody could call before staff or silence end it.
const LOST_AFTER: u64 = 300;

/// A call that is told to end is over and reported so much later.
const ENDED_WITHIN: Seconds = Seconds(5);

/// A customer as he would stand if the calls that run had reported just now.
pub(crate) struct Reported<'c> {
    pub head: Cow<'c, Head>,
    accounts: Cow<'c, [Account]>,
    calls: Vec<Running>,
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
        Self { head, accounts, calls: Vec::new() }
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
        running.truncate(CALLS_MOST);
        let mut reported = Self::nothing(customer);
        for (session, meter) in running {
            reported.count(session, meter.clone(), context);
        }
        reported
    }

    pub fn account(&self, id: AccountId) -> Option<&Account> {
        let place = self.accounts.binary_search_by_key(&id, |account| account.id).ok()?;
        self.accounts.get(place)
    }

    fn count(&mut self, session: &Session, mut meter: Meter, context: Context<'_>) {
        let Context { catalog, now } = context;
        let seconds = now.since(meter.counted_at).0;
        let Some(account) = self.account(session.account) else { return };
        let (head, within) = (&*self.head, ENDED_WITHIN);
        let call =
            Call { catalog, head, account, meter: &meter, answered: None, now: meter.counted_at, within };
        let left = call.time_left();
        if left.is_some_and(|left| seconds > left.saturating_add(LOST_AFTER)) {
            let (session, account) = (session.key.clone(), session.account);
            return self.calls.push(Running { session, account, meter, left: Some(0) });
        }
        let left = left.filter(|left| *left < CALL_MOST).map(|left| left.saturating_sub(seconds));
        let holdings = Holdings::of(account, now, catalog);
        let (head, accounts) = (self.head.to_mut(), self.accounts.to_mut());
        let Some(account) = account_mut(accounts, session.account) else { return };
        let mut work = Work::new(context);
        let (node, session) = (&*session.node, &session.key);
        let mut bench = Bench { work: &mut work, head, account, holdings: &holdings, node, at: now, session };
        // What is out of range is not looked at: its report will be refused.
        if bench.count(&mut meter, Used::Since(seconds)).is_ok() {
            let (session, account) = (session.clone(), bench.account.id);
            self.calls.push(Running { session, account, meter, left });
        }
    }
}

/// Seconds for which each call that runs and is charged at its end may go on, if it alone does; nothing of those that nothing ends.
pub fn calls_left(customer: &Customer, context: Context<'_>) -> Vec<(SessionKey, u64)> {
    let Context { catalog, now } = context;
    let reported = Reported::calls(customer, context);
    let left = |call: &Running| {
        let (head, account, meter) = (&*reported.head, reported.account(call.account)?, &call.meter);
        let rest =
            Call { catalog, head, account, meter, answered: None, now, within: ENDED_WITHIN }.time_left();
        Some((call.session.clone(), [rest, call.left].into_iter().flatten().min()?))
    };
    reported.calls.iter().filter_map(left).collect()
}
