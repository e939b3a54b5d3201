//! What the journal shows again after every way in which its files can be cut off or damaged.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::disk::Directory;
use parking_lot::Mutex;
use std::fs::File;
use std::path::{Path, PathBuf};

type Records = Vec<(u64, Vec<u8>)>;

fn disk(directory: &Path) -> Arc<dyn Disk> {
    Arc::new(Directory::open(directory).unwrap())
}

/// A directory that writes down what is asked of it.
struct Watched {
    directory: Directory,
    asked: Arc<Mutex<Vec<String>>>,
}

struct WatchedFile {
    file: Arc<dyn DiskFile>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Watched {
    fn new(path: &Path) -> (Arc<Self>, Arc<Mutex<Vec<String>>>) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let watched = Self { directory: Directory::open(path).unwrap(), asked: asked.clone() };
        (Arc::new(watched), asked)
    }
}

impl DiskFile for WatchedFile {
    fn write_all_at(&self, octets: &[u8], at: u64) -> io::Result<()> {
        self.asked.lock().push(format!("write {} at {at}", octets.len()));
        self.file.write_all_at(octets, at)
    }

    fn sync(&self) -> io::Result<()> {
        self.asked.lock().push("sync".to_owned());
        self.file.sync()
    }
}

impl Disk for Watched {
    fn place(&self) -> &Path {
        self.directory.place()
    }

    fn file_octets(&self) -> u64 {
        HEAD_OCTETS as u64 + 1
    }

    fn names(&self) -> io::Result<Vec<String>> {
        self.directory.names()
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        self.directory.read(name, most)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.asked.lock().push(format!("open {name}"));
        Ok(Arc::new(WatchedFile { file: self.directory.open(name)?, asked: self.asked.clone() }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.directory.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.directory.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.asked.lock().push("sync names".to_owned());
        self.directory.sync_names()
    }

    fn ask_for_prepared(&self) {}
}

fn open_at(directory: &Path, upto: u64) -> Result<(Files, Records), StoreError> {
    let mut shown = Records::new();
    let journal = Files::open(disk(directory), Arc::new(AtomicU64::new(upto)), |id, payload| {
        shown.push((id, payload.to_vec()));
        Ok(())
    })?;
    Ok((journal, shown))
}

fn append(journal: &mut Files, payloads: &[&[u8]]) {
    journal.append(payloads.iter().copied()).unwrap();
}

fn files(directory: &Path) -> Vec<PathBuf> {
    segment_numbers(&*disk(directory))
        .unwrap()
        .iter()
        .map(|n| directory.join(format!("{n:012}.{ENDING}")))
        .collect()
}

#[test]
fn what_was_appended_is_shown_again_in_order_behind_what_the_tables_have() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, shown) = open_at(directory.path(), 0).unwrap();
    assert!(shown.is_empty());
    append(&mut journal, &[b"one", b"two"]);
    append(&mut journal, &[b"", b"four"]);
    drop(journal);
    let (mut journal, shown) = open_at(directory.path(), 0).unwrap();
    let expected: Records =
        vec![(1, b"one".into()), (2, b"two".into()), (3, b"".into()), (4, b"four".into())];
    assert_eq!(shown, expected);
    append(&mut journal, &[b"five"]);
    drop(journal);
    let (_, shown) = open_at(directory.path(), 3).unwrap();
    assert_eq!(shown, vec![(4, b"four".to_vec()), (5, b"five".to_vec())]);
}

#[test]
fn a_last_file_cut_off_at_any_octet_shows_whole_records_only() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"first record"]);
    append(&mut journal, &[b"second record"]);
    drop(journal);
    let file = files(directory.path()).pop().unwrap();
    let whole = std::fs::read(&file).unwrap();
    let first_end = HEAD_OCTETS + RECORD_HEAD_OCTETS + b"first record".len();
    for length in 0..whole.len() {
        std::fs::write(&file, &whole[..length]).unwrap();
        let copy = tempfile::tempdir().unwrap();
        std::fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
        let (mut journal, shown) = open_at(copy.path(), 0).unwrap();
        assert_eq!(shown.len(), usize::from(length >= first_end), "cut off at {length}");
        // And it goes on from there.
        append(&mut journal, &[b"after"]);
        drop(journal);
        let (_, again) = open_at(copy.path(), 0).unwrap();
        assert_eq!(again.last().unwrap(), &(shown.len() as u64 + 1, b"after".to_vec()));
    }
}

#[test]
fn a_flipped_bit_in_the_last_file_ends_it_and_in_an_earlier_file_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"first", b"second"]);
    drop(journal);
    let file = files(directory.path()).pop().unwrap();
    let whole = std::fs::read(&file).unwrap();
    for at in HEAD_OCTETS..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        std::fs::write(&file, damaged).unwrap();
        let (_, shown) = open_at(directory.path(), 0).unwrap();
        assert!(shown.len() < 2, "octet {at} is covered by a checksum");
    }
    std::fs::write(&file, &whole).unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"third, in another file"]);
    drop(journal);
    assert_eq!(files(directory.path()).len(), 2);
    let mut damaged = whole;
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(&file, damaged).unwrap();
    assert!(matches!(open_at(directory.path(), 0), Err(StoreError::Corrupt(_))));
}

#[test]
fn what_a_failed_write_left_on_the_disk_never_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"answered"]);
    // A write that fails after its octets reached the disk: they are there, whole, behind the durable end.
    let open = journal.open.take().unwrap();
    let mut refused = Vec::new();
    write_record(&mut refused, open.number, 2, b"refused").unwrap();
    open.file.write_all_at(&refused, open.end).unwrap();
    journal.seal(Some(open));
    append(&mut journal, &[b"answered later"]);
    drop(journal);
    let (_, shown) = open_at(directory.path(), 0).unwrap();
    assert_eq!(shown, vec![(1, b"answered".to_vec()), (2, b"answered later".to_vec())]);
}

#[test]
fn files_are_used_again_once_the_tables_have_them_and_old_records_in_them_do_not_count() {
    let directory = tempfile::tempdir().unwrap();
    let folded = Arc::new(AtomicU64::new(0));
    let mut journal = Files::open(disk(directory.path()), folded.clone(), |_, _| Ok(())).unwrap();
    let large = vec![7; usize::try_from(journal.disk.file_octets() / 2).unwrap()];
    for round in 1..=40u64 {
        append(&mut journal, &[&large]);
        folded.store(round.saturating_sub(1), Ordering::Release);
        assert!(files(directory.path()).len() <= SPARES_MOST + 3, "files are used again");
    }
    drop(journal);
    let mut shown = 0;
    Files::open(disk(directory.path()), folded, |id, payload| {
        assert_eq!((id, payload.len()), (40, large.len()));
        shown += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(shown, 1);
}

#[test]
fn a_journal_that_does_not_continue_the_tables_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"one"]);
    drop(journal);
    let (mut journal, _) = open_at(directory.path(), 1).unwrap();
    append(&mut journal, &[b"two"]);
    drop(journal);
    std::fs::remove_file(&files(directory.path())[0]).unwrap();
    assert!(matches!(open_at(directory.path(), 0), Err(StoreError::Corrupt(_))), "record 1 is missing");
    let (_, shown) = open_at(directory.path(), 1).unwrap();
    assert_eq!(shown, vec![(2, b"two".to_vec())]);
    // The tables are ahead: nothing of it is needed, and the next record follows on theirs.
    let (mut journal, shown) = open_at(directory.path(), 9).unwrap();
    assert!(shown.is_empty());
    append(&mut journal, &[b"ten"]);
    drop(journal);
    assert_eq!(open_at(directory.path(), 9).unwrap().1, vec![(10, b"ten".to_vec())]);
}

#[test]
fn a_file_that_was_made_and_not_begun_is_made_anew() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"one"]);
    drop(journal);
    for left in [&b""[..], b"TALEA-J", &[0; 4096]] {
        std::fs::write(directory.path().join(format!("{:012}.{ENDING}", 2)), left).unwrap();
        assert_eq!(open_at(directory.path(), 0).unwrap().1.len(), 1);
    }
}

#[test]
fn after_a_write_that_fails_the_next_one_begins_a_file_and_gets_the_same_id() {
    let directory = tempfile::tempdir().unwrap();
    let (mut journal, _) = open_at(directory.path(), 0).unwrap();
    append(&mut journal, &[b"answered"]);
    let open = journal.open.as_mut().unwrap();
    // The kernel refuses to write through this handle.
    open.file = Arc::new(File::open(directory.path().join(name(open.number))).unwrap());
    assert!(journal.append([&b"refused"[..]].into_iter()).is_err());
    assert_eq!(journal.last_id(), 1);
    append(&mut journal, &[b"answered later"]);
    drop(journal);
    let (_, shown) = open_at(directory.path(), 0).unwrap();
    assert_eq!(shown, vec![(1, b"answered".to_vec()), (2, b"answered later".to_vec())]);
}

#[test]
fn a_file_has_its_name_for_good_before_its_head_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let (disk, asked) = Watched::new(directory.path());
    let mut journal = Files::open(disk, Arc::default(), |_, _| Ok(())).unwrap();
    append(&mut journal, &[b"one"]);
    // Power lost in between would leave the head of another file under the old name.
    let expected =
        ["open 000000000001.journal", "sync names", "write 28 at 0", "sync", "write 19 at 28", "sync"];
    assert_eq!(*asked.lock(), expected);
}

#[test]
fn what_is_recovered_from_the_last_file_is_written_again_before_it_counts() {
    let directory = tempfile::tempdir().unwrap();
    let (disk, asked) = Watched::new(directory.path());
    let mut journal = Files::open(disk.clone(), Arc::default(), |_, _| Ok(())).unwrap();
    append(&mut journal, &[b"one"]);
    append(&mut journal, &[b"two"]);
    drop(journal);
    asked.lock().clear();
    // A killed process leaves its writes with the operating system, which may lose them at the next loss of power.
    Files::open(disk, Arc::default(), |_, _| Ok(())).unwrap();
    assert_eq!(*asked.lock(), ["open 000000000002.journal", "write 47 at 0", "sync"]);
}
