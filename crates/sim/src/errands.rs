//! What staff, shops and the clock ask for: payments, purchases, refunds, add-ons, limits, vouchers, and what is due.
//!
//! Must not know: how the system works; whether a request arrives.

use crate::cast::{Cast, add_on, cents, pay, product};
use crate::catalogs::publications;
use crate::dice::Dice;
use crate::history::{History, Ticket};
use calendar::{BillingPeriod, BillingZone, Instant, Seconds};
use catalog::PlanKey;
use charging::{
    Adjust, Charged, ClosePeriod, Command, Customer, Debit, Envelope, Fee, FeeWhy, GrantUnits, LimitChange,
    Refund, RefundOf, Reply, RowId, Share, TemporaryLimit, TopUp, Voucher, VoucherClaim, VoucherState,
    XdrKind,
};
use money::Amount;

/// One request of staff or a shop, with a key of its own.
pub fn errand(
    cast: &Cast,
    history: &History,
    ticket: Ticket,
    now: Instant,
    dice: &mut Dice,
) -> Option<Envelope> {
    let customer = if dice.chance(850) { *dice.pick(&cast.users)? } else { cast.middle };
    let state = history.state(customer)?;
    let command = if customer == cast.middle {
        about_reseller(dice)
    } else {
        match dice.below(10) {
            0..=2 => debit(state, ticket, now, dice)?,
            3 => refund(history, state, dice)?,
            4..=5 => holdings(state, now, dice)?,
            6 => limit(now, dice),
            7 => own_balance(state, dice)?,
            8 => adjust(dice),
            _ => pay(cents(dice.between(10, 800))),
        }
    };
    // A shop's own number names a purchase, too.
    let keyed = !matches!(command, Command::Debit(_)) || dice.chance(300);
    let key = keyed.then(|| (format!("key-{ticket}").into(), ticket));
    Some(Envelope { customer, key, command })
}

fn about_reseller(dice: &mut Dice) -> Command {
    match dice.below(5) {
        0 => Command::BlockCustomer { blocked: dice.chance(300) },
        1 => adjust(dice),
        _ => pay(cents(dice.between(50, 900))),
    }
}

fn account(state: &Customer, dice: &mut Dice) -> Option<RowId> {
    dice.pick(&state.accounts).map(|account| account.id)
}

fn debit(state: &Customer, ticket: Ticket, now: Instant, dice: &mut Dice) -> Option<Command> {
    let (service, item, units) =
        *dice.pick(&[("film", "film", 1), ("sms", "15551230002", 3), ("film", "film", 2)])?;
    Some(Command::Debit(Debit {
        account: account(state, dice)?,
        identifier: "alice".into(),
        node: "api".into(),
        service: publications().first()?.service(service)?.id,
        access_code: Box::default(),
        destination: item.into(),
        units,
        description: "The Third Man".to_owned(),
        reference: Some(format!("purchase-{ticket}").into()),
        at: now,
    }))
}

/// Money back for a charge that is in the books.
fn refund(history: &History, state: &Customer, dice: &mut Dice) -> Option<Command> {
    let entries = history.line(state.head.id)?.entries();
    let charge = |kind| matches!(kind, XdrKind::Session | XdrKind::Event);
    let charges = entries.iter().flat_map(|entry| &entry.xdrs).filter(|xdr| charge(xdr.kind));
    let charges: Vec<Charged> = charges.map(Charged::from).collect();
    let of = RefundOf::Charge(dice.pick(&charges)?.clone());
    let amount = dice.chance(600).then(|| cents(dice.between(1, 300)));
    Some(Command::Refund(Refund { of, amount, note: "sorry".to_owned() }))
}

fn plan(code: &str, name: &str) -> Option<PlanKey> {
    let catalog = publications().first()?;
    let mut plans = catalog.plans_of(product(code));
    plans.find(|(_, plan)| plan.name == name).map(|(_, plan)| plan.key)
}

fn holdings(state: &Customer, now: Instant, dice: &mut Dice) -> Option<Command> {
    let account = account(state, dice)?;
    let held = state.account(account)?;
    Some(match dice.below(7) {
        0 => add_on(account, "day-pass"),
        1 => add_on(account, "talker"),
        2 => {
            let add_on = dice.pick(&held.add_ons)?.id;
            Command::RemoveAddOn { account, add_on }
        }
        3 => {
            let (plan, until) = (plan("mobile", "Daily data")?, now.plus(Seconds(40_000)));
            let (units, note) = (1_000_000, "fault".to_owned());
            Command::GrantUnits(GrantUnits { account, plan, units, until, note })
        }
        wallet => {
            let (code, name, option) =
                if wallet < 6 { ("coins", "Coins", "10") } else { ("call-money", "Call money", "one") };
            if held.add_ons.iter().all(|add_on| add_on.product != product(code)) {
                return Some(add_on(account, code));
            }
            Command::TopUp(TopUp { account, wallet: plan(code, name)?, option: option.into() })
        }
    })
}

fn limit(now: Instant, dice: &mut Dice) -> Command {
    let change = match dice.below(4) {
        0 => LimitChange::Credit(Some(cents(dice.between(0, 2_000)))),
        1 => {
            let (raise, until) = (Share::Percent(50), now.plus(Seconds(dice.between(100, 90_000))));
            LimitChange::Temporary(Some(TemporaryLimit { raise, until }))
        }
        2 => LimitChange::DailyCap(Some(cents(dice.between(50, 900)))),
        _ => LimitChange::Warnings(vec![Share::Amount(cents(dice.between(10, 500)))]),
    };
    Command::SetLimit { account: None, change }
}

fn own_balance(state: &Customer, dice: &mut Dice) -> Option<Command> {
    let account = account(state, dice)?;
    if state.account(account)?.purse.is_none() {
        return Some(Command::OpenBalance { account, credit_limit: Some(Amount::ZERO) });
    }
    let amount = cents(dice.between(1, 400));
    let back = amount.negated().unwrap_or(Amount::ZERO);
    Some(Command::Transfer { account, amount: if dice.chance(700) { amount } else { back } })
}

fn adjust(dice: &mut Dice) -> Command {
    let amount = cents(dice.between(1, 500));
    let (charge, promotional) = (dice.chance(500), dice.chance(200));
    let amount = if charge && !promotional { amount.negated().unwrap_or(amount) } else { amount };
    Command::Adjust(Adjust { account: None, amount, promotional, note: "goodwill".to_owned() })
}

/// What the clock finds due for a customer, as the system's timers would.
pub fn due(state: &Customer, now: Instant) -> Option<Command> {
    let head = &state.head;
    if let Some(session) = state.open_sessions().find(|session| session.expires_at <= now) {
        return Some(Command::ExpireSession { session: session.key.clone() });
    }
    if head.period_end <= now {
        return Some(Command::ClosePeriod(close(state)));
    }
    head.next_due().filter(|due| *due <= now).map(|_| Command::Lapse)
}

fn close(state: &Customer) -> ClosePeriod {
    let head = &state.head;
    let fee = |account: &charging::Account| Fee {
        account: account.id,
        product: product("mobile"),
        name: "Mobile monthly fee".to_owned(),
        full_fee: cents(999),
        amount: cents(999),
        days: (30, 30),
        span: (head.period_start, head.period_end),
        why: FeeWhy::Held,
    };
    ClosePeriod {
        period_number: head.period_number,
        fee_basis: head.fee_basis,
        fees: state.accounts.iter().take(1).map(fee).collect(),
        next_end: BillingPeriod::Monthly.end_after(head.period_end, &BillingZone::utc()),
    }
}

/// The vouchers that were sold. A voucher's row is durable at each of its three steps.
pub struct Vouchers {
    rows: Vec<Voucher>,
}

impl Vouchers {
    /// Two, worth five dollars each.
    pub fn new() -> Self {
        let Some(catalog) = publications().first() else { return Self { rows: Vec::new() } };
        let voucher = |number: u32| Voucher {
            digest: format!("voucher-{number}").into(),
            amount: cents(500),
            currency: catalog.currency(),
            expires_at: None,
            claims: 0,
            state: VoucherState::Free,
        };
        Self { rows: (0..2).map(voucher).collect() }
    }

    /// Somebody redeems a voucher, or gives his claim up: which one, and what the customer is told.
    pub fn redeem(&mut self, cast: &Cast, now: Instant, dice: &mut Dice) -> Option<(usize, Envelope)> {
        let customer = *dice.pick(&cast.users)?;
        let place = dice.place(self.rows.len());
        let row = self.rows.get_mut(place)?;
        let (claimed, claim) = row.claim(customer, None, row.currency, now).ok()?;
        *row = claimed;
        let command =
            if dice.chance(150) { Command::ForgoVoucher(claim) } else { Command::RedeemVoucher(claim) };
        Some((place, Envelope { customer, key: None, command }))
    }

    /// The customer's answer is written into the voucher's row.
    pub fn settle(&mut self, place: usize, command: &Command, reply: &Reply) {
        let (Command::RedeemVoucher(VoucherClaim { claim, .. })
        | Command::ForgoVoucher(VoucherClaim { claim, .. })) = command
        else {
            return;
        };
        if let (Some(row), Reply::Voucher(outcome)) = (self.rows.get_mut(place), reply) {
            *row = row.settle(*claim, *outcome);
        }
    }

    /// How often each was credited may be at most this, by its note in the ledger.
    pub fn notes(&self) -> impl Iterator<Item = String> {
        self.rows.iter().map(|row| format!("voucher {}", row.digest))
    }
}
