//! Golden decisions about one-off purchases and money: what a tariff expert would expect, to the cent.

use crate::world;

use charging::{
    Adjust, ClosePeriod, Command, EventKind, Explanation, LimitChange, Pay, Payment, PostInvoice, Refusal,
    Reply,
};
use world::{World, at, count, only_xdr, usd};

#[test]
fn a_film_costs_3_99_at_once_and_says_why() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect-plus", &["hbo", "dvr"]);
    let film = world.film(home, None);
    let (reply, effects) = world.debited(film);
    assert_eq!((reply.amount, reply.available, reply.repeated), (usd("3.99"), usd("96.01"), false));
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.amount, xdr.units, xdr.description.as_str()), (usd("3.99"), 1, "The Third Man"));
    let Explanation::Rated { rate, product, priced, .. } = &xdr.explanation else { panic!("{xdr:?}") };
    assert_eq!((rate.as_str(), *product), ("film", world.product("homeconnect-plus")));
    assert_eq!(priced.amount, usd("3.99"));
    assert_eq!(count(&effects, EventKind::PurchaseCharged), 1);
}

#[test]
fn a_purchase_beyond_the_funds_is_refused_with_both_sums_and_changes_nothing() {
    let mut world = World::postpaid(Some("5"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    world.debited(film.clone());
    let refusal = world.refused(film);
    assert_eq!(refusal, Refusal::InsufficientFunds { available: usd("1.01"), needed: usd("3.99") });
    assert_eq!(refusal.code(), "CHG-010");
}

#[test]
fn the_last_cent_may_be_spent() {
    let mut world = World::postpaid(Some("3.99"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    let (reply, effects) = world.debited(film);
    assert_eq!(reply.available, usd("0"));
    assert_eq!(count(&effects, EventKind::FundsExhausted), 1, "the network is told that funds ran out");
    let (_, effects) = world.run(Command::Pay(Pay {
        account: None,
        amount: usd("0.01"),
        exchanged: None,
        note: "cash".into(),
    }));
    assert_eq!(count(&effects, EventKind::FundsAvailable), 1, "and that they are back");
}

#[test]
fn one_purchase_number_is_charged_once_also_a_month_later() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, Some("20260601-1"));
    let (first, _) = world.debited(film.clone());
    world.wait(30 * 86_400);
    let (again, effects) = world.debited(film);
    assert_eq!((again.xdr, again.amount, again.repeated), (first.xdr, usd("3.99"), true));
    assert_eq!(effects.xdrs, []);
    assert_eq!(world.available(), usd("96.01"));
}

#[test]
fn one_key_is_applied_once_and_not_for_another_request() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    let first = world.keyed("api:1", 11, film.clone()).0;
    assert_eq!(world.keyed("api:1", 11, film.clone()).0, first);
    assert_eq!(world.keyed("api:1", 12, film).0, Reply::Refused(Refusal::KeyReused));
    assert_eq!(world.available(), usd("96.01"));
}

#[test]
fn what_is_not_sold_or_absurd_is_refused() {
    let mut world = World::postpaid(None);
    let home = world.account("homeconnect", &[]);
    let phone = world.account("mobile-data", &[]);
    let cases = [
        (world.purchase(home, "vod", "game", 1, None), Refusal::NotAllowed),
        (world.purchase(phone, "vod", "film", 1, None), Refusal::NotAllowed),
        (world.purchase(phone, "voice", "900555", 60, None), Refusal::NotAllowed),
        (world.purchase(home, "vod", "film", 0, None), Refusal::OutOfRange),
        (world.purchase(home, "vod", "film", u64::MAX, None), Refusal::OutOfRange),
        (world.purchase(home, "vod", "film", 1 << 53, None), Refusal::OutOfRange),
    ];
    for (command, expected) in cases {
        assert_eq!(world.refused(command), expected);
    }
}

#[test]
fn a_blocking_quota_gives_its_films_free_and_then_refuses() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &["film-club"]);
    let film = world.film(home, None);
    world.debited(film.clone());
    let (second, effects) = world.debited(film.clone());
    assert_eq!(second.available, usd("100"));
    assert_eq!(count(&effects, EventKind::QuotaExhausted), 1);
    assert_eq!(world.refused(film), Refusal::QuotaUsedUp);
}

#[test]
fn a_prepaid_customer_spends_what_he_paid_and_keeps_no_credit() {
    let mut world = World::empty();
    let create = world.sign_up(Payment::Prepaid, Some(usd("50")));
    world.done(create);
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    world.done(Command::SetLimit { account: None, change: LimitChange::Credit(Some(usd("50"))) });
    assert_eq!(world.customer().head.purse.credit_limit, Some(usd("0")));
    assert!(matches!(world.refused(film.clone()), Refusal::InsufficientFunds { .. }));
    world.done(Command::Pay(Pay {
        account: None,
        amount: usd("4"),
        exchanged: None,
        note: "voucher".into(),
    }));
    assert_eq!(world.debited(film).0.available, usd("0.01"));
}

#[test]
fn absurd_sums_are_refused_whatever_the_limit() {
    let mut world = World::postpaid(None);
    let huge = money::Amount::from_micros(i64::MIN);
    let charge = |amount| {
        Command::Adjust(Adjust { account: None, amount, promotional: false, note: "typing error".into() })
    };
    assert_eq!(world.refused(charge(huge)), Refusal::OutOfRange);
    world.done(charge(money::Amount::from_micros(-i64::MAX)));
    assert_eq!(world.refused(charge(usd("-0.000001"))), Refusal::OutOfRange);
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    assert_eq!(world.refused(film), Refusal::OutOfRange);
}

/// Closes June with no fees but what was used.
fn close_june(world: &mut World) {
    let fee_basis = world.customer().head.fee_basis;
    let next_end = at("2026-08-01T00:00:00Z");
    world.now = at("2026-07-01T00:00:00Z");
    world.done(Command::ClosePeriod(ClosePeriod { period_number: 1, fee_basis, fees: Vec::new(), next_end }));
}

fn invoice(total: &str) -> Command {
    Command::PostInvoice(PostInvoice {
        period_number: 1,
        number: "INV-1".into(),
        total: usd(total),
        taxes: Vec::new(),
        due_at: at("2026-07-16T00:00:00Z"),
    })
}

#[test]
fn an_unpaid_invoice_suspends_and_its_payment_resumes() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    world.debited(film.clone());
    close_june(&mut world);
    world.done(invoice("3.99"));
    world.now = at("2026-07-15T23:59:59Z");
    assert_eq!(world.done(Command::Collect), None, "still in time");
    world.now = at("2026-07-16T00:00:00Z");
    let (_, effects) = world.run(Command::Collect);
    assert_eq!(count(&effects, EventKind::CustomerSuspended), 1);
    assert_eq!(world.refused(film.clone()), Refusal::CustomerSuspended);
    let part = world
        .run(Command::Pay(Pay { account: None, amount: usd("3"), exchanged: None, note: "part".into() }))
        .1;
    assert_eq!(count(&part, EventKind::CustomerResumed), 0, "a part is not enough");
    let rest = world
        .run(Command::Pay(Pay { account: None, amount: usd("0.99"), exchanged: None, note: "rest".into() }))
        .1;
    assert_eq!(count(&rest, EventKind::InvoicePaid), 1);
    assert_eq!(count(&rest, EventKind::CustomerResumed), 1);
    world.debited(film);
}

#[test]
fn an_invoice_is_posted_once_with_the_total_that_was_counted() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    assert_eq!(world.refused(invoice("0")), Refusal::Stale, "nothing was closed yet");
    let film = world.film(home, None);
    world.debited(film);
    close_june(&mut world);
    assert_eq!(world.refused(invoice("4.00")), Refusal::Stale);
    world.done(invoice("3.99"));
    assert_eq!(world.refused(invoice("3.99")), Refusal::Stale, "posted before");
    assert_eq!(world.customer().head.owed(), usd("3.99"));
}

#[test]
fn money_paid_before_the_invoice_pays_it() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    world.done(Command::Pay(Pay {
        account: None,
        amount: usd("3"),
        exchanged: None,
        note: "in advance".into(),
    }));
    let film = world.film(home, None);
    world.debited(film.clone());
    close_june(&mut world);
    world.debited(film);
    world.done(invoice("3.99"));
    assert_eq!(world.customer().head.owed(), usd("0.99"), "the film of July is not due yet");
}
