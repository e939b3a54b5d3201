//! What a backup refuses to overwrite and a restore refuses to believe.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::journal::files::{Files, read_behind};

fn order<'a>(from: &'a Path, to: &'a Path) -> BackupOrder<'a> {
    BackupOrder { from, to, along: &["secret.key", "no such file"], at: Instant::from_micros(1_000_000) }
}

/// A data directory in use, and a backup of it.
fn backed_up(directory: &Path) -> (Store, PathBuf) {
    let live = directory.join("live");
    let store = Store::open(&Options { directory: live.clone() }).unwrap();
    std::fs::write(live.join("secret.key"), [7; 32]).unwrap();
    let kept = directory.join("kept");
    let mut last = (0, 0);
    let made = back_up(&order(&live, &kept), &mut |done, all| last = (done, all)).unwrap();
    assert!(last.0 == last.1 && last.1 > 0, "progress ends at all pages: {last:?}");
    assert_eq!(made.along, ["secret.key"]);
    (store, kept)
}

#[test]
fn a_backup_is_one_database_file_its_companions_and_their_list_for_the_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (_store, kept) = backed_up(directory.path());
    let mut names: Vec<String> = std::fs::read_dir(&kept)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["backup.json", "secret.key", "talea.db"]);
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(is_backup(&kept) && !is_backup(directory.path()));
}

#[test]
fn what_is_there_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let (store, kept) = backed_up(directory.path());
    let live = directory.path().join("live");
    assert!(matches!(back_up(&order(&live, &kept), &mut |_, _| {}), Err(StoreError::NotEmpty(_))));
    assert!(matches!(restore(&kept, &live), Err(StoreError::Locked(_))), "it is in use");
    drop(store);
    assert!(matches!(restore(&kept, &live), Err(StoreError::NotEmpty(_))));
    let nothing = directory.path().join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    assert!(matches!(restore(&live, &nothing), Err(StoreError::NoBackup(_))));
    let missing = back_up(&order(&nothing, &directory.path().join("again")), &mut |_, _| {});
    assert!(matches!(missing, Err(StoreError::NoDatabase(_))));
}

#[test]
fn a_restored_directory_holds_the_same_files_and_opens() {
    let directory = tempfile::tempdir().unwrap();
    let (store, kept) = backed_up(directory.path());
    drop(store);
    let to = directory.path().join("restored");
    let (report, books) = restore(&kept, &to).unwrap();
    assert_eq!((report.made_at, books.differences.len()), (Instant::from_micros(1_000_000), 0));
    assert_eq!(std::fs::read(to.join("secret.key")).unwrap(), [7; 32]);
    Store::open(&Options { directory: to }).unwrap();
}

#[test]
fn a_changed_or_missing_octet_is_noticed_before_anything_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let (_store, kept) = backed_up(directory.path());
    for name in ["talea.db", "secret.key"] {
        let whole = std::fs::read(kept.join(name)).unwrap();
        let (mut flipped, shorter) = (whole.clone(), whole[..whole.len() - 1].to_vec());
        *flipped.last_mut().unwrap() ^= 1;
        for (number, damaged) in [flipped, shorter].iter().enumerate() {
            std::fs::write(kept.join(name), damaged).unwrap();
            let to = directory.path().join(format!("to {name} {number}"));
            assert!(matches!(restore(&kept, &to), Err(StoreError::BackupDamaged(_))), "{name}");
            assert!(!to.join("talea.db").exists(), "nothing to serve");
        }
        std::fs::write(kept.join(name), whole).unwrap();
    }
}

#[test]
fn records_whose_files_were_used_again_meanwhile_are_missed() {
    let directory = tempfile::tempdir().unwrap();
    let disk: std::sync::Arc<dyn crate::Disk> =
        std::sync::Arc::new(Directory::open(directory.path()).unwrap());
    let folded = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    for round in 0..3u8 {
        // Each start begins a file.
        let mut journal = Files::open(disk.clone(), folded.clone(), |_, _| Ok(())).unwrap();
        journal.append([[round; 10].as_slice(), [round; 20].as_slice()].into_iter()).unwrap();
    }
    let read = |upto| {
        let mut ids = Vec::new();
        let whole = read_behind(&*disk, upto, |id, _| ids.push(id)).unwrap();
        (whole, ids)
    };
    assert_eq!(read(0), (true, vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(read(3), (true, vec![4, 5, 6]));
    assert_eq!(read(6), (true, vec![]));
    std::fs::remove_file(directory.path().join("000000000001.journal")).unwrap();
    assert_eq!(read(2), (true, vec![3, 4, 5, 6]), "what the tables have is not missed");
    assert_eq!(read(1), (false, vec![]));
    std::fs::remove_file(directory.path().join("000000000002.journal")).unwrap();
    assert!(!read(2).0);
}

/// A backup that cannot be finished leaves nothing behind: the next one has another name and would never remove it.
#[test]
fn a_backup_that_fails_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (store, _) = backed_up(directory.path());
    drop(store);
    let (live, to) = (directory.path().join("live"), directory.path().join("more").join("today"));
    std::fs::create_dir(to.parent().unwrap()).unwrap();
    std::fs::write(live.join("talea.db"), vec![7; 100_000]).unwrap();
    assert!(back_up(&order(&live, &to), &mut |_, _| {}).is_err());
    assert_eq!(std::fs::read_dir(to.parent().unwrap()).unwrap().count(), 0);
}
