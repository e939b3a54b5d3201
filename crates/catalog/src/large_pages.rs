//! Octets that are read here and there: kept in large pages where the system has them, so that a read does not first wait for the
//! page's address. Knows nothing of what is in them.

use memmap2::{Advice, MmapMut};
use std::ops::{Deref, DerefMut};

/// Less than this would not fill one large page.
const LARGE: usize = 2 << 20;

/// Octets of a length that stays.
#[derive(Debug)]
pub(crate) enum LargePages {
    /// Memory of its own.
    Mapped(MmapMut),
    /// Few octets, or the system has no more mappings.
    Heap(Box<[u8]>),
}

impl LargePages {
    /// So many zeros.
    pub fn zeroed(octets: usize) -> Self {
        let mapped = (octets >= LARGE).then(|| MmapMut::map_anon(octets).ok()).flatten();
        match mapped {
            Some(mapped) => {
                // Without it reads are only slower.
                let _ = mapped.advise(Advice::HugePage);
                Self::Mapped(mapped)
            }
            None => Self::Heap(vec![0; octets].into()),
        }
    }

    /// A copy.
    pub fn copy_of(octets: &[u8]) -> Self {
        let mut copy = Self::zeroed(octets.len());
        copy.copy_from_slice(octets);
        copy
    }
}

impl Default for LargePages {
    fn default() -> Self {
        Self::Heap(Box::default())
    }
}

impl Deref for LargePages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Mapped(mapped) => mapped,
            Self::Heap(octets) => octets,
        }
    }
}

impl DerefMut for LargePages {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Mapped(mapped) => mapped,
            Self::Heap(octets) => octets,
        }
    }
}
