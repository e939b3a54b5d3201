//! Golden decisions about network sessions: quota, money, and requests that come again.

use crate::world;

use calendar::Seconds;
use charging::{
    AccountId, Asked, Authorize, Command, Counts, EventKind, Refusal, Reply, SessionKey, SessionReply,
    SessionRequest, Step, UnitOutcome, Used,
};
use world::{MB, World, count, granted, only_xdr, unit_refusal, usd};

fn mobile(world: &World, account: AccountId, number: u64, step: Step, used: u64) -> SessionRequest {
    let asked = if step == Step::Stop { Asked::Nothing } else { Asked::Units(10 * MB) };
    let used = if used == 0 { Used::None } else { Used::Since(used) };
    let unit = world.unit("mobile-data", "", used, asked);
    world.step(account, number, step, vec![unit])
}

fn call(world: &World, account: AccountId, number: u64, step: Step, used: u64, wish: u64) -> SessionRequest {
    let asked = if step == Step::Stop { Asked::Nothing } else { Asked::Units(wish) };
    let used = if used == 0 { Used::None } else { Used::Since(used) };
    let unit = world.unit("voice", "15551234", used, asked);
    world.step(account, number, step, vec![unit])
}

#[test]
fn mobile_data_costs_a_cent_per_started_megabyte_of_the_whole_session() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    let (reply, _) = world.session(start);
    assert_eq!(granted(&reply), (10 * MB, false));
    assert_eq!(world.customer().head.purse.reserved, usd("0.10"), "the reservation is visible");
    assert_eq!(world.available(), usd("99.90"));
    // 2.5 MB used: three are started, ten more are locked. 2.5 + 10 MB = 13 started.
    let update = mobile(&world, phone, 1, Step::Update, 5 * MB / 2);
    let (first, _) = world.session(update.clone());
    assert_eq!(world.customer().head.purse.reserved, usd("0.13"));
    // The re-sent update (T flag) gets the same answer and changes nothing.
    let before = world.state.clone();
    assert_eq!(world.session(update).0, first);
    assert_eq!(world.state, before);
    // 2.5 + 0.75 = 3.25 MB: the parts add up before the started megabyte is counted.
    let update = mobile(&world, phone, 2, Step::Update, 3 * MB / 4);
    world.session(update);
    assert_eq!(world.customer().head.purse.balance, usd("0"), "nothing is booked while the session runs");
    let stop = mobile(&world, phone, 3, Step::Stop, MB / 4 + 1);
    let (_, effects) = world.session(stop.clone());
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.units, xdr.amount), (7 * MB / 2 + 1, usd("0.04")));
    assert_eq!(world.customer().head.purse.reserved, usd("0"));
    assert_eq!(world.available(), usd("99.96"));
    world.session(stop);
    let late = mobile(&world, phone, 4, Step::Update, MB);
    assert_eq!(world.refused(Command::Session(late)), Refusal::SessionEnded);
    assert_eq!(world.available(), usd("99.96"));
}

#[test]
fn counts_that_were_cut_off_are_not_taken_for_others() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    world.session(mobile(&world, phone, 0, Step::Start, 0));
    let began = world.customer().sessions.values().next().unwrap().clone();
    world.session(mobile(&world, phone, 1, Step::Update, MB));
    let (head, session) = (&world.customer().head, world.customer().sessions.values().next().unwrap());
    let mut written = b"before".to_vec();
    Counts::write(head, session, &mut written);
    let written = written.strip_prefix(b"before").unwrap();
    let read = Counts::read(written).unwrap();
    assert_eq!((read.seq, read.reserved), (head.seq, head.purse.reserved));
    let mut brought_up = began;
    assert!(read.clone().bring_up(&mut brought_up));
    assert_eq!(brought_up, *session);
    let whole: Vec<usize> =
        (0..written.len()).filter(|end| Counts::read(&written[..*end]).is_some()).collect();
    assert!(whole.is_empty(), "{whole:?}");
    let longer = [written, &[0]].concat();
    assert_eq!(Counts::read(&longer), None);
}

#[test]
fn low_funds_give_a_last_grant_and_then_a_refusal() {
    let mut world = World::postpaid(Some("0.03"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    assert_eq!(granted(&world.session(start).0), (3 * MB, true), "three megabytes are all there is");
    let update = mobile(&world, phone, 1, Step::Update, 3 * MB);
    let (reply, _) = world.session(update);
    assert_eq!(
        unit_refusal(&reply),
        &Refusal::InsufficientFunds { available: usd("0"), needed: usd("0.01") }
    );
    let stop = mobile(&world, phone, 2, Step::Stop, 0);
    assert_eq!(only_xdr(&world.session(stop).1).amount, usd("0.03"));
    let again = SessionRequest {
        session: SessionKey::diameter(b"pgw;1;2"),
        ..mobile(&world, phone, 0, Step::Start, 0)
    };
    let (reply, effects) = world.session(again);
    assert!(matches!(reply.refusal, Some(Refusal::InsufficientFunds { .. })));
    assert_eq!(effects, Default::default(), "a refused session leaves no trace");
}

#[test]
fn the_rest_of_a_paid_megabyte_needs_no_further_money() {
    let mut world = World::postpaid(Some("0.01"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    assert_eq!(granted(&world.session(start).0), (MB, true));
    let update = mobile(&world, phone, 1, Step::Update, 1_000);
    assert_eq!(granted(&world.session(update).0), (MB - 1_000, true));
}

#[test]
fn use_that_comes_with_a_refused_first_request_is_charged_once() {
    let mut world = World::postpaid(Some("0.01"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 2 * MB);
    let (reply, effects) = world.session(start.clone());
    assert!(matches!(reply.refusal, Some(Refusal::InsufficientFunds { .. })));
    assert_eq!(only_xdr(&effects).amount, usd("0.02"));
    assert_eq!(
        world.customer().head.purse.reserved,
        usd("0"),
        "nothing stays locked for a session that is not there"
    );
    world.session(start);
    assert_eq!(world.customer().head.purse.balance, usd("-0.02"));
}

#[test]
fn included_minutes_go_first_then_money_and_the_end_is_told_once() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect-plus", &[]);
    let start = call(&world, home, 0, Step::Start, 0, 59_940);
    assert_eq!(granted(&world.session(start).0), (59_940, false));
    assert_eq!(world.customer().head.purse.reserved, usd("0"), "included minutes lock no money");
    // 60 included seconds are left; 120 wished: one minute free, one paid.
    let update = call(&world, home, 1, Step::Update, 59_940, 120);
    let (reply, effects) = world.session(update);
    assert_eq!(granted(&reply), (120, false));
    assert_eq!(count(&effects, EventKind::QuotaExhausted), 0, "not used up yet");
    assert_eq!(world.customer().head.purse.reserved, usd("0.05"));
    let update = call(&world, home, 2, Step::Update, 61, 60);
    let (_, effects) = world.session(update);
    assert_eq!(count(&effects, EventKind::QuotaExhausted), 1);
    let stop = call(&world, home, 3, Step::Stop, 60, 0);
    let (_, effects) = world.session(stop);
    assert_eq!(count(&effects, EventKind::QuotaExhausted), 0, "told once only");
    // 60,061 s: 60,000 included, 61 s are two started minutes.
    let xdr = only_xdr(&effects);
    assert_eq!((xdr.units, xdr.amount), (60_061, usd("0.10")));
}

#[test]
fn foreign_calls_do_not_use_domestic_minutes() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect-plus", &[]);
    let unit = world.unit("voice", "442071234", Used::None, Asked::Units(60));
    let start = world.step(home, 0, Step::Start, vec![unit]);
    world.session(start);
    assert_eq!(world.customer().head.purse.reserved, usd("0.05"));
}

#[test]
fn add_ons_are_used_before_the_main_product() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect-plus", &["voice-pack"]);
    let start = call(&world, home, 0, Step::Start, 0, 700);
    world.session(start);
    let stop = call(&world, home, 1, Step::Stop, 700, 0);
    world.session(stop);
    let buckets = &world.customer().accounts[0].buckets;
    let used = |product: &str| {
        let id = world.product(product);
        buckets.iter().find(|b| b.plan.product == id).map(|b| (b.used, b.reserved))
    };
    assert_eq!(used("voice-pack"), Some((600, 0)));
    assert_eq!(used("homeconnect-plus"), Some((100, 0)));
}

#[test]
fn a_blocking_quota_grants_its_units_and_nothing_more() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &["data-cap"]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    // It fits exactly: the network must know that nothing follows while there are units to use.
    assert_eq!(granted(&world.session(start).0), (10 * MB, true));
    let update = mobile(&world, phone, 1, Step::Update, 10 * MB);
    assert_eq!(unit_refusal(&world.session(update).0), &Refusal::QuotaUsedUp);
    assert_eq!(access(&mut world, phone, "mobile-data"), Some(Refusal::QuotaUsedUp));
}

#[test]
fn a_suspended_customer_gets_no_quota_but_pays_what_was_used() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    world.session(start);
    world.suspend();
    let update = mobile(&world, phone, 1, Step::Update, 2 * MB);
    let (reply, _) = world.session(update);
    assert_eq!(reply.refusal, Some(Refusal::CustomerSuspended));
    assert_eq!(unit_refusal(&reply), &Refusal::CustomerSuspended);
    assert_eq!(access(&mut world, phone, "mobile-data"), Some(Refusal::CustomerSuspended));
    assert_eq!(world.customer().head.purse.reserved, usd("0.02"));
    let stop = mobile(&world, phone, 2, Step::Stop, MB);
    assert_eq!(only_xdr(&world.session(stop).1).amount, usd("0.03"));
    let again =
        SessionRequest { session: SessionKey::diameter(b"2"), ..mobile(&world, phone, 0, Step::Start, 0) };
    assert_eq!(world.refused(Command::Session(again)), Refusal::CustomerSuspended);
}

#[test]
fn termination_ends_running_sessions_and_charges_them() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    world.session(start);
    let update = mobile(&world, phone, 1, Step::Update, MB);
    world.session(update);
    let (reply, effects) = world.run(Command::TerminateCustomer);
    assert_eq!(reply, Reply::Done(None));
    assert_eq!(only_xdr(&effects).amount, usd("0.01"));
    assert_eq!(world.customer().head.purse.reserved, usd("0"));
}

#[test]
fn a_session_ended_by_hand_is_charged_once_and_what_comes_later_is_refused() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    let session = start.session.clone();
    assert_eq!(world.refused(Command::EndSession { session: session.clone() }), Refusal::UnknownSession);
    world.session(start);
    let update = mobile(&world, phone, 1, Step::Update, MB);
    world.session(update);
    let (reply, effects) = world.run(Command::EndSession { session: session.clone() });
    assert_eq!(reply, Reply::Done(None));
    assert_eq!(only_xdr(&effects).amount, usd("0.01"));
    assert_eq!((world.available(), world.customer().head.purse.reserved), (usd("99.99"), usd("0")));
    let late = mobile(&world, phone, 2, Step::Update, MB);
    assert_eq!(world.refused(Command::Session(late)), Refusal::SessionEnded);
    assert_eq!(world.refused(Command::EndSession { session }), Refusal::SessionEnded);
    assert_eq!(world.available(), usd("99.99"));
}

#[test]
fn a_silent_session_is_ended_and_its_money_comes_back() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    let session = start.session.clone();
    world.session(start);
    world.wait(3_599);
    assert_eq!(world.refused(Command::ExpireSession { session: session.clone() }), Refusal::UnknownSession);
    world.wait(1);
    world.done(Command::ExpireSession { session });
    assert_eq!((world.available(), world.customer().head.purse.reserved), (usd("100"), usd("0")));
}

#[test]
fn a_request_older_than_the_kept_answers_is_not_counted_again() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    world.session(start);
    for number in 1..=5 {
        let update = mobile(&world, phone, number, Step::Update, MB);
        world.session(update);
    }
    let before = world.state.clone();
    let late = mobile(&world, phone, 1, Step::Update, MB);
    let (reply, effects) = world.session(late);
    assert_eq!(reply.units[0].outcome, UnitOutcome::Noted);
    assert_eq!((effects, &world.state), (Default::default(), &before));
}

#[test]
fn one_rating_group_reported_twice_is_counted_twice_and_granted_once() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    world.session(start);
    let unit = |used| world.unit("mobile-data", "", Used::Since(used), Asked::Units(MB));
    let twice = world.step(phone, 1, Step::Update, vec![unit(MB), unit(2 * MB)]);
    let (reply, _) = world.session(twice);
    assert_eq!(reply.units[0].outcome, UnitOutcome::Noted);
    assert!(matches!(reply.units[1].outcome, UnitOutcome::Granted { units: MB, .. }));
    assert_eq!(world.customer().head.purse.reserved, usd("0.04"));
    // Two halves of an absurd use are as absurd as the whole.
    let unit = || world.unit("mobile-data", "", Used::Since(1 << 53), Asked::Units(MB));
    let absurd = world.step(phone, 2, Step::Update, vec![unit(), unit()]);
    assert_eq!(world.refused(Command::Session(absurd)), Refusal::OutOfRange);
}

#[test]
fn accounting_with_running_totals_is_charged_once_at_the_stop() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let mut report = |number, step, total| {
        let unit = world.unit("mobile-data", "", Used::Total(total), Asked::Nothing);
        let key = SessionKey::radius("bng", b"0001");
        let request =
            SessionRequest { session: key, grants: false, ..world.step(phone, number, step, vec![unit]) };
        world.session(request)
    };
    report(101, Step::Start, 0);
    report(102, Step::Update, 3 * MB);
    report(103, Step::Update, 2 * MB); // an older report overtaken by a newer one
    let (_, effects) = report(104, Step::Stop, 4 * MB);
    assert_eq!(only_xdr(&effects).amount, usd("0.04"));
    let (_, again) = report(104, Step::Stop, 4 * MB);
    assert_eq!(again, Default::default(), "the repeated Stop makes no second xDR");
}

/// Counters of 32 bits go round: what they show less than before is 4 GiB more, unless the session's age says that the report is an
/// old one.
#[test]
fn counters_that_wrap_add_up_and_never_fall() {
    let mut world = World::postpaid(Some("100"));
    let account = world.account("homeconnect-plus", &[]);
    let mut used = |number, minute: u64, shown, counted_minute: Option<u64>| {
        let elapsed = counted_minute.map(|minutes| Seconds(minutes * 60));
        let unit = world.unit("internet", "", Used::Wrapped { units: shown, elapsed }, Asked::Nothing);
        let (key, now) = (SessionKey::radius("ppp", b"1"), world.now);
        let step = world.step(account, number, Step::Update, vec![unit]);
        world.now = now.plus(Seconds(minute * 60));
        world.session(SessionRequest { session: key.clone(), grants: false, event_at: now, ..step });
        let total = world.customer().sessions[&key].meters[0].used;
        world.now = now;
        total
    };
    let whole = 1_u64 << 32;
    assert_eq!(used(1, 0, 4_000_000_000, Some(0)), 4_000_000_000);
    assert_eq!(used(2, 10, 100, Some(10)), whole + 100, "wrapped");
    assert_eq!(used(3, 20, 100, Some(20)), whole + 100, "nothing was used");
    assert_eq!(used(4, 21, 50, Some(10)), whole + 100, "ten minutes old: no wrap");
    assert_eq!(used(5, 30, 50, Some(30)), 2 * whole + 50, "wrapped again");
    assert_eq!(used(6, 40, whole + 7, Some(40)), 3 * whole + 7, "two counters may show more than one can");
    assert_eq!(used(7, 50, 6, None), 4 * whole + 6, "without an age reports count as they come");
}

#[test]
fn a_node_that_has_restarted_may_use_a_session_id_again() {
    let mut world = World::postpaid(Some("100"));
    let phone = world.account("mobile-data", &[]);
    let report = |world: &World, number, step, total| {
        let unit = world.unit("mobile-data", "", Used::Total(total), Asked::Nothing);
        let key = SessionKey::radius("bng", b"0001");
        SessionRequest { session: key, grants: false, ..world.step(phone, number, step, vec![unit]) }
    };
    let late = report(&world, 100, Step::Start, 0);
    world.wait(60);
    let stop = report(&world, 102, Step::Stop, 2 * MB);
    world.session(stop);
    assert_eq!(world.refused(Command::Session(late)), Refusal::SessionEnded, "its own Start, overtaken");
    world.wait(60);
    let absurd = report(&world, 103, Step::Start, u64::MAX);
    assert_eq!(world.refused(Command::Session(absurd)), Refusal::OutOfRange);
    let again = report(&world, 104, Step::Start, 0);
    world.session(again);
    let stop = report(&world, 105, Step::Stop, MB);
    let (_, effects) = world.session(stop);
    assert_eq!(only_xdr(&effects).amount, usd("0.01"), "counted from the beginning again");
    world.replay();
}

#[test]
fn eight_hundred_days_of_talk_are_priced_and_absurd_use_is_refused_without_a_trace() {
    let mut world = World::postpaid(None);
    let phone = world.account("mobile-data", &[]);
    // 2^32 / 60 rounded down: what a gateway with a wrapped counter reports.
    let start = call(&world, phone, 0, Step::Start, 0, 71_582_788);
    assert_eq!(granted(&world.session(start).0), (71_582_788, false));
    let update = call(&world, phone, 1, Step::Update, 71_582_788, u64::MAX);
    assert!(granted(&world.session(update).0).0 > 71_582_788);
    let absurd = call(&world, phone, 2, Step::Update, u64::MAX, 60);
    assert_eq!(world.refused(Command::Session(absurd)), Refusal::OutOfRange);
    let stop = call(&world, phone, 3, Step::Stop, 0, 0);
    // 1,193,047 started minutes at five cents.
    assert_eq!(only_xdr(&world.session(stop).1).amount, usd("59652.35"));
}

fn access(world: &mut World, account: AccountId, service: &str) -> Option<Refusal> {
    let service = world.service(service);
    match world
        .run(Command::Authorize(Authorize {
            account,
            service,
            node: "bng".into(),
            access_code: "".into(),
            destination: "".into(),
        }))
        .0
    {
        Reply::Access(access) => access.refusal,
        other => panic!("no access reply: {other:?}"),
    }
}

#[test]
fn flat_internet_needs_no_funds_and_metered_data_does() {
    let mut world = World::postpaid(Some("0"));
    let home = world.account("homeconnect-plus", &[]);
    let phone = world.account("mobile-data", &[]);
    assert_eq!(access(&mut world, home, "internet"), None);
    let needed = Refusal::InsufficientFunds { available: usd("0"), needed: usd("0.01") };
    assert_eq!(access(&mut world, phone, "mobile-data"), Some(needed));
    assert_eq!(access(&mut world, phone, "tv"), Some(Refusal::NotAllowed));
    // Flat use is granted even to who owes more than his limit.
    world.fine("9");
    let unit = world.unit("internet", "", Used::None, Asked::Default);
    let start = world.step(home, 0, Step::Start, vec![unit]);
    let (reply, _): (SessionReply, _) = world.session(start);
    assert_eq!(granted(&reply), (10 * MB, false));
}

/// SIP proxies report when a call begins and ends and count nothing; a report that comes late or again adds nothing.
#[test]
fn a_call_without_counters_lasts_from_its_first_report_to_its_last() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect-plus", &[]);
    let began = world.now;
    let step = |world: &mut World, number, which, at: u64| {
        let unit = world.unit("voice", "15551234", Used::Elapsed, Asked::Nothing);
        let request = world.step(home, number, which, vec![unit]);
        world.session(SessionRequest { grants: false, event_at: began.plus(Seconds(at)), ..request }).1
    };
    world.wait(600);
    step(&mut world, 0, Step::Start, 0);
    step(&mut world, 1, Step::Update, 90);
    step(&mut world, 2, Step::Update, 60);
    assert_eq!(only_xdr(&step(&mut world, 3, Step::Stop, 125)).units, 125);
}

/// A rating group that was refused has used nothing and is no use of the session.
#[test]
fn a_refused_service_leaves_no_record_beside_what_was_used() {
    let mut world = World::postpaid(Some("0.01"));
    let phone = world.account("mobile-data", &[]);
    let start = mobile(&world, phone, 0, Step::Start, 0);
    assert_eq!(granted(&world.session(start).0), (MB, true));
    let other = |world: &World, asked| charging::UnitReport {
        rating_group: Some(900),
        ..world.unit("mobile-data", "", Used::None, asked)
    };
    let units = vec![other(&world, Asked::Default)];
    let update = world.step(phone, 1, Step::Update, units);
    assert!(matches!(unit_refusal(&world.session(update).0), Refusal::InsufficientFunds { .. }));
    let used = world.unit("mobile-data", "", Used::Since(MB), Asked::Nothing);
    let stop = world.step(phone, 2, Step::Stop, vec![used, other(&world, Asked::Nothing)]);
    let (_, effects) = world.session(stop);
    assert_eq!((only_xdr(&effects).units, only_xdr(&effects).amount), (MB, usd("0.01")));
    world.replay();
}
