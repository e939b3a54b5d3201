//! Bad days with a PostgreSQL server: it is killed, connections break, it refuses to write, another process takes over. What was
//! answered "yes" is there once, what was answered "no" is not there and never comes.

use calendar::Instant;
use charging::{CustomerId, RowId};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use store::{
    Batch, CommitFailure, DatabaseUrl, Entry, Images, NoteRecord, Ownership, Record, Store, StoreError,
};
use testkit::postgres::Server;

const CUSTOMER: CustomerId = CustomerId(7);

fn note(number: u32, body: &str) -> Record {
    let id = RowId::new(CUSTOMER, number);
    Record::Note(NoteRecord { id, author: "anna".into(), at: Instant::from_micros(1), body: body.into() })
}

/// Commits a note, waits for the outcome.
fn commit(store: &Store, ownership: Ownership, number: u32, body: &str) -> Result<(), CommitFailure> {
    let (send, receive) = mpsc::channel();
    let mut images = Images::default();
    images.add_record(CUSTOMER, u64::from(number), &note(number, body));
    store.commit(Batch {
        ownership,
        images,
        fold_now: Vec::new(),
        lost: Arc::default(),
        done: Box::new(move |outcome, _| send.send(outcome).unwrap()),
        folded: None,
    });
    receive.recv().unwrap()
}

/// All notes, number and text; waits until the store can say.
fn notes(store: &Store) -> BTreeSet<(i64, String)> {
    loop {
        let read = store.flush().and_then(|()| store.notes_of(CUSTOMER, None, 1_000_000));
        match read {
            Ok(notes) => {
                let found: BTreeSet<_> = notes.iter().map(|note| (note.id.0, note.body.clone())).collect();
                assert_eq!(found.len(), notes.len(), "a note is there twice");
                return found;
            }
            Err(StoreError::Locked(_) | StoreError::Fenced) => panic!("{read:?}"),
            Err(_) => std::thread::park_timeout(Duration::from_millis(20)),
        }
    }
}

fn url(server: &Server) -> DatabaseUrl {
    server.database().unwrap().parse().unwrap()
}

/// Cuts every connection of ours.
fn cut(server: &Server) {
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'talea'";
    server.ask(&server.url("postgres"), cut).unwrap();
}

/// Two processes on one database: from the moment the second has taken over, no commit of the first succeeds, and what the first still
/// had to fold does not overwrite what the second wrote.
#[test]
fn the_old_owner_can_neither_commit_nor_fold() {
    let url = url(Server::shared().unwrap());
    let first = Store::connect(&url, Entry::WhenFree).unwrap();
    let old = first.take_over().unwrap();
    assert_eq!(commit(&first, old, 1, "as the first wrote it"), Ok(()));
    let second = Store::connect(&url, Entry::TakeOver).unwrap();
    let new = second.take_over().unwrap();
    assert_eq!(second.recovered(), 1, "the second has what the first answered");
    assert_eq!(commit(&second, new, 1, "as the second wrote it"), Ok(()));
    second.flush().unwrap();
    assert_eq!(commit(&first, old, 2, "too late"), Err(CommitFailure::Fenced));
    assert!(first.flush().is_err(), "what the first would fold is refused");
    assert!(first.health().fenced && !first.health().reachable);
    assert!(second.health().reachable);
    drop(first);
    assert_eq!(
        notes(&second),
        BTreeSet::from([(RowId::new(CUSTOMER, 1).0, "as the second wrote it".into())])
    );
    std::thread::scope(|scope| {
        let third = scope.spawn(|| Store::connect(&url, Entry::WhenFree).map(|store| store.recovered()));
        std::thread::park_timeout(Duration::from_millis(300));
        assert!(!third.is_finished(), "the second has the database, not only its epoch");
        drop(second);
        third.join().unwrap().unwrap();
    });
}

/// A database that another process has is not opened until that one ends.
#[test]
fn a_database_in_use_is_waited_for() {
    let url = url(Server::shared().unwrap());
    let first = Store::connect(&url, Entry::WhenFree).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Store::connect(&url, Entry::WhenFree).map(|store| store.recovered()));
        std::thread::park_timeout(Duration::from_millis(300));
        assert!(!second.is_finished());
        drop(first);
        assert_eq!(second.join().unwrap().unwrap(), 0);
    });
}

/// A process whose connections broke has its database still: a second one that is started by mistake waits, and does not take it over.
#[test]
fn after_lost_connections_a_database_is_still_in_use() {
    let server = Server::start().unwrap();
    let url = url(&server);
    let first = Store::connect(&url, Entry::WhenFree).unwrap();
    let ownership = first.take_over().unwrap();
    cut(&server);
    while commit(&first, ownership, 1, "after") != Ok(()) {}
    assert_eq!(notes(&first).len(), 1);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Store::connect(&url, Entry::WhenFree).map(|store| store.recovered()));
        std::thread::park_timeout(Duration::from_millis(300));
        assert!(!second.is_finished(), "the lock went with the first connection");
        assert_eq!(commit(&first, ownership, 2, "not fenced"), Ok(()));
        drop(first);
        second.join().unwrap().unwrap();
    });
}

/// A change of the office whose connection breaks when it is committed already, only without an answer, counts as done.
#[test]
fn a_change_that_was_done_without_an_answer_is_done() {
    let server = Server::start().unwrap();
    let store = Store::connect(&url(&server), Entry::WhenFree).unwrap();
    let put = |value: &str| store.put_settings([("name".to_owned(), value.to_owned())].into());
    put("one").unwrap();
    // Commits wait for a standby that does not come: what they did is durable here, and not answered.
    let wait_for = |standby: &str| {
        let set = format!("ALTER SYSTEM SET synchronous_standby_names TO '{standby}'");
        server.ask(&server.url("postgres"), &set).unwrap();
        server.ask(&server.url("postgres"), "SELECT pg_reload_conf()").unwrap();
    };
    wait_for("nobody");
    let waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    std::thread::scope(|scope| {
        let mut change = scope.spawn(|| put("two"));
        while !server.ask(&server.url("postgres"), waiting).unwrap().contains('t') {
            if change.is_finished() {
                // The server had not read its settings again yet.
                change.join().unwrap().unwrap();
                change = scope.spawn(|| put("two"));
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
        wait_for("");
        change.join().unwrap().unwrap();
    });
    assert_eq!(store.setting("name").unwrap().as_deref(), Some("two"));
}

/// A change of the office whose connection breaks before it is committed is not done, and said so.
#[test]
fn a_change_that_broke_at_its_end_is_not_done() {
    let server = Server::shared().unwrap();
    let url = url(server);
    let store = Store::connect(&url, Entry::WhenFree).unwrap();
    let put = |value: &str| store.put_settings([("name".to_owned(), value.to_owned())].into());
    put("one").unwrap();
    let break_off = "CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN IF NEW.value = 'two' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END$$;
        CREATE CONSTRAINT TRIGGER break_off AFTER INSERT OR UPDATE ON setting DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION break_off();";
    server.ask(url.with_password(), break_off).unwrap();
    assert!(matches!(put("two"), Err(StoreError::NotWritten)));
    put("three").unwrap();
    assert_eq!(store.setting("name").unwrap().as_deref(), Some("three"));
}

/// The server is killed and started again, and connections are cut, while commits go on without a pause.
#[test]
fn commits_go_on_through_kills_and_cuts() {
    let server = Server::start().unwrap();
    let url = url(&server);
    let store = Store::connect(&url, Entry::WhenFree).unwrap();
    let ownership = store.take_over().unwrap();
    let (stop, number) = (AtomicBool::new(false), AtomicU32::new(0));
    let work = || {
        let (mut yes, mut no) = (BTreeSet::new(), 0);
        while !stop.load(Ordering::Relaxed) {
            let number = number.fetch_add(1, Ordering::Relaxed) + 1;
            match commit(&store, ownership, number, "n") {
                Ok(()) => {
                    yes.insert(RowId::new(CUSTOMER, number).0);
                }
                Err(CommitFailure::Failed) => no += 1,
                Err(other) => panic!("{other}"),
            }
        }
        (yes, no)
    };
    let (yes, no) = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
        for round in 0..6 {
            std::thread::park_timeout(Duration::from_millis(300));
            if round % 2 == 0 {
                cut(&server);
            } else {
                server.kill();
                std::thread::park_timeout(Duration::from_millis(100));
                server.start_again().unwrap();
            }
        }
        // Until it goes on again.
        let before = number.load(Ordering::Relaxed);
        while number.load(Ordering::Relaxed) < before + 100 {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        stop.store(true, Ordering::Relaxed);
        let (mut yes, mut no) = (BTreeSet::new(), 0);
        for worker in workers {
            let (more_yes, more_no) = worker.join().unwrap();
            yes.extend(more_yes);
            no += more_no;
        }
        (yes, no)
    });
    let found: BTreeSet<i64> = notes(&store).into_iter().map(|(id, _)| id).collect();
    assert_eq!(found, yes, "exactly what was answered is there; {no} were refused");
    assert!(store.health().connections_lost >= 6 && store.health().reachable);
    drop(store);
    let again = Store::connect(&url, Entry::WhenFree).unwrap();
    assert_eq!(notes(&again).len(), yes.len(), "nothing comes back later");
}

/// A server that refuses to write (its disk is full) fails the commit, and the next one after there is room again is fine.
#[test]
fn a_server_that_cannot_write_fails_the_commit_and_nothing_else() {
    let server = Server::shared().unwrap();
    let text = server.database().unwrap();
    let store = Store::connect(&text.parse().unwrap(), Entry::WhenFree).unwrap();
    let ownership = store.take_over().unwrap();
    let full = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = '53100'; END$$;
        CREATE TRIGGER full_disk BEFORE INSERT ON journal_0 EXECUTE FUNCTION full_disk();
        CREATE TRIGGER full_disk BEFORE INSERT ON journal_1 EXECUTE FUNCTION full_disk();";
    assert_eq!(commit(&store, ownership, 1, "before"), Ok(()));
    server.ask(&text, full).unwrap();
    assert_eq!(commit(&store, ownership, 2, "full"), Err(CommitFailure::Failed));
    server.ask(&text, "DROP TRIGGER full_disk ON journal_0; DROP TRIGGER full_disk ON journal_1").unwrap();
    assert_eq!(commit(&store, ownership, 3, "after"), Ok(()));
    let bodies: Vec<String> = notes(&store).into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, ["before", "after"]);
}

/// A change of the office that cannot reach the server is refused in words, and works again once the server is back.
#[test]
fn the_office_is_told_that_nothing_was_written() {
    let server = Server::start().unwrap();
    let store = Store::connect(&url(&server), Entry::WhenFree).unwrap();
    let put = |value: &str| store.put_settings([("name".to_owned(), value.to_owned())].into());
    put("one").unwrap();
    server.kill();
    assert!(matches!(put("two"), Err(StoreError::NotWritten)));
    // Told right behind the answer.
    while store.health().reachable {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    server.start_again().unwrap();
    while put("three").is_err() {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert_eq!(store.setting("name").unwrap().as_deref(), Some("three"));
}
