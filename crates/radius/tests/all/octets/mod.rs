//! Octets from hexadecimal text, blanks ignored.

/// The shared secret of the RFCs' examples.
pub const SECRET: &[u8] = b"xyzzy5461";

/// Octets from hexadecimal text.
pub fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|digit| u8::try_from(digit).unwrap()).collect();
    let (pairs, odd) = digits.as_chunks::<2>();
    assert!(odd.is_empty(), "half an octet in {text}");
    pairs.iter().map(|[high, low]| high * 16 + low).collect()
}
