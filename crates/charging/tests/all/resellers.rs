//! A chain of resellers over an unreliable delivery: messages come late, twice and out of order, and still every event is
//! charged once at every level, refunds climb, and everybody hears in the end how his reseller stands.

use crate::world;

use calendar::Instant;
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{
    Adjust, Charged, Command, Context, CreateCustomer, Customer, CustomerId, CustomerStatus, Debit, Effects,
    Envelope, EventKind, LevelCharge, LimitChange, Message, Pay, Payment, Refund, RefundOf, Refusal, Relay,
    Reply, ResellerStop, RowId, Source, Xdr, XdrKind, apply,
};
use money::{Amount, Currency};
use proptest::prelude::*;
use std::collections::BTreeMap;
use world::books::Books;
use world::{at, catalog, usd};

const TOP: CustomerId = CustomerId(3);
const MIDDLE: CustomerId = CustomerId(5);
const RETAIL: CustomerId = CustomerId(7);

/// Films cost 3.99 for the subscriber, 3.00 dollars for the reseller, 2.50 euros for the one above.
fn resale_catalog() -> Snapshot {
    let mut catalog: Catalog = catalog().catalog().clone();
    let films = catalog.tariffs.iter().find(|tariff| tariff.code == "films").unwrap().clone();
    for (code, price, currency) in [("films-resale", "3.00", "USD"), ("films-wholesale", "2.50", "EUR")] {
        let mut tariff = films.clone();
        (tariff.code, tariff.currency) = (code.into(), Some(Currency::parse(currency).unwrap()));
        tariff.rates[0].first_price = money::Price::parse(price).unwrap();
        tariff.rates[0].destination = "film".into();
        catalog.tariffs.push(tariff);
    }
    let home = catalog.products.iter_mut().find(|product| product.code == "homeconnect").unwrap();
    home.rating.iter_mut().find(|entry| entry.service == "vod").unwrap().reseller_tariff =
        Some("films-resale".into());
    let mut wholesale =
        catalog.products.iter().find(|product| product.code == "homeconnect").unwrap().clone();
    (wholesale.code, wholesale.currency) = ("wholesale".into(), Some(Currency::parse("EUR").unwrap()));
    (wholesale.subscription, wholesale.rating) = (None, vec![wholesale.rating.pop().unwrap()]);
    wholesale.rating[0].tariff = "films-wholesale".into();
    wholesale.rating[0].reseller_tariff = None;
    catalog.products.push(wholesale);
    Snapshot::compile(catalog, CatalogVersion(1), None).unwrap()
}

/// Customers in their own partitions, and the messages between them.
struct Net {
    catalog: Snapshot,
    now: Instant,
    customers: BTreeMap<CustomerId, (Option<Customer>, Books)>,
    waiting: Vec<Relay>,
    xdrs: BTreeMap<CustomerId, Vec<Xdr>>,
}

impl Net {
    /// Subscriber below a reseller below another, who pays in euros.
    fn new(limit: &str) -> Self {
        let (catalog, now) = (resale_catalog(), at("2026-06-01T00:00:00Z"));
        let mut net =
            Self { catalog, now, customers: BTreeMap::new(), waiting: Vec::new(), xdrs: BTreeMap::new() };
        let wholesale = net.catalog.product("wholesale").unwrap().id;
        net.create(TOP, "EUR", None, &[]);
        net.done(TOP, Command::SetResale { wholesale: Some(wholesale), cushion: usd("0") });
        net.create(MIDDLE, "USD", Some(usd(limit)), &[TOP]);
        net.done(MIDDLE, Command::SetResale { wholesale: None, cushion: usd("0") });
        net.create(RETAIL, "USD", Some(usd("1000000")), &[MIDDLE, TOP]);
        let product = net.catalog.product("homeconnect").unwrap().id;
        let add = charging::AddAccount { product, add_ons: Vec::new(), detail: "alice".into() };
        net.done(RETAIL, Command::AddAccount(add));
        net
    }

    fn create(&mut self, id: CustomerId, currency: &str, limit: Option<Amount>, chain: &[CustomerId]) {
        let create = sign_up(currency, limit, chain);
        self.done(id, Command::CreateCustomer(create));
    }

    fn customer(&self, id: CustomerId) -> &Customer {
        self.customers[&id].0.as_ref().unwrap()
    }

    fn run(&mut self, id: CustomerId, command: Command) -> (Reply, Effects) {
        let (state, books) = self.customers.entry(id).or_default();
        let context = Context { catalog: &self.catalog, now: self.now };
        let envelope = Envelope { customer: id, key: None, command };
        let before = state.clone();
        let (reply, effects) = apply(state, &envelope, context).unwrap();
        books.check(before.as_ref(), state, &envelope, &reply, &effects, context);
        self.waiting.extend(effects.relays.clone());
        self.xdrs.entry(id).or_default().extend(effects.xdrs.clone());
        // What the shell does for these events: it tells everybody below.
        let announced = |kind| matches!(kind, EventKind::ResellerStopped | EventKind::ResellerServing);
        if effects.events.iter().any(|event| announced(event.kind)) {
            let below = if id == TOP { MIDDLE } else { RETAIL };
            self.waiting.extend(self.customer(id).head.standing(below));
        }
        (reply, effects)
    }

    fn done(&mut self, id: CustomerId, command: Command) {
        let (reply, _) = self.run(id, command);
        assert!(matches!(reply, Reply::Done(_)), "{reply:?}");
    }

    /// Delivers one message; it stays waiting when it came too early, or when the network keeps a copy.
    fn deliver(&mut self, which: usize, keep: bool) {
        let position = which % self.waiting.len();
        let relay = self.waiting[position].clone();
        let charged = match &relay.message {
            Message::Refund { xdr, .. } => {
                let own = self.xdrs.get(&relay.to).into_iter().flatten();
                let mut own = own.filter(|own| own.kind == XdrKind::Wholesale);
                own.find(|own| own.reference.as_deref() == Some(&xdr.to_string())).map(Charged::from)
            }
            _ => None,
        };
        let (reply, _) = self.run(relay.to, Command::Receive { relay: Box::new(relay), charged });
        match reply {
            Reply::Done(None) if !keep => drop(self.waiting.remove(position)),
            Reply::Done(None) | Reply::Refused(Refusal::OutOfOrder) => {}
            other => panic!("not taken: {other:?}"),
        }
    }

    fn deliver_all(&mut self) {
        let mut turn = 0;
        while !self.waiting.is_empty() {
            self.deliver(turn, false);
            turn += 1;
        }
    }

    fn film(&mut self) -> Reply {
        self.run(RETAIL, self.film_order()).0
    }

    fn film_order(&self) -> Command {
        Command::Debit(Debit {
            account: self.customer(RETAIL).accounts[0].id,
            identifier: "alice".into(),
            node: "api".into(),
            service: self.catalog.service("vod").unwrap().id,
            access_code: Box::default(),
            destination: "film".into(),
            units: 1,
            description: "The Third Man".into(),
            reference: None,
            at: self.now,
        })
    }

    fn balance(&self, id: CustomerId) -> Amount {
        self.customer(id).head.purse.balance
    }

    /// Every film is charged once at every level, whatever the delivery did.
    fn levels_agree(&self) {
        let of = |id, kind| self.xdrs.get(&id).into_iter().flatten().filter(move |xdr| xdr.kind == kind);
        for (id, below, kind, price) in
            [(MIDDLE, RETAIL, XdrKind::Event, usd("3.00")), (TOP, MIDDLE, XdrKind::Wholesale, usd("2.50"))]
        {
            let origins: Vec<String> = of(below, kind).map(|xdr| xdr.id.to_string()).collect();
            let charged: Vec<String> =
                of(id, XdrKind::Wholesale).map(|xdr| xdr.reference.clone().unwrap()).collect();
            assert_eq!(charged, origins, "one charge per event, in their order");
            assert!(of(id, XdrKind::Wholesale).all(|xdr| xdr.amount == price));
        }
        for (id, below) in [(TOP, MIDDLE), (MIDDLE, RETAIL)] {
            let told = self.customer(id).head.chain.as_ref().unwrap().resale.unwrap().stopped;
            assert_eq!(
                self.customer(below).head.chain.as_ref().unwrap().stopped(),
                told,
                "everybody has heard"
            );
        }
    }
}

fn sign_up(currency: &str, credit_limit: Option<Amount>, chain: &[CustomerId]) -> CreateCustomer {
    CreateCustomer {
        currency: Currency::parse(currency).unwrap(),
        payment: Payment::Postpaid,
        credit_limit,
        zone: calendar::BillingZone::utc(),
        period: calendar::BillingPeriod::Monthly,
        period_bounds: (at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z")),
        net_days: 14,
        chain: chain.to_vec(),
        class: None,
    }
}

#[test]
fn one_film_is_one_charge_per_level_at_that_levels_tariff_and_currency() {
    let mut net = Net::new("100");
    net.film();
    net.deliver_all();
    assert_eq!(net.balance(RETAIL), usd("-3.99"));
    assert_eq!(
        net.balance(MIDDLE),
        usd("-3.00"),
        "by the reseller tariff that the subscriber's product names"
    );
    assert_eq!(net.balance(TOP), usd("-2.50"), "in euros, by his own wholesale product");
    net.levels_agree();
}

#[test]
fn a_reseller_out_of_credit_stops_his_customers_and_a_payment_starts_them() {
    let mut net = Net::new("6");
    net.film();
    net.film();
    net.deliver_all();
    assert_eq!(net.customer(RETAIL).head.status(), CustomerStatus::ResellerStopped);
    assert_eq!(net.film(), Reply::Refused(Refusal::ResellerStopped(ResellerStop::OutOfFunds)));
    assert_eq!(Refusal::ResellerStopped(ResellerStop::OutOfFunds).code(), "CHG-040");
    net.done(
        MIDDLE,
        Command::Pay(Pay { account: None, amount: usd("100"), exchanged: None, note: "".into() }),
    );
    net.deliver_all();
    assert!(matches!(net.film(), Reply::Debited(_)));
    // A stop two levels up reaches the subscriber too.
    net.done(TOP, Command::BlockCustomer { blocked: true });
    net.deliver_all();
    let blocked = Reply::Refused(Refusal::ResellerStopped(ResellerStop::Blocked));
    assert_eq!(net.film(), blocked);
    // Who is suspended, too, hears of the stop: a suspension alone would let him reach the portal.
    let mut suspended = Some(net.customer(RETAIL).clone());
    suspended.as_mut().unwrap().head.suspended_at = Some(net.now);
    let order = Envelope { customer: RETAIL, key: None, command: net.film_order() };
    let context = Context { catalog: &net.catalog, now: net.now };
    assert_eq!(apply(&mut suspended, &order, context).unwrap().0, blocked);
}

#[test]
fn included_units_of_a_subscriber_are_paid_by_his_reseller() {
    let mut net = Net::new("100");
    let account = net.customer(RETAIL).accounts[0].id;
    let product = net.catalog.product("film-club").unwrap().id;
    net.done(
        RETAIL,
        Command::AddAddOn(charging::AddAddOn {
            account,
            product,
            from: None,
            until: None,
            accept_conflicts: false,
        }),
    );
    net.film();
    net.deliver_all();
    assert_eq!((net.balance(RETAIL), net.balance(MIDDLE)), (usd("0"), usd("-3.00")));
    net.levels_agree();
}

#[test]
fn a_cushion_stops_the_customers_before_the_limit_is_reached() {
    let mut net = Net::new("10");
    net.done(MIDDLE, Command::SetResale { wholesale: None, cushion: usd("5") });
    net.film();
    net.film();
    net.deliver_all();
    // 4 dollars are left, less than the cushion: what runs below meanwhile still fits.
    assert!(matches!(net.film(), Reply::Refused(Refusal::ResellerStopped(_))));
    assert!(!net.customer(MIDDLE).available(net.now).is_negative());
}

#[test]
fn who_joins_a_stopped_reseller_hears_of_it() {
    let mut net = Net::new("10");
    net.done(MIDDLE, Command::BlockCustomer { blocked: true });
    net.deliver_all();
    let late = CustomerId(11);
    net.create(late, "USD", None, &[MIDDLE, TOP]);
    net.deliver_all();
    assert_eq!(net.customer(late).head.status(), CustomerStatus::ResellerStopped);
    // Moved away he is served again; moved back he goes on with the numbers he had.
    net.done(late, Command::MoveTo { chain: Vec::new() });
    assert_eq!(net.customer(late).head.status(), CustomerStatus::Active);
    net.done(late, Command::MoveTo { chain: vec![MIDDLE, TOP] });
    net.deliver_all();
    assert_eq!(net.customer(late).head.status(), CustomerStatus::ResellerStopped);
}

/// What was charged before a move is given back by the level that was charged, also when nobody or another reseller serves him now.
#[test]
fn a_refund_after_a_move_reaches_the_level_that_was_charged() {
    let mut net = Net::new("100");
    net.deliver_all();
    let other = CustomerId(14);
    net.create(other, "USD", Some(usd("100")), &[]);
    net.done(other, Command::SetResale { wholesale: None, cushion: usd("0") });
    let (before, charged) = (net.customer(MIDDLE).head.purse.balance, net.film());
    net.deliver_all();
    let Reply::Debited(film) = charged else { panic!("{charged:?}") };
    let paid = net.customer(MIDDLE).head.purse.balance;
    assert!(paid < before, "the reseller was charged");
    let top = net.customer(TOP).head.purse.balance;
    net.done(RETAIL, Command::MoveTo { chain: vec![other] });
    net.deliver_all();
    let of =
        RefundOf::Charge(Charged::from(net.xdrs[&RETAIL].iter().find(|xdr| xdr.id == film.xdr).unwrap()));
    let half = Refund { of: of.clone(), amount: Some(usd("1.00")), note: "fault".into() };
    assert!(matches!(net.run(RETAIL, Command::Refund(half)).0, Reply::Refunded(_)));
    net.deliver_all();
    assert!(net.customer(MIDDLE).head.purse.balance > paid);
    net.done(RETAIL, Command::MoveTo { chain: Vec::new() });
    let rest = Refund { of, amount: None, note: "fault".into() };
    assert!(matches!(net.run(RETAIL, Command::Refund(rest)).0, Reply::Refunded(_)));
    net.deliver_all();
    assert_eq!(net.customer(MIDDLE).head.purse.balance, before, "all of it is back where it was taken");
    assert!(net.customer(TOP).head.purse.balance > top, "and one level further up");
    assert_eq!(
        net.customer(other).head.purse.balance,
        usd("0"),
        "who serves him now has nothing to do with it"
    );
    net.done(RETAIL, Command::MoveTo { chain: vec![MIDDLE, TOP] });
    net.deliver_all();
}

#[test]
fn circles_and_wrong_receivers_are_refused() {
    let mut net = Net::new("10");
    let refused = |net: &mut Net, id, command| match net.run(id, command).0 {
        Reply::Refused(refusal) => refusal,
        other => panic!("not refused: {other:?}"),
    };
    for chain in [vec![CustomerId(12)], vec![TOP, MIDDLE, TOP], (20..40).map(CustomerId).collect()] {
        let create = Command::CreateCustomer(sign_up("USD", None, &chain));
        assert_eq!(refused(&mut net, CustomerId(12), create), Refusal::CyclicChain);
    }
    // TOP under MIDDLE would be a circle: a reseller never moves.
    assert_eq!(refused(&mut net, TOP, Command::MoveTo { chain: vec![MIDDLE] }), Refusal::CyclicChain);
    net.deliver_all();
    let join = |id, to| Command::Receive {
        relay: Box::new(Relay { id, to, previous: 0, message: Message::Join }),
        charged: None,
    };
    let stranger = RowId::new(CustomerId(50), 1);
    assert_eq!(refused(&mut net, RETAIL, join(stranger, RETAIL)), Refusal::NotReseller);
    assert_eq!(refused(&mut net, MIDDLE, join(stranger, TOP)), Refusal::UnknownCustomer);
    let pounds = Command::CreateCustomer(sign_up("GBP", None, &[]));
    assert_eq!(refused(&mut net, CustomerId(12), pounds), Refusal::WrongCurrency("USD".into()));
    let euro_only = net.catalog.product("wholesale").unwrap().id;
    let add = charging::AddAccount { product: euro_only, add_ons: Vec::new(), detail: "".into() };
    assert_eq!(refused(&mut net, RETAIL, Command::AddAccount(add)), Refusal::WrongCurrency("EUR".into()));
}

#[test]
fn use_without_a_price_at_a_level_is_recorded_at_nothing_and_rerated_later() {
    let mut net = Net::new("10");
    net.deliver_all();
    let level = LevelCharge {
        service: net.catalog.service("vod").unwrap().id,
        source: Source::default(),
        destination: "film".into(),
        description: "".into(),
        units: 2,
        unit: None,
        started_at: net.now,
        ended_at: net.now,
        product: None,
        tariff: None,
        hops: 0,
    };
    let (id, message) = (RowId::new(CustomerId(60), 1), Message::Charge(Box::new(level)));
    let relay = Box::new(Relay { id, to: MIDDLE, previous: 0, message });
    let (_, effects) = net.run(MIDDLE, Command::Receive { relay, charged: None });
    assert_eq!(world::count(&effects, EventKind::ResellerUnpriced), 1);
    assert_eq!((effects.xdrs[0].amount, effects.relays.len()), (usd("0"), 1), "and passed on all the same");
    let mut priced = effects.xdrs[0].clone();
    priced.product = Some(net.catalog.product("homeconnect").unwrap().id);
    let preview =
        charging::rerate(&[priced], charging::Rerating { catalog: &net.catalog, tariff: None, zone: "UTC" });
    assert_eq!(preview.total(), usd("7.98"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Films, refunds, payments and stops over a delivery that repeats and reorders: in the end every level has charged every
    /// film once, and has given back its share of what was refunded.
    #[test]
    fn every_level_charges_once_whatever_the_delivery(
        acts in prop::collection::vec((0u8..12, any::<u16>(), any::<bool>()), 1..60),
    ) {
        let mut net = Net::new("30");
        for (what, which, keep) in acts {
            net.now = net.now.plus(calendar::Seconds(1));
            match what {
                0..=2 => drop(net.film()),
                3 => {
                    let films: Vec<Xdr> = net.xdrs.get(&RETAIL).into_iter().flatten()
                        .filter(|xdr| xdr.kind == XdrKind::Event).cloned().collect();
                    let Some(film) = films.get(usize::from(which) % films.len().max(1)) else { continue };
                    let amount = keep.then(|| Amount::from_micros(1 + i64::from(which) * 40));
                    let of = RefundOf::Charge(Charged::from(film));
                    net.run(RETAIL, Command::Refund(Refund { of, amount, note: "sorry".into() }));
                }
                4 => {
                    let amount = Amount::from_micros(i64::from(which) * 1_000 + 1);
                    let pay = Pay { account: None, amount, exchanged: None, note: "".into() };
                    net.run(MIDDLE, Command::Pay(pay));
                }
                5 => drop(net.run(TOP, Command::BlockCustomer { blocked: keep })),
                6 => {
                    let change = LimitChange::Credit(Some(Amount::from_micros(i64::from(which) * 1_000)));
                    net.run(MIDDLE, Command::SetLimit { account: None, change });
                }
                7 => {
                    let amount = Amount::from_micros(-1 - i64::from(which));
                    let adjust = Adjust { account: None, amount, promotional: false, note: "".into() };
                    net.run(MIDDLE, Command::Adjust(adjust));
                }
                _ if net.waiting.is_empty() => {}
                _ => net.deliver(usize::from(which), keep),
            }
        }
        net.deliver_all();
        net.levels_agree();
        shares_were_given_back(&net);
    }
}

/// Of each level's charge exactly the share was given back that was given back below, rounded down to a millionth.
fn shares_were_given_back(net: &Net) {
    for (id, below, price, price_below) in
        [(MIDDLE, RETAIL, 3_000_000i128, 3_990_000i128), (TOP, MIDDLE, 2_500_000, 3_000_000)]
    {
        for own in net.xdrs[&id].iter().filter(|xdr| xdr.kind == XdrKind::Wholesale) {
            let returned = |id: CustomerId, of: &str| -> i128 {
                let refunds = net.xdrs[&id].iter().filter(|xdr| xdr.kind == XdrKind::Refund);
                let refunds = refunds.filter(|xdr| xdr.reference.as_deref() == Some(of));
                -refunds.map(|xdr| i128::from(xdr.amount.micros())).sum::<i128>()
            };
            let given_below = returned(below, own.reference.as_deref().unwrap());
            let given = returned(id, &own.id.to_string());
            assert_eq!(given, price * given_below / price_below, "the share of {own:?}");
        }
    }
}
