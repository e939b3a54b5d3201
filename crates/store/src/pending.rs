//! Row images that are in the journal and not yet in the tables, coalesced: of each row only the newest image is kept.
//!
//! Images gather in the current generation. From time to time it becomes the folding generation, which is written to the tables
//! piece by piece in the order of their keys; when it is empty, the journal up to it is no longer needed. A customer can be folded
//! out of turn: those with new rows (transaction records, ledger entries, events) are, soon.

use crate::Partition;
use crate::StoreError;
use crate::image::{Image, RowKey, counts_key, read_journal, read_key};
use crate::prefetch;
use charging::CustomerId;
use foldhash::quality::FixedState;
use hashbrown::HashTable;
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};
use std::hash::BuildHasher;

/// Images taken note of together.
const TOGETHER: usize = 16;

/// The encoded key and image of a row that is written once.
type Appended = (Box<[u8]>, Box<[u8]>);

/// A row's encoded key and, behind it, its image: in one place of memory.
#[derive(Debug)]
struct Row {
    octets: Vec<u8>,
    key: usize,
}

impl Row {
    fn new(key: &[u8], image: &[u8]) -> Self {
        Self { octets: [key, image].concat(), key: key.len() }
    }

    fn parts(&self) -> (&[u8], &[u8]) {
        self.octets.split_at_checked(self.key).unwrap_or_default()
    }

    fn replace(&mut self, image: &[u8]) {
        self.octets.truncate(self.key);
        self.octets.extend_from_slice(image);
    }
}

/// Newest images by their encoded keys. Counts come behind the whole rows in this order, as they have to.
#[derive(Debug, Default)]
struct Rows {
    /// The only one, as most customers have; then there are no others.
    one: Option<Row>,
    more: BTreeMap<Box<[u8]>, Vec<u8>>,
}

impl Rows {
    fn set(&mut self, key: &[u8], image: &[u8]) {
        if self.more.is_empty() {
            match &mut self.one {
                // The usual case: the same row again, of about the same length.
                Some(row) if row.parts().0 == key => return row.replace(image),
                None => return self.one = Some(Row::new(key, image)),
                Some(_) => self.spread(),
            }
        }
        match self.more.get_mut(key) {
            Some(known) => {
                known.clear();
                known.extend_from_slice(image);
            }
            None => drop(self.more.insert(key.into(), image.to_vec())),
        }
    }

    fn spread(&mut self) {
        if let Some(row) = self.one.take() {
            let (key, image) = row.parts();
            self.more.insert(key.into(), image.to_vec());
        }
    }

    fn remove(&mut self, key: &[u8]) {
        self.one.take_if(|row| row.parts().0 == key);
        self.more.remove(key);
    }

    fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let more = self.more.iter().map(|(key, bytes)| (&**key, bytes.as_slice()));
        self.one.iter().map(Row::parts).chain(more)
    }

    fn len(&self) -> usize {
        usize::from(self.one.is_some()) + self.more.len()
    }
}

/// Images of one customer.
#[derive(Debug, Default)]
pub(crate) struct CustomerImages {
    rows: Rows,
    appended: Vec<Appended>,
}

impl CustomerImages {
    fn add(&mut self, image: &Image<'_>) {
        if image.is_appended {
            return self.appended.push((image.key.into(), image.bytes.into()));
        }
        if let Some(session) = image.session {
            self.rows.remove(&counts_key(session));
        }
        self.rows.set(image.key, image.bytes);
    }

    /// Adds what came later.
    fn absorb(&mut self, later: Self) {
        for (key, image) in later.rows.iter() {
            if let Ok(RowKey::Session(session)) = read_key(key) {
                self.rows.remove(&counts_key(session.as_bytes()));
            }
            self.rows.set(key, image);
        }
        self.appended.extend(later.appended);
    }

    /// Rows to replace and rows to add, the latter in order; encoded keys first.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.rows.iter().chain(self.appended.iter().map(|(key, bytes)| (&**key, &**bytes)))
    }

    pub fn len(&self) -> usize {
        self.rows.len() + self.appended.len()
    }
}

/// Customers with their images.
#[derive(Debug, Default)]
struct Customers {
    table: HashTable<(CustomerId, CustomerImages)>,
    hasher: FixedState,
}

impl Customers {
    /// Asks for the memory in which a customer's images are.
    fn expect(&self, id: CustomerId) {
        self.table.iter_hash(self.hasher.hash_one(id)).for_each(prefetch);
    }

    fn get(&self, id: CustomerId) -> Option<&CustomerImages> {
        self.table.find(self.hasher.hash_one(id), |(of, _)| *of == id).map(|(_, images)| images)
    }

    /// A customer's images, none yet where he is new.
    fn of(&mut self, id: CustomerId) -> &mut CustomerImages {
        let hasher = &self.hasher;
        let place = self.table.entry(hasher.hash_one(id), |(of, _)| *of == id, |(of, _)| hasher.hash_one(of));
        &mut place.or_insert_with(|| (id, CustomerImages::default())).into_mut().1
    }

    fn remove(&mut self, id: CustomerId) -> Option<CustomerImages> {
        let found = self.table.find_entry(self.hasher.hash_one(id), |(of, _)| *of == id).ok()?;
        let ((_, images), _) = found.remove();
        Some(images)
    }

    fn ids(&self) -> impl Iterator<Item = CustomerId> {
        self.table.iter().map(|(id, _)| *id)
    }

    fn len(&self) -> usize {
        self.table.len()
    }
}

#[derive(Debug, Default)]
struct Generation {
    customers: Customers,
    /// While folding: who is left, the next one last.
    order: Vec<CustomerId>,
    /// Journal records up to this id are in here.
    upto: u64,
}

/// All images waiting to be folded.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    current: Generation,
    folding: Option<Generation>,
    /// Who has new rows, in the order in which they came.
    with_new: VecDeque<CustomerId>,
}

impl Pending {
    /// Takes note of a journal record; its images are added or folded already.
    pub fn cover(&mut self, journal_id: u64) {
        self.current.upto = self.current.upto.max(journal_id);
    }

    /// Takes note of the images of a covered journal record. What they replace is scattered over memory, so the places of some are
    /// asked for before the first of them is looked at.
    pub fn add_record(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        let mut some: SmallVec<[Image<'_>; TOGETHER]> = SmallVec::new();
        let read = read_journal(payload, |image| {
            self.current.customers.expect(image.customer);
            some.push(image);
            if some.len() == TOGETHER {
                self.add_all(&some);
                some.clear();
            }
        });
        self.add_all(&some);
        read
    }

    fn add_all(&mut self, images: &[Image<'_>]) {
        let known = images.iter().filter_map(|image| self.current.customers.get(image.customer));
        known.filter_map(|known| known.rows.one.as_ref()).for_each(|row| prefetch(row.octets.as_slice()));
        images.iter().for_each(|image| self.add(image));
    }

    fn add(&mut self, image: &Image<'_>) {
        let customer = self.current.customers.of(image.customer);
        if image.is_appended && customer.appended.is_empty() {
            self.with_new.push_back(image.customer);
        }
        customer.add(image);
    }

    /// The last journal record that was taken note of and waits; 0 = none.
    pub fn upto(&self) -> u64 {
        self.current.upto.max(self.folding.as_ref().map_or(0, |generation| generation.upto))
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.current.upto == 0 && self.folding.is_none()
    }

    /// Customers left in the generation that is being folded, if one is.
    pub fn folding(&self) -> Option<usize> {
        self.folding.as_ref().map(|generation| generation.customers.len())
    }

    /// Lets the current generation become the folding one, if none is being folded.
    pub fn turn(&mut self) {
        if self.folding.is_none() && self.current.upto > 0 {
            let mut turned = std::mem::take(&mut self.current);
            turned.order.extend(turned.customers.ids());
            turned.order.sort_unstable_by_key(|id| std::cmp::Reverse((Partition::of(*id), *id)));
            self.folding = Some(turned);
        }
    }

    /// How many customers have new rows.
    pub fn with_new(&self) -> usize {
        self.with_new.len()
    }

    /// All images of the next customer with new rows.
    pub fn next_with_new(&mut self) -> Option<(CustomerId, CustomerImages)> {
        while let Some(customer) = self.with_new.pop_front() {
            if let Some(images) = self.take_customer(customer) {
                return Some((customer, images));
            }
        }
        None
    }

    /// All images of one customer.
    pub fn take_customer(&mut self, customer: CustomerId) -> Option<CustomerImages> {
        let folding = self.folding.as_mut().and_then(|g| g.customers.remove(customer));
        let current = self.current.customers.remove(customer);
        match (folding, current) {
            (Some(mut earlier), Some(later)) => {
                earlier.absorb(later);
                Some(earlier)
            }
            (one, other) => one.or(other),
        }
    }

    /// The next customer of the folding generation.
    pub fn next_folding(&mut self) -> Option<(CustomerId, CustomerImages)> {
        let generation = self.folding.as_mut()?;
        loop {
            let customer = generation.order.pop()?;
            if let Some(images) = generation.customers.remove(customer) {
                return Some((customer, images));
            }
        }
    }

    /// Gives images back that did not get into the tables: before everything that came later.
    pub fn give_back(&mut self, customer: CustomerId, mut images: CustomerImages) {
        let generation = self.folding.as_mut().unwrap_or(&mut self.current);
        if let Some(later) = generation.customers.remove(customer) {
            images.absorb(later);
        }
        *generation.customers.of(customer) = images;
        generation.order.push(customer);
    }

    /// When everything of the folding generation was taken: up to where the journal is then in the tables.
    pub fn folded_upto(&self) -> Option<u64> {
        self.folding.as_ref().filter(|generation| generation.customers.len() == 0).map(|g| g.upto)
    }

    /// Ends the folding generation: what was taken of it is in the tables.
    pub fn end_generation(&mut self) {
        self.folding = None;
    }
}

#[cfg(test)]
mod tests;
