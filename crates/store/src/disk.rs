//! What the journal asks of a file system, and its answer by the real one.
//!
//! Names and contents become durable separately: a name (made, changed, removed) by [`Disk::sync_names`], contents by
//! [`DiskFile::sync`]. Must not know: what is in the files.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// A file is left once it has grown to this.
const SEGMENT_OCTETS: u64 = 32 << 20;
/// Octets written at once to a new file, so that commits meanwhile do not wait long.
const PREPARED_AT_ONCE: usize = 256 << 10;
/// Time between two of them.
const PREPARE_PAUSE: Duration = Duration::from_millis(4);
/// Name of a file that is being filled with zeros.
const PREPARING: &str = "preparing";
/// Name of a file full of zeros that is ready for use.
pub const PREPARED: &str = "prepared";

/// A directory for the journal alone.
pub trait Disk: Send + Sync {
    /// Where it is, for people.
    fn place(&self) -> &Path;
    /// A file is left once it has grown to so many octets.
    fn file_octets(&self) -> u64;
    /// Names of all files, in any order.
    fn names(&self) -> io::Result<Vec<String>>;
    /// The first octets of a file, `most` at most.
    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>>;
    /// A file to write to; made when there is none, kept as it is when there is.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Gives a file another name; replaces one that has it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes all names durable.
    fn sync_names(&self) -> io::Result<()>;
    /// Asks for a file [`PREPARED`] some time later. Without it commits are only slower.
    fn ask_for_prepared(&self);
}

/// A file that is open for writing.
pub trait DiskFile: Send + Sync {
    /// Writes over what is there, or behind it.
    fn write_all_at(&self, octets: &[u8], at: u64) -> io::Result<()>;
    /// Makes the contents durable. After an error nothing is known of what was not durable before.
    fn sync(&self) -> io::Result<()>;
}

impl DiskFile for File {
    fn write_all_at(&self, octets: &[u8], at: u64) -> io::Result<()> {
        FileExt::write_all_at(self, octets, at)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// A directory of the operating system.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    prepare: mpsc::SyncSender<()>,
}

impl Directory {
    /// Makes the directory when it is missing, and starts the thread that prepares files; it ends with this value.
    pub fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned(), prepare: start_preparing(path)? })
    }
}

impl Disk for Directory {
    fn place(&self) -> &Path {
        &self.path
    }

    fn file_octets(&self) -> u64 {
        SEGMENT_OCTETS
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = std::fs::read_dir(&self.path)?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    fn read(&self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut octets = Vec::new();
        File::open(self.path.join(name))?.take(most).read_to_end(&mut octets)?;
        Ok(octets)
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = File::options().create(true).truncate(false).write(true).open(self.path.join(name))?;
        Ok(Arc::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    fn ask_for_prepared(&self) {
        let _ = self.prepare.try_send(());
    }
}

/// Starts the thread that fills a file with zeros whenever it is asked and there is none.
fn start_preparing(directory: &Path) -> io::Result<mpsc::SyncSender<()>> {
    let (ask, asked) = mpsc::sync_channel(1);
    let directory = directory.to_owned();
    std::thread::Builder::new().name("talea-prepare".to_owned()).spawn(move || {
        for () in asked {
            // Without it commits are only slower.
            if let Err(error) = prepare(&directory) {
                tracing::warn!(%error, "no journal file can be prepared");
            }
        }
    })?;
    Ok(ask)
}

fn prepare(directory: &Path) -> io::Result<()> {
    let ready = directory.join(PREPARED);
    if ready.exists() {
        return Ok(());
    }
    let path = directory.join(PREPARING);
    let file = File::create(&path)?;
    let zeros = vec![0; PREPARED_AT_ONCE];
    for at in (0..SEGMENT_OCTETS).step_by(PREPARED_AT_ONCE) {
        FileExt::write_all_at(&file, &zeros, at)?;
        file.sync_data()?;
        // Nobody unparks: the disk is the commits' meanwhile.
        std::thread::park_timeout(PREPARE_PAUSE);
    }
    std::fs::rename(path, ready)
}
