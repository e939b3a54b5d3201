//! Longest-prefix look-up among millions of dialled numbers, mostly in one read that may miss the cache.
//!
//! A prefix of up to 16 symbols (`0-9 * # +`) is one 64-bit key, four bits a symbol, so that a prefix sorts directly before its
//! extensions. The first digits of a number are its position in a directory of cache lines. Each holds a leaf, where the few prefixes
//! that begin so lie side by side, without what they have in common; or tells where their node is when they do not fit. A node is a
//! leaf or, where they are many, a branch that leads on by the next symbol. What does not begin with enough digits (short
//! numbers, codes) has a tree of its own. Each node knows the longest stored prefix of all that leads to it, so nothing is looked up on
//! the way back. A line has at least two prefixes on average: 32 octets a prefix at most, for 5 million world-wide ones 13.

use crate::large_pages::LargePages;

/// Symbols in a key.
pub(crate) const SYMBOLS_MOST: usize = 16;
const SYMBOL_BITS: u32 = 4;
/// Symbols that a branch leads on by.
const SYMBOL_KINDS: usize = 13;
const DIGITS: u64 = 10;
/// More prefixes than this in a node make it a branch.
const LEAF_MOST: usize = 20;
/// A section of the directory has at least so many prefixes, if they are spread evenly.
const SECTION_LEAST: usize = 2;
/// Stands for the number of prefixes in a branch.
const BRANCH: u8 = u8::MAX;
/// The same in a line of the directory whose leaf or branch is among the nodes: their position follows.
const ELSEWHERE: u8 = BRANCH - 1;
/// Octets of a line of the directory: what a processor reads at once.
const LINE: usize = 64;
/// Nodes are read by words of so many octets.
const WORD: usize = 8;
/// Of a node: how many prefixes (or [`BRANCH`]); then symbols of the inherited prefix in the lower five bits, and octets of a suffix
/// less one above them. The inherited value follows.
const HEADER: usize = 2;
const LENGTH_BITS: u32 = 5;
/// Multiplied with an octet: that octet eight times.
const EACH_OCTET: u64 = u64::MAX / 0xff;
/// Octets of a branch's link.
const LINK: usize = 4;
/// Prefixes of one trie: octets of nodes are counted with 32 bits, and a prefix takes 60 at most (branches that lead on one way only).
pub(crate) const PREFIXES_MOST: usize = 50_000_000;

/// Prefixes with a number each.
#[derive(Debug, Default)]
pub(crate) struct DigitTrie {
    /// A leaf: header; of its suffixes in ascending order (filled up with zeros) the first octets, then the others; values. A branch:
    /// header, the node of each symbol.
    nodes: LargePages,
    /// A line of [`LINE`] octets for each beginning of `depth` digits: a leaf, or where it is.
    directory: LargePages,
    depth: u32,
    /// The node of everything that begins otherwise.
    root: u32,
    /// Octets of a value.
    value: usize,
}

/// A stored prefix: how many symbols it has, and its number.
pub(crate) type Found = Option<(u32, u32)>;

/// The number of a symbol; 0 = not one.
fn symbol(byte: u8) -> u64 {
    match byte {
        b'0'..=b'9' => u64::from(byte - b'0') + 1,
        b'*' => 11,
        b'#' => 12,
        b'+' => 13,
        _ => 0,
    }
}

/// The key of as many leading symbols of `text` as fit, and how many there were.
pub(crate) fn leading(text: &str) -> (u64, usize) {
    let (mut key, mut left) = (0, u64::BITS);
    for byte in text.bytes().take(SYMBOLS_MOST) {
        let symbol = symbol(byte);
        if symbol == 0 {
            break;
        }
        left -= SYMBOL_BITS;
        key |= symbol << left;
    }
    (key, ((u64::BITS - left) / SYMBOL_BITS) as usize)
}

/// The key of `text`; `None` when it has other symbols, none or too many.
pub(crate) fn key_of(text: &str) -> Option<u64> {
    let (key, count) = leading(text);
    (count > 0 && count == text.len()).then_some(key)
}

/// The text of a key, for messages.
pub(crate) fn text_of(key: u64) -> String {
    const SYMBOLS: &[u8; 14] = b"?0123456789*#+";
    let nibbles = (0..SYMBOLS_MOST as u32).map(|n| symbol_at(key, n));
    let bytes = nibbles.take_while(|n| *n != 0).filter_map(|n| SYMBOLS.get(n as usize));
    bytes.map(|byte| char::from(*byte)).collect()
}

/// Symbols of a key.
fn length(key: u64) -> u32 {
    SYMBOLS_MOST as u32 - key.trailing_zeros() / SYMBOL_BITS
}

/// The symbol after `depth` others; 0 after the last.
fn symbol_at(key: u64, depth: u32) -> u64 {
    after(key, depth) >> (u64::BITS - SYMBOL_BITS)
}

/// A key without its first symbols.
fn after(key: u64, depth: u32) -> u64 {
    key.checked_shl(depth * SYMBOL_BITS).unwrap_or(0)
}

/// The first symbols of a key.
pub(crate) fn first(key: u64, symbols: u32) -> u64 {
    key & !u64::MAX.checked_shr(symbols * SYMBOL_BITS).unwrap_or(0)
}

/// The first `depth` symbols as a number, where they are digits.
fn section(key: u64, depth: u32) -> Option<usize> {
    let (mut rest, mut number) = (key, 0);
    for _ in 0..depth {
        rest = rest.rotate_left(SYMBOL_BITS);
        let digit = (rest & 0xf).wrapping_sub(1);
        if digit >= DIGITS {
            return None;
        }
        number = number * DIGITS + digit;
    }
    Some(number as usize)
}

/// The key of a section: [`section`] the other way round.
fn section_key(mut number: usize, depth: u32) -> u64 {
    let mut key = 0;
    for n in (1..=depth).rev() {
        key |= (number as u64 % DIGITS + 1) << (u64::BITS - SYMBOL_BITS * n);
        number /= DIGITS as usize;
    }
    key
}

impl DigitTrie {
    /// From keys in ascending order, each once. At most [`PREFIXES_MOST`] of them.
    pub fn build(rows: &[(u64, u32)]) -> Self {
        let sections = |depth: u32| (DIGITS as usize).saturating_pow(depth);
        let depths = (0..SYMBOLS_MOST as u32).take_while(|d| sections(*d) <= rows.len() / SECTION_LEAST);
        let depth = depths.last().unwrap_or(0);
        let highest = rows.iter().map(|(_, value)| *value).max().unwrap_or(0);
        let value = (u32::BITS - highest.leading_zeros()).div_ceil(u8::BITS).max(1) as usize;
        let directory = LargePages::zeroed(sections(depth) * LINE);
        let trie = Self { depth, value, directory, ..Self::default() };
        let mut builder = Builder { trie, nodes: Vec::new(), sections: 0, empty: None };
        let others = rows.iter().filter(|(key, _)| section(*key, depth).is_none());
        let others: Vec<(u64, u32)> = others.copied().collect();
        builder.trie.root = builder.node(&others, 0, None);
        // Only what begins otherwise can be shorter than what the directory leads to; it can be asked now.
        builder.trie.nodes = LargePages::copy_of(&[&*builder.nodes, &[0; WORD]].concat());
        for run in rows.chunk_by(|(one, _), (other, _)| section(*one, depth) == section(*other, depth)) {
            let number = run.first().and_then(|(key, _)| section(*key, depth));
            let Some(number) = number else { continue };
            builder.empty_until(number);
            builder.section(run);
        }
        builder.empty_until(sections(depth));
        let Builder { mut trie, mut nodes, .. } = builder;
        nodes.extend([0; WORD]);
        trie.nodes = LargePages::copy_of(&nodes);
        trie
    }

    /// The longest stored prefix of a number: how many symbols it has, and its number. What is shorter is found as if the number were
    /// ([`first`]).
    pub fn longest(&self, asked: u64) -> Found {
        match section(asked, self.depth) {
            Some(number) => self.below(self.directory.get(number * LINE..)?, self.depth, asked),
            None => self.below(self.node(self.root)?, 0, asked),
        }
    }

    /// What begins with a node.
    fn node(&self, position: u32) -> Option<&[u8]> {
        self.nodes.get(position as usize..)
    }

    /// The same, from a node on to which the first `depth` symbols lead.
    fn below<'a>(&'a self, mut node: &'a [u8], mut depth: u32, asked: u64) -> Found {
        loop {
            let header = word(node, 0)?;
            let (count, more) = (header as u8, (header >> u8::BITS) as u8);
            let inherited = u32::from(more) & ((1 << LENGTH_BITS) - 1);
            let inherited =
                (inherited > 0).then(|| (inherited, self.cut(header >> (u8::BITS as usize * HEADER))));
            let content = HEADER + self.value;
            if count == ELSEWHERE {
                node = self.node(word(node, content)? as u32)?;
                continue;
            }
            if count != BRANCH {
                let width = usize::from(more >> LENGTH_BITS) + 1;
                let leaf = node.get(content..)?;
                return self.in_leaf(leaf, (usize::from(count), width), depth, asked).or(inherited);
            }
            let Some(symbol) = (symbol_at(asked, depth) as usize).checked_sub(1) else { return inherited };
            node = self.node(word(node, content + symbol * LINK)? as u32)?;
            depth += 1;
        }
    }

    /// The longest of a leaf's own prefixes: the last that begins the number. Eight at a time, those are looked at whose first octet
    /// does, which has two symbols or one.
    fn in_leaf(&self, leaf: &[u8], (count, width): (usize, usize), depth: u32, asked: u64) -> Found {
        let (asked, mask) = (after(asked, depth), first(u64::MAX, 2 * width as u32));
        let two = asked >> (u64::BITS - u8::BITS);
        let (one, rest) = (two & 0xf0, width - 1);
        for group in (0..count.div_ceil(WORD)).rev() {
            let firsts = word(leaf, group * WORD)?;
            let mut alike = zeros(firsts ^ (two * EACH_OCTET)) | zeros(firsts ^ (one * EACH_OCTET));
            let beyond = ((group + 1) * WORD).saturating_sub(count) as u32;
            alike &= u64::MAX >> (u8::BITS * beyond);
            while alike != 0 {
                let octet = (alike.ilog2() / u8::BITS) as usize;
                alike &= !(0xff << (octet * u8::BITS as usize));
                let position = group * WORD + octet;
                let begin = firsts >> (octet * u8::BITS as usize) << (u64::BITS - u8::BITS);
                let end = word(leaf, count + position * rest)?.swap_bytes() >> u8::BITS;
                let suffix = (begin | end) & mask;
                if is_prefix(suffix, asked) {
                    let value = word(leaf, count * width + position * self.value)?;
                    return Some((depth + length(suffix), self.cut(value)));
                }
            }
        }
        None
    }

    /// A value from the word it begins.
    fn cut(&self, word: u64) -> u32 {
        (word as u32) & (u32::MAX >> (u32::BITS as usize - u8::BITS as usize * self.value))
    }
}

/// Eight octets, the first one lowest.
fn word(octets: &[u8], at: usize) -> Option<u64> {
    octets.get(at..)?.first_chunk().map(|octets| u64::from_le_bytes(*octets))
}

/// The highest bit of each octet that is zero.
fn zeros(word: u64) -> u64 {
    const REST: u64 = 0x7f * EACH_OCTET;
    !(((word & REST) + REST) | word | REST)
}

/// Whether the symbols of `prefix` begin `key`.
fn is_prefix(prefix: u64, key: u64) -> bool {
    (prefix ^ key).wrapping_shr(prefix.trailing_zeros() / SYMBOL_BITS * SYMBOL_BITS) == 0
}

/// Writes the nodes.
struct Builder {
    trie: DigitTrie,
    nodes: Vec<u8>,
    /// Written so far.
    sections: usize,
    /// The last leaf without prefixes, and what it inherits: neighbours share it.
    empty: Option<(u32, Found)>,
}

impl Builder {
    /// Sections without prefixes up to that one.
    fn empty_until(&mut self, number: usize) {
        while self.sections < number {
            self.section(&[]);
        }
    }

    /// The next section of the directory.
    fn section(&mut self, rows: &[(u64, u32)]) {
        let (number, depth) = (self.sections, self.trie.depth);
        let root = self.trie.node(self.trie.root);
        let inherited = root.and_then(|root| self.trie.below(root, 0, section_key(number, depth)));
        let begin = self.nodes.len();
        // Its leaf may go into the line: nothing else shares it.
        self.empty = None;
        let node = self.node(rows, depth, inherited);
        let link = HEADER + self.trie.value;
        let line = self.trie.directory.get_mut(number * LINE..(number + 1) * LINE).unwrap_or_default();
        let written = self.nodes.get(begin..).unwrap_or_default();
        // Words are read whole, also the last one of a leaf.
        if written.first() != Some(&BRANCH) && written.len() <= LINE - WORD {
            line.iter_mut().zip(written).for_each(|(room, octet)| *room = *octet);
            self.nodes.truncate(begin);
        } else {
            let elsewhere = [ELSEWHERE].into_iter().chain([0].repeat(link - 1)).chain(node.to_le_bytes());
            line.iter_mut().zip(elsewhere).for_each(|(room, octet)| *room = octet);
        }
        self.empty = None;
        self.sections += 1;
    }

    /// A node for prefixes that have their first `depth` symbols in common.
    fn node(&mut self, rows: &[(u64, u32)], depth: u32, inherited: Found) -> u32 {
        let (rows, inherited) = match rows {
            [(key, value), rest @ ..] if length(*key) == depth => (rest, Some((depth, *value))),
            _ => (rows, inherited),
        };
        if let Some((node, _)) = self.empty.filter(|(_, same)| rows.is_empty() && *same == inherited) {
            return node;
        }
        let node = self.nodes.len() as u32;
        if rows.len() <= LEAF_MOST {
            self.leaf(rows, depth, inherited);
            if rows.is_empty() {
                self.empty = Some((node, inherited));
            }
            return node;
        }
        self.header(BRANCH, 1, inherited);
        let links = self.nodes.len();
        self.nodes.extend([0; LINK * SYMBOL_KINDS]);
        let mut rest = rows;
        for (symbol, link) in (1..=SYMBOL_KINDS as u64).zip((links..).step_by(LINK)) {
            let (ours, others) =
                rest.split_at(rest.partition_point(|(key, _)| symbol_at(*key, depth) <= symbol));
            let child = self.node(ours, depth + 1, inherited).to_le_bytes();
            if let Some(link) = self.nodes.get_mut(link..link + LINK) {
                link.copy_from_slice(&child);
            }
            rest = others;
        }
        node
    }

    fn leaf(&mut self, rows: &[(u64, u32)], depth: u32, inherited: Found) {
        let longest = rows.iter().map(|(key, _)| length(*key) - depth).max().unwrap_or(1);
        let width = longest.div_ceil(2) as usize;
        self.header(rows.len() as u8, width as u8, inherited);
        let suffixes = || rows.iter().map(|(key, _)| after(*key, depth).to_be_bytes());
        self.nodes.extend(suffixes().map(|[first, ..]| first));
        self.nodes.extend(suffixes().flat_map(|suffix| suffix.into_iter().take(width).skip(1)));
        for (_, value) in rows {
            self.nodes.extend(value.to_le_bytes().iter().take(self.trie.value));
        }
    }

    fn header(&mut self, count: u8, width: u8, inherited: Found) {
        let (length, value) = inherited.unwrap_or_default();
        self.nodes.extend([count, length as u8 | (width - 1) << LENGTH_BITS]);
        self.nodes.extend(value.to_le_bytes().iter().take(self.trie.value));
    }
}

#[cfg(test)]
mod tests;
