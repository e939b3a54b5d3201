#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
//! Taxes in the books: owed with the invoice, or contained in what was paid; and invoices that give money back.

mod world;

use calendar::Seconds;
use charging::{
    ClosePeriod, Command, Effects, Fee, FeeWhy, INVOICED, LedgerCode, LedgerSide, PostInvoice, Refusal,
    Reply, TaxDue,
};
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
