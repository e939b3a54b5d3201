//! The worker against the simulated platform: outages, order, dead letters, replay, refused credentials, shutdown.

use crate::support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use provisioning::{
    AttemptOutcome, ConnectorState, DeliveryState, MemoryQueue, MemorySubscribers, Presence, StatusBoard,
    Waker, Worker,
};
use support::{TestClock, minerva, simulator, subscriber, until};
use testkit::minerva::{Fault, Simulator};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Quick retries, so that a test needs no long waits.
const QUICK: &[(&str, &str)] = &[("first_ms = 1_000", "first_ms = 20"), ("max_ms = 900_000", "max_ms = 80")];

struct Bench {
    simulator: Simulator,
    queue: Arc<MemoryQueue>,
    subscribers: Arc<MemorySubscribers>,
    clock: Arc<TestClock>,
    waker: Waker,
    board: StatusBoard,
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

impl Bench {
    async fn start(changes: &[(&str, &str)]) -> Bench {
        let simulator = simulator().await;
        let queue = Arc::new(MemoryQueue::default());
        let subscribers = Arc::new(MemorySubscribers::default());
        let clock = TestClock::start();
        let connector = minerva(&simulator, changes);
        let worker = Worker::new(queue.clone(), subscribers.clone(), vec![Arc::new(connector)], clock.now());
        let (waker, board) = (worker.waker(), worker.board());
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(worker.run(stopped));
        Bench { simulator, queue, subscribers, clock, waker, board, stop, running }
    }

    fn deliver(&self, account_id: u64, event: &str) -> u64 {
        let id = self.queue.enqueue("minerva", account_id, event, self.clock.micros());
        self.waker.wake();
        id
    }

    fn state(&self, id: u64) -> DeliveryState {
        self.queue.row(id).unwrap().state
    }

    async fn finished(&self, id: u64) {
        until(&format!("delivery {id} is done"), || self.state(id) == DeliveryState::Done).await;
    }

    async fn end(self) {
        self.stop.send(true).unwrap();
        tokio::time::timeout(Duration::from_secs(5), self.running).await.expect("the worker stops").unwrap();
    }
}

#[tokio::test]
async fn a_new_account_is_on_the_platform_within_a_second() {
    let bench = Bench::start(&[]).await;
    bench.subscribers.set(subscriber(1));
    // The worker may be asleep; the waker has to get it up.
    tokio::time::sleep(Duration::from_millis(30)).await;
    let begun = std::time::Instant::now();
    let id = bench.deliver(1, "account/created");
    bench.finished(id).await;
    assert!(begun.elapsed() < Duration::from_secs(1), "took {:?}", begun.elapsed());
    assert_eq!(bench.simulator.customer("A1").unwrap().service_packages.len(), 5);
    let status = bench.board.get("minerva").unwrap();
    assert_eq!((status.state, status.done), (ConnectorState::Running, 1));
    bench.end().await;
}

#[tokio::test]
async fn a_platform_that_was_down_for_a_while_catches_up_with_the_newest_state_of_everybody() {
    let bench = Bench::start(QUICK).await;
    bench.simulator.go_down().await;
    let mut newest = Vec::new();
    for account in 1..=20 {
        let mut desired = subscriber(account);
        desired.packages = vec!["News".to_owned()];
        bench.subscribers.set(desired.clone());
        let first = bench.deliver(account, "account/created");
        desired.packages.push("HBO".to_owned());
        bench.subscribers.set(desired.clone());
        let second = bench.deliver(account, "account/add-on-added");
        if account % 2 == 0 {
            desired.presence = Presence::Disabled;
            bench.subscribers.set(desired);
            newest.push((account, bench.deliver(account, "customer/suspended")));
        } else {
            newest.push((account, second));
        }
        assert!(first < second);
    }
    let retried = || bench.board.get("minerva").unwrap().retried;
    until("deliveries fail while the platform is down", || retried() >= 20).await;
    assert!(bench.simulator.customers().is_empty());

    bench.simulator.come_back().await.unwrap();
    for (account, id) in newest {
        bench.finished(id).await;
        let customer = bench.simulator.customer(&format!("A{account}"));
        if account % 2 == 0 && customer.is_none() {
            // All its events collapsed before anything got through: a suspended account needs no record.
            continue;
        }
        let customer = customer.expect("there after the outage");
        assert_eq!(customer.service_packages, ["News", "HBO"], "account {account} has the newest state");
    }
    let unfinished = bench
        .queue
        .rows()
        .into_iter()
        .filter(|row| !matches!(row.state, DeliveryState::Done | DeliveryState::Superseded(_)));
    assert_eq!(unfinished.count(), 0, "nothing is lost and nothing died");
    bench.end().await;
}

#[tokio::test]
async fn changes_of_one_subscriber_reach_the_platform_in_order_while_earlier_ones_are_slow() {
    let bench = Bench::start(QUICK).await;
    bench.subscribers.set(subscriber(1));
    let created = bench.deliver(1, "account/created");
    bench.finished(created).await;
    bench.simulator.clear_requests();
    // The suspension's first call is slow; the resumption that follows must wait for it.
    bench.simulator.fault(Fault::LateAfterWork { ms: 200 }, 1);
    let mut desired = subscriber(1);
    desired.presence = Presence::Disabled;
    bench.subscribers.set(desired);
    let suspended = bench.deliver(1, "customer/suspended");
    until("the suspension is under way", || !bench.simulator.requests().is_empty()).await;
    bench.subscribers.set(subscriber(1));
    let resumed = bench.deliver(1, "customer/resumed");
    assert_eq!(bench.state(resumed), DeliveryState::Waiting);
    bench.finished(resumed).await;
    assert_eq!(bench.state(suspended), DeliveryState::Done);
    let operations: Vec<String> =
        bench.simulator.requests().into_iter().map(|request| request.operation).collect();
    assert_eq!(operations, ["getCustomer", "setCustomerStatus", "getCustomer", "setCustomerStatus"]);
    assert_eq!(bench.simulator.customer("A1").unwrap().status, "ENABLED");
    bench.end().await;
}

#[tokio::test]
async fn a_fatal_answer_makes_a_dead_letter_with_request_and_answer_and_a_replay_works_after_mending() {
    let bench = Bench::start(QUICK).await;
    let mut desired = subscriber(1);
    desired.packages = vec!["Opera".to_owned()];
    bench.subscribers.set(desired);
    let id = bench.deliver(1, "account/created");
    until("the delivery is dead", || bench.state(id) == DeliveryState::Dead).await;
    let row = bench.queue.row(id).unwrap();
    assert_eq!((row.attempts, row.records.len()), (1, 1), "a fatal answer is not tried again");
    let record = &row.records[0];
    assert_eq!(record.outcome, AttemptOutcome::Fatal);
    assert!(record.reason.contains("PACKAGE_UNKNOWN"), "{}", record.reason);
    assert!(record.started_at >= support::START && record.finished_at >= record.started_at);
    let last = record.exchanges.last().unwrap();
    assert!(last.request.contains("<servicePackageId>Opera</servicePackageId>"));
    assert!(last.answer.as_ref().unwrap().contains("PACKAGE_UNKNOWN"));

    bench.simulator.add_package("Opera");
    use provisioning::DeliveryQueue as _;
    assert!(bench.queue.replay(id, bench.clock.micros()).await.unwrap());
    bench.waker.wake();
    bench.finished(id).await;
    assert_eq!(bench.simulator.customer("A1").unwrap().service_packages, ["Opera"]);
    assert_eq!(bench.queue.row(id).unwrap().records.len(), 2, "the history of the failure is kept");
    bench.end().await;
}

#[tokio::test]
async fn a_dead_letter_is_superseded_when_a_later_event_gets_through() {
    let bench = Bench::start(QUICK).await;
    let mut desired = subscriber(1);
    desired.packages = vec!["Opera".to_owned()];
    bench.subscribers.set(desired);
    let dead = bench.deliver(1, "account/created");
    until("the delivery is dead", || bench.state(dead) == DeliveryState::Dead).await;
    bench.subscribers.set(subscriber(1));
    let later = bench.deliver(1, "account/product-changed");
    bench.finished(later).await;
    assert_eq!(bench.state(dead), DeliveryState::Superseded(later));
    bench.end().await;
}

#[tokio::test]
async fn an_answer_that_comes_too_late_leads_to_one_more_attempt_that_finds_the_work_done() {
    let bench = Bench::start(&[QUICK[0], QUICK[1], ("timeout_ms = 10_000", "timeout_ms = 1_000")]).await;
    bench.subscribers.set(subscriber(1));
    bench.simulator.fault(Fault::LateAfterWork { ms: 0 }, 1);
    bench.simulator.fault(Fault::LateAfterWork { ms: 2_500 }, 1);
    let id = bench.deliver(1, "account/created");
    bench.finished(id).await;
    let row = bench.queue.row(id).unwrap();
    let outcomes: Vec<AttemptOutcome> = row.records.iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [AttemptOutcome::Retry, AttemptOutcome::Done]);
    let creations = bench.simulator.requests().iter().filter(|r| r.operation == "createCustomer").count();
    assert_eq!(creations, 1, "the second attempt saw that the customer was there");
    let customer = bench.simulator.customer("A1").unwrap();
    assert_eq!((customer.service_packages.len(), customer.devices.len()), (5, 1));
    bench.end().await;
}

#[tokio::test]
async fn attempts_end_in_a_dead_letter_after_the_last_one() {
    let bench = Bench::start(&[QUICK[0], QUICK[1], ("attempts = 100", "attempts = 3")]).await;
    bench.subscribers.set(subscriber(1));
    bench.simulator.fault(Fault::Internal, 50);
    let id = bench.deliver(1, "account/created");
    until("the delivery is dead", || bench.state(id) == DeliveryState::Dead).await;
    let row = bench.queue.row(id).unwrap();
    assert_eq!(row.records.iter().map(|record| record.attempt).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(bench.board.get("minerva").unwrap().dead, 1);
    bench.end().await;
}

#[tokio::test]
async fn refused_credentials_stop_the_connector_which_probes_slowly_and_goes_on_when_they_are_good_again() {
    let bench = Bench::start(QUICK).await;
    bench.simulator.set_password("changed");
    for account in 1..=10 {
        bench.subscribers.set(subscriber(account));
        bench.deliver(account, "account/created");
    }
    let stopped = || matches!(bench.board.get("minerva").unwrap().state, ConnectorState::Stopped { .. });
    until("the connector stops", stopped).await;
    let ConnectorState::Stopped { reason, .. } = bench.board.get("minerva").unwrap().state else {
        unreachable!()
    };
    assert!(reason.contains("401"), "{reason}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    let before = bench.simulator.requests().len();
    assert!(before <= 5, "only what was under way at the same time reached the platform: {before}");

    bench.clock.advance(Duration::from_secs(61));
    until("one probe", || bench.simulator.requests().len() == before + 1).await;
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(bench.simulator.requests().len(), before + 1, "one probe and no more");
    assert!(stopped());

    bench.simulator.set_password("minerva-demo");
    bench.clock.advance(Duration::from_secs(61));
    until("everybody is served", || bench.simulator.customers().len() == 10).await;
    until("the connector runs", || bench.board.get("minerva").unwrap().state == ConnectorState::Running)
        .await;
    until("all are done", || bench.queue.rows().iter().all(|row| row.state == DeliveryState::Done)).await;
    assert!(bench.queue.rows().iter().all(|row| row.attempts == 0), "a refusal costs no attempt");
    bench.end().await;
}

#[tokio::test]
async fn no_more_subscribers_are_served_at_once_than_the_manifest_allows() {
    let bench = Bench::start(&[("parallel = 5", "parallel = 2")]).await;
    bench.simulator.fault(Fault::LateAfterWork { ms: 150 }, 60);
    for account in 1..=6 {
        bench.subscribers.set(subscriber(account));
        bench.deliver(account, "account/created");
    }
    let mut most = 0;
    until("all are served", || {
        let sending =
            bench.queue.rows().iter().filter(|row| matches!(row.state, DeliveryState::Sending(_))).count();
        most = most.max(sending);
        bench.queue.rows().iter().all(|row| row.state == DeliveryState::Done)
    })
    .await;
    assert_eq!(most, 2);
    bench.end().await;
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_under_way_and_a_new_worker_takes_back_what_a_killed_one_left() {
    let bench = Bench::start(&[]).await;
    bench.simulator.fault(Fault::LateAfterWork { ms: 200 }, 1);
    bench.subscribers.set(subscriber(1));
    let id = bench.deliver(1, "account/created");
    until("under way", || !bench.simulator.requests().is_empty()).await;
    let (queue, subscribers, clock) = (bench.queue.clone(), bench.subscribers.clone(), bench.clock.clone());
    bench.stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), bench.running).await.expect("the worker stops").unwrap();
    assert_eq!(queue.row(id).unwrap().state, DeliveryState::Done, "it was finished before the end");

    // A killed worker leaves a lease that would hold for minutes.
    let left = queue.enqueue("minerva", 1, "resync", clock.micros());
    let claim = provisioning::ClaimRequest {
        connector: "minerva".to_owned(),
        now: clock.micros(),
        limit: 1,
        lease_until: i64::MAX,
        busy: Vec::new(),
    };
    use provisioning::DeliveryQueue as _;
    assert_eq!(queue.claim(claim).await.unwrap().len(), 1);
    let connector = minerva(&bench.simulator, &[]);
    let worker = Worker::new(queue.clone(), subscribers, vec![Arc::new(connector)], clock.now());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(worker.run(stopped));
    until("taken back and done", || queue.row(left).unwrap().state == DeliveryState::Done).await;
    drop(stop);
    running.await.unwrap();
}

#[tokio::test]
async fn an_account_nobody_knows_is_a_dead_letter_and_not_a_silent_success() {
    let bench = Bench::start(&[]).await;
    let id = bench.deliver(99, "account/created");
    until("dead", || bench.state(id) == DeliveryState::Dead).await;
    assert!(bench.queue.row(id).unwrap().records[0].reason.contains("no account 99"));
    assert_eq!(bench.queue.stored_back(99), BTreeMap::new());
    bench.end().await;
}
