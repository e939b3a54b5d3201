//! Why this amount: the sentences of a session, a call within the quota and beyond it, a purchase.

use crate::desk::{Desk, anna, phone_account};
use charging::{Charged, Command, Explanation, Refund, RefundOf, Reply, Step, Used, Xdr, XdrKind};
use office::{Link, Purchase, SessionQuery, Who, XdrQuery, XdrView};

fn sentences(desk: &Desk, xdr: &XdrView) -> Vec<String> {
    desk.office.explain(xdr).unwrap().into_iter().map(|line| line.text).collect()
}

fn newest(desk: &Desk, customer: charging::CustomerId) -> XdrView {
    let query = XdrQuery { customer: Some(customer), limit: 1, ..XdrQuery::default() };
    desk.office.xdrs(&query).unwrap().items.remove(0)
}

#[test]
fn mobile_data_is_told_from_the_identifier_to_the_amount() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let phone = desk.office.add_account(&anna(), customer, phone_account("15550111"), None).unwrap();
    desk.use_units(phone, "mobile-data", "internet.apn", 5 * 1_048_576 + 1, "s-1");
    let xdr = newest(&desk, customer);
    assert_eq!(
        sentences(&desk, &xdr),
        [
            "Found by 15550100, reported by pgw1.",
            "Product: Mobile data, as published in catalog version 1.",
            "Rating entry: Mobile data is priced by the tariff \"One cent per started megabyte\".",
            "Rate: every destination for internet.apn: 0.01 USD per 1 MB, for each started 1 MB.",
            "Intervals: 1 started of 1 MB at 0.01 USD per 1 MB = 0.01 USD.",
            "Intervals: 5 started of 1 MB at 0.01 USD per 1 MB = 0.05 USD.",
            "Buckets used: none, all of 5.00 MB (5,242,881 octets) is paid with money.",
            "Rounding: 0.06 USD, once, to 2 decimal places, up.",
            "Amount: 0.06 USD.",
        ]
    );
    let links: Vec<Option<Link>> =
        desk.office.explain(&xdr).unwrap().into_iter().map(|line| line.link).collect();
    assert_eq!(links[0], Some(Link::Account { number: "C1000001".to_owned(), account: phone }));
    assert_eq!(links[1], Some(Link::Product { code: "mobile-data".to_owned() }));
    assert_eq!(links[2], Some(Link::Tariff { code: "mobile-per-mb".to_owned() }));
}

#[test]
fn a_call_tells_how_much_the_quota_covered_and_what_was_left_to_pay() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let account = signed_up.account.unwrap();
    desk.use_units(account, "voice", "12025550123", 59_970, "call-1");
    let bars = desk.office.usage_bars(&desk.office.account(account).unwrap().1);
    assert_eq!((bars[0].name.as_str(), bars[0].used, bars[0].left()), ("Domestic minutes", 59_970, 30));
    assert_eq!(bars[0].percent(), 99);
    desk.use_units(account, "voice", "12025550123", 95, "call-2");
    let told = sentences(&desk, &newest(&desk, signed_up.customer));
    let covered = "Buckets used: Domestic minutes of HomeConnect+ covered 30 s of 1 min 35 s.".to_owned();
    assert!(told.contains(&covered), "{told:#?}");
    assert!(told.contains(&"Left to be paid with money: 1 min 5 s.".to_owned()), "{told:#?}");
    assert_eq!(told.last().unwrap(), "Amount: 0.10 USD.");
}

#[test]
fn a_charge_is_explained_with_the_names_of_the_catalog_that_priced_it() {
    let desk = Desk::new();
    let signed_up = desk.anna_smith();
    let film = Purchase {
        who: Who::Account(signed_up.account.unwrap()),
        service: "vod".to_owned(),
        item: "film-1".to_owned(),
        units: 1,
        description: "The Long Night".to_owned(),
        reference: Some("P-1".to_owned()),
        at: None,
        channel: "api".to_owned(),
    };
    desk.office.purchase(&anna(), film, None).unwrap();
    let mut renamed = crate::desk::sample_catalog();
    for tariff in &mut renamed.tariffs {
        tariff.name = format!("New {}", tariff.name);
    }
    desk.office.publish(&anna(), renamed, "new names").unwrap();
    let xdr = newest(&desk, signed_up.customer);
    assert_eq!((xdr.xdr.description.as_str(), xdr.account_label.as_str()), ("The Long Night", "Home"));
    let told = sentences(&desk, &xdr);
    assert!(told[2].ends_with("the tariff \"Films\"."), "{told:#?}");
    assert_eq!(
        told[3],
        "Rate: Film (film) for film-1: 3.99 USD per 1 purchase, for each started 1 purchase."
    );
}

#[test]
fn what_was_given_back_names_the_charge_and_its_timeline_line_leads_to_the_record() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let phone = desk.office.add_account(&anna(), customer, phone_account("15550111"), None).unwrap();
    desk.use_units(phone, "mobile-data", "", 5 * 1_048_576, "s-1");
    let charge = newest(&desk, customer);
    let (of, cents) = (charge.xdr.id, |text| crate::desk::amount(text));
    let refund = Refund {
        of: RefundOf::Charge(Charged::from(&charge.xdr)),
        amount: Some(cents("0.02")),
        note: "slow line".to_owned(),
    };
    let reply = desk.office.engine().call(customer, None, Command::Refund(refund), None).unwrap();
    let Reply::Refunded(done) = reply else { panic!("{reply:?}") };
    let timeline = desk.office.timeline(customer, None, None, 50).unwrap().items;
    let line = timeline.iter().find(|line| line.title == "Charge given back").unwrap();
    assert_eq!(line.link, Some(Link::Xdr { id: done.xdr }));

    let (charged, returned, note) = (cents("0.05"), cents("0.02"), "slow line".to_owned());
    let explanation = Explanation::Refund { of, charged, returned, note };
    let (kind, amount) = (XdrKind::Refund, cents("-0.02"));
    let record = XdrView { xdr: Xdr { kind, amount, explanation, ..charge.xdr.clone() }, ..charge };
    let told = [
        format!("Given back: of record {of}, which charged 0.05 USD."),
        "Given back of it in all: 0.02 USD.".to_owned(),
        "Reason: slow line.".to_owned(),
        "Amount: -0.02 USD.".to_owned(),
    ];
    assert_eq!(sentences(&desk, &record), told);
}

#[test]
fn records_and_sessions_are_paged_and_filtered() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let phone = desk.office.add_account(&anna(), customer, phone_account("15550111"), None).unwrap();
    for number in 0..5 {
        desk.use_units(phone, "mobile-data", "", 1, &format!("s-{number}"));
    }
    for of_customer in [Some(customer), None] {
        let mut query = XdrQuery { customer: of_customer, limit: 2, ..XdrQuery::default() };
        let mut ids = Vec::new();
        loop {
            let page = desk.office.xdrs(&query).unwrap();
            ids.extend(page.items.iter().map(|row| row.xdr.id));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        let mut sorted = ids.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        sorted.dedup();
        assert_eq!((ids.len(), &ids), (5, &sorted));
    }
    let films = XdrQuery { service: Some("vod".to_owned()), ..XdrQuery::default() };
    assert!(desk.office.xdrs(&films).unwrap().items.is_empty());
    let unknown = XdrQuery { service: Some("fax".to_owned()), ..XdrQuery::default() };
    assert_eq!(desk.office.xdrs(&unknown).map_err(|e| e.code()), Err("OFF-001"));
    assert!(desk.office.sessions(&Default::default()).unwrap().items.is_empty());
}

#[test]
fn open_sessions_are_listed_with_what_they_count_and_hold_page_by_page() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let phone = desk.office.add_account(&anna(), customer, phone_account("15550111"), None).unwrap();
    for number in 0..3 {
        let session = format!("s-{number}");
        desk.session_step(phone, "mobile-data", "", &session, (0, Step::Start, Used::None));
    }
    desk.session_step(phone, "mobile-data", "", "s-2", (1, Step::Update, Used::Since(1_048_577)));
    desk.use_units(phone, "mobile-data", "", 1, "closed");
    let mut query = SessionQuery { node: Some("pgw1".to_owned()), limit: 2, ..SessionQuery::default() };
    let mut rows = desk.office.sessions(&query).unwrap();
    query.cursor = rows.next.take();
    let rest = desk.office.sessions(&query).unwrap();
    assert_eq!(rest.next, None);
    rows.items.extend(rest.items);
    let mut names: Vec<String> = rows.items.iter().map(|row| row.session.key.shown()).collect();
    names.sort();
    assert_eq!(names, ["s-0", "s-1", "s-2"]);
    let updated = rows.items.iter().find(|row| row.session.key.shown() == "s-2").unwrap();
    assert_eq!((updated.customer_number.as_str(), updated.account_label.as_str()), ("C1000001", "15550111"));
    let meter = &updated.meters[0];
    assert_eq!(
        (meter.service.name.as_str(), meter.used, meter.granted),
        ("Mobile data", 1_048_577, 10_485_760)
    );
    // Two megabytes were begun, ten more are granted: the eleventh and twelfth are begun by them.
    assert_eq!(meter.reserved, crate::desk::amount("0.12"));
    let other = SessionQuery { node: Some("pgw2".to_owned()), ..SessionQuery::default() };
    assert!(desk.office.sessions(&other).unwrap().items.is_empty());
}

/// Who has an address that the network gave: it finds no account, and is among what the device knows a session by.
#[test]
fn a_session_is_found_by_the_address_that_the_network_gave() {
    let desk = Desk::new();
    let customer = desk.anna_smith().customer;
    let phone = desk.office.add_account(&anna(), customer, phone_account("15550111"), None).unwrap();
    desk.session_step(phone, "mobile-data", "", "s-0", (0, Step::Start, Used::None));
    let found = |who: &str, service: Option<&str>| {
        let (who, service) = (Some(who.to_owned()), service.map(str::to_owned));
        desk.office.sessions(&SessionQuery { who, service, ..SessionQuery::default() }).unwrap().items.len()
    };
    assert_eq!(found(" 10.0.0.1 ", None), 1);
    assert_eq!(found("10.0.0.1", Some("mobile-data")), 1);
    assert_eq!(found("10.0.0.1", Some("internet")), 0);
    assert_eq!(found("10.0.0.", None), 0, "no part of an address is one");
    assert_eq!(found("15550111", None), 1, "an identifier finds what its account has");
}
