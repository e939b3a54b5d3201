//! Laws of the small pure parts: backoff and hardware addresses.

use provisioning::{RetryPolicy, canonical_mac};

const POLICY: RetryPolicy = RetryPolicy { first_ms: 1_000, max_ms: 60_000, attempts: 20, probe_ms: 1 };

#[test]
fn the_wait_doubles_up_to_its_limit_and_jitter_takes_at_most_half_of_it() {
    for delivery in 0..500 {
        for attempt in 1..=100 {
            let full = 1_000_u64.saturating_mul(1 << (attempt - 1).min(30)).min(60_000);
            let delay = POLICY.delay_ms(delivery, attempt);
            assert!(
                delay >= full / 2 && delay <= full,
                "delivery {delivery} attempt {attempt}: {delay} of {full}"
            );
        }
    }
}

#[test]
fn the_jitter_is_the_same_each_time_and_spreads_deliveries() {
    let delays: Vec<u64> = (0..1_000).map(|delivery| POLICY.delay_ms(delivery, 7)).collect();
    assert_eq!(delays, (0..1_000).map(|delivery| POLICY.delay_ms(delivery, 7)).collect::<Vec<_>>());
    for quarter in 0..4 {
        let (low, high) = (30_000 + quarter * 7_500, 30_000 + (quarter + 1) * 7_500);
        let share = delays.iter().filter(|delay| (low..high).contains(*delay)).count();
        assert!((150..=350).contains(&share), "quarter {quarter} holds {share} of 1000");
    }
}

#[test]
fn extreme_policies_do_not_overflow() {
    let extreme = RetryPolicy { first_ms: u64::MAX, max_ms: u64::MAX, attempts: u32::MAX, probe_ms: 0 };
    assert!(extreme.delay_ms(u64::MAX, u32::MAX) >= u64::MAX / 2);
    let none = RetryPolicy { first_ms: 0, max_ms: 0, attempts: 1, probe_ms: 0 };
    assert_eq!(none.delay_ms(1, 0), 0);
}

#[test]
fn hardware_addresses_of_every_usual_spelling_become_one() {
    for text in ["00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a.2b3c.4d5e", " 001A2B3C4D5E "] {
        assert_eq!(canonical_mac(text).as_deref(), Some("00:1A:2B:3C:4D:5E"), "{text}");
    }
    for text in ["", "00:1a:2b:3c:4d", "00:1a:2b:3c:4d:5g", "00:1a:2b:3c:4d:5e:6f", "\u{e9}01a2b3c4d5e"] {
        assert_eq!(canonical_mac(text), None, "{text}");
    }
}
