use super::prefetch;

#[test]
fn asking_changes_nothing_whatever_the_place_is() {
    let (empty, long) = ([0_u8; 0], vec![7_u8; 100_000]);
    prefetch(&empty);
    prefetch::<[u8]>(&[]);
    prefetch("");
    prefetch(long.as_slice());
    // From each place within a line, the last octet alone too.
    (0..200).for_each(|from| prefetch(long.get(from..).unwrap_or_default()));
    long.iter().rev().take(1).for_each(prefetch);
    let any: Box<dyn std::any::Any> = Box::new(long.clone());
    prefetch(&*any);
    assert!(long.iter().all(|octet| *octet == 7));
}
