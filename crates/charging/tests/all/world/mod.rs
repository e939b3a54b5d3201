//! The sample operator with one customer, driven command by command. Every command a test sends is checked against the
//! laws of the core, so a golden test proves them too.

#![allow(dead_code)]

pub mod books;
mod plan_books;

use books::Books;
use calendar::{BillingPeriod, Instant, Seconds};
use catalog::{Catalog, CatalogVersion, ProductId, ServiceId, Snapshot};
use charging::{
    AccountId, AddAccount, Adjust, Asked, ClosePeriod, Command, Context, CreateCustomer, Customer,
    CustomerId, Debit, DebitReply, Effects, Envelope, EventKind, Fee, FeeWhy, LimitChange, Pay, Payment,
    PostInvoice, Refusal, Reply, RowId, SessionKey, SessionReply, SessionRequest, Step, UnitOutcome,
    UnitReport, Used, Xdr,
};
use money::{Amount, Currency};

pub const MB: u64 = 1_048_576;
pub const WHO: CustomerId = CustomerId(7);

/// The catalog of the sample operator, as version 1.
pub fn catalog() -> Snapshot {
    let catalog: Catalog = toml::from_str(include_str!("catalog.toml")).unwrap();
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

pub fn usd(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// One operator, at most one customer, a clock that only the test moves.
pub struct World {
    pub catalog: Snapshot,
    pub now: Instant,
    pub state: Option<Customer>,
    pub books: Books,
    log: Vec<(Instant, Envelope, Reply, Effects)>,
}

impl World {
    /// Nobody has signed up yet; it is 1 June 2026, midnight UTC.
    pub fn empty() -> Self {
        let now = at("2026-06-01T00:00:00Z");
        Self { catalog: catalog(), now, state: None, books: Books::default(), log: Vec::new() }
    }

    /// A postpaid customer with this credit limit (`None` = unlimited).
    pub fn postpaid(limit: Option<&str>) -> Self {
        let mut world = Self::empty();
        world.done(world.sign_up(Payment::Postpaid, limit.map(usd)));
        world
    }

    pub fn sign_up(&self, payment: Payment, credit_limit: Option<Amount>) -> Command {
        Command::CreateCustomer(CreateCustomer {
            currency: Currency::parse("USD").unwrap(),
            payment,
            credit_limit,
            zone: calendar::BillingZone::utc(),
            period: BillingPeriod::Monthly,
            period_bounds: (at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")),
            net_days: 14,
            chain: Vec::new(),
            class: None,
        })
    }

    pub fn service(&self, code: &str) -> ServiceId {
        self.catalog.service(code).unwrap().id
    }

    pub fn product(&self, code: &str) -> ProductId {
        self.catalog.product(code).unwrap().id
    }

    pub fn customer(&self) -> &Customer {
        self.state.as_ref().unwrap()
    }

    pub fn available(&self) -> Amount {
        self.customer().available(self.now)
    }

    pub fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus(Seconds(seconds));
    }

    /// Sends an envelope; every law is checked on the way.
    pub fn send(&mut self, envelope: Envelope) -> (Reply, Effects) {
        let before = self.state.clone();
        let context = Context { catalog: &self.catalog, now: self.now };
        let (reply, effects) = charging::apply(&mut self.state, &envelope, context).unwrap();
        self.books.check(before.as_ref(), &self.state, &envelope, &reply, &effects, context);
        self.log.push((self.now, envelope, reply.clone(), effects.clone()));
        (reply, effects)
    }

    /// Replays everything sent so far on nothing: the same answers, effects and state must come out.
    pub fn replay(&self) {
        let mut state = None;
        for (now, envelope, reply, effects) in &self.log {
            let context = Context { catalog: &self.catalog, now: *now };
            let (again, same) = charging::apply(&mut state, envelope, context).unwrap();
            assert_eq!((&again, &same), (reply, effects), "replaying {envelope:?}");
        }
        assert_eq!(state, self.state, "the replayed state");
    }

    /// Everything that was done so far.
    pub fn effects(&self) -> impl Iterator<Item = &Effects> {
        self.log.iter().map(|(_, _, _, effects)| effects)
    }

    pub fn run(&mut self, command: Command) -> (Reply, Effects) {
        self.send(Envelope { customer: WHO, key: None, command })
    }

    pub fn keyed(&mut self, key: &str, fingerprint: u64, command: Command) -> (Reply, Effects) {
        self.send(Envelope { customer: WHO, key: Some((key.into(), fingerprint)), command })
    }

    /// A command that must be carried out; the row it made.
    pub fn done(&mut self, command: Command) -> Option<RowId> {
        match self.run(command).0 {
            Reply::Done(row) => row,
            other => panic!("not done: {other:?}"),
        }
    }

    /// A command that must be refused; changes nothing.
    pub fn refused(&mut self, command: Command) -> Refusal {
        let before = self.state.clone();
        let (reply, effects) = self.run(command);
        assert_eq!(effects, Effects::default(), "a refusal has no effects");
        assert_eq!(before, self.state, "a refusal changes nothing");
        match reply {
            Reply::Refused(refusal) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    pub fn account(&mut self, product: &str, add_ons: &[&str]) -> AccountId {
        let product = self.product(product);
        let add_ons = add_ons.iter().map(|code| self.product(code)).collect();
        self.done(Command::AddAccount(AddAccount { product, add_ons, detail: "test".into() })).unwrap()
    }

    /// Suspends the customer as the field does: he does not pay an invoice of one dollar.
    pub fn suspend(&mut self) {
        let head = &self.customer().head;
        let (period_number, end) = (head.period_number, head.period_end);
        let account = self.customer().accounts[0].id;
        let fee = Fee {
            account,
            product: self.catalog.catalog().products[0].id,
            name: "fee".into(),
            full_fee: usd("1"),
            amount: usd("1"),
            days: (30, 30),
            span: (head.period_start, end),
            why: FeeWhy::Held,
        };
        let (fee_basis, next_end) = (head.fee_basis, end.plus(Seconds(31 * 86_400)));
        self.done(Command::ClosePeriod(ClosePeriod { period_number, fee_basis, fees: vec![fee], next_end }));
        let (number, due_at) = ("INV-1".to_owned(), self.now);
        let invoice = PostInvoice { period_number, number, total: usd("1"), taxes: Vec::new(), due_at };
        self.done(Command::PostInvoice(invoice));
        assert!(self.done(Command::Collect).is_some());
    }

    /// A payment into the customer's balance.
    pub fn pay(&mut self, amount: &str) -> Effects {
        let command =
            Command::Pay(Pay { account: None, amount: usd(amount), exchanged: None, note: "cash".into() });
        let (reply, effects) = self.run(command);
        assert!(matches!(reply, Reply::Done(Some(_))), "{reply:?}");
        effects
    }

    /// A charge by hand of the customer's balance.
    pub fn fine(&mut self, amount: &str) -> Effects {
        let amount = usd(amount).negated().unwrap();
        let adjust = Adjust { account: None, amount, promotional: false, note: "fine".into() };
        let (reply, effects) = self.run(Command::Adjust(adjust));
        assert!(matches!(reply, Reply::Done(Some(_))), "{reply:?}");
        effects
    }

    pub fn set_limit(&mut self, account: Option<AccountId>, change: LimitChange) -> Effects {
        let (reply, effects) = self.run(Command::SetLimit { account, change });
        assert_eq!(reply, Reply::Done(None));
        effects
    }

    pub fn film(&self, account: AccountId, reference: Option<&str>) -> Command {
        self.purchase(account, "vod", "film", 1, reference)
    }

    pub fn purchase(
        &self,
        account: AccountId,
        service: &str,
        item: &str,
        units: u64,
        reference: Option<&str>,
    ) -> Command {
        Command::Debit(Debit {
            account,
            identifier: "alice".into(),
            node: "api".into(),
            service: self.service(service),
            access_code: Box::default(),
            destination: item.into(),
            units,
            description: "The Third Man".into(),
            reference: reference.map(Into::into),
            at: self.now,
        })
    }

    pub fn debited(&mut self, command: Command) -> (DebitReply, Effects) {
        match self.run(command) {
            (Reply::Debited(reply), effects) => (reply, effects),
            other => panic!("not debited: {other:?}"),
        }
    }

    /// One rating group per service, numbered like the service.
    pub fn unit(&self, service: &str, destination: &str, used: Used, asked: Asked) -> UnitReport {
        let service = self.service(service);
        UnitReport {
            rating_group: Some(u32::from(service.0)),
            service_identifier: None,
            service,
            access_code: "".into(),
            destination: destination.into(),
            used,
            asked,
        }
    }

    /// A Diameter step (quota is granted).
    pub fn step(
        &self,
        account: AccountId,
        number: u64,
        step: Step,
        units: Vec<UnitReport>,
    ) -> SessionRequest {
        SessionRequest {
            session: SessionKey::diameter(b"pgw;1;1"),
            account,
            identifier: "15551234567".into(),
            node: "pgw".into(),
            request: number,
            step,
            event_at: self.now,
            units,
            grants: true,
            silence: 3_600,
            details: "internet.apn".into(),
            hotlines: false,
        }
    }

    pub fn session(&mut self, request: SessionRequest) -> (SessionReply, Effects) {
        match self.run(Command::Session(request)) {
            (Reply::Session(reply), effects) => (reply, effects),
            other => panic!("no session reply: {other:?}"),
        }
    }
}

/// Units granted to the only rating group and whether no more will follow.
pub fn granted(reply: &SessionReply) -> (u64, bool) {
    match reply.units.as_slice() {
        [unit] => match &unit.outcome {
            UnitOutcome::Granted { units, last, .. } => (*units, last.is_some()),
            other => panic!("nothing granted: {other:?}"),
        },
        other => panic!("not one unit: {other:?}"),
    }
}

/// Why the only rating group got nothing.
pub fn unit_refusal(reply: &SessionReply) -> &Refusal {
    match reply.units.as_slice() {
        [unit] => match &unit.outcome {
            UnitOutcome::Refused(refusal) => refusal,
            other => panic!("not refused: {other:?}"),
        },
        other => panic!("not one unit: {other:?}"),
    }
}

/// The only xDR of the effects.
pub fn only_xdr(effects: &Effects) -> &Xdr {
    match effects.xdrs.as_slice() {
        [xdr] => xdr,
        other => panic!("not one xDR: {other:?}"),
    }
}

/// How often an event occurs.
pub fn count(effects: &Effects, kind: EventKind) -> usize {
    effects.events.iter().filter(|event| event.kind == kind).count()
}
