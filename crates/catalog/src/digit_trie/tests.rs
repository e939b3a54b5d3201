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

    /// All stored prefixes of the asked number come, the longest first, with their numbers: where leaves suffice and where branches
    /// lead on, for numbers and codes, short and of all 16 symbols, with values of one octet to four.
    #[test]
    fn matches_are_all_prefixes_longest_first(
        prefixes in prop::collection::btree_set("[0-2]{1,3}|[0-2*#]{1,6}|12[0-9]{1,4}|0120120120[12]{1,6}", 1..600),
        asked in "[0-2*#]{0,18}|12[0-9]{1,5}|0120120120[12]{0,8}",
        scale in prop::sample::select(vec![1, 300, 70_000, 7_000_000]),
    ) {
        let keyed: Vec<(u64, &String)> = prefixes.iter().filter_map(|p| key_of(p).map(|key| (key, p))).collect();
        let mut sorted: Vec<(u64, u32)> =
            keyed.iter().enumerate().map(|(i, (key, _))| (*key, i as u32 * scale)).collect();
        sorted.sort_unstable();
        let trie = DigitTrie::build(&sorted);
        let trie = &trie;
        let matches = || {
            let (mut number, _) = leading(&asked);
            std::iter::from_fn(move || {
                let (length, value) = trie.longest(number)?;
                number = first(number, length - 1);
                Some((length as usize, value))
            })
        };
        let of = |value: u32| keyed[(value / scale) as usize].1.as_str();
        let found: Vec<&str> = matches().map(|(_, value)| of(value)).collect();
        let mut expected: Vec<&str> = prefixes.iter().map(String::as_str).filter(|p| asked.starts_with(p)).collect();
        expected.sort_by_key(|p| std::cmp::Reverse(p.len()));
        prop_assert_eq!(found, expected);
        prop_assert!(matches().all(|(length, value)| length == of(value).len()));
    }
}
