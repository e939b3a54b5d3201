//! Golden decisions about limits, warnings, caps and balances of their own, to the cent and to the second.

use crate::world;

use calendar::Seconds;
use charging::{
    Adjust, Asked, Command, EventKind, LedgerCode, LedgerSide, LimitChange, Pay, Refusal, Share, Step,
    TemporaryLimit, Used, check_balance, enquire,
};
use money::{Amount, Currency, Exchanged, Quote};
use world::{World, at, count, usd};

fn raise(raise: Share, until: &str) -> LimitChange {
    LimitChange::Temporary(Some(TemporaryLimit { raise, until: at(until) }))
}

#[test]
fn a_temporary_limit_counts_until_its_instant_and_falls_back_by_itself() {
    let mut world = World::postpaid(Some("10"));
    let home = world.account("homeconnect", &[]);
    world.set_limit(None, raise(Share::Percent(50), "2026-06-03T00:00:00Z"));
    assert_eq!(world.available(), usd("15"));
    assert_eq!(world.customer().head.next_due(), Some(at("2026-06-03T00:00:00Z")));
    world.fine("12");
    world.now = at("2026-06-02T23:59:59Z");
    assert_eq!(world.available(), usd("3"));
    world.now = at("2026-06-03T00:00:00Z");
    assert_eq!(world.available(), usd("-2"), "also before anybody has looked");
    let film = world.film(home, None);
    assert_eq!(world.refused(film), Refusal::InsufficientFunds { available: usd("-2"), needed: usd("3.99") });
    let (_, effects) = world.run(Command::Lapse);
    assert_eq!(count(&effects, EventKind::CreditLimitChanged), 1);
    assert_eq!(count(&effects, EventKind::FundsExhausted), 1);
    let (_, again) = world.run(Command::Lapse);
    assert_eq!(again, Default::default(), "announced once");
    assert_eq!(world.customer().head.next_due(), Some(world.customer().head.period_end));
    world.replay();
}

#[test]
fn a_raise_that_is_over_or_absurd_is_refused() {
    let mut world = World::postpaid(Some("10"));
    let over = raise(Share::Amount(usd("5")), "2026-06-01T00:00:00Z");
    assert_eq!(world.refused(Command::SetLimit { account: None, change: over }), Refusal::AlreadyOver);
    let absurd = raise(Share::Percent(1_001), "2026-07-01T00:00:00Z");
    assert_eq!(world.refused(Command::SetLimit { account: None, change: absurd }), Refusal::OutOfRange);
    let negative = LimitChange::DailyCap(Some(usd("-1")));
    assert_eq!(
        world.refused(Command::SetLimit { account: None, change: negative }),
        Refusal::AmountNotPositive
    );
    let many = LimitChange::Warnings(vec![Share::Percent(1); 9]);
    let refusal = world.refused(Command::SetLimit { account: None, change: many });
    assert_eq!(refusal, Refusal::TooMany("warning thresholds".into()));
}

#[test]
fn each_warning_is_sent_once_per_crossing_in_each_direction() {
    let mut world = World::postpaid(Some("100"));
    world.account("homeconnect", &[]);
    world.set_limit(None, LimitChange::Warnings(vec![Share::Percent(80), Share::Amount(usd("10"))]));
    let effects = world.fine("79.99");
    assert_eq!(count(&effects, EventKind::CreditWarning), 0);
    let effects = world.fine("0.01");
    assert_eq!(count(&effects, EventKind::CreditWarning), 1, "80 % of the limit are used");
    assert_eq!(count(&world.fine("9.99"), EventKind::CreditWarning), 0);
    assert_eq!(count(&world.fine("0.01"), EventKind::CreditWarning), 1, "10 dollars are left");
    assert_eq!(count(&world.fine("5"), EventKind::CreditWarning), 0);
    let effects = world.pay("50");
    assert_eq!(count(&effects, EventKind::CreditWarningCleared), 2);
    assert_eq!(count(&world.pay("1"), EventKind::CreditWarningCleared), 0);
    let effects = world.fine("50");
    assert_eq!(count(&effects, EventKind::CreditWarning), 2, "and again at the next crossing");
    world.replay();
}

#[test]
fn funds_are_announced_once_per_crossing_however_often_money_moves() {
    let mut world = World::postpaid(Some("10"));
    world.account("homeconnect", &[]);
    assert_eq!(count(&world.fine("10"), EventKind::FundsExhausted), 1);
    assert_eq!(count(&world.fine("1"), EventKind::FundsExhausted), 0);
    assert_eq!(count(&world.pay("1"), EventKind::FundsAvailable), 0, "nothing is left, nothing is announced");
    assert_eq!(count(&world.pay("0.01"), EventKind::FundsAvailable), 1);
    assert_eq!(
        count(&world.set_limit(None, LimitChange::Credit(Some(usd("5")))), EventKind::FundsExhausted),
        1
    );
    assert_eq!(count(&world.set_limit(None, LimitChange::Credit(None)), EventKind::FundsAvailable), 1);
}

#[test]
fn a_daily_cap_stops_new_purchases_until_the_customers_midnight() {
    let mut world = World::postpaid(None);
    let home = world.account("homeconnect", &[]);
    world.set_limit(None, LimitChange::DailyCap(Some(usd("5"))));
    let film = world.film(home, None);
    world.debited(film.clone());
    let (_, effects) = world.debited(film.clone());
    assert_eq!(
        count(&effects, EventKind::SpendingCapReached),
        1,
        "the film that reaches it may still be seen"
    );
    assert_eq!(world.refused(film.clone()), Refusal::SpendingCapReached);
    assert_eq!(Refusal::SpendingCapReached.code(), "CHG-043");
    assert_eq!(world.customer().head.next_due(), Some(at("2026-06-02T00:00:00Z")));
    world.now = at("2026-06-02T00:00:00Z");
    let (_, effects) = world.run(Command::Lapse);
    assert_eq!(count(&effects, EventKind::SpendingCapCleared), 1);
    world.debited(film);
    world.replay();
}

#[test]
fn a_reached_cap_lets_free_use_begin_and_running_use_go_on() {
    use charging::{Asked, SessionKey, Step, Used};
    let mut world = World::postpaid(None);
    let home = world.account("homeconnect-plus", &[]);
    let phone = world.account("mobile-data", &[]);
    world.set_limit(None, LimitChange::DailyCap(Some(usd("1"))));
    let unit = world.unit("mobile-data", "", Used::None, Asked::Default);
    let start = world.step(phone, 0, Step::Start, vec![unit]);
    world.session(start.clone());
    let film = world.film(home, None);
    world.debited(film);
    let other = charging::SessionRequest { session: SessionKey::diameter(b"other"), ..start };
    assert_eq!(world.refused(Command::Session(other)), Refusal::SpendingCapReached);
    let unit = world.unit("mobile-data", "", Used::Since(world::MB), Asked::Default);
    let update = world.step(phone, 1, Step::Update, vec![unit]);
    world::granted(&world.session(update).0);
    let unit = world.unit("internet", "", Used::None, Asked::Default);
    let flat = charging::SessionRequest {
        session: SessionKey::diameter(b"flat"),
        ..world.step(home, 0, Step::Start, vec![unit])
    };
    world::granted(&world.session(flat).0);
}

#[test]
fn a_debit_account_spends_its_own_money_and_nobody_elses() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let card = world.account("homeconnect", &[]);
    world.done(Command::OpenBalance { account: card, credit_limit: Some(usd("0")) });
    let film = |world: &World, who| world.film(who, None);
    let bought = film(&world, card);
    assert_eq!(
        world.refused(bought),
        Refusal::InsufficientFunds { available: usd("0"), needed: usd("3.99") }
    );
    let (_, effects) = world.run(Command::Transfer { account: card, amount: usd("5") });
    assert_eq!(effects.ledger[0].code, LedgerCode::Transfer);
    assert_eq!(
        (effects.ledger[0].debit, effects.ledger[0].credit),
        (LedgerSide::CustomerBalance, LedgerSide::AccountBalance)
    );
    assert_eq!(count(&effects, EventKind::AccountFundsAvailable), 1);
    let bought = film(&world, card);
    let (reply, effects) = world.debited(bought);
    assert_eq!(reply.available, usd("1.01"), "of the card");
    assert_eq!(effects.xdrs[0].period_number, charging::NOT_INVOICED);
    assert_eq!((world.available(), world.customer().head.unbilled), (usd("95"), usd("0")));
    let bought = film(&world, home);
    world.debited(bought);
    assert_eq!(world.customer().head.unbilled, usd("3.99"));
    let fine = |amount: &str| {
        Command::Adjust(Adjust {
            account: Some(card),
            amount: usd(amount),
            promotional: false,
            note: "fine".into(),
        })
    };
    let (_, effects) = world.run(fine("-1.01"));
    assert_eq!(count(&effects, EventKind::AccountFundsExhausted), 1);
    world.run(Command::Pay(Pay {
        account: Some(card),
        amount: usd("2"),
        exchanged: None,
        note: "cash".into(),
    }));
    let too_much = Command::Transfer { account: card, amount: usd("-2.01") };
    assert_eq!(
        world.refused(too_much),
        Refusal::InsufficientFunds { available: usd("2"), needed: usd("2.01") }
    );
    world.done(Command::TerminateAccount { account: card });
    assert_eq!(world.customer().account(card).unwrap().purse.as_ref().unwrap().balance, usd("0"));
    assert_eq!(world.available(), usd("93.01"), "the rest of the card came back");
    world.replay();
}

#[test]
fn a_balance_of_its_own_is_opened_once_and_on_an_idle_account() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let pay = Command::Pay(Pay { account: Some(phone), amount: usd("1"), exchanged: None, note: "".into() });
    assert_eq!(world.refused(pay), Refusal::NoOwnBalance);
    let unit = world.unit("mobile-data", "", charging::Used::None, charging::Asked::Default);
    let start = world.step(phone, 0, charging::Step::Start, vec![unit]);
    world.session(start);
    let open = Command::OpenBalance { account: phone, credit_limit: None };
    assert_eq!(world.refused(open.clone()), Refusal::BalanceNotOpened);
    let stop = world.step(phone, 1, charging::Step::Stop, Vec::new());
    world.session(stop);
    world.done(open.clone());
    assert_eq!(world.refused(open), Refusal::BalanceNotOpened);
}

#[test]
fn a_price_enquiry_uses_quotas_and_changes_nothing() {
    let mut world = World::postpaid(Some("5"));
    let home = world.account("homeconnect", &["film-club"]);
    let Command::Debit(three) = world.purchase(home, "vod", "film", 3, None) else { panic!() };
    let context = charging::Context { catalog: &world.catalog, now: world.now };
    assert_eq!(enquire(world.customer(), &three, context), Err(Refusal::QuotaUsedUp), "two films, then stop");
    let plain = world.account("homeconnect", &[]);
    let Command::Debit(two) = world.purchase(plain, "vod", "film", 2, None) else { panic!() };
    let before = world.state.clone();
    let context = charging::Context { catalog: &world.catalog, now: world.now };
    let answer = enquire(world.customer(), &two, context).unwrap();
    assert_eq!((answer.amount, answer.available, answer.enough), (usd("7.98"), usd("5"), false));
    let enough = |sum: &str| check_balance(world.customer(), plain, usd(sum), world.now).unwrap().enough;
    assert!(enough("5") && !enough("5.01"));
    assert_eq!(world.state, before);
}

#[test]
fn a_payment_in_euros_is_booked_in_dollars_by_the_days_rate() {
    let mut world = World::postpaid(Some("5"));
    world.account("homeconnect", &[]);
    let exchanged = Exchanged {
        amount: usd("20"),
        currency: Currency::parse("EUR").unwrap(),
        from: Quote::ONE,
        to: Quote::parse("1.0825").unwrap(),
        source: "ECB 2026-06-01".into(),
    };
    let pay = |amount: &str| {
        let (amount, exchanged) = (usd(amount), Some(exchanged.clone()));
        Command::Pay(Pay { account: None, amount, exchanged, note: "bank".into() })
    };
    assert_eq!(world.refused(pay("21.66")), Refusal::ExchangeWrong(usd("21.65")));
    let (_, effects) = world.run(pay("21.65"));
    assert_eq!(effects.ledger[0].note, "bank (20.00 EUR at 1.0825, ECB 2026-06-01)");
    assert_eq!(world.available(), usd("26.65"));
}

#[test]
fn a_promotional_credit_is_a_gift_and_a_free_day_a_thirtieth_of_the_fee() {
    let mut world = World::postpaid(Some("5"));
    let home = world.account("homeconnect-plus", &[]);
    let gift = |amount: &str| {
        Command::Adjust(Adjust {
            account: None,
            amount: usd(amount),
            promotional: true,
            note: "welcome".into(),
        })
    };
    assert_eq!(world.refused(gift("-1")), Refusal::AmountNotPositive);
    let (_, effects) = world.run(gift("10"));
    assert_eq!(
        (effects.ledger[0].code, effects.ledger[0].debit),
        (LedgerCode::Promotion, LedgerSide::Promotion)
    );
    let free = |days| {
        let product = world.product("homeconnect-plus");
        Command::FreeDays(charging::FreeDays {
            account: home,
            product,
            days,
            note: "no connection on 4 June".into(),
        })
    };
    let (one, none, year) = (free(1), free(0), free(365));
    assert_eq!(world.refused(none), Refusal::OutOfRange);
    assert_eq!(world.refused(year), Refusal::OutOfRange);
    let (_, effects) = world.run(one);
    // 39.99 / 30 = 1.333.
    assert_eq!((effects.ledger[0].amount, effects.ledger[0].code), (usd("1.33"), LedgerCode::Compensation));
    assert_eq!(count(&effects, EventKind::CompensationGiven), 1);
    assert_eq!(world.available(), usd("16.33"));
    world.now = world.now.plus(Seconds(1));
    world.replay();
}

/// What a session has locked is charged when it ends, whatever happened to the balance meanwhile.
#[test]
fn a_transfer_leaves_what_sessions_have_locked() {
    let mut world = World::postpaid(None);
    let phone = world.account("mobile-data", &[]);
    let card = world.account("homeconnect", &[]);
    world.done(Command::OpenBalance { account: card, credit_limit: Some(usd("0")) });
    let used = vec![world.unit("mobile-data", "", Used::Since(1), Asked::Nothing)];
    let start = world.step(phone, 0, Step::Start, used);
    world.session(start);
    assert_eq!(world.customer().head.purse.reserved, usd("0.01"));
    let all = Command::Transfer { account: card, amount: Amount::MAX };
    assert_eq!(world.refused(all), Refusal::OutOfRange);
    let amount = Amount::MAX.minus(usd("0.01")).unwrap();
    world.done(Command::Transfer { account: card, amount });
    let stop = world.step(phone, 1, Step::Stop, Vec::new());
    world.session(stop);
    assert_eq!(world.customer().head.purse.balance, Amount::MAX.negated().unwrap());
}
