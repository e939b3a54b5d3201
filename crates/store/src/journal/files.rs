//! The journal as files: what was answered and is perhaps not in the tables yet.
//!
//! Flows in: encoded row images, a group of batches at a time. Flows out: their durability, and after a crash the same images again.
//! Files of about equal size are written one after the other and used again once the tables have their contents; where there are too
//! few, a thread writes new ones full of zeros. So a commit overwrites blocks that exist and costs one `fdatasync`.
//!
//! A record counts when its checksum fits the file it is in; the first that does not is where a crash cut the last file off. A file
//! says in its head where the one before it ends, so nothing behind a failed write comes back. Must not know: what the images mean,
//! SQL.

mod live;

use crate::StoreError;
use crate::disk::{Disk, DiskFile, PREPARED};
pub(crate) use live::read_behind;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Files kept for use when nothing of them is needed any more.
const SPARES_MOST: usize = 8;
/// Name ending of the files.
const ENDING: &str = "journal";
/// First octets of each file; the last one is the version of the format.
const MAGIC: [u8; 8] = *b"TALEA-J\x01";
/// Magic, number of the file, end of the file before it, checksum of these.
const HEAD_OCTETS: usize = 28;
/// Length of the payload, checksum, id.
const RECORD_HEAD_OCTETS: usize = 16;

/// A file that is no longer written.
#[derive(Debug)]
struct Sealed {
    number: u64,
    /// No later record is in it.
    last_id: u64,
}

/// The file that is being written.
struct Open {
    file: Arc<dyn DiskFile>,
    number: u64,
    /// Everything before it is durable.
    end: u64,
}

/// The journal of one data directory.
pub(crate) struct Files {
    disk: Arc<dyn Disk>,
    open: Option<Open>,
    sealed: VecDeque<Sealed>,
    /// Number and end of the last file, for the head of the next.
    last_number: u64,
    last_end: u64,
    last_id: u64,
    /// Records up to this id are in the tables.
    folded: Arc<AtomicU64>,
    buffer: Vec<u8>,
}

impl Files {
    /// Reads what is there and shows every record behind `folded` in order.
    ///
    /// # Errors
    /// The directory cannot be used; a file is damaged before its end; records are missing.
    pub fn open(
        disk: Arc<dyn Disk>,
        folded: Arc<AtomicU64>,
        mut show: impl FnMut(u64, &[u8]) -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let place = disk.place().to_owned();
        let trouble = |error| StoreError::directory(&place, &error);
        let mut numbers = segment_numbers(&*disk).map_err(trouble)?;
        if numbers.iter().zip(numbers.iter().skip(1)).any(|(number, next)| number + 1 != *next) {
            return Err(StoreError::Corrupt("journal: a file is missing"));
        }
        let upto = folded.load(Ordering::Acquire);
        let mut journal = Self {
            disk,
            open: None,
            sealed: VecDeque::new(),
            last_number: 0,
            last_end: 0,
            last_id: upto,
            folded,
            buffer: Vec::new(),
        };
        let heads = journal.heads(&mut numbers).map_err(trouble)?;
        let mut previous_id = None;
        for (index, number) in numbers.iter().enumerate() {
            if heads.get(index).copied().flatten().is_none() {
                return Err(StoreError::Corrupt("journal: a file has no head"));
            }
            let must_end = heads.get(index + 1).copied().flatten();
            let contents = journal.disk.read(&name(*number), u64::MAX).map_err(trouble)?;
            let mut records = Records { contents: &contents, number: *number, must_end, at: HEAD_OCTETS };
            while let Some((id, payload)) = records.next()? {
                let follows = previous_id.map_or(id <= upto + 1, |previous| id == previous + 1);
                if !follows {
                    return Err(StoreError::Corrupt("journal: records are missing before the tables' state"));
                }
                previous_id = Some(id);
                if id > upto {
                    show(id, payload)?;
                }
            }
            if must_end.is_none() {
                journal
                    .write_again(*number, contents.get(..records.at).unwrap_or_default())
                    .map_err(trouble)?;
            }
            journal.last_id = journal.last_id.max(previous_id.unwrap_or(0));
            journal.last_number = *number;
            journal.last_end = records.at as u64;
            journal.sealed.push_back(Sealed { number: *number, last_id: previous_id.unwrap_or(0) });
        }
        if previous_id.is_some_and(|last| last < upto) {
            // The tables are ahead of it (a backup, say): nothing in it is needed, and new records would not follow on the old ones.
            for sealed in std::mem::take(&mut journal.sealed) {
                journal.disk.remove(&name(sealed.number)).map_err(trouble)?;
            }
        }
        journal.disk.ask_for_prepared();
        Ok(journal)
    }

    /// What each file's head tells: the end of the one before it; `None` where there is no head.
    fn heads(&self, numbers: &mut Vec<u64>) -> io::Result<Vec<Option<u64>>> {
        let mut heads = Vec::with_capacity(numbers.len());
        for number in &*numbers {
            heads.push(read_head(&self.disk.read(&name(*number), HEAD_OCTETS as u64)?, *number));
        }
        // A crash can leave one file behind that was made and not begun.
        if heads.last() == Some(&None) {
            heads.pop();
            if let Some(number) = numbers.pop() {
                self.disk.remove(&name(number))?;
            }
        }
        Ok(heads)
    }

    /// What a process wrote that was killed then, or whose sync failed, is perhaps in the system's memory alone. The tables and the
    /// next file's head will tell that it is there, so it is made durable first; a sync alone would not try again what failed.
    fn write_again(&self, number: u64, contents: &[u8]) -> io::Result<()> {
        let file = self.disk.open(&name(number))?;
        file.write_all_at(contents, 0)?;
        file.sync()
    }

    /// Id of the last durable record.
    pub fn last_id(&self) -> u64 {
        self.last_id
    }

    /// Makes records durable, all or none; they get the ids behind the last one. After a failure nothing of them will be seen again,
    /// and the next call begins a new file.
    pub fn append<'a>(&mut self, payloads: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
        let mut open = match self.open.take() {
            Some(open) if open.end < self.disk.file_octets() => open,
            full => {
                self.seal(full);
                self.begin_file()?
            }
        };
        match self.write(&open, payloads) {
            Ok(id) => {
                open.end += self.buffer.len() as u64;
                self.last_id = id;
                self.open = Some(open);
                Ok(())
            }
            Err(error) => {
                // What reached the disk of this write is behind the end that the next file tells. Should there be none before the next
                // start, its first record must not be whole either, if the disk still takes anything.
                let _ = open.file.write_all_at(&[0; RECORD_HEAD_OCTETS], open.end);
                let _ = open.file.sync();
                self.seal(Some(open));
                Err(error)
            }
        }
    }

    /// The id of the last record.
    fn write<'a>(&mut self, open: &Open, payloads: impl Iterator<Item = &'a [u8]>) -> io::Result<u64> {
        self.buffer.clear();
        let mut id = self.last_id;
        for payload in payloads {
            id += 1;
            write_record(&mut self.buffer, open.number, id, payload)?;
        }
        open.file.write_all_at(&self.buffer, open.end)?;
        open.file.sync()?;
        Ok(id)
    }

    fn seal(&mut self, open: Option<Open>) {
        if let Some(open) = open {
            self.last_end = open.end;
            self.sealed.push_back(Sealed { number: open.number, last_id: self.last_id });
        }
    }

    /// The next file, from a spare one when there is one.
    fn begin_file(&mut self) -> io::Result<Open> {
        let number = self.last_number + 1;
        let file_name = name(number);
        let folded = self.folded.load(Ordering::Acquire);
        let spares = self.sealed.iter().take_while(|sealed| sealed.last_id <= folded).count();
        // The last file is never a spare: its end is told by the next one only once that is durable.
        let mut spares = spares.min(self.sealed.len().saturating_sub(1));
        while spares > SPARES_MOST {
            if let Some(sealed) = self.sealed.front() {
                self.disk.remove(&name(sealed.number))?;
            }
            self.sealed.pop_front();
            spares -= 1;
        }
        if spares > 0
            && let Some(sealed) = self.sealed.front()
        {
            self.disk.rename(&name(sealed.number), &file_name)?;
            self.sealed.pop_front();
        } else if let Err(error) = self.disk.rename(PREPARED, &file_name)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        if spares <= 1 {
            self.disk.ask_for_prepared();
        }
        let file = self.disk.open(&file_name)?;
        // The name first: under its old one the file would not be known by this head.
        self.disk.sync_names()?;
        file.write_all_at(&head(number, self.last_end), 0)?;
        file.sync()?;
        self.last_number = number;
        Ok(Open { file, number, end: HEAD_OCTETS as u64 })
    }
}

/// The name of a file.
fn name(number: u64) -> String {
    format!("{number:012}.{ENDING}")
}

fn segment_numbers(disk: &dyn Disk) -> io::Result<Vec<u64>> {
    let numbered = |name: String| name.strip_suffix(ENDING)?.strip_suffix('.')?.parse().ok();
    let mut numbers: Vec<u64> = disk.names()?.into_iter().filter_map(numbered).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn head(number: u64, previous_end: u64) -> [u8; HEAD_OCTETS] {
    let mut head = [0; HEAD_OCTETS];
    head[..8].copy_from_slice(&MAGIC);
    head[8..16].copy_from_slice(&number.to_le_bytes());
    head[16..24].copy_from_slice(&previous_end.to_le_bytes());
    let sum = crc32fast::hash(&head[..24]);
    head[24..].copy_from_slice(&sum.to_le_bytes());
    head
}

/// The end of the file before this one; `None` when this is not the head of file `number`.
fn read_head(contents: &[u8], number: u64) -> Option<u64> {
    let found = contents.first_chunk::<HEAD_OCTETS>()?;
    let previous_end = u64::from_le_bytes(found[16..24].try_into().ok()?);
    (*found == head(number, previous_end)).then_some(previous_end)
}

/// The number of the file is part of the sum, so that records of an earlier use of the file do not count.
fn checksum(number: u64, id: u64, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_le_bytes());
    hasher.update(&id.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

fn write_record(into: &mut Vec<u8>, number: u64, id: u64, payload: &[u8]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    into.extend_from_slice(&length.to_le_bytes());
    into.extend_from_slice(&checksum(number, id, payload).to_le_bytes());
    into.extend_from_slice(&id.to_le_bytes());
    into.extend_from_slice(payload);
    Ok(())
}

/// The records of one file in order.
struct Records<'a> {
    contents: &'a [u8],
    number: u64,
    /// Where the next file says that this one ends.
    must_end: Option<u64>,
    at: usize,
}

impl<'a> Records<'a> {
    /// The next whole record. Error: it is damaged before the end.
    fn next(&mut self) -> Result<Option<(u64, &'a [u8])>, StoreError> {
        match self.must_end {
            Some(end) if self.at as u64 == end => return Ok(None),
            Some(end) if self.at as u64 > end => {
                return Err(StoreError::Corrupt("journal: a file's end is wrong"));
            }
            _ => {}
        }
        let found = read_record(self.contents, self.at, self.number);
        match found {
            Some((_, payload)) => self.at += RECORD_HEAD_OCTETS + payload.len(),
            None if self.must_end.is_some() => {
                return Err(StoreError::Corrupt("journal: a record is damaged"));
            }
            None => {}
        }
        Ok(found)
    }
}

/// The record at an offset, if a whole one is there.
fn read_record(contents: &[u8], at: usize, number: u64) -> Option<(u64, &[u8])> {
    let (head, rest) = contents.get(at..)?.split_at_checked(RECORD_HEAD_OCTETS)?;
    let length = u32::from_le_bytes(*head.first_chunk()?);
    let sum = u32::from_le_bytes(*head.get(4..)?.first_chunk()?);
    let id = u64::from_le_bytes(*head.get(8..)?.first_chunk()?);
    let payload = rest.get(..usize::try_from(length).ok()?)?;
    (checksum(number, id, payload) == sum).then_some((id, payload))
}

#[cfg(test)]
mod tests;
