//! Longest-prefix look-up among millions of dialled numbers: a trie of digits kept flat.
//!
//! A prefix of up to 16 symbols (`0-9 * # +`) is one 64-bit key, four bits a symbol, so that a prefix sorts directly before its
//! extensions. Keys stand in order; each knows the longest stored prefix of itself (its parent). The longest stored prefix of a number
//! is then the last key not above the number, or an ancestor of it: any prefix of the number that stands before that key is also
//! a prefix of that key. A directory by first symbols, at most twice as long as there are keys, leads to the few keys around
//! the number: a look-up touches two or three cache lines. 16 to 24 octets a prefix.

/// Symbols in a key.
pub(crate) const SYMBOLS_MOST: usize = 16;
const SYMBOL_BITS: u32 = 4;
/// End of a prefix and ten digits.
const DIGIT_KINDS: usize = 11;
const NO_PARENT: u32 = u32::MAX;

/// Prefixes with a number each.
#[derive(Debug, Default)]
pub(crate) struct DigitTrie {
    entries: Vec<Entry>,
    /// Where each section begins, by its first symbols, and the end.
    directory: Vec<u32>,
    /// How many symbols name a section.
    depth: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u64,
    parent: u32,
    value: u32,
}

fn symbol(byte: u8) -> Option<u64> {
    match byte {
        b'0'..=b'9' => Some(u64::from(byte - b'0') + 1),
        b'*' => Some(11),
        b'#' => Some(12),
        b'+' => Some(13),
        _ => None,
    }
}

/// The key of as many leading symbols of `text` as fit, and how many there were.
fn leading(text: &str) -> (u64, usize) {
    let symbols = text.bytes().take(SYMBOLS_MOST).map_while(symbol);
    let (mut key, mut count) = (0, 0);
    for symbol in symbols {
        count += 1;
        key |= symbol << (u64::BITS - SYMBOL_BITS * count);
    }
    (key, count as usize)
}

/// How many dialling symbols `text` begins with, 16 at most.
pub(crate) fn leading_symbols(text: &str) -> usize {
    leading(text).1
}

/// The key of `text`; `None` when it has other symbols, none or too many.
pub(crate) fn key_of(text: &str) -> Option<u64> {
    let (key, count) = leading(text);
    (count > 0 && count == text.len()).then_some(key)
}

/// The text of a key, for messages.
pub(crate) fn text_of(key: u64) -> String {
    const SYMBOLS: &[u8; 14] = b"?0123456789*#+";
    let nibbles = (1..=SYMBOLS_MOST as u32).map(|n| (key >> (u64::BITS - SYMBOL_BITS * n)) & 0xf);
    let bytes = nibbles.take_while(|n| *n != 0).filter_map(|n| SYMBOLS.get(n as usize));
    bytes.map(|byte| char::from(*byte)).collect()
}

/// Symbols of a key.
fn length(key: u64) -> u32 {
    SYMBOLS_MOST as u32 - key.trailing_zeros() / SYMBOL_BITS
}

impl DigitTrie {
    /// From keys in ascending order, each once. At most `u32::MAX - 1` of them.
    pub fn build(rows: &[(u64, u32)]) -> Self {
        let mut entries = Vec::with_capacity(rows.len());
        let mut ancestors: Vec<(u64, u32)> = Vec::with_capacity(SYMBOLS_MOST);
        for (position, (key, value)) in (0..).zip(rows) {
            while ancestors.last().is_some_and(|(above, _)| !is_prefix(*above, *key)) {
                ancestors.pop();
            }
            let parent = ancestors.last().map_or(NO_PARENT, |(_, position)| *position);
            ancestors.push((*key, position));
            entries.push(Entry { key: *key, parent, value: *value });
        }
        let mut trie = Self { entries, directory: Vec::new(), depth: 0 };
        let mut sections = DIGIT_KINDS;
        while sections <= trie.entries.len() * 2 {
            sections *= DIGIT_KINDS;
            trie.depth += 1;
        }
        trie.directory = vec![0; sections / DIGIT_KINDS + 1];
        for position in (0..trie.entries.len()).rev() {
            let section = trie.entries.get(position).map_or(0, |entry| trie.section(entry.key));
            if let Some(first) = trie.directory.get_mut(section) {
                *first = position as u32 + 1;
            }
        }
        // Where a section is empty, the next one's beginning is its own; 0 stood for "not met".
        let mut next = trie.entries.len() as u32;
        for first in trie.directory.iter_mut().rev() {
            next = first.checked_sub(1).unwrap_or(next);
            *first = next;
        }
        trie
    }

    /// Stored prefixes of `asked`, the longest first: how many symbols they have, and their numbers.
    pub fn matches(&self, asked: &str) -> impl Iterator<Item = (usize, u32)> + '_ {
        let (asked, _) = leading(asked);
        let mut next = self.predecessor(asked);
        std::iter::from_fn(move || {
            loop {
                let entry = self.entries.get(next?)?;
                next = (entry.parent != NO_PARENT).then_some(entry.parent as usize);
                if is_prefix(entry.key, asked) {
                    return Some((length(entry.key) as usize, entry.value));
                }
            }
        })
    }

    /// The last position whose key is not above `asked`.
    fn predecessor(&self, asked: u64) -> Option<usize> {
        let section = self.section(asked);
        let bounds = (self.directory.get(section)?, self.directory.get(section + 1)?);
        let (first, end) = (*bounds.0 as usize, *bounds.1 as usize);
        let below = self.entries.get(first..end)?.partition_point(|entry| entry.key <= asked);
        (first + below).checked_sub(1)
    }

    /// The section of a key: its first symbols read as a number. From a symbol above the digits on all count as the highest, which
    /// keeps the order.
    fn section(&self, key: u64) -> usize {
        let mut number = 0;
        let mut highest = false;
        for n in 1..=self.depth {
            let symbol = (key >> (u64::BITS - SYMBOL_BITS * n) & 0xf) as usize;
            highest |= symbol >= DIGIT_KINDS;
            number = number * DIGIT_KINDS + if highest { DIGIT_KINDS - 1 } else { symbol };
        }
        number
    }
}

/// Whether the symbols of `prefix` begin `key`.
fn is_prefix(prefix: u64, key: u64) -> bool {
    (prefix ^ key) >> (prefix.trailing_zeros() / SYMBOL_BITS * SYMBOL_BITS) == 0
}

#[cfg(test)]
mod tests;
