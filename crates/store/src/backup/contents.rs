//! What is in a backup: its files with sizes and checksums, told by a file of its own.

use super::BackupReport;
use crate::StoreError;
use crate::store::{DATABASE, LOCK};
use calendar::Instant;
use serde::{Deserialize, Serialize};
use std::fs::{File, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Name of the file that tells what is in the backup; it is written last.
pub(super) const CONTENTS: &str = "backup.json";
/// Version of its form.
const FORMAT: u32 = 1;
/// Octets read at once.
const CHUNK: usize = 1 << 20;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Contents {
    format: u32,
    made_at: String,
    pub journal_records: u64,
    files: Vec<BackedFile>,
}

#[derive(Debug, Serialize, Deserialize)]
struct BackedFile {
    name: String,
    octets: u64,
    crc32: u32,
}

impl Contents {
    pub fn new(at: Instant) -> Self {
        Self { format: FORMAT, made_at: at.to_string(), journal_records: 0, files: Vec::new() }
    }

    /// Takes note of a file that is in the backup.
    pub fn add(&mut self, directory: &Path, name: &str) -> Result<(), StoreError> {
        let path = directory.join(name);
        let (octets, crc32) = sum(&path).map_err(|reason| StoreError::directory(&path, &reason))?;
        self.files.push(BackedFile { name: name.to_owned(), octets, crc32 });
        Ok(())
    }

    pub fn write(&self, directory: &Path) -> Result<(), StoreError> {
        let path = directory.join(CONTENTS);
        let written = serde_json::to_vec_pretty(self).map_err(io::Error::from).and_then(|text| {
            std::fs::write(&path, text)?;
            File::open(&path)?.sync_all()?;
            sync_directory(Some(directory))
        });
        written.map_err(|reason| StoreError::directory(&path, &reason))
    }

    pub fn read(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(CONTENTS);
        let text = std::fs::read(&path).map_err(|_| StoreError::NoBackup(directory.display().to_string()))?;
        let damaged = || StoreError::BackupDamaged(path.display().to_string());
        let contents: Self = serde_json::from_slice(&text).map_err(|_| damaged())?;
        let plain = |file: &BackedFile| Path::new(&file.name).file_name() == Some(file.name.as_ref());
        let sound = contents.format == FORMAT
            && Instant::parse(&contents.made_at).is_some()
            && contents.files.iter().all(plain)
            && contents.names().any(|name| name == DATABASE);
        if sound { Ok(contents) } else { Err(damaged()) }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// Whether a copy of a file is what the backup had.
    pub fn check(&self, name: &str, path: &Path) -> Result<(), StoreError> {
        let found = sum(path).map_err(|reason| StoreError::directory(path, &reason))?;
        let mut files = self.files.iter();
        if files.any(|file| file.name == name && (file.octets, file.crc32) == found) {
            return Ok(());
        }
        Err(StoreError::BackupDamaged(name.to_owned()))
    }

    pub fn report(&self) -> BackupReport {
        BackupReport {
            made_at: Instant::parse(&self.made_at).unwrap_or(Instant::from_micros(0)),
            octets: self.files.iter().map(|file| file.octets).sum(),
            along: self.names().filter(|name| *name != DATABASE).map(str::to_owned).collect(),
            journal_records: self.journal_records,
        }
    }
}

/// Size and checksum of a file.
fn sum(path: &Path) -> io::Result<(u64, u32)> {
    let (mut file, mut chunk) = (File::open(path)?, vec![0; CHUNK]);
    let (mut octets, mut sum) = (0, crc32fast::Hasher::new());
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok((octets, sum.finalize()));
        }
        octets += read as u64;
        sum.update(chunk.get(..read).unwrap_or_default());
    }
}

/// Copies a file with its permissions; durable when this returns.
pub(super) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::copy(from, to)?;
    File::open(to)?.sync_all()
}

/// Makes a directory, if there is none, that only its owner may enter: customers' data and the installation's key are in it.
pub(super) fn make_private(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    std::fs::set_permissions(directory, Permissions::from_mode(0o700))
}

/// Refuses a directory that a process has open or that holds anything.
pub fn refuse_used(directory: &Path) -> Result<(), StoreError> {
    let shown = || directory.display().to_string();
    if File::open(directory.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err()) {
        return Err(StoreError::Locked(shown()));
    }
    match std::fs::read_dir(directory).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(StoreError::NotEmpty(shown())),
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::directory(directory, &error))
        }
        _ => Ok(()),
    }
}

/// Makes the names in a directory durable.
pub(super) fn sync_directory(directory: Option<&Path>) -> io::Result<()> {
    let here = PathBuf::from(".");
    let directory = directory.filter(|path| !path.as_os_str().is_empty()).unwrap_or(&here);
    File::open(directory)?.sync_all()
}
