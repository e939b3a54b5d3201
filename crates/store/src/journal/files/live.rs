//! Reading a journal that another process writes meanwhile.
//!
//! Nothing is locked and nothing changed: a record counts when its checksum fits its place, and files that are used again for newer
//! records are noticed by the numbers of the records. Must not know: what the images mean, SQL.

use super::{HEAD_OCTETS, Records, name, read_head, segment_numbers};
use crate::StoreError;
use crate::disk::Disk;
use std::io;

/// Shows every record behind `upto`, in order, up to the newest. Everything that was durable before the call is among them.
///
/// False: records are missing, since their files were used again before they could be read; the tables are further by now.
pub(crate) fn read_behind(
    disk: &dyn Disk,
    upto: u64,
    mut show: impl FnMut(u64, &[u8]),
) -> Result<bool, StoreError> {
    let trouble = |error| StoreError::directory(disk.place(), &error);
    let (mut next_id, mut whole) = (upto + 1, true);
    let mut held: Option<File> = None;
    for number in segment_numbers(disk).map_err(trouble)? {
        let Some(file) = File::read(disk, number).map_err(trouble)? else { continue };
        if let Some(before) = held.replace(file) {
            // Where the file before ends is told by this one, when they follow on each other.
            let end = held.as_ref().filter(|file| before.number + 1 == file.number);
            before.show(end.map(|file| file.previous_end), &mut next_id, &mut whole, &mut show)?;
        }
    }
    if let Some(last) = held {
        last.show(None, &mut next_id, &mut whole, &mut show)?;
    }
    Ok(whole)
}

/// A file as it was when it was read.
struct File {
    number: u64,
    previous_end: u64,
    contents: Vec<u8>,
}

impl File {
    /// Nothing where the file has another name by now, or is not begun.
    fn read(disk: &dyn Disk, number: u64) -> io::Result<Option<Self>> {
        let contents = match disk.read(&name(number), u64::MAX) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            contents => contents?,
        };
        let head = read_head(&contents, number);
        Ok(head.map(|previous_end| Self { number, previous_end, contents }))
    }

    /// Shows what is still to be shown of it. A file that was used again while it was read ends early; the gap is noticed by the ids.
    fn show(
        &self,
        must_end: Option<u64>,
        next_id: &mut u64,
        whole: &mut bool,
        show: &mut impl FnMut(u64, &[u8]),
    ) -> Result<(), StoreError> {
        let end = must_end.and_then(|end| usize::try_from(end).ok()).unwrap_or(self.contents.len());
        let contents = self.contents.get(..end).unwrap_or(&self.contents);
        let mut records = Records { contents, number: self.number, must_end: None, at: HEAD_OCTETS };
        while let Some((id, payload)) = records.next()? {
            if id == *next_id && *whole {
                show(id, payload);
                *next_id += 1;
            } else if id > *next_id {
                *whole = false;
            }
        }
        Ok(())
    }
}
