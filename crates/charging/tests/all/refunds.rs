//! Golden decisions about money given back: refunds, and corrections by rerating.

use crate::world;

use catalog::{CatalogVersion, Snapshot};
use charging::{
    Asked, Charged, ClosePeriod, Command, Correct, CustomerId, Effects, EventKind, LedgerCode, NOT_INVOICED,
    Refund, RefundOf, RefundReply, Refusal, Reply, Rerating, Step, Used, rerate,
};
use money::Amount;
use world::{MB, WHO, World, at, count, only_xdr, usd};

fn refund(of: RefundOf, amount: Option<&str>) -> Command {
    Command::Refund(Refund { of, amount: amount.map(usd), note: "bad picture".into() })
}

fn refunded(world: &mut World, command: Command) -> (RefundReply, Effects) {
    match world.run(command) {
        (Reply::Refunded(reply), effects) => (reply, effects),
        other => panic!("not refunded: {other:?}"),
    }
}

#[test]
fn partial_refunds_add_up_and_never_exceed_the_charge() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, Some("20260601-1"));
    world.debited(film);
    let by = || RefundOf::Reference("20260601-1".into());
    let (first, effects) = refunded(&mut world, refund(by(), Some("1.50")));
    assert_eq!((first.amount, first.returned, first.available), (usd("1.50"), usd("1.50"), usd("97.51")));
    assert_eq!((effects.ledger[0].code, only_xdr(&effects).amount), (LedgerCode::Refund, usd("-1.50")));
    assert_eq!(world.customer().head.unbilled, usd("2.49"), "the invoice shows what is left");
    assert_eq!(world.refused(refund(by(), Some("2.50"))), Refusal::RefundTooHigh { left: usd("2.49") });
    assert_eq!(world.refused(refund(by(), Some("0"))), Refusal::AmountNotPositive);
    let (rest, _) = refunded(&mut world, refund(by(), None));
    assert_eq!((rest.amount, world.available()), (usd("2.49"), usd("100")));
    assert_eq!(world.refused(refund(by(), None)), Refusal::RefundTooHigh { left: usd("0") });
    world.replay();
}

#[test]
fn what_was_never_charged_is_not_given_back() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, Some("1"));
    let (_, effects) = world.debited(film);
    let charged = Charged::from(only_xdr(&effects));
    assert_eq!(world.refused(refund(RefundOf::Reference("2".into()), None)), Refusal::UnknownReference);
    let wrong = [
        Charged { xdr: charging::RowId::new(CustomerId(8), charged.xdr.counter()), ..charged.clone() },
        Charged { xdr: charging::RowId::new(WHO, 1_000), ..charged.clone() },
        Charged { account: Some(charging::RowId::new(WHO, 999)), ..charged.clone() },
        Charged { amount: usd("-1"), ..charged.clone() },
    ];
    for charge in wrong {
        assert_eq!(world.refused(refund(RefundOf::Charge(charge), None)), Refusal::UnknownReference);
    }
    assert_eq!(Refusal::UnknownReference.code(), "CHG-045");
    world.wait(400 * 86_400);
    assert_eq!(world.refused(refund(RefundOf::Charge(charged), None)), Refusal::TooOld);
}

#[test]
fn a_session_of_a_closed_period_is_given_back_to_the_balance_and_pays_the_invoice() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let unit = world.unit("mobile-data", "", Used::Since(300 * MB), Asked::Nothing);
    let start = world.step(phone, 0, Step::Start, Vec::new());
    world.session(start);
    let stop = world.step(phone, 1, Step::Stop, vec![unit]);
    let (_, effects) = world.session(stop);
    let charged = Charged::from(only_xdr(&effects));
    assert_eq!(charged.amount, usd("3.00"));
    world.now = at("2026-07-01T00:00:00Z");
    let fee_basis = world.customer().head.fee_basis;
    let next_end = at("2026-08-01T00:00:00Z");
    world.done(Command::ClosePeriod(ClosePeriod { period_number: 1, fee_basis, fees: Vec::new(), next_end }));
    let (number, due_at) = ("INV-1".to_owned(), at("2026-07-15T00:00:00Z"));
    let invoice =
        charging::PostInvoice { period_number: 1, number, total: usd("3"), taxes: Vec::new(), due_at };
    world.done(Command::PostInvoice(invoice));
    let (_, effects) = refunded(&mut world, refund(RefundOf::Charge(charged), None));
    assert_eq!(only_xdr(&effects).period_number, NOT_INVOICED);
    assert_eq!(count(&effects, EventKind::InvoicePaid), 1);
    assert_eq!((world.customer().head.owed(), world.customer().head.unbilled), (usd("0"), usd("0")));
}

#[test]
fn a_refund_goes_back_to_the_balance_that_paid() {
    let mut world = World::postpaid(Some("100"));
    let card = world.account("homeconnect", &[]);
    let film = world.film(card, Some("before"));
    world.debited(film);
    world.done(Command::OpenBalance { account: card, credit_limit: Some(usd("10")) });
    let film = world.film(card, Some("after"));
    world.debited(film);
    refunded(&mut world, refund(RefundOf::Reference("before".into()), None));
    assert_eq!(world.available(), usd("100"));
    refunded(&mut world, refund(RefundOf::Reference("after".into()), None));
    assert_eq!(world.customer().account(card).unwrap().purse.as_ref().unwrap().balance, usd("0"));
}

/// The sample catalog with another price for films.
fn films_at(world: &World, price: &str) -> Snapshot {
    let mut catalog = world.catalog.catalog().clone();
    let films = catalog.tariffs.iter_mut().find(|tariff| tariff.code == "films").unwrap();
    films.rates[0].first_price = money::Price::parse(price).unwrap();
    Snapshot::compile(catalog, CatalogVersion(2), Some(&world.catalog)).unwrap()
}

#[test]
fn a_rerating_previews_the_differences_and_books_each_once() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let mut xdrs = Vec::new();
    for _ in 0..3 {
        let film = world.film(home, None);
        xdrs.extend(world.debited(film).1.xdrs);
    }
    refunded(&mut world, refund(RefundOf::Charge(Charged::from(&xdrs[0])), Some("3.50")));
    let cheaper = films_at(&world, "2.99");
    let preview = rerate(&xdrs, Rerating { catalog: &cheaper, tariff: None, zone: "UTC" });
    assert_eq!((preview.differences.len(), preview.same, preview.total()), (3, 0, usd("-3.00")));
    assert_eq!(preview.differences[0].priced.amount, usd("2.99"));
    let correct =
        Correct { rerating: "2026-06 films, part 1".into(), lines: preview.corrections().collect() };
    let (_, effects) = world.run(Command::Correct(correct.clone()));
    let sums: Vec<Amount> = effects.xdrs.iter().map(|xdr| xdr.amount).collect();
    // The first film had 3.50 given back already: only 0.49 of it is left.
    assert_eq!(sums, [usd("-0.49"), usd("-1.00"), usd("-1.00")]);
    assert_eq!(effects.ledger.len(), 3, "one movement per charge");
    assert_eq!(world.available(), usd("94.02"));
    let (_, again) = world.run(Command::Correct(correct));
    assert_eq!(again, Effects::default(), "the same rerating is booked once");
    xdrs.extend(effects.xdrs);
    let preview = rerate(&xdrs, Rerating { catalog: &cheaper, tariff: None, zone: "UTC" });
    assert_eq!((preview.same, preview.differences.len()), (2, 1), "of the first film more was given back");
    let dearer = films_at(&world, "4.99");
    let preview = rerate(&xdrs, Rerating { catalog: &dearer, tariff: None, zone: "UTC" });
    let correct = Correct { rerating: "again".into(), lines: preview.corrections().collect() };
    world.done(Command::Correct(correct));
    // Two films at 4.99 and the first at 4.99 - 3.50.
    assert_eq!(world.customer().head.unbilled, usd("11.47"));
    world.replay();
}

#[test]
fn what_was_given_back_is_not_given_back_again_by_a_rerating() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    let mut xdrs = world.debited(film).1.xdrs;
    let back = refunded(&mut world, refund(RefundOf::Charge(Charged::from(&xdrs[0])), None));
    xdrs.extend(back.1.xdrs);
    let cheaper = films_at(&world, "2.99");
    let preview = rerate(&xdrs, Rerating { catalog: &cheaper, tariff: None, zone: "UTC" });
    assert_eq!((preview.differences.len(), preview.same), (0, 1), "all of it was returned already");
}

#[test]
fn a_rerating_from_one_tariff_to_another_leaves_the_others_alone() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    let xdrs = world.debited(film).1.xdrs;
    let mut catalog = world.catalog.catalog().clone();
    let mut right = catalog.tariffs.iter().find(|tariff| tariff.code == "films").unwrap().clone();
    right.code = "films-right".into();
    right.rates[0].first_price = money::Price::parse("1.50").unwrap();
    catalog.tariffs.push(right);
    let catalog = Snapshot::compile(catalog, CatalogVersion(2), Some(&world.catalog)).unwrap();
    let id = |code: &str| catalog.catalog().tariffs.iter().find(|tariff| tariff.code == code).unwrap().id;
    let (films, right, voice) = (id("films"), id("films-right"), id("voice-per-minute"));
    let how = |wrong| Rerating { catalog: &catalog, tariff: Some((wrong, right)), zone: "UTC" };
    assert_eq!(rerate(&xdrs, how(films)).total(), usd("-2.49"));
    assert_eq!(rerate(&xdrs, how(voice)), charging::Preview::default());
}

#[test]
fn absurd_corrections_are_refused_whole() {
    let mut world = World::postpaid(None);
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    let of = Charged::from(only_xdr(&world.debited(film).1));
    let line = |becomes: Amount| charging::Correction { of: of.clone(), becomes };
    let correct = |lines| Command::Correct(Correct { rerating: "x".into(), lines });
    assert_eq!(world.refused(correct(vec![line(usd("-1"))])), Refusal::AmountNotPositive);
    world.fine("1");
    assert_eq!(world.refused(correct(vec![line(Amount::MAX)])), Refusal::OutOfRange);
    let twice = correct(vec![line(usd("1")), line(usd("2"))]);
    assert_eq!(world.refused(twice), Refusal::TooMany("corrections of one charge".into()));
    let many = correct(vec![line(usd("1")); charging::CORRECTIONS_MOST + 1]);
    assert_eq!(world.refused(many), Refusal::TooMany("corrections".into()));
}
