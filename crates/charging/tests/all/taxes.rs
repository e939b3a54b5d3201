//! Taxes in the books: owed with the invoice, or contained in what was paid; and invoices that give money back.

use crate::world;

use calendar::Seconds;
use charging::{
    ChargeTax, Charged, ClosePeriod, Command, Correct, Correction, Effects, Fee, FeeWhy, INVOICED,
    LedgerCode, LedgerSide, PostInvoice, Refund, RefundOf, Refusal, Reply, TaxDue, XdrKind,
};
use money::Amount;
use world::{World, usd};

fn tax(amount: &str, included: bool) -> TaxDue {
    TaxDue { name: "VAT 20 %".to_owned(), amount: usd(amount), included }
}

/// Closes the open period with one line and posts its invoice.
fn bill(world: &mut World, amount: &str, why: FeeWhy, taxes: Vec<TaxDue>) -> Effects {
    let head = world.customer().head.clone();
    let (account, end) = (world.customer().accounts[0].id, head.period_end);
    let (product, name) = (world.product("hbo"), "fee".to_owned());
    let (full_fee, span) = (usd("5.99"), (head.period_start, end));
    let fee = Fee { account, product, name, full_fee, amount: usd(amount), days: (1, 30), span, why };
    let next_end = end.plus(Seconds(30 * 86_400));
    let (period_number, fee_basis) = (head.period_number, head.fee_basis);
    world.done(Command::ClosePeriod(ClosePeriod { period_number, fee_basis, fees: vec![fee], next_end }));
    let total = world.customer().head.closed_total;
    let (number, due_at) = (format!("INV-{period_number}"), world.now.plus(Seconds(86_400)));
    let invoice = PostInvoice { period_number, number, total, taxes, due_at };
    let (reply, effects) = world.run(Command::PostInvoice(invoice));
    assert!(matches!(reply, Reply::Done(Some(_))), "{reply:?}");
    effects
}

#[test]
fn a_tax_on_top_is_owed_with_the_invoice() {
    let mut world = World::postpaid(Some("100"));
    world.account("homeconnect", &[]);
    let effects = bill(&mut world, "10.00", FeeWhy::Held, vec![tax("2.00", false)]);
    let entry = &effects.ledger[0];
    assert_eq!((entry.code, entry.amount), (LedgerCode::Tax, usd("2.00")));
    assert_eq!((entry.debit, entry.credit), (LedgerSide::CustomerBalance, LedgerSide::Tax));
    let head = &world.customer().head;
    assert_eq!((head.purse.balance, head.owed(), head.unbilled), (usd("-12.00"), usd("12.00"), usd("0")));
    world.pay("12");
    assert_eq!(world.customer().head.owed(), usd("0"));
    world.replay();
}

#[test]
fn a_contained_tax_moves_past_the_customer() {
    let mut world = World::postpaid(Some("100"));
    world.account("homeconnect", &[]);
    let effects = bill(&mut world, "12.00", FeeWhy::Held, vec![tax("2.00", true)]);
    let entry = &effects.ledger[0];
    assert_eq!((entry.debit, entry.credit), (LedgerSide::Revenue, LedgerSide::Tax));
    let head = &world.customer().head;
    assert_eq!((head.purse.balance, head.owed()), (usd("-12.00"), usd("12.00")));
    world.replay();
}

#[test]
fn credit_pays_the_tax_too() {
    let mut world = World::postpaid(Some("100"));
    world.account("homeconnect", &[]);
    world.pay("11");
    bill(&mut world, "10.00", FeeWhy::Held, vec![tax("2.00", false)]);
    let head = &world.customer().head;
    assert_eq!((head.purse.balance, head.owed()), (usd("-1.00"), usd("1.00")));
}

#[test]
fn an_invoice_that_gives_back_pays_an_older_one() {
    let mut world = World::postpaid(Some("100"));
    world.account("homeconnect", &[]);
    bill(&mut world, "10.00", FeeWhy::Held, vec![tax("2.00", false)]);
    bill(&mut world, "-5.00", FeeWhy::Returned, vec![tax("-1.00", false)]);
    let head = &world.customer().head;
    assert_eq!((head.purse.balance, head.owed(), head.closed_total), (usd("-6.00"), usd("6.00"), INVOICED));
    bill(&mut world, "-20.00", FeeWhy::Suspended, vec![]);
    let head = &world.customer().head;
    assert_eq!((head.purse.balance, head.owed()), (usd("14.00"), usd("0")));
    world.replay();
}

#[test]
fn a_charge_is_never_negative() {
    let mut world = World::postpaid(None);
    let account = world.account("homeconnect", &[]);
    let head = world.customer().head.clone();
    let (product, name) = (world.product("hbo"), "fee".to_owned());
    let (full_fee, span) = (usd("5.99"), (head.period_start, head.period_end));
    let amount = usd("-1");
    let fee = Fee { account, product, name, full_fee, amount, days: (1, 30), span, why: FeeWhy::Held };
    let (period_number, fee_basis, next_end) =
        (head.period_number, head.fee_basis, head.period_end.plus(Seconds(1)));
    let close = ClosePeriod { period_number, fee_basis, fees: vec![fee], next_end };
    assert_eq!(world.refused(Command::ClosePeriod(close)), Refusal::AmountNotPositive);
}

#[test]
fn taxes_at_the_edge_of_the_range_are_refused_whole() {
    let mut world = World::postpaid(None);
    world.account("homeconnect", &[]);
    let head = world.customer().head.clone();
    let (period_number, fee_basis, next_end) =
        (head.period_number, head.fee_basis, head.period_end.plus(Seconds(1)));
    world.done(Command::ClosePeriod(ClosePeriod { period_number, fee_basis, fees: Vec::new(), next_end }));
    world.fine("5");
    let tax = |amount: Amount, included| TaxDue { name: "VAT".to_owned(), amount, included };
    let (most, least) = (Amount::MAX, Amount::from_micros(i64::MIN));
    // Together they are bearable, one after the other they are not.
    let absurd = [
        vec![tax(most, false), tax(usd("-5"), false)],
        vec![tax(usd("-6"), false), tax(least.plus(usd("1")).unwrap(), false)],
        vec![tax(least, true)],
        vec![tax(least, false)],
    ];
    for taxes in absurd {
        let (number, due_at, total) = ("INV-1".to_owned(), world.now, usd("0"));
        let invoice = PostInvoice { period_number, number, total, taxes, due_at };
        assert_eq!(world.refused(Command::PostInvoice(invoice)), Refusal::OutOfRange);
    }
}

/// A fee of 10.00 of a closed period with a tax of a fifth on its invoice, on top or contained; the charge.
fn taxed_fee(included: bool) -> (World, Charged) {
    let mut world = World::postpaid(Some("100"));
    world.account("homeconnect", &[]);
    let close = bill(&mut world, "10.00", FeeWhy::Held, vec![tax("2.00", included)]);
    assert_eq!(close.ledger.len(), 1);
    let fee = world.effects().flat_map(|effects| &effects.xdrs).find(|xdr| xdr.amount == usd("10")).unwrap();
    assert_eq!(fee.kind, XdrKind::RecurringFee);
    let tax = ChargeTax { name: "VAT 20 %".to_owned(), share: (20, 100), included };
    let charged = Charged { taxes: vec![tax], ..Charged::from(fee) };
    (world, charged)
}

fn correct(world: &mut World, of: &Charged, name: &str, becomes: &str) -> Effects {
    let lines = vec![Correction { of: of.clone(), becomes: usd(becomes) }];
    let (reply, effects) = world.run(Command::Correct(Correct { rerating: name.into(), lines }));
    assert_eq!(reply, Reply::Done(None));
    effects
}

/// What the movements of taxes bring to the balance.
fn taxes_back(effects: &Effects) -> Vec<Amount> {
    effects.ledger.iter().filter(|entry| entry.code == LedgerCode::Tax).map(|entry| entry.amount).collect()
}

#[test]
fn a_correction_after_the_invoice_brings_its_tax_back_and_what_it_adds_is_taxed_by_the_next_one() {
    let (mut world, fee) = taxed_fee(false);
    let less = correct(&mut world, &fee, "a", "7.99");
    assert_eq!(taxes_back(&less), [usd("0.40")], "20 % of 2.01");
    let entry = less.ledger.iter().find(|entry| entry.code == LedgerCode::Tax).unwrap();
    assert_eq!((entry.debit, entry.credit), (LedgerSide::Tax, LedgerSide::CustomerBalance));
    assert_eq!(entry.reference, Some(less.xdrs[0].id), "the correction's own record explains it");
    assert_eq!(world.customer().head.owed(), usd("9.59"), "12.00 - 2.01 - 0.40");
    let more = correct(&mut world, &fee, "b", "12.00");
    assert_eq!(taxes_back(&more), [], "the open period's invoice will have it");
    assert_eq!(world.customer().head.unbilled, usd("4.01"));
    let less = correct(&mut world, &fee, "c", "10.00");
    assert_eq!(taxes_back(&less), [usd("0.40")], "as much as was added on top of the first price");
    // A refund goes on where corrections have come to: in all it gives back what the charge and its additions were taxed.
    let of = RefundOf::Charge(fee.clone());
    let (_, refunded) = world.run(Command::Refund(Refund { of, amount: None, note: "all".into() }));
    assert_eq!(taxes_back(&refunded), [usd("2.00")]);
    let head = &world.customer().head;
    // 10.00 and 2.01 were given back with 0.40, 2.00 with 0.40 and 10.00 with 2.00; 4.01 is still to be taxed with 0.80.
    assert_eq!((head.purse.balance, head.unbilled), (usd("0.80"), usd("4.01")));
    world.replay();
}

#[test]
fn a_contained_tax_of_a_correction_moves_back_past_the_customer() {
    let (mut world, fee) = taxed_fee(true);
    let fee = Charged { taxes: vec![ChargeTax { share: (20, 120), ..fee.taxes[0].clone() }], ..fee };
    let less = correct(&mut world, &fee, "a", "4.00");
    let entry = less.ledger.iter().find(|entry| entry.code == LedgerCode::Tax).unwrap();
    assert_eq!((entry.debit, entry.credit), (LedgerSide::Tax, LedgerSide::Revenue));
    assert_eq!((entry.amount, world.customer().head.owed()), (usd("1.00"), usd("4.00")));
}

#[test]
fn a_correction_before_the_invoice_moves_no_tax() {
    let mut world = World::postpaid(Some("100"));
    let home = world.account("homeconnect", &[]);
    let film = world.film(home, None);
    let tax = ChargeTax { name: "VAT".to_owned(), share: (20, 100), included: false };
    let film = Charged { taxes: vec![tax], ..Charged::from(world::only_xdr(&world.debited(film).1)) };
    let less = correct(&mut world, &film, "a", "1.00");
    assert_eq!((taxes_back(&less), world.customer().head.unbilled), (vec![], usd("1.00")));
}
