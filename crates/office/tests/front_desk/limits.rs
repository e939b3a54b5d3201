//! Limits, own balances and payments by hand: what may be asked for, what is refused and why.

use crate::desk::{Desk, amount, anna};
use calendar::Seconds;
use charging::{DailyCap, LedgerCode, LimitChange, Share, TemporaryLimit};
use money::{Currency, Quote};
use office::{
    Actor, ForeignMoney, LedgerQuery, NewAdjustment, NewExchangeRate, NewFreeDays, NewPayment, OfficeError,
    Purchase, Role, Who,
};

fn fields(error: &OfficeError) -> Vec<&str> {
    match error {
        OfficeError::Invalid(fields) => fields.iter().map(|fault| fault.field.as_str()).collect(),
        other => panic!("{other}"),
    }
}

fn film(desk: &Desk, account: charging::AccountId, reference: &str) -> Result<(), OfficeError> {
    let purchase = Purchase {
        who: Who::Account(account),
        service: "vod".to_owned(),
        item: "film-1".to_owned(),
        units: 1,
        description: String::new(),
        reference: Some(reference.to_owned()),
        at: None,
        channel: "api".to_owned(),
    };
    desk.office.purchase(&Actor::Api { name: "shop".to_owned() }, purchase, None).map(drop)
}

#[test]
fn all_limits_are_set_in_one_go_and_a_temporary_one_ends_by_itself() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let until = desk.office.now().plus(Seconds(3_600));
    let changes = vec![
        LimitChange::Credit(Some(amount("50"))),
        LimitChange::Temporary(Some(TemporaryLimit { raise: Share::Percent(20), until })),
        LimitChange::Warnings(vec![Share::Amount(amount("10")), Share::Percent(80)]),
        LimitChange::DailyCap(Some(amount("7.50"))),
    ];
    desk.office.set_limits(&anna(), customer, None, changes, None).unwrap();
    assert_eq!(desk.available(customer), amount("60"), "50 and a fifth of it for an hour");
    let purse = desk.office.customer(customer).unwrap().live.head.purse;
    let guard = purse.guard.unwrap();
    assert_eq!(
        guard.warnings.iter().map(|w| w.at).collect::<Vec<_>>(),
        [Share::Amount(amount("10")), Share::Percent(80)]
    );
    assert!(matches!(guard.cap, Some(DailyCap { most, .. }) if most == amount("7.50")));
    desk.office.clock().advance(Seconds(3_601));
    assert_eq!(desk.available(customer), amount("50"));
    let audit = desk.office.audit(&office::AuditQuery::default()).unwrap().items;
    assert!(
        audit
            .iter()
            .any(|row| row.action == "limit/temporary-changed" && row.detail.starts_with("20 % more"))
    );
}

#[test]
fn limits_that_make_no_sense_are_told_by_field_and_nothing_is_changed() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let until = desk.office.now();
    let wrong = vec![
        LimitChange::Credit(Some(amount("1"))),
        LimitChange::Temporary(Some(TemporaryLimit { raise: Share::Percent(2_000), until })),
        LimitChange::Warnings(vec![Share::Percent(80); 9]),
        LimitChange::DailyCap(Some(amount("-1"))),
    ];
    let error = desk.office.set_limits(&anna(), customer, None, wrong, None).unwrap_err();
    assert_eq!(fields(&error), ["temporary.raise", "temporary.until", "warnings", "daily_cap"]);
    assert_eq!(desk.available(customer), amount("100"));
    let helpdesk = Actor::Staff { login: "hugo".to_owned(), role: Role::Helpdesk };
    let denied = desk.office.set_limits(&helpdesk, customer, None, Vec::new(), None).unwrap_err();
    assert_eq!(denied.code(), "OFF-004");
}

#[test]
fn the_daily_cap_stops_what_is_new_until_midnight() {
    let desk = Desk::new();
    let made = desk.anna_smith();
    let account = made.account.unwrap();
    let cap = vec![LimitChange::DailyCap(Some(amount("5")))];
    desk.office.set_limits(&anna(), made.customer, None, cap, None).unwrap();
    film(&desk, account, "1").unwrap();
    film(&desk, account, "2").unwrap();
    assert_eq!(film(&desk, account, "3").unwrap_err().code(), "CHG-043");
    desk.office.clock().advance(Seconds(24 * 3_600));
    film(&desk, account, "3").unwrap();
}

#[test]
fn an_account_with_a_balance_of_its_own_is_paid_limited_and_credited_by_itself() {
    let desk = Desk::new();
    let made = desk.anna_smith();
    let (customer, account) = (made.customer, made.account.unwrap());
    let own = |payment: &str| NewPayment {
        account: Some(account),
        amount: amount(payment),
        foreign: None,
        note: "card".to_owned(),
    };
    let early = desk.office.book_payment(&anna(), customer, own("1"), None).unwrap_err();
    assert_eq!(early.code(), "CHG-041", "it has none yet");
    desk.office.open_balance(&anna(), account, Some(amount("0")), None).unwrap();
    let twice = desk.office.open_balance(&anna(), account, None, None).unwrap_err();
    assert_eq!(twice.code(), "CHG-042");
    assert_eq!(film(&desk, account, "1").unwrap_err().code(), "CHG-010", "its own balance is empty");
    let paid = desk.office.book_payment(&anna(), customer, own("4"), None).unwrap();
    assert_eq!((paid.balance, paid.available, paid.owed), (amount("4"), amount("4"), amount("0")));
    let gift = NewAdjustment {
        account: Some(account),
        amount: amount("1"),
        promotional: true,
        note: "welcome".to_owned(),
    };
    assert_eq!(
        desk.office.book_adjustment(&anna(), customer, gift.clone(), None).unwrap().balance,
        amount("5")
    );
    let charge = NewAdjustment { amount: amount("-1"), ..gift };
    let error = desk.office.book_adjustment(&anna(), customer, charge, None).unwrap_err();
    assert_eq!(fields(&error), ["amount"], "a gift is no charge");
    let limit = vec![LimitChange::Credit(Some(amount("2.5")))];
    desk.office.set_limits(&anna(), customer, Some(account), limit, None).unwrap();
    film(&desk, account, "1").unwrap();
    let (enough, standing) = desk.office.check_balance(&Who::Account(account), amount("3.51")).unwrap();
    assert_eq!((enough, standing.balance, standing.available), (true, amount("1.01"), amount("3.51")));
    assert!(!desk.office.check_balance(&Who::Account(account), amount("3.52")).unwrap().0);
    assert_eq!(desk.available(customer), amount("100"), "the customer's own money was never touched");
    let other = desk.office.sign_up(&anna(), office::SignUp::named("Bert"), None).unwrap().customer;
    let stranger = desk.office.set_limits(&anna(), other, Some(account), Vec::new(), None).unwrap_err();
    assert_eq!(stranger.code(), "OFF-002", "an account is limited through its own customer only");
}

#[test]
fn a_payment_in_another_currency_is_booked_by_its_rate_and_the_ledger_says_whose() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let euros = |rate: &str, currency: &str, source: &str| NewPayment {
        account: None,
        amount: amount("20"),
        foreign: Some(ForeignMoney {
            currency: Currency::parse(currency).unwrap(),
            rate: Some(Quote::parse(rate).unwrap()),
            source: source.to_owned(),
        }),
        note: "transfer 17".to_owned(),
    };
    let paid =
        desk.office.book_payment(&anna(), customer, euros("1.0825", "EUR", "ECB 2026-06-01"), None).unwrap();
    assert_eq!(paid.balance, amount("21.65"));
    let query =
        LedgerQuery { customer: Some(customer), code: Some(LedgerCode::Payment), ..LedgerQuery::default() };
    let entry = &desk.office.ledger(&query).unwrap().items[0];
    assert_eq!(entry.note, "transfer 17 (20.00 EUR at 1.0825, ECB 2026-06-01)");
    for (payment, field) in [
        (euros("1.0825", "USD", "ECB"), "currency"),
        (euros("1.0825", "EUR", " "), "rate_source"),
        (euros("0.0000001", "EUR", "ECB"), "amount"),
    ] {
        let error = desk.office.book_payment(&anna(), customer, payment, None).unwrap_err();
        assert_eq!(fields(&error), [field]);
    }
}

#[test]
fn free_days_are_a_share_of_the_fee_of_what_the_account_holds() {
    let desk = Desk::new();
    let made = desk.anna_smith();
    let free = |product: &str, days: u16| NewFreeDays {
        account: made.account.unwrap(),
        product: product.to_owned(),
        days,
        note: "outage on 2 June".to_owned(),
    };
    let given = desk.office.give_free_days(&anna(), free("homeconnect-plus", 1), None).unwrap();
    assert_eq!(given.balance, amount("1.33"), "1 of 30 days of 39.99");
    let error = desk.office.give_free_days(&anna(), free("homeconnect-plus", 0), None).unwrap_err();
    assert_eq!(fields(&error), ["days"]);
    let error = desk.office.give_free_days(&anna(), free("unknown", 1), None).unwrap_err();
    assert_eq!(fields(&error), ["product"]);
    let refused =
        |product, days| desk.office.give_free_days(&anna(), free(product, days), None).unwrap_err().code();
    assert_eq!((refused("mobile-data", 1), refused("homeconnect-plus", 31)), ("CHG-015", "CHG-022"));
}

#[test]
fn two_kept_rates_tell_what_any_two_currencies_are_worth() {
    let desk = Desk::new();
    let code = |code: &str| Currency::parse(code).unwrap();
    let keep = |currency: &str, rate: &str| {
        let quote = Quote::parse(rate).unwrap();
        let new = NewExchangeRate { currency: code(currency), quote, from: None, source: "ECB".into() };
        desk.office.keep_exchange_rate(&anna(), new)
    };
    let pounds = ForeignMoney { currency: code("GBP"), rate: None, source: String::new() };
    let none = desk.office.exchange(amount("8"), pounds.clone(), code("EUR")).unwrap_err();
    assert_eq!(fields(&none), ["rate"]);
    keep("EUR", "0.9").unwrap();
    keep("GBP", "0.8").unwrap();
    let (exchanged, euros) = desk.office.exchange(amount("8"), pounds, code("EUR")).unwrap();
    assert_eq!((euros, exchanged.source.as_str()), (amount("9"), "ECB, ECB"));
    let helpdesk = Actor::Staff { login: "hilda".to_owned(), role: Role::Helpdesk };
    let quote = Quote::parse("1").unwrap();
    let new = NewExchangeRate { currency: code("CHF"), quote, from: None, source: "ECB".into() };
    assert!(matches!(desk.office.keep_exchange_rate(&helpdesk, new), Err(OfficeError::Denied(_))));
}
