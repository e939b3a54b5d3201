//! A backup that is made in the middle of load holds everything that was answered before it was asked for, and its books agree.

use crate::world;

use charging::{AccountId, Command, CustomerId, Pay, Reply, Step};
use engine::Engine;
use money::Amount;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{BackupOrder, BackupReport, StoreError};
use world::{MB, apply, sign_up, start, step};

const CUSTOMERS: std::ops::Range<u32> = 1..13;
const PATIENCE: Duration = Duration::from_secs(60);

/// What a customer's network element and cashier were told.
#[derive(Clone, Default)]
struct Answered {
    /// Last update of the session, and its answer.
    update: Option<(u64, Reply)>,
    /// Payments in order, by their number.
    payments: Vec<Reply>,
}

fn pay(engine: &Engine, customer: CustomerId, number: usize) -> Reply {
    let amount = Amount::parse("0.01").unwrap();
    let pay = Pay { account: None, amount, exchanged: None, note: format!("cash {number}") };
    let key = (format!("cash {number}").into_boxed_str(), 1);
    engine.call(customer, Some(key), Command::Pay(pay), None).unwrap()
}

fn update(engine: &Engine, account: AccountId, request: u64) -> Reply {
    apply(engine, step(engine, account, request, Step::Update, MB / 100))
}

/// Updates and payments of one customer, one after the other, until told to stop.
fn work(engine: &Engine, account: AccountId, stop: &AtomicBool, answered: &Mutex<Answered>) {
    let began = std::time::Instant::now();
    apply(engine, step(engine, account, 0, Step::Start, 0));
    for request in 1.. {
        let reply = update(engine, account, request);
        answered.lock().unwrap().update = Some((request, reply));
        if request % 10 == 0 {
            let number = answered.lock().unwrap().payments.len();
            let reply = pay(engine, account.customer().unwrap(), number);
            answered.lock().unwrap().payments.push(reply);
        }
        if stop.load(Ordering::Acquire) || began.elapsed() > 3 * PATIENCE {
            return;
        }
    }
}

fn back_up(from: &Path, to: &Path) -> Result<BackupReport, StoreError> {
    let at = calendar::Instant::parse("2026-06-01T10:00:00Z").unwrap();
    store::back_up(&BackupOrder { from, to, along: &["secret.key"], at }, &mut |_, _| {})
}

/// Waits until everybody was answered so often.
fn until_answered(answered: &[Mutex<Answered>], payments: usize) {
    let began = std::time::Instant::now();
    while answered.iter().any(|answered| answered.lock().unwrap().payments.len() < payments) {
        assert!(began.elapsed() < PATIENCE, "the engine answers nothing");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

#[test]
fn a_backup_in_the_middle_of_load_holds_every_answer_given_before_it() {
    if testkit::postgres::is_wanted() {
        return; // PostgreSQL is backed up by its own means.
    }
    let directory = tempfile::tempdir().unwrap();
    let (live, kept, elsewhere) =
        (directory.path().join("live"), directory.path().join("kept"), directory.path().join("elsewhere"));
    let engine = start(&live);
    let accounts: Vec<AccountId> = CUSTOMERS.map(|number| sign_up(&engine, number)).collect();
    let answered: Vec<Mutex<Answered>> = accounts.iter().map(|_| Mutex::default()).collect();
    let stop = AtomicBool::new(false);
    let (before, made) = std::thread::scope(|scope| {
        for (account, answered) in accounts.iter().zip(&answered) {
            scope.spawn(|| work(&engine, *account, &stop, answered));
        }
        until_answered(&answered, 10);
        let before: Vec<Answered> = answered.iter().map(|a| a.lock().unwrap().clone()).collect();
        let made = back_up(&live, &kept);
        let most = before.iter().map(|answered| answered.payments.len()).max().unwrap();
        until_answered(&answered, most + 1);
        stop.store(true, Ordering::Release);
        (before, made.unwrap())
    });
    engine.stop();
    assert!(made.journal_records > 0, "the tables alone were behind");

    let (restored, books) = store::restore(&kept, &elsewhere).unwrap();
    assert_eq!(restored, made);
    assert_eq!(books.customers, i64::from(CUSTOMERS.end - CUSTOMERS.start));
    assert!(books.differences.is_empty(), "{:?}", books.differences);
    let engine = start(&elsewhere);
    for (account, before) in accounts.iter().zip(&before) {
        let customer = account.customer().unwrap();
        let held = engine.customer(customer).unwrap().unwrap();
        let (request, reply) = before.update.clone().unwrap();
        let used = held.sessions.values().next().unwrap().meters[0].used;
        assert!(used >= request * (MB / 100), "{used} octets of {request} answered updates");
        if used == request * (MB / 100) {
            assert_eq!(update(&engine, *account, request), reply, "a re-sent update gets its first answer");
        }
        for (number, reply) in before.payments.iter().enumerate() {
            assert_eq!(&pay(&engine, customer, number), reply, "a re-sent payment gets its first answer");
        }
        let balance = engine.customer(customer).unwrap().unwrap().head.purse.balance;
        assert_eq!(balance, held.head.purse.balance, "and nothing is booked twice");
    }
    engine.stop();
}

#[test]
fn a_backup_of_a_directory_nobody_serves_holds_what_a_crash_left_in_the_journal() {
    if testkit::postgres::is_wanted() {
        return; // PostgreSQL is backed up by its own means.
    }
    let directory = tempfile::tempdir().unwrap();
    let (live, crashed) = (directory.path().join("live"), directory.path().join("crashed"));
    let engine = start(&live);
    let account = sign_up(&engine, 1);
    apply(&engine, step(&engine, account, 0, Step::Start, 0));
    let reply = update(&engine, account, 1);
    // What a kill would leave: the files as they are now.
    std::process::Command::new("cp").arg("-r").args([&live, &crashed]).status().unwrap();
    engine.stop();
    let kept = directory.path().join("kept");
    let made = back_up(&crashed, &kept).unwrap();
    assert!(made.journal_records > 0);
    let elsewhere = directory.path().join("elsewhere");
    store::restore(&kept, &elsewhere).unwrap();
    let engine = start(&elsewhere);
    assert_eq!(update(&engine, account, 1), reply);
    engine.stop();
}
