//! A customer of a small operator, driven by local times; every xDR he gets is kept.

#![allow(dead_code)]

use billing::recurring_fees;
use calendar::{BillingPeriod, BillingZone, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    AccountId, AddAccount, AddAddOn, ClosePeriod, Command, Context, CreateCustomer, Customer, CustomerId,
    Envelope, Explanation, Fee, Pay, Payment, PostInvoice, Reply, RowId, Xdr,
};
use money::{Amount, Currency};

pub const CATALOG: &str = concat!(
    r#"
currency = "USD"
services = []
[[products]]
code = "homeconnect"
name = "HomeConnect"
kind = "main"
subscription = { name = "HomeConnect monthly fee", fee = "19.99" }
[[products]]
code = "homeconnect-plus"
name = "HomeConnect+"
kind = "main"
subscription = { name = "HomeConnect+ monthly fee", fee = "39.99" }
[[products]]
code = "mobile-data"
name = "Mobile data"
kind = "main"
[[products]]
code = "fine"
name = "Priced finer than a cent"
kind = "add_on"
subscription = { name = "Fine fee", fee = "0.005" }
[[products]]
code = "fibre"
name = "Fibre"
kind = "main"
subscription = { name = "Fibre", fee = "30.00", charged = "in_advance" }
[[products]]
code = "fibre-plus"
name = "Fibre+"
kind = "main"
subscription = { name = "Fibre+", fee = "60.00", charged = "in_advance" }
[[products]]
code = "box"
name = "Box"
kind = "add_on"
subscription = { name = "Box", fee = "30.00", charged = "in_advance" }
[[products]]
code = "radio"
name = "Radio"
kind = "add_on"
subscription = { name = "Radio", fee = "31.00", charged = "in_advance", suspended_days = "credited" }
[[products]]
code = "sport"
name = "Sport"
kind = "add_on"
subscription = { name = "Sport", fee = "9.99", suspended_days = "credited" }
[[products]]
code = "starter"
name = "Starter"
kind = "add_on"
subscription = { name = "Starter", fee = "5.00", activation_fee = "10.00" }
[[products]]
code = "bound"
name = "Bound"
kind = "add_on"
subscription = { name = "Bound", fee = "10.00", minimum = { periods = 12 } }
[[products]]
code = "bound-fee"
name = "Bound fee"
kind = "add_on"
subscription = { name = "Bound fee", fee = "10.00", minimum = { periods = 12, early_fee = "50.00" } }
[[products]]
code = "whole"
name = "Whole"
kind = "add_on"
subscription = { name = "Whole", fee = "30.00", first_period = "full", last_period = "full" }
[[products]]
code = "funded"
name = "Funded"
kind = "add_on"
subscription = { name = "Funded", fee = "30.00", charged = "in_advance", needs_funds = true }
"#,
    include_str!("../story_add_ons.toml")
);

pub struct World {
    pub catalog: Snapshot,
    pub zone: BillingZone,
    pub state: Option<Customer>,
    pub account: AccountId,
    pub xdrs: Vec<Xdr>,
}

pub fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub fn snapshot() -> Snapshot {
    let catalog: Catalog = toml::from_str(CATALOG).unwrap();
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

impl World {
    /// Signed up at that local time with a main product and add-ons; the first period is what is left of the calendar's.
    pub fn signed_up(zone: &str, at: &str, period: BillingPeriod, product: &str, add_ons: &[&str]) -> Self {
        Self::paying(Payment::Postpaid, zone, at, period, (product, add_ons))
    }

    pub fn paying(
        payment: Payment,
        zone: &str,
        at: &str,
        period: BillingPeriod,
        (product, add_ons): (&str, &[&str]),
    ) -> Self {
        let zone = BillingZone::named(zone).unwrap();
        let mut world = Self { catalog: snapshot(), zone, state: None, account: RowId(0), xdrs: Vec::new() };
        let now = world.at(at);
        let create = CreateCustomer {
            currency: Currency::parse("USD").unwrap(),
            payment,
            credit_limit: None,
            zone: world.zone,
            period,
            period_bounds: (now, period.end_after(now, &world.zone)),
            net_days: 14,
            chain: Vec::new(),
            class: None,
        };
        world.run(at, Command::CreateCustomer(create));
        let add = AddAccount {
            product: world.product(product),
            add_ons: add_ons.iter().map(|code| world.product(code)).collect(),
            detail: String::new(),
        };
        world.account = world.run(at, Command::AddAccount(add)).unwrap();
        world
    }

    pub fn june(at: &str, product: &str, add_ons: &[&str]) -> Self {
        Self::signed_up("UTC", at, BillingPeriod::Monthly, product, add_ons)
    }

    pub fn at(&self, local: &str) -> Instant {
        let civil: jiff::civil::DateTime = local.parse().unwrap();
        Instant::from_jiff(civil.to_zoned(self.zone.jiff().clone()).unwrap().timestamp())
    }

    pub fn product(&self, code: &str) -> catalog::ProductId {
        self.catalog.product(code).unwrap().id
    }

    pub fn run(&mut self, at: &str, command: Command) -> Option<RowId> {
        self.run_at(self.at(at), command)
    }

    pub fn run_at(&mut self, now: Instant, command: Command) -> Option<RowId> {
        match self.asked(now, command) {
            Reply::Done(row) => row,
            other => panic!("{other:?}"),
        }
    }

    pub fn asked(&mut self, now: Instant, command: Command) -> Reply {
        let envelope = Envelope { customer: CustomerId(1), key: None, command };
        let context = Context { catalog: &self.catalog, now };
        let (reply, effects) = charging::apply(&mut self.state, &envelope, context).unwrap();
        self.xdrs.extend(effects.xdrs);
        reply
    }

    pub fn change(&mut self, at: &str, product: &str) {
        let (account, product) = (self.account, self.product(product));
        self.run(at, Command::ChangeProduct { account, product });
    }

    pub fn add(&mut self, at: &str, product: &str) -> RowId {
        let (account, product) = (self.account, self.product(product));
        self.run(
            at,
            Command::AddAddOn(AddAddOn {
                account,
                product,
                from: None,
                until: None,
                accept_conflicts: false,
            }),
        )
        .unwrap()
    }

    pub fn remove(&mut self, at: &str, add_on: RowId) {
        let account = self.account;
        self.run(at, Command::RemoveAddOn { account, add_on });
    }

    pub fn fees(&self) -> Vec<Fee> {
        recurring_fees(self.state.as_ref().unwrap(), &self.catalog, &self.zone).unwrap()
    }

    /// Product name, days held, days of the period, amount.
    pub fn lines(&self) -> Vec<String> {
        let line = |fee: &Fee| format!("{} {}/{} {}", fee.name, fee.days.0, fee.days.1, fee.amount);
        self.fees().iter().map(line).collect()
    }

    pub fn closing(&self) -> (Instant, Command) {
        let head = &self.state.as_ref().unwrap().head;
        let (period_number, fee_basis, end) = (head.period_number, head.fee_basis, head.period_end);
        let next_end = head.period.end_after(end, &self.zone);
        let close = ClosePeriod { period_number, fee_basis, fees: self.fees(), next_end };
        (end.plus(Seconds(3_600)), Command::ClosePeriod(close))
    }

    /// Closes the open period with its own fees, a little after its end.
    pub fn close(&mut self) {
        let (at, close) = self.closing();
        self.run_at(at, close);
    }

    /// Closes the open period and sends its invoice, overdue from that moment on.
    pub fn bill(&mut self) {
        self.close();
        let head = &self.state.as_ref().unwrap().head;
        let (period_number, total, at) = (head.period_number - 1, head.closed_total, head.period_start);
        let number = format!("INV-{period_number}");
        let at = at.plus(Seconds(3_601));
        let invoice = PostInvoice { period_number, number, total, taxes: Vec::new(), due_at: at };
        self.run_at(at, Command::PostInvoice(invoice));
    }

    /// Suspends, if an invoice is open.
    pub fn suspend(&mut self, now: Instant) {
        self.run_at(now, Command::Collect);
    }

    /// Pays all open invoices.
    pub fn resume(&mut self, now: Instant) {
        let amount = self.state.as_ref().unwrap().head.owed();
        if amount.is_positive() {
            let note = "cash".to_owned();
            self.run_at(now, Command::Pay(Pay { account: None, amount, exchanged: None, note }));
        }
    }

    pub fn balance(&self) -> Amount {
        self.state.as_ref().unwrap().head.purse.balance
    }

    /// What was charged and credited since the last look: reason, name, days, amount.
    pub fn charged(&mut self) -> Vec<String> {
        std::mem::take(&mut self.xdrs).iter().map(said).collect()
    }
}

fn said(xdr: &Xdr) -> String {
    match &xdr.explanation {
        Explanation::Recurring { days, of_days, why, .. } => {
            format!("{why:?} {} {days}/{of_days} {}", xdr.description, xdr.amount)
        }
        other => panic!("{other:?}"),
    }
}
