//! The flat trie finds what trying every prefix finds.

use super::*;
use proptest::prelude::*;

#[test]
fn keys_read_back_and_other_texts_have_none() {
    for text in ["0", "442071234567", "*102*444#", "+1", "1234567890123456"] {
        assert_eq!(text_of(key_of(text).unwrap()), text);
    }
    for text in ["", "NETACCESS", "44a", "12345678901234567", "número"] {
        assert_eq!(key_of(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// All stored prefixes of the asked number come, the longest first, with their numbers; also when there are several rows of
    /// fences.
    #[test]
    fn matches_are_all_prefixes_longest_first(
        prefixes in prop::collection::btree_set("[0-2*#]{1,6}", 1..600),
        asked in "[0-2*#]{0,18}",
    ) {
        let keyed: Vec<(u64, &String)> = prefixes.iter().filter_map(|p| key_of(p).map(|key| (key, p))).collect();
        let mut sorted: Vec<(u64, u32)> = keyed.iter().enumerate().map(|(i, (key, _))| (*key, i as u32)).collect();
        sorted.sort_unstable();
        let trie = DigitTrie::build(&sorted);
        let found: Vec<&str> = trie.matches(&asked).map(|(_, value)| keyed[value as usize].1.as_str()).collect();
        let mut expected: Vec<&str> = prefixes.iter().map(String::as_str).filter(|p| asked.starts_with(p)).collect();
        expected.sort_by_key(|p| std::cmp::Reverse(p.len()));
        prop_assert_eq!(found, expected);
        prop_assert!(trie.matches(&asked).all(|(length, value)| length == keyed[value as usize].1.len()));
    }
}
