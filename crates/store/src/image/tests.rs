//! Rows written before today's encoding are read, and go on with nothing where they had nothing.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use calendar::{BillingPeriod, Instant};
use catalog::{Catalog, CatalogVersion, Snapshot};
use charging::{AddAccount, Command, Context, CreateCustomer, Envelope, Explanation, FeeWhy, Payment};
use money::Currency;

const CATALOG: &str = r#"{"currency": "USD", "services": [], "products": [
    {"code": "home", "name": "Home", "kind": "main", "subscription": {"name": "Home", "fee": "30", "charged": "in_advance"}}]}"#;

/// What an earlier version wrote: a row without its last fields, which say nothing.
fn before<T: Serialize>(version: u8, row: &T, fields: usize) -> Vec<u8> {
    let mut octets = vec![version];
    postcard::serialize_with_flavor(row, Behind(&mut octets)).unwrap();
    let rest = octets.split_off(octets.len() - fields);
    assert!(rest.iter().all(|octet| *octet == 0), "only what says nothing is left out");
    octets
}

#[test]
fn rows_of_earlier_versions_are_read() {
    let catalog: Catalog = serde_json::from_str(CATALOG).unwrap();
    let catalog = Snapshot::compile(catalog, CatalogVersion(1), None).unwrap();
    let now = Instant::parse("2026-06-10T00:00:00Z").unwrap();
    let mut state = None;
    let mut run = |command| {
        let envelope = Envelope { customer: CustomerId(7), key: None, command };
        charging::apply(&mut state, &envelope, Context { catalog: &catalog, now }).unwrap().1
    };
    run(Command::CreateCustomer(CreateCustomer {
        currency: Currency::parse("USD").unwrap(),
        payment: Payment::Postpaid,
        credit_limit: None,
        zone: calendar::BillingZone::utc(),
        period: BillingPeriod::Monthly,
        period_bounds: (now, Instant::parse("2026-07-01T00:00:00Z").unwrap()),
        net_days: 14,
        chain: Vec::new(),
        class: None,
    }));
    let product = catalog.product("home").unwrap().id;
    let mut xdr = run(Command::AddAccount(AddAccount { product, add_ons: Vec::new(), detail: "a".into() }))
        .xdrs
        .remove(0);
    let mut customer = state.unwrap();
    // Dialing rules; before that suspensions and exemption; fees; why a fee is charged.
    assert_eq!(read_head(&before(3, &customer.head, 1)).unwrap(), customer.head);
    assert_eq!(read_head(&before(OLDEST, &customer.head, 3)).unwrap(), customer.head);
    let account = &mut customer.accounts[0];
    assert_eq!(account.fees.len(), 1);
    account.fees.clear();
    assert_eq!(read_account(&before(OLDEST, account, 1)).unwrap(), *account);
    let Explanation::Recurring { why, .. } = &mut xdr.explanation else { panic!("{xdr:?}") };
    assert_eq!(std::mem::take(why), FeeWhy::Ahead);
    assert_eq!(read_xdr(&before(OLDEST, &xdr, 1)).unwrap(), xdr);
    // What it has cost; before that dialled numbers, parts with counters of their own.
    let session = Session {
        key: SessionKey::radius("bng-1", b"8f-01"),
        account: charging::RowId((7 << 32) + 1),
        identifier: "anna@home".into(),
        node: "bng-1".into(),
        started_at: now,
        last_at: now,
        expires_at: now,
        closed_at: None,
        details: "10.0.0.9".into(),
        meters: Vec::new(),
        answered: charging::Answers::default(),
        dialing: None,
        parts: Vec::new(),
        cost: money::Amount::ZERO,
    };
    assert_eq!(read_session(&before(BEFORE, &session, 1)).unwrap(), session);
    assert_eq!(read_session(&before(3, &session, 3)).unwrap(), session);
    // The key of its counts is put together by hand.
    let key = session.key.clone();
    customer.sessions.insert(key.clone(), session);
    let mut images = Images::default();
    images.add_counts(&customer, &key);
    let mut shown = Vec::new();
    read_journal(images.octets(), |image| shown.push((image.customer, image.key.to_vec()))).unwrap();
    assert_eq!(shown, [(CustomerId(7), counts_key(key.as_bytes()))]);
    assert_eq!(read_key(&shown[0].1).unwrap(), RowKey::Counts(key));
}

#[test]
fn counts_of_earlier_versions_are_read() {
    let (at, later) =
        (Instant::from_micros(1_780_000_000_000_000), Instant::from_micros(1_780_000_003_600_000));
    let (amount, taken) = (money::Amount::from_micros(130_000), money::Amount::from_micros(120_000));
    // As version 5 wrote them: all of it in postcard, answers as octets.
    let no_plans = None::<()>;
    let row = (
        7_u64,
        amount,
        at,
        later,
        Vec::<u8>::new(),
        vec![(at, 2_621_440_u64, 10_485_760_u64, no_plans, taken)],
    );
    let counts = read_counts(&before(5, &row, 0)).unwrap();
    assert_eq!((counts.seq, counts.reserved, counts.last_at, counts.expires_at), (7, amount, at, later));
    // As version 6 did: numbers of eight octets, behind them answers with their request's name and length in twelve.
    let meter = [at.as_micros(), 2_621_440, 10_485_760, taken.micros()];
    let numbers = [7, amount.micros(), at.as_micros(), later.as_micros()];
    let octets = |numbers: [i64; 4]| numbers.into_iter().flat_map(i64::to_le_bytes);
    let numbers = octets(numbers).chain(1_u32.to_le_bytes()).chain(octets(meter)).chain(0_u32.to_le_bytes());
    let numbers: Vec<u8> = numbers.collect();
    let reply = postcard::to_allocvec(&charging::Reply::Done(None)).unwrap();
    let length = u32::try_from(reply.len()).unwrap().to_le_bytes();
    let one = |request: u64| [&request.to_le_bytes()[..], &length, &reply].concat();
    let told = read_counts(&[&[6], &numbers[..], &one(300), &one(301)].concat()).unwrap();
    assert_eq!(read_counts(&[&[6], &numbers[..]].concat()).unwrap(), counts);
    assert!(read_counts(&[&[6], &numbers[..], &one(300)[1..]].concat()).is_err());
    // The same as today: how many, whose, which are repeated, the others with their length.
    assert_eq!(read_counts(&[&[VERSION], &numbers[..], &[0, 0]].concat()).unwrap(), counts);
    let answers = [&[2, 0xac, 2, 0xad, 2, 1][..], &length, &reply].concat();
    let today = [&[VERSION], &numbers[..], &answers].concat();
    assert_eq!(read_counts(&today).unwrap(), told);
    assert!(read_counts(&today[..today.len() - 1]).is_err());
}
