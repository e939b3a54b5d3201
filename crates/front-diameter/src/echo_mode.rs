//! Answers without charging: the ceiling of decoding, mapping and answering on this machine, for measurement only.

use crate::answer_writing::Outcome;
use crate::ask::Intent;
use charging::{Asked, DebitReply, Reply, RowId, SessionReply, UnitOutcome, UnitReply, UnitReport};
use money::Amount;

/// Units granted when the client leaves the size to us.
const UNITS: u64 = 1_048_576;
/// Validity-Time, seconds.
const VALIDITY: u32 = 3_600;

/// Grants whatever is asked.
pub(crate) fn outcome(intent: &Intent) -> Outcome {
    let reply = match intent {
        Intent::Session(request) => {
            let units = request.units.iter().map(grant).collect();
            Reply::Session(SessionReply { refusal: None, units, told: None })
        }
        Intent::Nothing => return Outcome::Nothing,
        Intent::Unmetered => return Outcome::Unmetered,
        Intent::Refund(_) => Reply::Done(None),
        Intent::Debit(debit)
        | Intent::Slice(debit, _)
        | Intent::CheckBalance(debit)
        | Intent::PriceEnquiry(debit) => Reply::Debited(DebitReply {
            xdr: RowId(0),
            account: debit.account,
            amount: Amount::ZERO,
            available: Amount::ZERO,
            repeated: false,
            told: None,
        }),
    };
    Outcome::Replied(Ok(reply))
}

fn grant(report: &UnitReport) -> UnitReply {
    let granted = |units| UnitOutcome::Granted {
        units,
        last: None,
        validity: VALIDITY,
        threshold: 0,
        holding: 0,
        tariff_change: None,
    };
    let outcome = match report.asked {
        Asked::Nothing => UnitOutcome::Noted,
        Asked::Default | Asked::Units(0) => granted(UNITS),
        Asked::Units(units) => granted(units),
    };
    UnitReply { rating_group: report.rating_group, service_identifier: report.service_identifier, outcome }
}
