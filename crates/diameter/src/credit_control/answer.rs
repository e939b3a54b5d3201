//! Writes and reads a Credit-Control-Answer (RFC 8506 3.2): strict in what is sent, lenient in what is taken.
//!
//! Sent always: Session-Id first, Result-Code, Origin-*, Auth-Application-Id, CC-Request-Type and -Number as in the
//! request, a Result-Code in each service, Rating-Group and Service-Identifier exactly as received. Never
//! Service-Context-Id, which the answer's grammar does not have.

use super::units::{first, read_money, write_money_as, write_money_members};
use super::{
    AddedAvps, Advice, GrantedUnits, MAX_SERVICE_IDENTIFIERS, MAX_SERVICES, Money, RequestType,
    ServiceRequest, push_within,
};
use crate::answer::{Echo, Identity, write_reason};
use crate::avp::AvpRef;
use crate::codes::{AvpId, avp, flags, result};
use crate::dictionary::Dictionary;
use crate::encode::Encoder;
use crate::error::{DecodeError, FailedAvp};
use crate::message::Message;
use crate::rules::{Leniencies, Rules};
use std::sync::Arc;

/// Kinds of redirect address (RFC 8506 8.38).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // The RFC's own names.
pub enum RedirectKind {
    Ipv4,
    Ipv6,
    Url,
    SipUri,
}

impl RedirectKind {
    const fn number(self) -> i32 {
        match self {
            Self::Ipv4 => 0,
            Self::Ipv6 => 1,
            Self::Url => 2,
            Self::SipUri => 3,
        }
    }

    fn read(avp: &AvpRef<'_>) -> Result<Self, DecodeError> {
        Ok(match avp.i32()? {
            0 => Self::Ipv4,
            1 => Self::Ipv6,
            2 => Self::Url,
            3 => Self::SipUri,
            _ => return Err(avp.invalid()),
        })
    }
}

/// Final-Unit-Indication: what the client does when the granted units are used up (RFC 8506 8.34).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FinalUnit {
    /// End the service.
    Terminate,
    /// Send the user to a server.
    Redirect(RedirectKind, String),
    /// Allow only this.
    Restrict {
        /// Restriction-Filter-Rules.
        rules: Vec<String>,
        /// Filter-Ids.
        filters: Vec<String>,
    },
}

/// One Multiple-Services-Credit-Control of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceAnswer {
    /// Granted-Service-Unit.
    pub granted: Option<GrantedUnits>,
    /// As received.
    pub rating_group: Option<u32>,
    /// As received.
    pub service_identifiers: Vec<u32>,
    /// Result-Code of this service; `None` only in answers of others.
    pub result_code: Option<u32>,
    /// Validity-Time, seconds.
    pub validity_time: Option<u32>,
    /// Final-Unit-Indication.
    pub final_unit: Option<FinalUnit>,
    /// Time-Quota-Threshold, seconds that remain.
    pub time_quota_threshold: Option<u32>,
    /// Volume-Quota-Threshold, octets that remain.
    pub volume_quota_threshold: Option<u32>,
    /// Unit-Quota-Threshold, units that remain.
    pub unit_quota_threshold: Option<u32>,
    /// Quota-Holding-Time, seconds; 0 switches it off.
    pub quota_holding_time: Option<u32>,
    /// Quota-Consumption-Time: idle seconds that still count as time.
    pub quota_consumption_time: Option<u32>,
    /// Trigger-Types for which the client asks anew; they replace those it would use. `None` = no Trigger.
    pub triggers: Option<Vec<i32>>,
}

impl ServiceAnswer {
    /// The answer to this service of a request, with its identifiers as received.
    #[must_use]
    pub fn to(request: &ServiceRequest, result_code: u32) -> Self {
        Self {
            rating_group: request.rating_group,
            service_identifiers: request.service_identifiers.clone(),
            result_code: Some(result_code),
            ..Self::default()
        }
    }
}

/// A Credit-Control-Answer without what it repeats from the request ([`Echo`]) and who answers ([`Identity`]).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreditControlAnswer {
    /// Result-Code of the whole command.
    pub result_code: u32,
    /// Granted-Service-Unit outside a service, for clients that ask without one.
    pub granted: Option<GrantedUnits>,
    /// Services in the order of the request.
    pub services: Vec<ServiceAnswer>,
    /// Validity-Time outside a service.
    pub validity_time: Option<u32>,
    /// Final-Unit-Indication outside a service.
    pub final_unit: Option<FinalUnit>,
    /// Service-Information/IMS-Information/Called-Party-Address: the translated number.
    pub called_party: Option<String>,
    /// The same AVP in the command itself, for clients that look for it there.
    pub called_party_outside: bool,
    /// Cost-Information: the answer to a price enquiry; a currency should be with it (RFC 8506 8.7).
    pub cost: Option<Money>,
    /// Service-Information/AoC-Information: what the client wanted to hear of the price.
    pub advice: Option<Advice>,
    /// Remaining-Balance: available funds.
    pub remaining_balance: Option<Money>,
    /// Low-Balance-Indication: whether they are low.
    pub low_balance: Option<bool>,
    /// Refund-Information: what a refund of this event must name (TS 32.299).
    pub refund_information: Option<Vec<u8>>,
    /// Check-Balance-Result: whether there is enough credit (RFC 8506 8.6).
    pub balance_suffices: Option<bool>,
    /// AVPs of the operator's own; a reader leaves them out.
    pub added: Option<Arc<AddedAvps>>,
    /// Error-Message.
    pub error_message: Option<String>,
    /// Failed-AVP (5031 must have one).
    pub failed_avp: Option<FailedAvp>,
}

impl CreditControlAnswer {
    /// An answer that is only a code.
    #[must_use]
    pub fn code(result_code: u32) -> Self {
        Self { result_code, ..Self::default() }
    }

    /// Writes the answer at the end of `out`; octets written.
    pub fn write(&self, echo: &Echo, who: &Identity, out: &mut Vec<u8>) -> usize {
        let mut encoder = echo.begin(out, false);
        encoder.u32(avp::RESULT_CODE, self.result_code);
        who.write(&mut encoder);
        echo.write_credit_control(&mut encoder);
        who.write_state(&mut encoder);
        if let Some(granted) = &self.granted {
            granted.write(&mut encoder);
        }
        for service in &self.services {
            write_service(&mut encoder, service, self.added.as_deref());
        }
        if let Some(end) = &self.final_unit {
            write_final_unit(&mut encoder, end);
        }
        if let Some(seconds) = self.validity_time {
            encoder.u32(avp::VALIDITY_TIME, seconds);
        }
        if let Some(cost) = &self.cost {
            write_money_as(&mut encoder, avp::COST_INFORMATION, cost);
        }
        self.write_told(&mut encoder);
        if let Some(suffices) = self.balance_suffices {
            encoder.i32(avp::CHECK_BALANCE_RESULT, i32::from(!suffices));
        }
        if let Some(called) = self.called_party.as_ref().filter(|_| self.called_party_outside) {
            encoder.text(avp::CALLED_PARTY_ADDRESS, called);
        }
        if let Some(added) = &self.added {
            encoder.verbatim(&added.command);
        }
        self.write_service_information(&mut encoder);
        write_reason(&mut encoder, self.failed_avp.as_ref(), self.error_message.as_deref());
        echo.write_proxies(&mut encoder);
        encoder.finish()
    }

    /// Advice of charge, the called number and what the operator adds, where there is any.
    fn write_service_information(&self, encoder: &mut Encoder<'_>) {
        let called = self.called_party.as_ref().filter(|_| !self.called_party_outside);
        let (added, ims_added) = match &self.added {
            Some(added) => (added.service_information.as_slice(), added.ims_information.as_slice()),
            None => (&[][..], &[][..]),
        };
        if called.is_none() && self.advice.is_none() && added.is_empty() && ims_added.is_empty() {
            return;
        }
        let service = encoder.begin_group(avp::SERVICE_INFORMATION);
        if let Some(advice) = &self.advice {
            advice.write(encoder);
        }
        if called.is_some() || !ims_added.is_empty() {
            let ims = encoder.begin_group(avp::IMS_INFORMATION);
            called.iter().for_each(|called| encoder.text(avp::CALLED_PARTY_ADDRESS, called));
            encoder.verbatim(ims_added);
            encoder.end_group(ims);
        }
        encoder.verbatim(added);
        encoder.end_group(service);
    }

    /// What TS 32.299 adds to the command, without the M bit: a client that does not know it gives up nothing.
    fn write_told(&self, encoder: &mut Encoder<'_>) {
        let optional = |id: AvpId| id.flags() & !flags::AVP_MANDATORY;
        if let Some(information) = &self.refund_information {
            encoder.avp(avp::REFUND_INFORMATION, optional(avp::REFUND_INFORMATION), information);
        }
        if let Some(low) = self.low_balance {
            let id = avp::LOW_BALANCE_INDICATION;
            encoder.avp(id, optional(id), &i32::from(low).to_be_bytes());
        }
        if let Some(balance) = &self.remaining_balance {
            let group = encoder.begin_group_with(avp::REMAINING_BALANCE, optional(avp::REMAINING_BALANCE));
            write_money_members(encoder, balance);
            encoder.end_group(group);
        }
    }

    /// Reads an answer, as a client does. Also reads answer-messages with the E bit.
    ///
    /// # Errors
    /// 5005 without Result-Code, 5004 and 5014 for impossible values, 5009 above this module's limits.
    pub fn read(message: &Message<'_>) -> Result<Self, DecodeError> {
        let (rules, mut seen) = (Rules::lenient(Dictionary::builtin()), Leniencies::default());
        let mut answer = Self::default();
        let mut result_code = None;
        for found in message.avps() {
            let found = found?;
            match found.id {
                avp::RESULT_CODE => first(&mut result_code, found.u32()?, &mut seen),
                avp::GRANTED_SERVICE_UNIT => {
                    answer.granted = Some(GrantedUnits::read(&found, &rules, &mut seen)?);
                }
                avp::MULTIPLE_SERVICES_CREDIT_CONTROL => {
                    let service = read_service(&found, &rules, &mut seen)?;
                    push_within(&mut answer.services, MAX_SERVICES, &found, service)?;
                }
                avp::FINAL_UNIT_INDICATION => answer.final_unit = Some(read_final_unit(&found)?),
                avp::VALIDITY_TIME => first(&mut answer.validity_time, found.u32()?, &mut seen),
                avp::REFUND_INFORMATION => answer.refund_information = Some(found.data.to_vec()),
                avp::REMAINING_BALANCE => {
                    answer.remaining_balance = Some(read_money(&found, &rules, &mut seen)?);
                }
                avp::LOW_BALANCE_INDICATION => answer.low_balance = Some(found.i32()? == 1),
                avp::COST_INFORMATION => answer.cost = Some(read_money(&found, &rules, &mut seen)?),
                avp::CHECK_BALANCE_RESULT => answer.balance_suffices = Some(found.i32()? == 0),
                avp::SERVICE_INFORMATION => {
                    if let Some(called) = read_called_party(&found)? {
                        answer.called_party = Some(called);
                    }
                    for member in found.group()? {
                        let member = member?;
                        if member.id == avp::AOC_INFORMATION {
                            answer.advice = Some(Advice::read(&member, &rules, &mut seen)?);
                        }
                    }
                }
                avp::CALLED_PARTY_ADDRESS => {
                    answer.called_party = Some(found.text()?.to_owned());
                    answer.called_party_outside = true;
                }
                avp::ERROR_MESSAGE => answer.error_message = Some(found.text()?.to_owned()),
                avp::FAILED_AVP => {
                    if let Some(failed) = found.group()?.next() {
                        answer.failed_avp = Some(*FailedAvp::copy(&failed?));
                    }
                }
                _ => {}
            }
        }
        answer.result_code = result_code.ok_or_else(|| DecodeError::missing(avp::RESULT_CODE))?;
        Ok(answer)
    }

    /// CC-Request-Type and CC-Request-Number of an answer, where it has them.
    #[must_use]
    pub fn numbers(message: &Message<'_>) -> Option<(RequestType, u32)> {
        let kind = message.find(avp::CC_REQUEST_TYPE).ok()??;
        let number = message.find(avp::CC_REQUEST_NUMBER).ok()??;
        RequestType::read(&kind).ok().zip(number.u32().ok())
    }
}

fn write_service(encoder: &mut Encoder<'_>, service: &ServiceAnswer, added: Option<&AddedAvps>) {
    let group = encoder.begin_group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL);
    if let Some(granted) = &service.granted {
        granted.write(encoder);
    }
    for id in &service.service_identifiers {
        encoder.u32(avp::SERVICE_IDENTIFIER, *id);
    }
    let before = [
        (avp::RATING_GROUP, service.rating_group),
        (avp::VALIDITY_TIME, service.validity_time),
        (avp::RESULT_CODE, service.result_code),
    ];
    let after = [
        (avp::TIME_QUOTA_THRESHOLD, service.time_quota_threshold),
        (avp::VOLUME_QUOTA_THRESHOLD, service.volume_quota_threshold),
        (avp::UNIT_QUOTA_THRESHOLD, service.unit_quota_threshold),
        (avp::QUOTA_HOLDING_TIME, service.quota_holding_time),
        (avp::QUOTA_CONSUMPTION_TIME, service.quota_consumption_time),
    ];
    for (id, value) in before {
        if let Some(value) = value {
            encoder.u32(id, value);
        }
    }
    if let Some(end) = &service.final_unit {
        write_final_unit(encoder, end);
    }
    for (id, value) in after {
        if let Some(value) = value {
            encoder.u32(id, value);
        }
    }
    if let Some(triggers) = &service.triggers {
        let list = encoder.begin_group(avp::TRIGGER);
        triggers.iter().for_each(|kind| encoder.i32(avp::TRIGGER_TYPE, *kind));
        encoder.end_group(list);
    }
    if let Some(added) = added.filter(|_| service.result_code == Some(result::SUCCESS)) {
        encoder.verbatim(&added.services);
    }
    encoder.end_group(group);
}

fn write_final_unit(encoder: &mut Encoder<'_>, end: &FinalUnit) {
    let group = encoder.begin_group(avp::FINAL_UNIT_INDICATION);
    match end {
        FinalUnit::Terminate => encoder.i32(avp::FINAL_UNIT_ACTION, 0),
        FinalUnit::Redirect(kind, address) => {
            encoder.i32(avp::FINAL_UNIT_ACTION, 1);
            let server = encoder.begin_group(avp::REDIRECT_SERVER);
            encoder.i32(avp::REDIRECT_ADDRESS_TYPE, kind.number());
            encoder.text(avp::REDIRECT_SERVER_ADDRESS, address);
            encoder.end_group(server);
        }
        FinalUnit::Restrict { rules, filters } => {
            encoder.i32(avp::FINAL_UNIT_ACTION, 2);
            rules.iter().for_each(|rule| encoder.text(avp::RESTRICTION_FILTER_RULE, rule));
            filters.iter().for_each(|filter| encoder.text(avp::FILTER_ID, filter));
        }
    }
    encoder.end_group(group);
}

fn read_service(
    group: &AvpRef<'_>,
    rules: &Rules<'_>,
    seen: &mut Leniencies,
) -> Result<ServiceAnswer, DecodeError> {
    let mut service = ServiceAnswer::default();
    for member in group.group()? {
        let member = member?;
        match member.id {
            avp::GRANTED_SERVICE_UNIT => service.granted = Some(GrantedUnits::read(&member, rules, seen)?),
            avp::SERVICE_IDENTIFIER => {
                let list = &mut service.service_identifiers;
                push_within(list, MAX_SERVICE_IDENTIFIERS, &member, member.u32()?)?;
            }
            avp::RATING_GROUP => first(&mut service.rating_group, member.u32()?, seen),
            avp::VALIDITY_TIME => first(&mut service.validity_time, member.u32()?, seen),
            avp::RESULT_CODE => first(&mut service.result_code, member.u32()?, seen),
            avp::FINAL_UNIT_INDICATION => service.final_unit = Some(read_final_unit(&member)?),
            avp::TIME_QUOTA_THRESHOLD => first(&mut service.time_quota_threshold, member.u32()?, seen),
            avp::VOLUME_QUOTA_THRESHOLD => first(&mut service.volume_quota_threshold, member.u32()?, seen),
            avp::UNIT_QUOTA_THRESHOLD => first(&mut service.unit_quota_threshold, member.u32()?, seen),
            avp::QUOTA_HOLDING_TIME => first(&mut service.quota_holding_time, member.u32()?, seen),
            avp::QUOTA_CONSUMPTION_TIME => first(&mut service.quota_consumption_time, member.u32()?, seen),
            avp::TRIGGER => {
                let kinds: Result<Vec<i32>, DecodeError> =
                    member.group()?.filter(is_trigger_type).map(|kind| kind?.i32()).collect();
                first(&mut service.triggers, kinds?, seen);
            }
            _ => {}
        }
    }
    Ok(service)
}

fn is_trigger_type(found: &Result<AvpRef<'_>, DecodeError>) -> bool {
    found.as_ref().map_or(true, |member| member.id == avp::TRIGGER_TYPE)
}

fn read_final_unit(group: &AvpRef<'_>) -> Result<FinalUnit, DecodeError> {
    let (mut action, mut server) = (None, None);
    let (mut rules, mut filters) = (Vec::new(), Vec::new());
    for member in group.group()? {
        let member = member?;
        match member.id {
            avp::FINAL_UNIT_ACTION => action = Some(member),
            avp::REDIRECT_SERVER => server = Some(read_redirect_server(&member)?),
            avp::RESTRICTION_FILTER_RULE => rules.push(member.text()?.to_owned()),
            avp::FILTER_ID => filters.push(member.text()?.to_owned()),
            _ => {}
        }
    }
    let action = action.ok_or_else(|| DecodeError::missing(avp::FINAL_UNIT_ACTION))?;
    match (action.i32()?, server) {
        (0, _) => Ok(FinalUnit::Terminate),
        (1, Some((kind, address))) => Ok(FinalUnit::Redirect(kind, address)),
        (1, None) => Err(DecodeError::missing(avp::REDIRECT_SERVER)),
        (2, _) => Ok(FinalUnit::Restrict { rules, filters }),
        _ => Err(action.invalid()),
    }
}

fn read_redirect_server(group: &AvpRef<'_>) -> Result<(RedirectKind, String), DecodeError> {
    let (mut kind, mut address) = (None, None);
    for member in group.group()? {
        let member = member?;
        match member.id {
            avp::REDIRECT_ADDRESS_TYPE => kind = Some(RedirectKind::read(&member)?),
            avp::REDIRECT_SERVER_ADDRESS => address = Some(member.text()?.to_owned()),
            _ => {}
        }
    }
    kind.zip(address).ok_or_else(|| DecodeError::missing(avp::REDIRECT_SERVER_ADDRESS))
}

fn read_called_party(group: &AvpRef<'_>) -> Result<Option<String>, DecodeError> {
    for member in group.group()? {
        let member = member?;
        if member.id == avp::IMS_INFORMATION {
            for part in member.group()? {
                let part = part?;
                if part.id == avp::CALLED_PARTY_ADDRESS {
                    return Ok(Some(part.text()?.to_owned()));
                }
            }
        }
    }
    Ok(None)
}
