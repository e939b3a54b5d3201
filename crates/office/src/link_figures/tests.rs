use super::*;

fn at(second: i64) -> Instant {
    Instant::from_micros(second * 1_000_000)
}

#[test]
fn answer_times_are_told_by_the_class_that_holds_them() {
    let mut latency = Latency::default();
    assert_eq!(latency.within(500), None);
    (0..98).for_each(|_| latency.count(700));
    latency.count(1_500);
    latency.count(90_000_000);
    assert_eq!((latency.within(500), latency.within(990)), (Some(1_000), Some(2_000)));
    assert_eq!(latency.within(1_000), Some(u64::MAX), "beyond the last class");
    let mut exact = Latency::default();
    exact.count(200);
    assert_eq!(exact.within(500), Some(200));
}

#[test]
fn two_links_add_up_and_the_newest_errors_stay() {
    let (mut one, mut two) = (LinkFigures::default(), LinkFigures::default());
    (0..8).for_each(|second| one.error(at(second * 2), format!("one {second}")));
    (0..8).for_each(|second| two.error(at(second * 2 + 1), format!("two {second}")));
    one.drop_for("malformed");
    two.drop_for("malformed");
    two.drop_for("overload");
    (one.repeated, two.repeated) = (1, 2);
    one.latency.count(10);
    two.latency.count(10);
    let sum = one.plus(&two);
    assert_eq!((sum.repeated, sum.drops["malformed"], sum.drops["overload"]), (3, 2, 1));
    let words: Vec<&str> = sum.errors().map(|(_, words)| words.as_str()).collect();
    assert_eq!((words.len(), words[0], words[1]), (ERRORS_KEPT, "two 7", "one 7"));
}

#[test]
fn a_peer_cannot_fill_memory_with_reasons() {
    let mut figures = LinkFigures::default();
    (0..1_000).for_each(|reason| figures.drop_for(&reason.to_string()));
    assert_eq!(figures.drops.len(), REASONS_MOST + 1);
    assert_eq!(figures.drops["other"], 1_000 - REASONS_MOST as u64);
}
