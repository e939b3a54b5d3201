//! What network doors hear of commits: everything that may change a running session, once it is durable, and nothing else.

use crate::world;

use calendar::Seconds;
use charging::{AddAddOn, Command, CustomerId, EventKind, SessionKey, Step};
use engine::{Concern, News};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use world::{MB, apply, sign_up, start, start_at, step};

/// What was heard once there is so much of it: who asked is answered without waiting for those who listen.
fn heard_all(heard: &Mutex<Vec<News>>, most: usize) -> Vec<News> {
    for _ in 0..500 {
        if heard.lock().unwrap().len() >= most {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(10));
    }
    heard.lock().unwrap().clone()
}

#[test]
fn a_block_and_an_end_by_hand_are_news_and_the_networks_own_steps_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let account = sign_up(&engine, 7);
    let customer = CustomerId(7);
    let heard = Arc::<Mutex<Vec<News>>>::default();
    let theirs = heard.clone();
    engine.on_news(move |news| theirs.lock().unwrap().extend_from_slice(news));
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    apply(&engine, step(&engine, account, 1, Step::Stop, MB));
    assert_eq!(*heard.lock().unwrap(), [], "the network knows what it does itself");
    engine.call(customer, None, Command::BlockAccount { account, blocked: true }, None).unwrap();
    engine.call(customer, None, Command::BlockAccount { account, blocked: false }, None).unwrap();
    let news = |kind, concern| News { customer, account: Some(account), kind, concern };
    let blocks = [
        news(EventKind::AccountBlocked, Concern::Standing),
        news(EventKind::AccountUnblocked, Concern::Standing),
    ];
    assert_eq!(heard_all(&heard, 2), blocks);
    let mut again = step(&engine, account, 0, Step::Start, 0);
    let key = SessionKey::diameter(b"pgw;by hand");
    if let Command::Session(request) = &mut again.command {
        request.session = key.clone();
    }
    apply(&engine, again);
    engine.call(customer, None, Command::EndSession { session: key }, None).unwrap();
    assert_eq!(heard_all(&heard, 3).last(), Some(&news(EventKind::SessionEnded, Concern::Ended)));
    engine.store().flush().unwrap();
    let newest = engine.store().newest_events(2).unwrap();
    assert_eq!(
        newest,
        [(customer, EventKind::SessionEnded), (customer, EventKind::SessionStarted)],
        "newest first"
    );
    engine.stop();
}

#[test]
fn another_catalog_is_news_for_everybody_with_an_open_session_and_for_nobody_else() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let heard = Arc::<Mutex<Vec<News>>>::default();
    let theirs = heard.clone();
    engine.on_news(move |news| theirs.lock().unwrap().extend_from_slice(news));
    for number in 1..=20 {
        let account = sign_up(&engine, number);
        let mut begun = step(&engine, account, 0, Step::Start, 0);
        if let Command::Session(request) = &mut begun.command {
            request.session = SessionKey::diameter(format!("pgw;{number}").as_bytes());
        }
        if number != 7 {
            apply(&engine, begun);
        }
    }
    // They are read in full pages, over partitions.
    engine.store().settle().unwrap();
    let (mut paged, mut after) = (Vec::new(), None);
    for full in [5, 5, 5, 4, 0] {
        let page = engine.store().customers_with_open_sessions(after, 5).unwrap();
        assert_eq!(page.len(), full);
        after = page.last().copied();
        paged.extend(page.iter().map(|customer| customer.0));
    }
    paged.sort_unstable();
    assert_eq!(paged, (1..=20).filter(|number| *number != 7).collect::<Vec<_>>(), "each of them once");
    engine.publish(engine.catalog());
    let mut customers: Vec<u32> = heard_all(&heard, 19).iter().map(|news| news.customer.0).collect();
    assert!(heard.lock().unwrap().iter().all(|news| news.concern == Concern::Policy));
    customers.sort_unstable();
    assert_eq!(customers, (1..=20).filter(|number| *number != 7).collect::<Vec<_>>(), "each of them once");
    engine.stop();
}

/// What ends by the clock is news within a second, once, and also after a restart that slept over the end, as soon as the session is
/// heard of. Whoever has no session is left to the tables.
#[test]
fn units_that_end_by_the_clock_are_news_at_that_moment() {
    let directory = tempfile::tempdir().unwrap();
    let mut engine = start(directory.path());
    let five_minutes = Seconds(300);
    let listen = |engine: &engine::Engine| {
        let heard = Arc::<Mutex<Vec<News>>>::default();
        let theirs = heard.clone();
        engine.on_news(move |news| theirs.lock().unwrap().extend_from_slice(news));
        heard
    };
    let evening = |engine: &engine::Engine, account, span| {
        let product = engine.catalog().product("evening").unwrap().id;
        let until = Some(engine.clock().now().plus(span));
        let add = AddAddOn { account, product, from: None, until, accept_conflicts: false };
        engine.call(CustomerId(7), None, Command::AddAddOn(add), None).unwrap();
    };
    let account = sign_up(&engine, 7);
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    let heard = listen(&engine);
    evening(&engine, account, five_minutes);
    // Its beginning is news, too, perhaps a moment after its answer.
    heard_all(&heard, 1);
    heard.lock().unwrap().clear();
    engine.clock().advance(Seconds(299));
    std::thread::park_timeout(Duration::from_millis(300));
    assert_eq!(*heard.lock().unwrap(), [], "not before");
    engine.clock().advance(Seconds(1));
    let before = std::time::Instant::now();
    let kinds =
        |heard: &Mutex<Vec<News>>| heard_all(heard, 2).iter().map(|news| news.kind).collect::<Vec<_>>();
    let ended = [EventKind::AddOnRemoved, EventKind::QuotaExhausted];
    assert_eq!(kinds(&heard), ended);
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    std::thread::park_timeout(Duration::from_millis(500));
    assert_eq!(heard.lock().unwrap().len(), 2, "once");
    let product = engine.catalog().product("evening").unwrap().id;
    let from = Some(engine.clock().now().plus(Seconds(60)));
    let until = Some(engine.clock().now().plus(Seconds(90)));
    let add = AddAddOn { account, product, from, until, accept_conflicts: false };
    engine.call(CustomerId(7), None, Command::AddAddOn(add), None).unwrap();
    engine.clock().advance(Seconds(60));
    let begun = [EventKind::AddOnAdded, EventKind::QuotaAvailable];
    let later_ones: Vec<_> = heard_all(&heard, 4)[2..].iter().map(|news| news.kind).collect();
    assert_eq!(later_ones, begun, "what begins later is news then");
    engine.clock().advance(Seconds(30));
    assert_eq!(heard_all(&heard, 6).len(), 6, "its end, too");
    evening(&engine, account, five_minutes);
    let later = engine.clock().now().plus(Seconds(400));
    engine.stop();
    drop(engine);
    engine = start_at(directory.path(), later);
    let heard = listen(&engine);
    apply(&engine, step(&engine, account, 1, Step::Update, MB));
    assert_eq!(kinds(&heard), ended, "slept over");
    std::thread::park_timeout(Duration::from_millis(500));
    assert_eq!(heard.lock().unwrap().len(), 2, "once");
    engine.stop();
}
