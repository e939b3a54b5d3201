//! Vouchers on a real engine and store: credited exactly once whatever crashes or races, guesses stopped, batches made.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::{InvoiceContent, InvoiceRenderer, MadeVouchers, NewVouchers, Role, Secrets, SignUp};
use catalog::{Catalog, CatalogVersion, Snapshot};
use engine::{Clock, Config, Engine};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Moment};

const STAFF: fn() -> Actor = || Actor::Staff { login: "anna".into(), role: Role::Agent };
const START: &str = "2026-06-01T08:00:00Z";

struct NoPaper;

impl InvoiceRenderer for NoPaper {
    fn render(&self, _: &InvoiceContent) -> Result<Vec<u8>, String> {
        Ok(Vec::new())
    }
}

/// The program between a start and its end.
struct Run(Office);

impl Run {
    fn start(directory: &Path, at: &str) -> Self {
        let store = Arc::new(testkit::books::open(directory).unwrap());
        let catalog: Catalog = toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
        let snapshot = Arc::new(Snapshot::compile(catalog, CatalogVersion(1), None).unwrap());
        let clock = Clock::starting_at(Instant::parse(at).unwrap());
        let engine =
            Engine::start(store, snapshot, clock, Config { threads: 2, ..Config::default() }).unwrap();
        Self(Office::new(engine, Secrets::open(directory).unwrap(), Arc::new(NoPaper)))
    }

    fn sign_up(&self, name: &str) -> CustomerId {
        let form = SignUp { credit_limit: Some(Amount::ZERO), ..SignUp::named(name) };
        self.0.sign_up(&STAFF(), form, None).unwrap().customer
    }

    fn make(&self, count: u32) -> (MadeVouchers, Vec<String>) {
        let made = self.0.make_vouchers(&STAFF(), &summer(count), None).unwrap();
        let codes = made.csv.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect();
        (made, codes)
    }

    fn balance(&self, customer: CustomerId) -> String {
        self.0.engine().customer(customer).unwrap().unwrap().head.purse.balance.text(2)
    }

    fn digest_of(&self, code: &str) -> String {
        self.0.digest(code).unwrap()
    }

    fn state(&self, code: &str) -> VoucherState {
        self.0.store().voucher(&self.digest_of(code)).unwrap().unwrap().voucher.state
    }

    fn redeem(&self, customer: CustomerId, code: &str) -> Result<Booked, OfficeError> {
        self.0.redeem_voucher(&STAFF(), &ask(customer, code), None)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.0.engine().stop();
    }
}

fn summer(count: u32) -> NewVouchers {
    NewVouchers {
        name: "Summer".into(),
        count,
        amount: Amount::parse("10").unwrap(),
        currency: Currency::parse("USD").unwrap(),
        expires_at: Instant::parse("2026-12-31T00:00:00Z"),
    }
}

fn ask(customer: CustomerId, code: &str) -> RedeemVoucher {
    RedeemVoucher { customer, account: None, code: code.into(), source: None }
}

fn refused(outcome: Result<Booked, OfficeError>) -> Refusal {
    match outcome {
        Err(OfficeError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// A code that is well formed and none of ours.
fn foreign() -> String {
    VoucherCode::random().unwrap().shown()
}

fn agree(run: &Run) {
    let report = run.0.store().verify().unwrap();
    assert!(report.differences.is_empty() && report.vouchers.is_empty(), "{report:?}");
}

#[test]
fn a_redeemed_voucher_is_money_once_and_staff_see_who_had_it() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let ada = run.sign_up("Ada");
    let (made, codes) = run.make(2);
    let booked = run.redeem(ada, &codes[0].to_lowercase()).unwrap();
    assert_eq!((booked.amount.text(2), booked.balance.text(2)), ("10.00".into(), "10.00".into()));
    assert_eq!(refused(run.redeem(ada, &codes[0])), Refusal::VoucherUsed);
    assert_eq!(refused(run.redeem(run.sign_up("Eve"), &codes[0])), Refusal::VoucherUsed);
    let seen = run.0.find_voucher(&STAFF(), &codes[0].as_str().into()).unwrap();
    assert_eq!((seen.standing, seen.entry), (VoucherStanding::Redeemed, booked.entry));
    assert_eq!(seen.customer.unwrap().0, ada);
    let (begin, at) = (Instant::parse(START).unwrap(), seen.changed_at.unwrap());
    assert!(begin <= at && at <= run.0.now(), "{at}");
    let batch = run.0.voucher_batch(made.batch.id).unwrap();
    assert_eq!((batch.free, batch.claimed, batch.redeemed), (1, 0, 1));
    let trail = run.0.audit(&crate::AuditQuery { customer: Some(ada), ..Default::default() }).unwrap();
    assert_eq!(trail.items.iter().filter(|line| line.action == "voucher/redeemed").count(), 1);
    assert_eq!(run.0.voucher_metrics().redeemed.get(), 1);
    agree(&run);
}

#[test]
fn the_same_request_again_gets_the_first_answer() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let ada = run.sign_up("Ada");
    let (_, codes) = run.make(1);
    let key = || Some(IdempotencyKey::new("form-1", codes[0].as_bytes()).unwrap());
    let first = run.0.redeem_voucher(&STAFF(), &ask(ada, &codes[0]), key()).unwrap();
    assert_eq!(run.0.redeem_voucher(&STAFF(), &ask(ada, &codes[0]), key()).unwrap(), first);
    let other = Some(IdempotencyKey::new("form-1", b"another").unwrap());
    assert_eq!(refused(run.0.redeem_voucher(&STAFF(), &ask(ada, &codes[0]), other)), Refusal::KeyReused);
    assert_eq!(run.balance(ada), "10.00");
}

#[test]
fn of_customers_who_redeem_one_voucher_at_once_exactly_one_is_credited() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let customers: Vec<CustomerId> = (0..6).map(|number| run.sign_up(&format!("Racer {number}"))).collect();
    let (_, codes) = run.make(10);
    for code in &codes {
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let racers: Vec<_> =
                customers.iter().map(|customer| scope.spawn(|| run.redeem(*customer, code))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        for outcome in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(refused(outcome), Refusal::VoucherUsed);
        }
    }
    let sum: Amount = customers
        .iter()
        .map(|customer| run.0.engine().customer(*customer).unwrap().unwrap().head.purse.balance)
        .fold(Amount::ZERO, Amount::saturating_plus);
    assert_eq!(sum.text(2), "100.00");
    agree(&run);
}

/// After which step the program ends.
#[derive(Clone, Copy, PartialEq)]
enum Crash {
    Claim,
    Credit,
    Settle,
}

#[test]
fn a_crash_between_any_two_steps_ends_credited_exactly_once() {
    for crash in [Crash::Claim, Crash::Credit, Crash::Settle] {
        for by_himself in [true, false] {
            let directory = tempfile::tempdir().unwrap();
            let run = Run::start(directory.path(), START);
            let ada = run.sign_up("Ada");
            let (_, codes) = run.make(1);
            let code = &codes[0];
            let Claimed { claim, .. } = run.0.claim_voucher(&run.digest_of(code), ada, None).unwrap();
            if crash != Crash::Claim {
                let command = Command::RedeemVoucher(claim.clone());
                let reply = run.0.engine().call(ada, None, command, None).unwrap();
                let Reply::Voucher(outcome) = reply else { panic!("{reply:?}") };
                if crash == Crash::Settle {
                    run.0.settle_voucher(&claim, outcome).unwrap();
                }
            }
            drop(run);
            let run = Run::start(directory.path(), "2026-06-01T09:00:00Z");
            if by_himself {
                let again = run.redeem(ada, code);
                assert_eq!(again.is_ok(), crash != Crash::Settle, "{again:?}");
            } else {
                run.0.tend_vouchers(true);
            }
            run.0.tend_vouchers(true);
            assert_eq!(run.balance(ada), "10.00");
            assert!(matches!(run.state(code), VoucherState::Redeemed { customer, .. } if customer == ada));
            agree(&run);
        }
    }
}

#[test]
fn a_claim_given_up_credits_nothing_however_late_its_request_comes() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let (ada, eve) = (run.sign_up("Ada"), run.sign_up("Eve"));
    let (_, codes) = run.make(1);
    let late = run.0.claim_voucher(&run.digest_of(&codes[0]), ada, None).unwrap();
    let outcome = run.0.give_up(ada, &late.claim).unwrap();
    assert_eq!(outcome, VoucherOutcome::Forgone);
    run.0.settle_voucher(&late.claim, outcome).unwrap();
    run.redeem(eve, &codes[0]).unwrap();
    let error = run.0.credit_voucher(&STAFF(), ada, None, &late).unwrap_err();
    assert!(matches!(error, OfficeError::Conflict(_)), "{error:?}");
    assert_eq!((run.balance(ada), run.balance(eve)), ("0.00".into(), "10.00".into()));
    assert!(matches!(run.state(&codes[0]), VoucherState::Redeemed { customer, .. } if customer == eve));
    agree(&run);
}

#[test]
fn a_credit_that_is_refused_leaves_the_voucher_free() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let (ada, eve) = (run.sign_up("Ada"), run.sign_up("Eve"));
    let (_, codes) = run.make(1);
    let nobodys = RedeemVoucher { account: Some(RowId(77)), ..ask(ada, &codes[0]) };
    assert_eq!(refused(run.0.redeem_voucher(&STAFF(), &nobodys, None)), Refusal::UnknownAccount);
    assert_eq!(run.state(&codes[0]), VoucherState::Free);
    // The same after a crash: the customer was terminated while his claim hung.
    run.0.claim_voucher(&run.digest_of(&codes[0]), ada, None).unwrap();
    run.0.terminate_customer(&STAFF(), ada, None).unwrap();
    assert_eq!(run.0.carry_on_claims(run.0.now().plus_micros(1)).unwrap(), 1);
    run.redeem(eve, &codes[0]).unwrap();
    assert_eq!(run.balance(eve), "10.00");
}

#[test]
fn a_claim_that_hung_for_months_is_settled_by_the_ledger() {
    for credited in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let run = Run::start(directory.path(), START);
        let ada = run.sign_up("Ada");
        let (_, codes) = run.make(1);
        let Claimed { claim, .. } = run.0.claim_voucher(&run.digest_of(&codes[0]), ada, None).unwrap();
        if credited {
            run.0.engine().call(ada, None, Command::RedeemVoucher(claim), None).unwrap();
        }
        drop(run);
        let run = Run::start(directory.path(), "2026-09-30T08:00:00Z");
        assert_eq!(run.0.carry_on_claims(run.0.now()).unwrap(), 1);
        assert_eq!(run.balance(ada), if credited { "10.00" } else { "0.00" });
        assert_eq!(matches!(run.state(&codes[0]), VoucherState::Redeemed { .. }), credited);
        assert_eq!(run.state(&codes[0]) == VoucherState::Free, !credited);
        agree(&run);
    }
}

#[test]
fn each_reason_not_to_take_a_voucher_has_its_own_words() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let ada = run.sign_up("Ada");
    let (made, codes) = run.make(3);
    assert_eq!(refused(run.redeem(ada, &foreign())), Refusal::UnknownVoucher);
    let slip = run.redeem(ada, &codes[0][1..]).unwrap_err();
    assert!(matches!(&slip, OfficeError::Invalid(fields) if fields[0].field == "code"), "{slip:?}");
    run.0.revoke_voucher(&STAFF(), &codes[0].as_str().into()).unwrap();
    assert_eq!(refused(run.redeem(ada, &codes[0])), Refusal::VoucherRevoked);
    let euro = NewVouchers { currency: Currency::parse("EUR").unwrap(), ..summer(1) };
    let euro = run.0.make_vouchers(&STAFF(), &euro, None).unwrap().csv;
    let euro = euro.lines().nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(refused(run.redeem(ada, euro)), Refusal::WrongCurrency("EUR".into()));
    assert_eq!(run.0.revoke_voucher_batch(&STAFF(), made.batch.id).unwrap(), 2);
    assert_eq!(run.0.revoke_voucher_batch(&STAFF(), made.batch.id).unwrap(), 0);
    assert_eq!(refused(run.redeem(ada, &codes[1])), Refusal::VoucherRevoked);
    let (_, late) = run.make(1);
    run.0.clock().advance_to(Instant::parse("2026-12-31T00:00:00Z").unwrap());
    assert_eq!(refused(run.redeem(ada, &late[0])), Refusal::VoucherExpired);
    let seen = run.0.find_voucher(&STAFF(), &late[0].as_str().into()).unwrap();
    assert_eq!(seen.standing, VoucherStanding::Expired);
    let helpdesk = Actor::Staff { login: "ben".into(), role: Role::Helpdesk };
    assert!(run.0.find_voucher(&helpdesk, &late[0].as_str().into()).is_ok());
    let denied = run.0.redeem_voucher(&helpdesk, &ask(ada, &late[0]), None);
    assert!(matches!(denied, Err(OfficeError::Denied(_))), "{denied:?}");
}

#[test]
fn who_tries_five_wrong_codes_waits_ten_minutes() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let (ada, eve) = (run.sign_up("Ada"), run.sign_up("Eve"));
    let (_, codes) = run.make(3);
    let himself = |customer| Actor::Subscriber { customer, number: "C1".into() };
    let try_code = |who, code: &str| run.0.redeem_voucher(&himself(who), &ask(who, code), None);
    for _ in 0..4 {
        assert_eq!(refused(try_code(ada, &foreign())), Refusal::UnknownVoucher);
        assert!(matches!(try_code(ada, "slip"), Err(OfficeError::Invalid(_))), "slips do not count");
    }
    try_code(ada, &codes[0]).unwrap();
    assert_eq!(refused(try_code(ada, &foreign())), Refusal::UnknownVoucher, "a right one forgives nothing");
    let stopped = try_code(ada, &codes[1]);
    assert!(matches!(&stopped, Err(OfficeError::Denied(words)) if words.contains("too many")), "{stopped:?}");
    try_code(eve, &codes[1]).unwrap();
    let trail = run.0.audit(&crate::AuditQuery { customer: Some(ada), ..Default::default() }).unwrap();
    assert_eq!(trail.items.iter().filter(|line| line.action == "voucher/guesses-stopped").count(), 1);
    run.0.clock().advance_to(run.0.now().plus(Seconds(601)));
    try_code(ada, &codes[2]).unwrap();
    assert_eq!(
        (run.0.voucher_metrics().wrong_codes.get(), run.0.voucher_metrics().turned_away.get()),
        (5, 1)
    );
    assert!(
        matches!(
            run.0.redeem_voucher(&himself(eve), &ask(ada, &codes[2]), None),
            Err(OfficeError::Denied(_))
        ),
        "a subscriber redeems for himself only"
    );
}

#[test]
fn one_address_gets_only_so_many_wrong_codes_whoever_is_signed_in() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let source = Some("192.0.2.7".parse().unwrap());
    let try_code = |who, code: &str| {
        let asked = RedeemVoucher { source, ..ask(who, code) };
        run.0.redeem_voucher(&Actor::Subscriber { customer: who, number: "C1".into() }, &asked, None)
    };
    for group in 0..5 {
        let customer = run.sign_up(&format!("Customer {group}"));
        for _ in 0..4 {
            assert_eq!(refused(try_code(customer, &foreign())), Refusal::UnknownVoucher);
        }
    }
    let (_, codes) = run.make(1);
    assert!(matches!(try_code(run.sign_up("Last"), &codes[0]), Err(OfficeError::Denied(_))));
}

#[test]
fn a_batch_is_made_once_per_request_and_what_a_crash_left_of_one_is_cleared_away() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let key = IdempotencyKey::new("form-1", b"summer").unwrap();
    let made = run.0.make_vouchers(&STAFF(), &summer(3), Some(&key)).unwrap();
    let again = run.0.make_vouchers(&STAFF(), &summer(3), Some(&key)).unwrap_err();
    assert!(matches!(&again, OfficeError::Conflict(words) if words.contains("batch 1")), "{again:?}");
    let other = IdempotencyKey::new("form-1", b"winter").unwrap();
    let reused = run.0.make_vouchers(&STAFF(), &summer(3), Some(&other)).unwrap_err();
    assert_eq!(reused, OfficeError::Refused(Refusal::KeyReused));
    let lines: Vec<&str> = made.csv.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, "code,amount,currency,expires_at"));
    assert!(lines[1].ends_with(",10.00,USD,2026-12-31T00:00:00Z"), "{}", lines[1]);
    assert!(!format!("{made:?}").contains(&lines[1][..19]), "codes are not printed by accident");
    // The crash: a batch that was begun and got some of its vouchers.
    let lost = store::NewVoucherBatch {
        name: "Lost".into(),
        amount: Amount::parse("5").unwrap(),
        currency: Currency::parse("USD").unwrap(),
        expires_at: None,
        created_at: run.0.now(),
        created_by: "test".into(),
        request: None,
    };
    let lost = run.0.store().begin_voucher_batch(lost).unwrap();
    run.0.store().add_vouchers(lost, (0..2_500).map(|number| format!("{number:032}")).collect()).unwrap();
    drop(run);
    let run = Run::start(directory.path(), START);
    run.0.tend_vouchers(true);
    assert!(!run.0.store().has_unfinished_voucher_batch().unwrap());
    let batches = run.0.voucher_batches(None, 0).unwrap().items;
    assert_eq!(batches.iter().map(|batch| (batch.id, batch.free)).collect::<Vec<_>>(), [(1, 3)]);
}

#[test]
fn vouchers_that_make_no_sense_are_refused_field_by_field() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let wrong = NewVouchers {
        name: " ".into(),
        count: 0,
        amount: Amount::parse("10.005").unwrap(),
        expires_at: Instant::parse("2026-05-01T00:00:00Z"),
        ..summer(1)
    };
    let Err(OfficeError::Invalid(fields)) = run.0.make_vouchers(&STAFF(), &wrong, None) else {
        panic!("taken")
    };
    let fields: Vec<&str> = fields.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(fields, ["name", "count", "amount", "expires_at"]);
    let many = NewVouchers { count: crate::BATCH_MOST + 1, ..summer(1) };
    assert!(run.0.check_vouchers(&STAFF(), &many).is_err());
}

#[test]
fn the_largest_batch_is_made_while_others_go_on_with_their_work() {
    let directory = tempfile::tempdir().unwrap();
    let run = Run::start(directory.path(), START);
    let ada = run.sign_up("Ada");
    let began = Moment::now();
    let (made, longest, acts) = std::thread::scope(|scope| {
        let maker = scope.spawn(|| run.make(crate::BATCH_MOST));
        let (mut longest, mut acts) = (Duration::ZERO, 0u32);
        while !maker.is_finished() {
            let asked = Moment::now();
            run.0.pay(&STAFF(), ada, Amount::parse("1").unwrap(), "", None).unwrap();
            longest = longest.max(asked.elapsed());
            acts += 1;
        }
        (maker.join().unwrap().0, longest, acts)
    });
    let took = began.elapsed();
    println!("{} vouchers in {took:?}; {acts} payments beside it, the longest {longest:?}", made.batch.free);
    assert_eq!(made.batch.free, u64::from(crate::BATCH_MOST));
    let codes: std::collections::BTreeSet<&str> = made.csv.lines().skip(1).collect();
    assert_eq!(codes.len(), 100_000, "no code twice");
    assert!(took < Duration::from_secs(60), "{took:?}");
    assert!(acts > 10 && longest < Duration::from_secs(2), "{acts} payments, the longest {longest:?}");
}
