//! The queue in the store keeps every promise of the queue's contract, also over a restart.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use calendar::Instant;
use charging::RowId;
use provisioning::{AttemptOutcome, AttemptRecord, ClaimRequest, DeliveryQueue, StoreQueue, queue_contract};
use store::{DeliveryQuery, DeliveryState, NewDelivery, Store};

/// In the directory, or on the private PostgreSQL when the whole run is there.
fn open(directory: &Path) -> Arc<Store> {
    Arc::new(testkit::books::open(directory).unwrap())
}

fn add(store: &Store, connector: &str, account: u64, due_at: i64) -> u64 {
    let new = NewDelivery {
        connector: connector.to_owned(),
        account: RowId(i64::try_from(account).unwrap()),
        reason: "resync".to_owned(),
        due_at: Instant::from_micros(due_at),
    };
    u64::try_from(store.add_deliveries(vec![new]).unwrap()[0]).unwrap()
}

fn wish(now: i64) -> ClaimRequest {
    ClaimRequest { connector: "minerva".to_owned(), now, limit: 10, lease_until: i64::MAX, busy: Vec::new() }
}

fn record(attempt: u32, outcome: AttemptOutcome, reason: &str) -> AttemptRecord {
    AttemptRecord {
        attempt,
        started_at: 1,
        finished_at: 2,
        outcome,
        reason: reason.to_owned(),
        exchanges: Vec::new(),
    }
}

#[tokio::test]
async fn the_queue_in_the_store_passes_the_contract_suite() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let queue = StoreQueue::new(store.clone());
    let enqueue = |connector, account, due_at| {
        let id = add(&store, connector, account, due_at);
        async move { id }
    };
    queue_contract::check(&queue, enqueue).await.unwrap();
}

#[tokio::test]
async fn what_was_in_flight_when_the_process_died_is_given_out_again_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let id = {
        let store = open(directory.path());
        let id = add(&store, "minerva", 1, 100);
        let claims = StoreQueue::new(store).claim(wish(100)).await.unwrap();
        assert_eq!(claims.len(), 1);
        id
    };
    let queue = StoreQueue::new(open(directory.path()));
    assert!(queue.claim(wish(1_000)).await.unwrap().is_empty(), "the lease still holds");
    queue.recover("minerva").await.unwrap();
    let claims = queue.claim(wish(1_000)).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.delivery_id).collect::<Vec<_>>(), [id]);
}

#[tokio::test]
async fn of_many_attempts_the_first_and_the_latest_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let queue = StoreQueue::new(store.clone());
    let id = i64::try_from(add(&store, "minerva", 1, 0)).unwrap();
    for attempt in 1..=50 {
        let claim = queue.claim(wish(1_000)).await.unwrap().pop().expect("due");
        let reason = format!("reason {attempt}");
        let record = record(attempt, AttemptOutcome::Retry, &reason);
        queue.reschedule(&claim, 1_000, true, record, BTreeMap::new()).await.unwrap();
    }
    let view = store.delivery(id).unwrap().unwrap();
    let attempts: Vec<AttemptRecord> = serde_json::from_str(&view.attempts).unwrap();
    let numbers: Vec<u32> = attempts.iter().map(|record| record.attempt).collect();
    assert_eq!((numbers.len(), numbers[0], numbers[1], numbers[19]), (20, 1, 32, 50));
    assert_eq!((view.row.attempts, view.row.summary.as_str()), (50, "reason 50"));
}

#[tokio::test]
async fn values_a_platform_gives_back_are_kept_per_connector_and_the_newest_wins() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let queue = StoreQueue::new(store.clone());
    let account = RowId::new(charging::CustomerId(7), 2);
    for value in ["m-1", "m-2"] {
        add(&store, "minerva", u64::try_from(account.0).unwrap(), 0);
        let claim = queue.claim(wish(1_000)).await.unwrap().pop().unwrap();
        let back = BTreeMap::from([("modem_id".to_owned(), value.to_owned())]);
        queue.complete(&claim, record(1, AttemptOutcome::Done, ""), back).await.unwrap();
    }
    let facts = store.subscriber_facts("minerva", account).unwrap();
    assert_eq!(facts.external, [("modem_id".to_owned(), "m-2".to_owned())]);
    assert!(store.subscriber_facts("other", account).unwrap().external.is_empty());
}

#[tokio::test]
async fn lists_page_backwards_and_every_filter_narrows() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let (ada, bob) = (charging::CustomerId(7), charging::CustomerId(8));
    let accounts = [RowId::new(ada, 1), RowId::new(ada, 2), RowId::new(bob, 1)];
    let ids: Vec<u64> = (0..9)
        .map(|i| {
            let connector = if i % 2 == 0 { "minerva" } else { "other" };
            add(&store, connector, u64::try_from(accounts[i % 3].0).unwrap(), 0)
        })
        .collect();
    let list = |query: DeliveryQuery| -> Vec<u64> {
        store.deliveries(&query).unwrap().iter().map(|row| u64::try_from(row.id).unwrap()).collect()
    };
    let all = DeliveryQuery { limit: 4, ..DeliveryQuery::default() };
    let first = list(all.clone());
    assert_eq!(first, [ids[8], ids[7], ids[6], ids[5]]);
    let next = DeliveryQuery { cursor: i64::try_from(first[3]).ok(), ..all.clone() };
    assert_eq!(list(next), [ids[4], ids[3], ids[2], ids[1]]);
    let all = DeliveryQuery { limit: 100, ..all };
    assert_eq!(list(DeliveryQuery { customer: Some(bob), ..all.clone() }), [ids[8], ids[5], ids[2]]);
    assert_eq!(
        list(DeliveryQuery {
            account: Some(accounts[0]),
            connector: Some("other".to_owned()),
            ..all.clone()
        }),
        [ids[3]]
    );
    assert!(list(DeliveryQuery { state: Some(DeliveryState::Dead), ..all.clone() }).is_empty());
    // One of each account is given out; what it collapsed is superseded.
    StoreQueue::new(store.clone()).claim(wish(1_000)).await.unwrap();
    let superseded = DeliveryQuery { state: Some(DeliveryState::Superseded), ..all };
    assert_eq!(list(superseded), [ids[2], ids[0]]);
    assert_eq!(store.delivery(i64::try_from(ids[0]).unwrap()).unwrap().unwrap().row.superseded_by, Some(7));
}
