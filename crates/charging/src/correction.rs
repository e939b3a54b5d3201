//! Books what a rerating found: one movement per charge that changes, once per name of the rerating.

use crate::apply::{Decision, Work};
use crate::refund::{self, Amendment, REFUNDABLE};
use crate::{
    ChargeSoFar, Charged, Correct, Customer, EventKind, Explanation, RefundReply, Refusal, Reply, RequestKey,
    TaxDue, XdrKind, refund_tax,
};
use money::Amount;

/// Charges corrected by one command.
pub const CORRECTIONS_MOST: usize = 1_000;

/// What one charge is rated at now, and what it changes by.
struct Change<'a> {
    of: &'a Charged,
    was: Amount,
    becomes: Amount,
    returned: Amount,
    more: Amount,
    /// Taxes that go back with it.
    taxes: Vec<TaxDue>,
}

/// Brings every charge named to what it becomes. Never gives more back than was charged: what was refunded before stays refunded.
pub(crate) fn correct(work: &mut Work<'_>, customer: &mut Customer, correct: &Correct) -> Decision {
    let key: RequestKey = format!("rerating:{}", correct.rerating).into();
    if let Some(applied) = customer.applied.get(&key) {
        return Ok(applied.reply.clone());
    }
    let changes = changes(work, customer, correct)?;
    let mut sum = Amount::ZERO;
    for change in changes.iter().filter(|change| !change.more.is_zero()) {
        sum = sum.saturating_plus(change.more);
        book(work, customer, correct, change)?;
    }
    let booked = changes.iter().filter(|change| !change.more.is_zero()).count();
    if booked > 0 {
        let detail = format!("{}: {booked} charges, {sum} in all", correct.rerating);
        work.event(&mut customer.head, EventKind::ChargeCorrected, None, detail);
    }
    work.remember(customer, key, 0, Reply::Done(None), REFUNDABLE);
    Ok(Reply::Done(None))
}

/// Looks at every line before anything is changed.
fn changes<'a>(
    work: &Work<'_>,
    customer: &Customer,
    correct: &'a Correct,
) -> Result<Vec<Change<'a>>, crate::apply::Stop> {
    let too_many = |what: &str| Refusal::TooMany(what.to_owned());
    if correct.lines.len() > CORRECTIONS_MOST {
        return Err(too_many("corrections").into());
    }
    let (mut up, mut down) = (Amount::ZERO, Amount::ZERO);
    let mut changes: Vec<Change<'_>> = Vec::with_capacity(correct.lines.len());
    for line in &correct.lines {
        if line.becomes.is_negative() {
            return Err(Refusal::AmountNotPositive.into());
        }
        let so_far = refund::so_far(work, customer, &line.of)?;
        let becomes = line.becomes.max(so_far.returned);
        let more = becomes.minus(so_far.rated)?;
        if more.is_positive() {
            up = up.plus(more)?
        } else {
            down = down.plus(more)?
        }
        let after = ChargeSoFar { rated: becomes, ..so_far };
        let taxes = refund_tax::due(&customer.head, &line.of, (so_far, after))?;
        for tax in taxes.iter().filter(|tax| !tax.included) {
            down = down.plus(tax.amount)?;
        }
        let (was, returned) = (so_far.rated, so_far.returned);
        changes.push(Change { of: &line.of, was, becomes, returned, more, taxes });
    }
    let mut rows: Vec<_> = changes.iter().map(|change| change.of.xdr).collect();
    rows.sort_unstable();
    if rows.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(too_many("corrections of one charge").into());
    }
    // Every purse could bear all of it, so the one that pays bears its part.
    for change in &changes {
        refund::bears(customer, change.of, up)?;
        refund::bears(customer, change.of, down)?;
    }
    Ok(changes)
}

fn book(
    work: &mut Work<'_>,
    customer: &mut Customer,
    correct: &Correct,
    change: &Change<'_>,
) -> Result<(), crate::apply::Stop> {
    let Change { of, was, becomes, returned, more, ref taxes } = *change;
    let rerating = correct.rerating.to_string();
    let amendment = Amendment {
        kind: XdrKind::Correction,
        amount: more,
        description: format!("correction {rerating}"),
        explanation: Explanation::Correction { of: of.xdr, was, becomes, rerating },
    };
    let xdr = refund::amend(work, customer, of, amendment)?;
    refund_tax::book(work, &mut customer.head, xdr, taxes)?;
    let available = customer.head.purse.available(work.now());
    let reply = RefundReply { xdr, of: of.xdr, amount: Amount::ZERO, rated: becomes, returned, available };
    refund::note(work, customer, of, reply);
    Ok(())
}
