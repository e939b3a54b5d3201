//! A PostgreSQL server that is killed while it charges: requests are answered "busy" or wait, are sent again, and count once.

#[allow(unreachable_pub)]
use crate::world;

use charging::*;
use engine::{Answer, Clock, Config, Engine, EngineError};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use store::{Entry, Store};
use testkit::postgres::Server;
use world::{MB, sign_up, snapshot, step};

const CUSTOMERS: u32 = 6;
const UPDATES: u64 = 80;

fn start(url: &str) -> Engine {
    let store = Arc::new(Store::connect(&url.parse().unwrap(), Entry::WhenFree).unwrap());
    let clock = Clock::starting_at(calendar::Instant::parse("2026-06-01T10:00:00Z").unwrap());
    Engine::start(store, snapshot(), clock, Config { threads: 2, ..Config::default() }).unwrap()
}

/// Sends a request until it is answered, as a network does; how often it had to.
fn insist(engine: &Engine, envelope: &Envelope) -> (Reply, u32) {
    let mut again = 0;
    loop {
        let (send, receive) = mpsc::channel();
        engine.submit_network(envelope.clone(), Answer::new(move |outcome| send.send(outcome).unwrap()));
        match receive.recv().unwrap() {
            Ok(reply) => return (reply, again),
            Err(EngineError::Busy) => std::thread::park_timeout(Duration::from_millis(10)),
            Err(error) => panic!("{error}"),
        }
        again += 1;
    }
}

/// Use of the one session of a customer, as the engine has it.
fn used(engine: &Engine, customer: u32) -> u64 {
    let sum = |found: Option<&Customer>| -> u64 {
        let sessions = found.into_iter().flat_map(|customer| customer.sessions.values());
        sessions.flat_map(|session| session.meters.iter().map(|meter| meter.used)).sum()
    };
    engine.look(CustomerId(customer), sum).unwrap()
}

/// Every update reports another megabyte. Whatever the server went through, each session has used exactly what was reported, once; the
/// books agree, and a start afterwards finds the same.
#[test]
fn each_request_counts_once_while_the_server_is_killed() {
    let server = Server::start().unwrap();
    let url = server.database().unwrap();
    let engine = start(&url);
    let accounts: Vec<AccountId> = (1..=CUSTOMERS).map(|number| sign_up(&engine, number)).collect();
    let answered = AtomicU32::new(0);
    let busy: u32 = std::thread::scope(|scope| {
        let work = |account: AccountId| {
            let (engine, answered) = (&engine, &answered);
            scope.spawn(move || {
                let mut busy = insist(engine, &step(engine, account, 0, Step::Start, 0)).1;
                for request in 1..=UPDATES {
                    busy += insist(engine, &step(engine, account, request, Step::Update, MB)).1;
                    answered.fetch_add(1, Ordering::Relaxed);
                }
                busy
            })
        };
        let workers: Vec<_> = accounts.iter().copied().map(work).collect();
        for kill in 1..=3 {
            while answered.load(Ordering::Relaxed) < kill * CUSTOMERS * 20 {
                std::thread::park_timeout(Duration::from_millis(1));
            }
            server.kill();
            server.start_again().unwrap();
        }
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    println!("{busy} requests were sent again");
    for customer in 1..=CUSTOMERS {
        assert_eq!(used(&engine, customer), UPDATES * MB, "customer {customer}");
    }
    let report = engine.store().verify().unwrap();
    assert!(report.differences.is_empty(), "{:?}", report.differences);
    engine.stop();
    drop(engine);
    let engine = start(&url);
    for customer in 1..=CUSTOMERS {
        assert_eq!(used(&engine, customer), UPDATES * MB, "customer {customer} after a start");
    }
    engine.stop();
}
