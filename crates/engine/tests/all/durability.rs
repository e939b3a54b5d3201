//! What was answered is in the books after a restart, and a repeated request gets the first answer.

use crate::world;

use charging::{AccountId, Command, CustomerId, Pay, Reply, Step};
use engine::{Answer, Engine, EngineError};
use money::Amount;
use std::sync::mpsc;
use world::{MB, apply, sign_up, start, step};

#[test]
fn a_session_is_charged_to_the_cent_and_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let account = sign_up(&engine, 7);
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    let live = engine.customer(CustomerId(7)).unwrap().unwrap();
    assert_eq!(live.head.purse.reserved, Amount::parse("0.10").unwrap(), "10 MB are locked");
    let update = step(&engine, account, 1, Step::Update, 3 * MB + 1);
    let first = apply(&engine, update.clone());
    engine.stop();
    drop(engine);

    let engine = start(directory.path());
    assert_eq!(apply(&engine, update), first, "a re-sent update gets the first answer after a restart");
    apply(&engine, step(&engine, account, 2, Step::Stop, MB));
    let live = engine.customer(CustomerId(7)).unwrap().unwrap();
    assert_eq!(
        live.head.purse.balance,
        Amount::parse("-0.05").unwrap(),
        "4 MB and one octet are five started MB"
    );
    assert_eq!(live.head.purse.reserved, Amount::ZERO);
    let report = engine.store().verify().unwrap();
    assert_eq!((report.customers, report.entries, report.xdrs), (1, 1, 1));
    assert!(report.differences.is_empty(), "{:?}", report.differences);
    engine.stop();
}

#[test]
fn the_tables_show_a_staff_command_as_soon_as_it_is_answered() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let account = sign_up(&engine, 9);
    // Network traffic of the same customer waits in the journal while the payment goes straight to the tables.
    for request in 0..5 {
        let kind = if request == 0 { Step::Start } else { Step::Update };
        apply(&engine, step(&engine, account, request, kind, if request == 0 { 0 } else { MB }));
        let pay = Pay {
            account: None,
            amount: Amount::parse("1").unwrap(),
            exchanged: None,
            note: format!("cash {request}"),
        };
        let reply = engine.call(CustomerId(9), None, Command::Pay(pay), None).unwrap();
        assert!(matches!(reply, Reply::Done(Some(_))));
        let now = engine.clock().now();
        let stored = engine.store().load_customer(CustomerId(9), now, now).unwrap().unwrap();
        let live = engine.customer(CustomerId(9)).unwrap().unwrap();
        assert_eq!(stored.head, live.head);
        assert_eq!(stored.sessions, live.sessions);
    }
    engine.stop();
}

#[test]
fn an_old_owner_is_fenced_off() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    sign_up(&engine, 11);
    engine.store().take_over().unwrap();
    let pay =
        Pay { account: None, amount: Amount::parse("1").unwrap(), exchanged: None, note: String::new() };
    let outcome = engine.call(CustomerId(11), None, Command::Pay(pay), None);
    assert_eq!(outcome, Err(engine::EngineError::Fenced));
    engine.store().flush().unwrap();
    let now = engine.clock().now();
    let stored = engine.store().load_customer(CustomerId(11), now, now).unwrap().unwrap();
    assert_eq!(stored.head.purse.balance, Amount::ZERO, "nothing of the refused command is stored");
    engine.stop();
}

#[test]
fn network_and_staff_changes_that_share_a_commit_reach_the_tables_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let account = sign_up(&engine, 13);
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    for request in 1..200 {
        // Not waited for: it is still on its way when the payment is folded.
        engine.submit_network(step(&engine, account, request, Step::Update, 1000), engine::Answer::nobody());
        let pay = Pay {
            account: None,
            amount: Amount::parse("0.01").unwrap(),
            exchanged: None,
            note: String::new(),
        };
        engine.call(CustomerId(13), None, Command::Pay(pay), None).unwrap();
        let now = engine.clock().now();
        let stored = engine.store().load_customer(CustomerId(13), now, now).unwrap().unwrap();
        let session = stored.sessions.values().next().unwrap();
        assert_eq!(session.meters[0].used, request * 1000, "the table shows the update that came before");
    }
    engine.store().flush().unwrap();
    let now = engine.clock().now();
    let stored = engine.store().load_customer(CustomerId(13), now, now).unwrap().unwrap();
    let live = engine.customer(CustomerId(13)).unwrap().unwrap();
    assert_eq!((stored.head, stored.sessions), (live.head, live.sessions), "folding never goes backwards");
    engine.stop();
}

#[test]
fn a_refused_staff_command_is_answered_though_it_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    sign_up(&engine, 15);
    let pay = Pay { account: None, amount: Amount::ZERO, exchanged: None, note: String::new() };
    let reply = engine.call(CustomerId(15), None, Command::Pay(pay), None).unwrap();
    assert!(matches!(reply, Reply::Refused(_)), "{reply:?}");
    engine.stop();
}

/// Brings updates of these accounts in bursts of twenty and applies them here; each answer with what it answers, in their order.
fn bring(
    engine: &Engine,
    accounts: &[AccountId],
    updates: u64,
) -> Vec<(AccountId, u64, Result<Reply, EngineError>)> {
    let (send, receive) = mpsc::channel();
    for request in 1..=updates {
        for account in accounts {
            let (send, account) = (send.clone(), *account);
            let answer = Answer::new(move |outcome| send.send((account, request, outcome)).unwrap());
            engine.submit_one_of_many(step(engine, account, request, Step::Update, 1_000), answer);
        }
        if request % 20 == 0 || request == updates {
            engine.serve_here();
        }
    }
    drop(send);
    receive.iter().collect()
}

#[test]
fn who_brings_commands_and_applies_them_himself_disturbs_nobody_else_who_does() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let accounts: Vec<_> = (20..32).map(|number| sign_up(&engine, number)).collect();
    for account in &accounts {
        apply(&engine, step(&engine, *account, 0, Step::Start, 0));
    }
    engine.stop();
    drop(engine);

    // Nobody is in memory: the engine's threads have to load them while commands go on coming, and a burst is split between both.
    let engine = start(directory.path());
    std::thread::scope(|scope| {
        let bringers: Vec<_> =
            accounts.chunks(3).map(|own| (own, scope.spawn(|| bring(&engine, own, 330)))).collect();
        for (own, bringer) in bringers {
            let answers = bringer.join().unwrap();
            assert!(answers.iter().all(|(_, _, outcome)| matches!(outcome, Ok(Reply::Session(_)))));
            for account in own {
                let order: Vec<_> = answers.iter().filter(|(of, ..)| of == account).map(|a| a.1).collect();
                assert_eq!(order, (1..=330).collect::<Vec<u64>>(), "each once, in the order of the commands");
            }
        }
    });
    let used = |engine: &Engine, number| {
        let live = engine.customer(CustomerId(number)).unwrap().unwrap();
        live.sessions.values().next().unwrap().meters[0].used
    };
    assert!((20..32).all(|number| used(&engine, number) == 330_000));
    engine.stop();
    drop(engine);
    let engine = start(directory.path());
    assert!((20..32).all(|number| used(&engine, number) == 330_000), "and all of it is durable");
    assert!(engine.store().verify().unwrap().differences.is_empty());
    engine.stop();
}

#[test]
fn commands_that_are_applied_where_they_came_are_fenced_off_and_begin_anew_like_all() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let account = sign_up(&engine, 40);
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    engine.store().take_over().unwrap();
    let answers = bring(&engine, &[account], 50);
    assert_eq!(answers.len(), 50);
    let fenced = |outcome: &Result<Reply, EngineError>| {
        matches!(outcome, Err(EngineError::Fenced | EngineError::Busy))
    };
    assert!(answers.iter().all(|(_, _, outcome)| fenced(outcome)), "{answers:?}");
    let live = engine.customer(CustomerId(40)).unwrap().unwrap();
    let now = engine.clock().now();
    let stored = engine.store().load_customer(CustomerId(40), now, now).unwrap().unwrap();
    assert_eq!(live.sessions, stored.sessions, "what never became durable is forgotten");
    assert_eq!(stored.sessions.values().next().unwrap().meters[0].used, 0);
    engine.stop();
}

#[test]
fn a_fault_of_the_program_in_the_middle_of_a_batch_loses_and_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let engine = start(directory.path());
    let account = sign_up(&engine, 41);
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    let (send, receive) = mpsc::channel();
    for request in 1..=9 {
        let send = send.clone();
        let answer = Answer::new(move |outcome| send.send((request, outcome)).unwrap());
        engine.submit_one_of_many(step(&engine, account, request, Step::Update, 1_000), answer);
    }
    engine.look_then(CustomerId(41), |_| panic!("as a fault in a page would"));
    engine.serve_here();
    drop(send);
    let first: Vec<_> = receive.iter().collect();
    assert_eq!(first.len(), 9, "who waited is told: {first:?}");
    // As a client does, that sends again what was not answered well.
    for (request, _) in first.into_iter().filter(|(_, outcome)| outcome.is_err()) {
        let again = apply(&engine, step(&engine, account, request, Step::Update, 1_000));
        assert!(matches!(again, Reply::Session(_)));
    }
    let live = engine.customer(CustomerId(41)).unwrap().unwrap();
    assert_eq!(live.sessions.values().next().unwrap().meters[0].used, 9_000, "each once");
    engine.stop();
    drop(engine);
    let engine = start(directory.path());
    assert_eq!(engine.customer(CustomerId(41)).unwrap().unwrap().sessions, live.sessions);
    assert!(engine.store().verify().unwrap().differences.is_empty());
    engine.stop();
}
