//! Whoever can wait for the tables is told when their turn has come, and no burst of writing is made for him.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::disk::Directory;
use crate::{Images, NoteRecord, Record};
use std::sync::mpsc::{Receiver, channel};

const CUSTOMER: CustomerId = CustomerId(7);

/// Commits a note of so many octets.
fn commit(store: &mut Stepwise, ownership: Ownership, octets: usize) {
    let mut images = Images::default();
    let at = Instant::from_micros(1);
    let note =
        NoteRecord { id: RowId::new(CUSTOMER, 1), author: "anna".into(), at, body: "x".repeat(octets) };
    images.add_record(CUSTOMER, 1, &Record::Note(note));
    let (fold_now, lost, folded) = (Vec::new(), Arc::default(), None);
    store.commit(Batch {
        ownership,
        images,
        fold_now,
        lost,
        done: Box::new(|outcome, _| outcome.unwrap()),
        folded,
    });
    store.journal_step(usize::MAX).into_iter().for_each(|tell| tell());
}

/// Waits for the tables as somebody who has time; what he is told.
fn wait(store: &mut Stepwise) -> Receiver<bool> {
    let (send, told) = channel();
    let announce = Box::new(move |folded| send.send(folded).unwrap());
    let _ = store.workings.journal.push(JournalJob::Flush(Flush { announce, paced: true }));
    store.journal_step(usize::MAX);
    store.tables_step(usize::MAX, Turn::Nothing, usize::MAX).unwrap();
    told
}

#[test]
fn who_can_wait_is_told_at_once_of_little_and_of_much_when_it_was_folded_anyway() {
    let directory = tempfile::tempdir().unwrap();
    let disk = Directory::open(directory.path()).unwrap();
    let mut store = Stepwise::open(Tables::in_memory().unwrap(), Arc::new(disk)).ok().unwrap();
    let ownership = store.take_over().unwrap();
    assert!(wait(&mut store).try_recv().unwrap(), "nothing to wait for");
    commit(&mut store, ownership, 1_000);
    assert!(wait(&mut store).try_recv().unwrap(), "little goes there at once");
    commit(&mut store, ownership, 2_000_000);
    let told = wait(&mut store);
    assert!(told.try_recv().is_err(), "much does not");
    store.tables_step(usize::MAX, Turn::All, usize::MAX).unwrap();
    assert!(told.try_recv().unwrap(), "it was its turn");
}
