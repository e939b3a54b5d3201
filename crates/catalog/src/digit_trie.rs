//! Longest-prefix look-up among millions of dialled numbers: a trie of digits kept flat.
//!
//! A prefix of up to 16 symbols (`0-9 * # +`) is one 64-bit key, four bits a symbol, so that a prefix sorts directly before its
//! extensions. Keys stand in order; each knows the longest stored prefix of itself (its parent). The longest stored prefix of a number
//! is then the last key not above the number, or an ancestor of it: any prefix of the number that stands before that key is also
//! a prefix of that key. The last key is found through fences, every 16th key of the row below, so that a look-up
//! touches one or two cache lines per row whatever the distribution of the numbers. 16.5 bytes a prefix.

/// Symbols in a key.
pub(crate) const SYMBOLS_MOST: usize = 16;
const SYMBOL_BITS: u32 = 4;
/// Keys between two fences.
const BLOCK: usize = 16;
const NO_PARENT: u32 = u32::MAX;

/// Prefixes with a number each.
#[derive(Debug, Default)]
pub(crate) struct DigitTrie {
    keys: Vec<u64>,
    links: Vec<Link>,
    /// Rows of fences, the finest first.
    fences: Vec<Vec<u64>>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
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

/// Last position in `block` whose key is not above `asked`, counted from `start`.
fn last_not_above(keys: &[u64], start: usize, asked: u64) -> Option<usize> {
    let block = keys.get(start..keys.len().min(start + BLOCK))?;
    let count = block.iter().map(|key| usize::from(*key <= asked)).sum::<usize>();
    (start + count).checked_sub(1)
}

impl DigitTrie {
    /// From keys in ascending order, each once. At most `u32::MAX - 1` of them.
    pub fn build(rows: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut trie = Self::default();
        let mut ancestors: Vec<(u64, u32)> = Vec::with_capacity(SYMBOLS_MOST);
        for (position, (key, value)) in rows.enumerate() {
            while ancestors.last().is_some_and(|(above, _)| !is_prefix(*above, key)) {
                ancestors.pop();
            }
            let parent = ancestors.last().map_or(NO_PARENT, |(_, position)| *position);
            ancestors.push((key, position as u32));
            trie.keys.push(key);
            trie.links.push(Link { parent, value });
        }
        trie.keys.shrink_to_fit();
        trie.links.shrink_to_fit();
        let mut row = &trie.keys;
        let mut fences: Vec<Vec<u64>> = Vec::new();
        while row.len() > BLOCK {
            fences.push(row.iter().step_by(BLOCK).copied().collect());
            row = fences.last().unwrap_or(&trie.keys);
        }
        trie.fences = fences;
        trie
    }

    /// Stored prefixes of `asked`, the longest first: how many symbols they have, and their numbers.
    pub fn matches(&self, asked: &str) -> impl Iterator<Item = (usize, u32)> + '_ {
        let (asked, _) = leading(asked);
        let mut next = self.predecessor(asked);
        std::iter::from_fn(move || {
            loop {
                let position = next?;
                let (key, link) = (*self.keys.get(position)?, *self.links.get(position)?);
                next = (link.parent != NO_PARENT).then_some(link.parent as usize);
                if is_prefix(key, asked) {
                    return Some((length(key) as usize, link.value));
                }
            }
        })
    }

    fn predecessor(&self, asked: u64) -> Option<usize> {
        let mut start = 0;
        for row in self.fences.iter().rev() {
            start = last_not_above(row, start, asked)? * BLOCK;
        }
        last_not_above(&self.keys, start, asked)
    }
}

/// Whether the symbols of `prefix` begin `key`.
fn is_prefix(prefix: u64, key: u64) -> bool {
    (prefix ^ key) >> (prefix.trailing_zeros() / SYMBOL_BITS * SYMBOL_BITS) == 0
}

#[cfg(test)]
mod tests;
