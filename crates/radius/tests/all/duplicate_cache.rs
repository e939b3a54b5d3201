//! RFC 5080 2.2.2: a repeat gets the same answer, a reused identifier a new one, and the cache stays within its bounds.

use radius::{Code, DuplicateCache, RequestKey, Seen};
use std::sync::Arc;

const SECOND: u64 = 1_000_000;

fn key(identifier: u8) -> RequestKey {
    RequestKey { socket: 0, source: ([192, 0, 2, 1], 4000).into(), code: Code::AccessRequest, identifier }
}

fn reply(text: &str) -> Arc<[u8]> {
    text.as_bytes().into()
}

#[test]
fn a_repeat_is_dropped_while_in_progress_and_answered_alike_afterwards() {
    let mut cache = DuplicateCache::new(10, 30 * SECOND);
    assert_eq!(cache.check(key(1), &[1; 16], 0), Seen::New);
    assert_eq!(cache.check(key(1), &[1; 16], SECOND), Seen::InProgress);
    cache.answered(&key(1), &[1; 16], reply("accept"));
    assert_eq!(cache.check(key(1), &[1; 16], 2 * SECOND), Seen::Answered(reply("accept")));
    assert_eq!(cache.check(key(1), &[1; 16], 29 * SECOND), Seen::Answered(reply("accept")));
}

#[test]
fn another_authenticator_is_a_new_request_and_the_old_answer_is_gone() {
    let mut cache = DuplicateCache::new(10, 30 * SECOND);
    cache.check(key(1), &[1; 16], 0);
    cache.answered(&key(1), &[1; 16], reply("old"));
    assert_eq!(cache.check(key(1), &[2; 16], 1), Seen::New);
    cache.answered(&key(1), &[1; 16], reply("late answer to the old request"));
    assert_eq!(cache.check(key(1), &[2; 16], 2), Seen::InProgress);
    cache.forget(&key(1), &[1; 16]);
    assert_eq!(cache.check(key(1), &[2; 16], 3), Seen::InProgress, "forgetting the old leaves the new");
}

#[test]
fn source_socket_code_and_identifier_each_make_another_request() {
    let mut cache = DuplicateCache::new(10, 30 * SECOND);
    let first = key(1);
    let others = [
        RequestKey { socket: 1, ..first },
        RequestKey { source: ([192, 0, 2, 1], 4001).into(), ..first },
        RequestKey { source: ([192, 0, 2, 2], 4000).into(), ..first },
        RequestKey { code: Code::StatusServer, ..first },
        RequestKey { identifier: 2, ..first },
    ];
    cache.check(first, &[1; 16], 0);
    for other in others {
        assert_eq!(cache.check(other, &[1; 16], 0), Seen::New, "{other:?}");
    }
}

#[test]
fn an_answer_is_kept_for_its_time_and_a_forgotten_request_is_new_again() {
    let mut cache = DuplicateCache::new(10, 30 * SECOND);
    cache.check(key(1), &[1; 16], 0);
    cache.answered(&key(1), &[1; 16], reply("accept"));
    assert_eq!(cache.check(key(1), &[1; 16], 30 * SECOND), Seen::New);
    cache.forget(&key(1), &[1; 16]);
    assert_eq!(cache.check(key(1), &[1; 16], 31 * SECOND), Seen::New);
}

#[test]
fn a_request_forgotten_and_seen_again_ages_from_the_second_time() {
    let mut cache = DuplicateCache::new(10, 30 * SECOND);
    cache.check(key(1), &[1; 16], 0);
    cache.forget(&key(1), &[1; 16]);
    assert_eq!(cache.check(key(1), &[1; 16], 20 * SECOND), Seen::New);
    assert_eq!(cache.check(key(1), &[1; 16], 40 * SECOND), Seen::InProgress);
}

#[test]
fn the_oldest_leave_when_it_is_full_even_if_one_client_reuses_one_identifier() {
    let mut cache = DuplicateCache::new(3, 30 * SECOND);
    for identifier in 0..5 {
        cache.check(key(identifier), &[1; 16], u64::from(identifier));
    }
    assert_eq!(cache.len(), 3);
    assert_eq!(cache.check(key(4), &[1; 16], 5), Seen::InProgress);
    assert_eq!(cache.check(key(0), &[1; 16], 5), Seen::New, "the oldest had to go");
    for authenticator in 0..100 {
        cache.check(key(9), &[authenticator; 16], 6);
    }
    assert!(!cache.is_empty() && cache.len() <= 3);
    assert_eq!(cache.check(key(9), &[99; 16], 6), Seen::InProgress);
}

#[test]
fn a_clock_that_steps_back_loses_nothing() {
    let mut cache = DuplicateCache::new(3, 30 * SECOND);
    cache.check(key(1), &[1; 16], 100 * SECOND);
    assert_eq!(cache.check(key(1), &[1; 16], 0), Seen::InProgress);
}
