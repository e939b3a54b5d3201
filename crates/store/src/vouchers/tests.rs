//! The voucher's row: of several who want it one gets it, and its batch counts right.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use crate::{NewVoucherBatch, Options, Store, VoucherBatchRow};
use calendar::Instant;
use charging::{CustomerId, RowId, Voucher, VoucherOutcome, VoucherState};
use money::{Amount, Currency};
use std::sync::{Arc, Barrier};

const NOW: Instant = Instant::from_unix_seconds(1_780_000_000);

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

/// A finished batch with one voucher of each digest.
fn batch(store: &Store, digests: &[&str]) -> i64 {
    let batch = store
        .begin_voucher_batch(NewVoucherBatch {
            name: "Summer".into(),
            amount: Amount::parse("10").unwrap(),
            currency: usd(),
            expires_at: None,
            created_at: NOW,
            created_by: "test".into(),
            request: None,
        })
        .unwrap();
    store.add_vouchers(batch, digests.iter().map(|digest| (*digest).to_owned()).collect()).unwrap();
    store.finish_voucher_batch(batch, NOW).unwrap();
    batch
}

fn counts(store: &Store, batch: i64) -> [u64; 4] {
    let VoucherBatchRow { free, claimed, redeemed, revoked, .. } =
        store.voucher_batch(batch).unwrap().unwrap();
    [free, claimed, redeemed, revoked]
}

fn read(store: &Store, digest: &str) -> Voucher {
    store.voucher(digest).unwrap().unwrap().voucher
}

#[test]
fn of_several_who_claim_a_voucher_at_once_exactly_one_gets_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&Options { directory: directory.path().into() }).unwrap());
    let digests: Vec<String> = (0..20).map(|number| format!("{number:032}")).collect();
    let batch = batch(&store, &digests.iter().map(String::as_str).collect::<Vec<_>>());
    let start = Arc::new(Barrier::new(4));
    let racers: Vec<_> = (1..=4)
        .map(|customer| {
            let (store, start, digests) = (store.clone(), start.clone(), digests.clone());
            std::thread::spawn(move || {
                let mut won = Vec::new();
                for digest in &digests {
                    let seen = read(&store, digest);
                    // All have read the free row before any of them writes.
                    start.wait();
                    let (claimed, _) = seen.claim(CustomerId(customer), None, usd(), NOW).unwrap();
                    if store.replace_voucher(seen, claimed, NOW).unwrap() {
                        won.push((digest.clone(), customer));
                    }
                    start.wait();
                }
                won
            })
        })
        .collect();
    let mut won: Vec<_> = racers.into_iter().flat_map(|racer| racer.join().unwrap()).collect();
    won.sort();
    assert_eq!(won.iter().map(|(digest, _)| digest).collect::<Vec<_>>(), digests.iter().collect::<Vec<_>>());
    for (digest, customer) in &won {
        let state = read(&store, digest).state;
        assert_eq!(state, VoucherState::Claimed { customer: CustomerId(*customer), account: None, at: NOW });
    }
    assert_eq!(counts(&store, batch), [0, 20, 0, 0]);
}

#[test]
fn a_voucher_is_read_back_in_every_state_and_counted_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Options { directory: directory.path().into() }).unwrap();
    let batch = batch(&store, &["a", "b"]);
    let free = read(&store, "a");
    assert_eq!((free.state, free.claims, counts(&store, batch)), (VoucherState::Free, 0, [2, 0, 0, 0]));
    let (claimed, claim) = free.claim(CustomerId(7), Some(RowId(9)), usd(), NOW).unwrap();
    assert!(store.replace_voucher(free.clone(), claimed.clone(), NOW).unwrap());
    assert_eq!((read(&store, "a"), counts(&store, batch)), (claimed.clone(), [1, 1, 0, 0]));
    assert!(
        !store.replace_voucher(free.clone(), free.revoke().unwrap(), NOW).unwrap(),
        "what was read is old"
    );
    let hanging = store.claimed_vouchers(NOW.plus_micros(1), None, 10).unwrap();
    assert_eq!(hanging.iter().map(|row| &*row.voucher.digest).collect::<Vec<_>>(), ["a"]);
    assert!(store.claimed_vouchers(NOW, None, 10).unwrap().is_empty(), "not yet older than that");
    assert!(store.claimed_vouchers(NOW.plus_micros(1), Some((NOW, "a")), 10).unwrap().is_empty());
    let settled = claimed.settle(claim.claim, VoucherOutcome::Redeemed(RowId(11)));
    assert!(store.replace_voucher(claimed.clone(), settled.clone(), NOW).unwrap());
    assert!(!store.replace_voucher(claimed, settled.clone(), NOW).unwrap(), "settled once");
    let row = store.voucher("a").unwrap().unwrap();
    assert_eq!(
        (row.voucher, row.account),
        (settled, Some(RowId(9))),
        "it is still told to whose balance it went"
    );
    assert_eq!(store.revoke_free_vouchers(batch, NOW, 10).unwrap(), 1);
    assert_eq!((read(&store, "b").state, counts(&store, batch)), (VoucherState::Revoked, [0, 0, 1, 1]));
}

#[test]
fn a_batch_that_was_never_finished_is_not_found_and_goes_away_in_pieces() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Options { directory: directory.path().into() }).unwrap();
    let good = batch(&store, &["good"]);
    let new = NewVoucherBatch {
        name: "Lost".into(),
        amount: Amount::parse("10").unwrap(),
        currency: usd(),
        expires_at: None,
        created_at: NOW,
        created_by: "test".into(),
        request: Some(("form-1".into(), u64::MAX)),
    };
    let lost = store.begin_voucher_batch(new.clone()).unwrap();
    store.add_vouchers(lost, (0..25).map(|number| format!("lost{number}")).collect()).unwrap();
    assert_eq!(store.voucher("lost3").unwrap(), None);
    assert_eq!(store.voucher_batch_of_request("form-1").unwrap(), None);
    assert_eq!(store.voucher_batches(i64::MAX, 10).unwrap().len(), 1);
    let mut pieces = 0;
    while store.remove_unfinished_vouchers(10).unwrap() {
        pieces += 1;
    }
    assert_eq!((pieces, store.has_unfinished_voucher_batch().unwrap()), (3, false));
    assert_eq!(counts(&store, good), [1, 0, 0, 0]);
    let again = store.begin_voucher_batch(new).unwrap();
    store.finish_voucher_batch(again, NOW).unwrap();
    assert_eq!(store.voucher_batch_of_request("form-1").unwrap(), Some((again, u64::MAX)));
}

/// What `talea verify` tells of a customer: what differs, and by which sums.
fn differences(store: &Store) -> Vec<(u32, &'static str, String)> {
    let report = store.verify().unwrap();
    let told = |d: crate::BalanceDifference| (d.customer.0, d.what, format!("{} {}", d.stored, d.computed));
    report.vouchers.into_iter().map(told).collect()
}

#[test]
fn verify_compares_vouchers_with_their_credits() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&Options { directory: directory.path().into() }).unwrap();
    batch(&store, &["a", "b"]);
    let customer = CustomerId(7);
    let entry = RowId::new(customer, 3);
    let claim = read(&store, "a").claim(customer, None, usd(), NOW).unwrap();
    assert!(store.replace_voucher(read(&store, "a"), claim.0.clone(), NOW).unwrap());
    let credit = |id: RowId, digest: &str, amount: &str| {
        let (note, amount) = (format!("voucher {digest}"), Amount::parse(amount).unwrap().micros());
        store
            .write(move |transaction| {
                transaction.execute(
                    "INSERT INTO ledger_entry (partition, entry_id, customer_id, at, code, debit, credit, amount, note)
                     VALUES (?1, ?2, ?3, 0, 'voucher', 'voucher', 'customer_balance', ?4, ?5)",
                    crate::db::params![crate::Partition::of(customer).sql(), id.0, customer.0, amount, note],
                )?;
                Ok(())
            })
            .unwrap();
    };
    credit(entry, "a", "10");
    assert!(differences(&store).is_empty(), "credited, and not settled yet");
    let settled = claim.0.settle(claim.1.claim, VoucherOutcome::Redeemed(entry));
    assert!(store.replace_voucher(claim.0, settled, NOW).unwrap());
    assert!(differences(&store).is_empty());
    credit(RowId::new(customer, 4), "a", "10");
    credit(RowId::new(customer, 5), "b", "10");
    let stray = "a voucher's credit without a voucher that was redeemed by it";
    let twice = (7, stray, "0.00 10.00".to_owned());
    assert_eq!(differences(&store), [twice.clone(), twice], "credited twice, and for a voucher that is free");
    let lost = "DELETE FROM ledger_entry";
    store.write(move |transaction| Ok(transaction.execute(lost, []).map(drop)?)).unwrap();
    let what = "a redeemed voucher against its credit";
    assert_eq!(differences(&store), [(7, what, "10.00 0.00".to_owned())]);
}
