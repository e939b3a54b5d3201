//! What is kept is what was answered, whatever its form.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::{SessionReply, UnitOutcome, UnitReply};
use proptest::prelude::*;

fn granted(units: u64, groups: u32) -> Reply {
    let unit = |group| UnitReply {
        rating_group: Some(group),
        service_identifier: None,
        outcome: UnitOutcome::Granted {
            units,
            last: None,
            validity: 3_600,
            threshold: 0,
            holding: 0,
            tariff_change: None,
        },
    };
    Reply::Session(SessionReply { refusal: None, units: (0..groups).map(unit).collect(), told: None })
}

fn written(answers: &Answers) -> Vec<u8> {
    let mut octets = Vec::new();
    answers.write(&mut octets);
    assert!(octets.len() <= answers.octets_most());
    octets
}

/// As encodings up to 6 kept them.
fn fixed(answers: &[(u64, Reply)]) -> Vec<u8> {
    let one = |(request, reply): &(u64, Reply)| {
        let reply = postcard::to_allocvec(reply).unwrap();
        let length = u32::try_from(reply.len()).unwrap().to_le_bytes();
        [&request.to_le_bytes()[..], &length, &reply].concat()
    };
    answers.iter().flat_map(one).collect()
}

proptest! {
    #[test]
    fn the_last_four_are_kept_as_they_were_answered(
        told in prop::collection::vec((any::<u64>(), 0_u64..3, 0_u32..12), 0..12),
    ) {
        let told: Vec<(u64, Reply)> =
            told.into_iter().map(|(request, units, groups)| (request, granted(units << 40, groups))).collect();
        let mut answers = Answers::default();
        for (position, (request, reply)) in told.iter().enumerate() {
            answers.keep(*request, reply);
            let kept = &told[(position + 1).saturating_sub(KEPT)..=position];
            let newest_first: Vec<Reply> = kept.iter().rev().map(|(_, reply)| reply.clone()).collect();
            prop_assert_eq!(answers.newest_first(), newest_first);
            prop_assert_eq!(answers.last(), Some(reply.clone()));
            for (request, _) in kept {
                let first = kept.iter().find(|(of, _)| of == request).map(|(_, reply)| reply.clone());
                prop_assert_eq!(answers.get(*request), first);
                prop_assert!(answers.knows(*request));
            }
            prop_assert_eq!(&Answers::read(&written(&answers)).unwrap(), &answers);
            prop_assert_eq!(&Answers::read_before(&fixed(kept)).unwrap(), &answers);
        }
    }

    #[test]
    fn answers_that_were_cut_off_are_none(cut in 1_usize..20) {
        let mut answers = Answers::default();
        (0..3).for_each(|request| answers.keep(request, &granted(10_485_760, 1)));
        let octets = written(&answers);
        prop_assert!(Answers::read(&octets[..octets.len() - cut]).is_none());
        prop_assert!(Answers::read(&[&octets[..], b"\0"].concat()).is_none());
        let octets = fixed(&[(1, granted(1, 1)), (2, granted(2, 1))]);
        prop_assert!(Answers::read_before(&octets[..octets.len() - cut]).is_none());
    }
}

#[test]
fn an_answer_that_is_the_end_of_the_one_before_is_not_taken_for_it() {
    let (long, short) = (granted(7, 1), Reply::Done(None));
    let [long_octets, short_octets] = [&long, &short].map(|reply| postcard::to_allocvec(reply).unwrap());
    assert!(long_octets.ends_with(&short_octets));
    let mut answers = Answers::default();
    answers.keep(1, &long);
    answers.keep(2, &short);
    assert_eq!((answers.get(1), answers.get(2)), (Some(long), Some(short)));
}

#[test]
fn what_is_told_again_takes_one_octet() {
    let mut answers = Answers::default();
    answers.keep(1, &granted(10_485_760, 1));
    let one = written(&answers).len();
    (2..=4).for_each(|request| answers.keep(request, &granted(10_485_760, 1)));
    assert_eq!(written(&answers).len(), one + 3);
    answers.keep(5, &granted(10_485_760, 1));
    assert_eq!(written(&answers).len(), one + 3);
    assert!(answers.forgot(1) && !answers.knows(1));
}
