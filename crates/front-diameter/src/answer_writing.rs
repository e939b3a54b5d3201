//! What the core replied becomes a Credit-Control-Answer (RFC 8506 3.2, TS 32.299 6.5), in the form the request asked for.
//!
//! Services are answered exactly when the request had services; each has a Result-Code and its identifiers as received; units are
//! granted only in the unit that was asked for. 3xxx are protocol errors and follow the answer-message grammar (RFC 6733 7.2).

use crate::ask::{AnswerForm, Body, GrantAs, Refused, ServiceForm};
use crate::wire_money::wire_money;
use catalog::FinalAction;
use charging::{Refusal, Reply, Told, UnitOutcome, UnitReply};
use diameter::answer::{self, Identity};
use diameter::codes::result;
use diameter::credit_control::{CreditControlAnswer, FinalUnit, RedirectKind, ServiceAnswer};
use engine::EngineError;
use money::{Amount, Currency};
use std::net::IpAddr;

/// Digits of the shortest number that is taken for an international one; shorter ones are short codes, which no URI makes global.
const GLOBAL_NUMBER_LEAST: usize = 7;

const NOT_APPLICABLE: u32 = result::CREDIT_CONTROL_NOT_APPLICABLE;

/// How a request ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The core answered, or could not be asked.
    Replied(Result<Reply, EngineError>),
    /// Answer to a balance check.
    Suffices(bool),
    /// Answer to a price enquiry, or to a refund: what was given back.
    Costs(Amount, Currency),
    /// It is free of charge and not metered.
    Unmetered,
    /// Nothing was asked, and nobody objects.
    Nothing,
    /// It went no further than this door.
    Refused(Refused),
}

/// Writes the answer at the end of `out`; its Result-Code.
pub(crate) fn write(form: &AnswerForm, outcome: &Outcome, who: &Identity, out: &mut Vec<u8>) -> u32 {
    let answer = match outcome {
        Outcome::Replied(Ok(reply)) => return write_reply(form, reply, who, out),
        Outcome::Replied(Err(error)) => refused(of_engine_error(*error), Some(error.to_string())),
        Outcome::Nothing => CreditControlAnswer::code(result::SUCCESS),
        Outcome::Unmetered => in_both_places(form, CreditControlAnswer::code(NOT_APPLICABLE)),
        Outcome::Suffices(suffices) => CreditControlAnswer {
            balance_suffices: Some(*suffices),
            ..CreditControlAnswer::code(result::SUCCESS)
        },
        Outcome::Costs(amount, currency) => CreditControlAnswer {
            cost: Some(wire_money(*amount, *currency)),
            ..CreditControlAnswer::code(result::SUCCESS)
        },
        Outcome::Refused(refused) => CreditControlAnswer {
            failed_avp: refused.failed.as_deref().cloned(),
            error_message: Some(refused.message.to_owned()),
            ..CreditControlAnswer::code(refused.code)
        },
    };
    complete(form, answer, who, out)
}

/// The same for a reply of the core.
pub(crate) fn write_reply(form: &AnswerForm, reply: &Reply, who: &Identity, out: &mut Vec<u8>) -> u32 {
    complete(form, of_reply(form, reply), who, out)
}

/// Adds what the form tells beside, and writes it.
#[inline]
fn complete(form: &AnswerForm, mut answer: CreditControlAnswer, who: &Identity, out: &mut Vec<u8>) -> u32 {
    if let Some(told) = &form.told {
        answer.cost = told.cost.or(answer.cost);
        (answer.remaining_balance, answer.low_balance) = (told.remaining, told.low);
        answer.advice.clone_from(&told.advice);
    }
    if let Some(added) = form.added.as_ref().filter(|_| answer.result_code == result::SUCCESS) {
        answer.added = Some(added.with(form.told.as_ref().map_or(&[], |told| &told.attributes)));
    }
    if (3000..4000).contains(&answer.result_code) {
        let refusal = answer::Refusal {
            result_code: answer.result_code,
            failed_avp: answer.failed_avp.as_ref(),
            message: answer.error_message.as_deref(),
        };
        answer::refuse(&form.echo, who, &refusal, out);
    } else {
        answer.write(&form.echo, who, out);
    }
    answer.result_code
}

fn refused(code: u32, message: Option<String>) -> CreditControlAnswer {
    CreditControlAnswer { error_message: message, ..CreditControlAnswer::code(code) }
}

fn of_reply(form: &AnswerForm, reply: &Reply) -> CreditControlAnswer {
    match reply {
        Reply::Session(reply) => {
            let told = reply.told.as_deref();
            let raise = told.and_then(|told| told.raise).unwrap_or(form.raise);
            let mut answer = of_session(form, reply.refusal.as_ref(), &reply.units, raise);
            tell_number(form, told, &mut answer);
            answer
        }
        Reply::Debited(reply) => {
            let mut answer = of_debit(form);
            tell_number(form, reply.told.as_deref(), &mut answer);
            answer
        }
        Reply::Refused(refusal) => in_both_places(form, of_refused(refusal)),
        // No command of this door is answered so.
        Reply::Done(_) | Reply::Access(_) | Reply::Refunded(_) | Reply::Voucher(_) => {
            CreditControlAnswer::code(result::UNABLE_TO_COMPLY)
        }
    }
}

/// The code of an event about a service stands in that, too: clients differ in which of the two they read.
fn in_both_places(form: &AnswerForm, mut answer: CreditControlAnswer) -> CreditControlAnswer {
    if let Body::Event { service: Some(form), .. } = &form.body {
        answer.services = vec![service(form, answer.result_code)];
    }
    answer
}

fn of_refused(refusal: &Refusal) -> CreditControlAnswer {
    let code = of_refusal(refusal);
    let mut answer = refused(code, Some(format!("{}: {refusal}", refusal.code())));
    if code == result::RATING_FAILED {
        // RFC 8506 9.2: it must show the AVP that cannot be rated; only absurd numbers of units lead here.
        let id = diameter::codes::avp::USED_SERVICE_UNIT;
        answer.failed_avp = Some(*diameter::FailedAvp::example(id, id.flags()));
    }
    answer
}

/// Tells the number that is called instead of the dialled one (DIA-75), unless nothing is called.
fn tell_number(form: &AnswerForm, told: Option<&Told>, answer: &mut CreditControlAnswer) {
    let Some((number, told)) = told.and_then(|told| Some((told.number.as_deref()?, told))) else { return };
    if answer.result_code != result::SUCCESS || !told.provision.unwrap_or(form.called.provision) {
        return;
    }
    let is_global = number.len() >= GLOBAL_NUMBER_LEAST && number.bytes().all(|d| d.is_ascii_digit());
    let uri = form.called.uri && is_global;
    answer.called_party = Some(if uri { format!("tel:+{number}") } else { number.to_owned() });
    answer.called_party_outside = form.called.outside;
}

fn of_session(
    form: &AnswerForm,
    refusal: Option<&Refusal>,
    units: &[UnitReply],
    raise: bool,
) -> CreditControlAnswer {
    let mut answer = refusal.map_or_else(|| CreditControlAnswer::code(result::SUCCESS), of_refused);
    match &form.body {
        Body::Services(forms) => {
            let mut units = units.iter();
            answer.services =
                forms.iter().map(|f| of_service(f, f.reported.then(|| units.next()).flatten())).collect();
            if let Some(failed) = &form.failed {
                answer.failed_avp = Some(failed.as_ref().clone());
            }
            if let [only] = answer.services.as_slice()
                && raise
                && answer.result_code == result::SUCCESS
            {
                answer.result_code = only.result_code.unwrap_or(result::SUCCESS);
            }
        }
        Body::Root(grant_as) => {
            if let Some(unit) = units.first() {
                at_root(&mut answer, *grant_as, &unit.outcome);
            }
        }
        Body::Nothing | Body::Event { .. } => {
            if answer.result_code == result::SUCCESS && form.free.is_some_and(|free| free.asked) {
                answer.result_code = NOT_APPLICABLE;
            }
        }
    }
    answer
}

fn at_root(answer: &mut CreditControlAnswer, grant_as: GrantAs, outcome: &UnitOutcome) {
    match outcome {
        UnitOutcome::Noted => {}
        UnitOutcome::Granted { units, last, validity, tariff_change, .. } => {
            answer.granted = Some(grant_as.units(*units, *tariff_change));
            answer.validity_time = Some(*validity).filter(|seconds| *seconds > 0);
            answer.final_unit = last.as_ref().map(final_unit);
        }
        UnitOutcome::Hotlined { action, validity } => {
            (answer.validity_time, answer.final_unit) = (Some(*validity), Some(final_unit(action)));
        }
        UnitOutcome::Refused(refusal) if answer.result_code == result::SUCCESS => {
            *answer = of_refused(refusal)
        }
        UnitOutcome::Refused(_) => {}
    }
}

fn service(form: &ServiceForm, code: u32) -> ServiceAnswer {
    ServiceAnswer {
        rating_group: form.rating_group,
        service_identifiers: form.service_identifiers.clone(),
        result_code: Some(code),
        ..ServiceAnswer::default()
    }
}

fn of_service(form: &ServiceForm, unit: Option<&UnitReply>) -> ServiceAnswer {
    if let Some(problem) = form.problem {
        return service(form, problem);
    }
    // The core's noted replies to late requests carry a unit for each; a missing one was not charged either.
    let Some(unit) = unit else { return service(form, result::SUCCESS) };
    match &unit.outcome {
        UnitOutcome::Noted => service(form, result::SUCCESS),
        UnitOutcome::Refused(refusal) => service(form, of_refusal(refusal)),
        // Without a Granted-Service-Unit it is done at once, and the client asks again when the time is over (RFC 8506 5.6.2).
        UnitOutcome::Hotlined { action, validity } => ServiceAnswer {
            validity_time: Some(*validity),
            final_unit: Some(final_unit(action)),
            ..service(form, result::SUCCESS)
        },
        UnitOutcome::Granted { units, last, validity, threshold, holding, tariff_change } => {
            let mut answer = service(form, result::SUCCESS);
            answer.granted = Some(form.grant_as.units(*units, *tariff_change));
            answer.triggers.clone_from(&form.triggers);
            if form.grant_as == GrantAs::Time {
                answer.quota_consumption_time =
                    Some(form.quota_consumption_time).filter(|seconds| *seconds > 0);
            }
            answer.validity_time = Some(*validity).filter(|seconds| *seconds > 0);
            answer.quota_holding_time = Some(*holding).filter(|seconds| *seconds > 0);
            if let Some(action) = last {
                // After the last units the client must not ask again but do this: no threshold (TS 32.299 6.5.4).
                answer.final_unit = Some(final_unit(action));
            } else {
                let threshold = Some(u32::try_from(*threshold).unwrap_or(u32::MAX)).filter(|t| *t > 0);
                match form.grant_as {
                    GrantAs::Time => answer.time_quota_threshold = threshold,
                    GrantAs::Specific => answer.unit_quota_threshold = threshold,
                    GrantAs::TotalOctets | GrantAs::InputOctets | GrantAs::OutputOctets => {
                        answer.volume_quota_threshold = threshold;
                    }
                    // There is no AVP for a threshold in money.
                    GrantAs::Money(_) => {}
                }
            }
            answer
        }
    }
}

/// What the client does after the last units (RFC 8506 8.34 to 8.39).
fn final_unit(action: &FinalAction) -> FinalUnit {
    match action {
        FinalAction::Terminate => FinalUnit::Terminate,
        FinalAction::Redirect { url } => FinalUnit::Redirect(redirect_kind(url), url.clone()),
        FinalAction::Restrict { filter } => {
            let parts = filter.split(';').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
            let (rules, filters) = parts.partition(|part| is_rule(part));
            FinalUnit::Restrict { rules, filters }
        }
    }
}

/// An IPFilterRule is an action and what it is for (RFC 6733 4.3.1); all else is the name of a filter.
fn is_rule(text: &str) -> bool {
    let Some((action, _)) = text.split_once(char::is_whitespace) else { return false };
    ["permit", "deny"].iter().any(|known| action.eq_ignore_ascii_case(known))
}

fn redirect_kind(address: &str) -> RedirectKind {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    match address.parse() {
        Ok(IpAddr::V4(_)) => RedirectKind::Ipv4,
        Ok(IpAddr::V6(_)) => RedirectKind::Ipv6,
        Err(_) if ["sip", "sips"].iter().any(|sip| scheme.eq_ignore_ascii_case(sip)) => RedirectKind::SipUri,
        Err(_) => RedirectKind::Url,
    }
}

fn of_debit(form: &AnswerForm) -> CreditControlAnswer {
    let mut answer = CreditControlAnswer::code(result::SUCCESS);
    if let Body::Event { units, grant_as, service: form, refund_information } = &form.body {
        answer.refund_information = refund_information.clone();
        let granted = Some(grant_as.units(*units, None));
        match form {
            Some(form) => {
                answer.services = vec![ServiceAnswer { granted, ..service(form, result::SUCCESS) }];
            }
            None => answer.granted = granted,
        }
    }
    answer
}

/// Result-Code of a refusal (RFC 8506 9, RFC 6733 7.1).
pub(crate) const fn of_refusal(refusal: &Refusal) -> u32 {
    match refusal {
        Refusal::UnknownCustomer
        | Refusal::UnknownAccount
        | Refusal::CustomerTerminated
        | Refusal::AccountTerminated => result::USER_UNKNOWN,
        Refusal::CustomerSuspended
        | Refusal::CustomerBlocked
        | Refusal::AccountBlocked
        | Refusal::ResellerStopped(_)
        | Refusal::SessionTooLong => result::END_USER_SERVICE_DENIED,
        Refusal::NotAllowed => result::AUTHORIZATION_REJECTED,
        Refusal::InsufficientFunds { .. } | Refusal::QuotaUsedUp | Refusal::SpendingCapReached => {
            result::CREDIT_LIMIT_REACHED
        }
        Refusal::UnknownSession | Refusal::SessionEnded => result::UNKNOWN_SESSION_ID,
        Refusal::TooMany(_) => result::RESOURCES_EXCEEDED,
        Refusal::OutOfRange => result::RATING_FAILED,
        _ => result::UNABLE_TO_COMPLY,
    }
}

/// Busy sends the request to another node or lets it come again (RFC 6733 7.1.3); nothing was applied.
const fn of_engine_error(error: EngineError) -> u32 {
    match error {
        EngineError::Busy | EngineError::Fenced | EngineError::Stopped => result::TOO_BUSY,
        EngineError::Broken => result::UNABLE_TO_COMPLY,
    }
}

#[cfg(test)]
mod tests;
