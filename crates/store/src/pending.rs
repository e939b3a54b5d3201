//! Row images that are in the journal and not yet in the tables, coalesced: of each row only the newest image is kept.
//!
//! Images gather in the current generation. From time to time it becomes the folding generation, which is written to the tables
//! piece by piece; when it is empty, the journal rows it came from are deleted. A customer can be folded out of turn.

use crate::image::{Image, RowKey};
use charging::CustomerId;
use foldhash::quality::FixedState;
use hashbrown::HashMap;

type Map<K, V> = HashMap<K, V, FixedState>;

/// Images of one customer.
#[derive(Debug, Default)]
pub(crate) struct CustomerImages {
    rows: Map<RowKey, Box<[u8]>>,
    appended: Vec<(RowKey, Box<[u8]>)>,
}

impl CustomerImages {
    pub fn add(&mut self, image: Image) {
        if image.key.is_appended() {
            self.appended.push((image.key, image.bytes));
        } else {
            self.rows.insert(image.key, image.bytes);
        }
    }

    /// Rows to replace and rows to add, the latter in order.
    pub fn iter(&self) -> impl Iterator<Item = (&RowKey, &[u8])> {
        let rows = self.rows.iter().map(|(key, bytes)| (key, &**bytes));
        rows.chain(self.appended.iter().map(|(key, bytes)| (key, &**bytes)))
    }

    pub fn len(&self) -> usize {
        self.rows.len() + self.appended.len()
    }
}

#[derive(Debug, Default)]
struct Generation {
    customers: Map<CustomerId, CustomerImages>,
    /// Journal rows up to this id are in here.
    upto: i64,
}

/// All images waiting to be folded.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    current: Generation,
    folding: Option<Generation>,
}

impl Pending {
    /// Takes note of a journal row; its images are added or folded already.
    pub fn cover(&mut self, journal_id: i64) {
        self.current.upto = self.current.upto.max(journal_id);
    }

    /// Takes note of an image of a covered journal row.
    pub fn add(&mut self, image: Image) {
        self.current.customers.entry(image.customer).or_default().add(image);
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.current.customers.is_empty() && self.current.upto == 0 && self.folding.is_none()
    }

    /// Whether a generation is being folded.
    pub fn is_folding(&self) -> bool {
        self.folding.is_some()
    }

    /// Lets the current generation become the folding one, if none is being folded.
    pub fn turn(&mut self) {
        if self.folding.is_none() && self.current.upto > 0 {
            self.folding = Some(std::mem::take(&mut self.current));
        }
    }

    /// All images of one customer, oldest generation first.
    pub fn take_customer(&mut self, customer: CustomerId) -> Vec<CustomerImages> {
        let folding = self.folding.as_mut().and_then(|g| g.customers.remove(&customer));
        let current = self.current.customers.remove(&customer);
        folding.into_iter().chain(current).collect()
    }

    /// Some customer of the folding generation.
    pub fn next_folding(&mut self) -> Option<(CustomerId, CustomerImages)> {
        let generation = self.folding.as_mut()?;
        let customer = *generation.customers.keys().next()?;
        generation.customers.remove(&customer).map(|images| (customer, images))
    }

    /// When the folding generation is empty: the journal rows that are no longer needed.
    pub fn folded(&mut self) -> Option<i64> {
        if self.folding.as_ref()?.customers.is_empty() { self.folding.take().map(|g| g.upto) } else { None }
    }
}
