//! The simulated disk under the journal: what a process wrote is lost, kept or torn at a power loss unless it was made durable.
//!
//! Contents become durable by sector, in any subset; changes of names in their order, as a file system with a journal of its own does
//! it, independent of contents. A failed sync loses what it did not write, as Linux does: what a process reads afterwards is not what
//! a power loss leaves. Must not know: what is in the files (but for [`Lie::MendTorn`]).

use crate::dice::Dice;
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::{Disk, DiskFile, PREPARED};

/// How a broken disk deceives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// A failed sync is told as done.
    SyncDone,
    /// Torn records come back with a checksum that fits.
    MendTorn,
}

#[derive(Debug, Default)]
struct Contents {
    /// What a power loss leaves for sure.
    durable: Vec<u8>,
    /// What processes see.
    seen: Vec<u8>,
    /// Sectors that are perhaps not durable.
    dirty: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
enum Renaming {
    Make(String, usize),
    Move(String, String),
    Remove(String),
}

type Names = BTreeMap<String, usize>;

struct State {
    dice: Dice,
    sector: usize,
    files: Vec<Contents>,
    names: Names,
    durable_names: Names,
    /// Since names were made durable last.
    renamings: Vec<Renaming>,
    /// So many operations until the process dies in the middle of one.
    fuse: Option<u64>,
    dead: bool,
    /// Writes and syncs that fail, in a thousand.
    failing: u64,
    asked: bool,
    lie: Option<Lie>,
}

/// The disk; copies share it.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    place: PathBuf,
    file_octets: u64,
}

struct OpenFile {
    state: Arc<Mutex<State>>,
    file: usize,
}

/// What became of an operation.
enum Fate {
    Works,
    Fails,
    Dies,
}

fn fault() -> io::Error {
    io::Error::other("simulated fault")
}

impl SimDisk {
    /// An empty disk.
    pub fn new(mut dice: Dice, lie: Option<Lie>) -> Self {
        let sector = *dice.pick(&[64, 512, 4_096]).unwrap_or(&512);
        let file_octets = *dice.pick(&[1_000, 3_000, 12_000, 60_000]).unwrap_or(&12_000);
        let state = State {
            dice,
            sector,
            files: Vec::new(),
            names: Names::new(),
            durable_names: Names::new(),
            renamings: Vec::new(),
            fuse: None,
            dead: false,
            failing: 0,
            asked: false,
            lie,
        };
        Self { state: Arc::new(Mutex::new(state)), place: PathBuf::from("simulated"), file_octets }
    }

    /// The process dies in the middle of the `operations`-th operation from now.
    pub fn light_fuse(&self, operations: u64) {
        self.state.lock().fuse = Some(operations);
    }

    /// Whether the process has died.
    pub fn is_dead(&self) -> bool {
        self.state.lock().dead
    }

    /// Whether an operation that failed may have failed by the weather.
    pub fn is_failing(&self) -> bool {
        self.state.lock().failing > 0
    }

    /// Lets so many of a thousand writes and syncs fail.
    pub fn fail(&self, in_thousand: u64) {
        self.state.lock().failing = in_thousand;
    }

    /// The process was killed: what it wrote stays with the operating system.
    pub fn killed(&self) {
        let mut state = self.state.lock();
        (state.fuse, state.dead, state.failing) = (None, false, 0);
    }

    /// Power was lost: what was not durable is there or not, sector by sector.
    pub fn power_lost(&self) {
        self.killed();
        let mut state = self.state.lock();
        let State { dice, sector, files, names, durable_names, renamings, .. } = &mut *state;
        for file in files {
            for place in std::mem::take(&mut file.dirty) {
                if dice.chance(500) {
                    file.keep(place, *sector);
                }
            }
            file.seen.clone_from(&file.durable);
        }
        let kept = dice.place(renamings.len() + 1);
        for renaming in renamings.drain(..).take(kept) {
            renaming.apply(durable_names);
        }
        names.clone_from(durable_names);
    }

    /// Makes the prepared file that was asked for.
    pub fn prepare(&self) {
        let mut state = self.state.lock();
        if std::mem::take(&mut state.asked) && !state.names.contains_key(PREPARED) {
            let zeros = vec![0; usize::try_from(self.file_octets).unwrap_or(0)];
            let file = state.files.len();
            state.files.push(Contents { durable: zeros.clone(), seen: zeros, dirty: BTreeSet::new() });
            state.rename(Renaming::Make(PREPARED.to_owned(), file));
        }
    }
}

impl Contents {
    /// Makes a sector durable.
    fn keep(&mut self, place: usize, sector: usize) {
        let (start, end) = (place * sector, ((place + 1) * sector).min(self.seen.len()));
        if self.durable.len() < end {
            self.durable.resize(end, 0);
        }
        if let (Some(to), Some(from)) = (self.durable.get_mut(start..end), self.seen.get(start..end)) {
            to.copy_from_slice(from);
        }
    }

    fn write(&mut self, octets: &[u8], at: usize, sector: usize) {
        let end = at + octets.len();
        if self.seen.len() < end {
            self.seen.resize(end, 0);
        }
        if let Some(to) = self.seen.get_mut(at..end) {
            to.copy_from_slice(octets);
        }
        if !octets.is_empty() {
            self.dirty.extend(at / sector..=(end - 1) / sector);
        }
    }
}

impl Renaming {
    fn apply(self, names: &mut Names) {
        match self {
            Self::Make(name, file) => {
                names.insert(name, file);
            }
            Self::Move(from, to) => {
                if let Some(file) = names.remove(&from) {
                    names.insert(to, file);
                }
            }
            Self::Remove(name) => {
                names.remove(&name);
            }
        }
    }
}

impl State {
    /// Counts an operation; whether it works.
    fn fate(&mut self, may_fail: bool) -> Fate {
        if self.dead {
            return Fate::Fails;
        }
        if let Some(fuse) = &mut self.fuse {
            *fuse = fuse.saturating_sub(1);
            if *fuse == 0 {
                self.dead = true;
                return Fate::Dies;
            }
        }
        let failing = self.failing;
        if may_fail && failing > 0 && self.dice.chance(failing) { Fate::Fails } else { Fate::Works }
    }

    /// An operation that is done or not, never in part.
    fn whole(&mut self) -> io::Result<()> {
        if matches!(self.fate(false), Fate::Works) { Ok(()) } else { Err(fault()) }
    }

    fn rename(&mut self, renaming: Renaming) {
        renaming.clone().apply(&mut self.names);
        self.renamings.push(renaming);
    }
}

impl DiskFile for OpenFile {
    fn write_all_at(&self, octets: &[u8], at: u64) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.dead {
            return Err(fault());
        }
        let fate = state.fate(true);
        let length =
            if matches!(fate, Fate::Works) { octets.len() } else { state.dice.place(octets.len() + 1) };
        let sector = state.sector;
        let at = usize::try_from(at).map_err(|_| fault())?;
        let file = state.files.get_mut(self.file).ok_or_else(fault)?;
        file.write(octets.get(..length).unwrap_or_default(), at, sector);
        if matches!(fate, Fate::Works) { Ok(()) } else { Err(fault()) }
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.dead {
            return Err(fault());
        }
        let fate = state.fate(true);
        let State { dice, sector, files, lie, .. } = &mut *state;
        let file = files.get_mut(self.file).ok_or_else(fault)?;
        for place in std::mem::take(&mut file.dirty) {
            // A failed sync leaves nothing to be tried again; one that a crash interrupts leaves the rest to the power.
            match fate {
                Fate::Works => file.keep(place, *sector),
                Fate::Fails | Fate::Dies if dice.chance(500) => file.keep(place, *sector),
                Fate::Dies => {
                    file.dirty.insert(place);
                }
                Fate::Fails => {}
            }
        }
        match fate {
            Fate::Works => Ok(()),
            Fate::Fails if *lie == Some(Lie::SyncDone) => Ok(()),
            _ => Err(fault()),
        }
    }
}

impl Disk for SimDisk {
    fn place(&self) -> &Path {
        &self.place
    }

    fn file_octets(&self) -> u64 {
        self.file_octets
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let mut state = self.state.lock();
        state.whole()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut state = self.state.lock();
        state.whole()?;
        let file = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        let mut octets = state.files.get(file).ok_or_else(fault)?.seen.clone();
        if state.lie == Some(Lie::MendTorn) {
            mend(&mut octets);
        }
        octets.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(octets)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.state.lock();
        state.whole()?;
        let file = match state.names.get(name) {
            Some(file) => *file,
            None => {
                let file = state.files.len();
                state.files.push(Contents::default());
                state.rename(Renaming::Make(name.to_owned(), file));
                file
            }
        };
        Ok(Arc::new(OpenFile { state: self.state.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.whole()?;
        if !state.names.contains_key(from) {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.rename(Renaming::Move(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.whole()?;
        state.rename(Renaming::Remove(name.to_owned()));
        Ok(())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.whole()?;
        let State { durable_names, renamings, .. } = &mut *state;
        renamings.drain(..).for_each(|renaming| renaming.apply(durable_names));
        Ok(())
    }

    fn ask_for_prepared(&self) {
        self.state.lock().asked = true;
    }
}

/// Length of a journal file's head, and of a record's: octets 8 to 16 of the file are its number; a record has its length, its
/// checksum, its id.
const FILE_HEAD: usize = 28;
const RECORD_HEAD: usize = 16;

/// Gives the first record whose checksum does not fit one that does, if its head looks whole.
fn mend(octets: &mut Vec<u8>) -> Option<()> {
    let number: [u8; 8] = *octets.get(8..)?.first_chunk()?;
    let (mut at, mut last) = (FILE_HEAD, None);
    loop {
        let head: [u8; RECORD_HEAD] = *octets.get(at..)?.first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*head.first_chunk()?)).ok()?;
        let sum = u32::from_le_bytes(*head.get(4..)?.first_chunk()?);
        let id: [u8; 8] = *head.get(8..)?.first_chunk()?;
        let end = at + RECORD_HEAD + length;
        let count = u64::from_le_bytes(id);
        if length == 0 || length > 1 << 20 || last.is_some_and(|last| count != last + 1) {
            return None;
        }
        if octets.len() < end {
            octets.resize(end, 0);
        }
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&number);
        hasher.update(&id);
        hasher.update(octets.get(at + RECORD_HEAD..end)?);
        let fits = hasher.finalize();
        if fits != sum {
            octets.get_mut(at + 4..at + 8)?.copy_from_slice(&fits.to_le_bytes());
            return Some(());
        }
        (at, last) = (end, Some(count));
    }
}
