//! Reads a Credit-Control-Request (RFC 8506 3.1) in one walk, with the leniencies that real clients need.
//!
//! Tolerated and noted in [`CreditControlRequest::leniencies`]: no Auth-Application-Id when the header says 4; single AVPs
//! that come twice (the first counts); Requested-Action outside EVENT; a service without Rating-Group.

use super::units::first;
use super::{
    AdviceWanted, MAX_SERVICE_IDENTIFIERS, MAX_SERVICES, MAX_SUBSCRIPTION_IDS, MAX_USED_UNITS, RequestType,
    RequestedAction, Units, UsedUnits, push_within,
};
use crate::answer::{Echo, MAX_PROXY_INFOS};
use crate::avp::AvpRef;
use crate::codes::{AvpId, application, avp};
use crate::error::DecodeError;
use crate::header::Header;
use crate::message::Message;
use crate::rules::{Leniencies, Rules};

/// Subscription-Id-Type (RFC 8506 8.47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The RFC's own names.
pub enum SubscriptionKind {
    E164,
    Imsi,
    SipUri,
    Nai,
    Private,
}

impl SubscriptionKind {
    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> i32 {
        match self {
            Self::E164 => 0,
            Self::Imsi => 1,
            Self::SipUri => 2,
            Self::Nai => 3,
            Self::Private => 4,
        }
    }

    fn read(avp: &AvpRef<'_>) -> Result<Self, DecodeError> {
        Ok(match avp.i32()? {
            0 => Self::E164,
            1 => Self::Imsi,
            2 => Self::SipUri,
            3 => Self::Nai,
            4 => Self::Private,
            _ => return Err(avp.invalid()),
        })
    }
}

/// Subscription-Id: who uses the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionId<'a> {
    /// In which numbering.
    pub kind: SubscriptionKind,
    /// The value as sent: numbers may carry `+`, URIs their scheme.
    pub data: &'a str,
}

/// One Multiple-Services-Credit-Control of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceRequest {
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// Service-Identifiers in order; usually none or one.
    pub service_identifiers: Vec<u32>,
    /// Requested-Service-Unit: `None` = debit only, empty = grant as the server likes (RFC 8506 8.16, 8.18).
    pub requested: Option<Units>,
    /// Used-Service-Units in order.
    pub used: Vec<UsedUnits>,
    /// Reporting-Reason at this place.
    pub reporting_reason: Option<i32>,
}

/// A Credit-Control-Request, borrowed from its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditControlRequest<'a> {
    /// Header; [`Header::is_retransmitted`] is the T flag.
    pub header: Header,
    /// Session-Id.
    pub session_id: &'a str,
    /// Origin-Host.
    pub origin_host: &'a str,
    /// Origin-Realm.
    pub origin_realm: &'a str,
    /// Destination-Realm.
    pub destination_realm: &'a str,
    /// Destination-Host.
    pub destination_host: Option<&'a str>,
    /// Service-Context-Id.
    pub service_context_id: &'a str,
    /// CC-Request-Type.
    pub request_type: RequestType,
    /// CC-Request-Number.
    pub request_number: u32,
    /// CC-Sub-Session-Id: the request is about this part of the session, which is a credit-control session of its own
    /// (RFC 8506 8.5); `None` = the session has no parts.
    pub sub_session_id: Option<u64>,
    /// Requested-Action; only for EVENT, and then always.
    pub requested_action: Option<RequestedAction>,
    /// CC-Correlation-Id.
    pub correlation_id: Option<&'a [u8]>,
    /// Refund-Information, as an earlier answer carried it.
    pub refund_information: Option<&'a [u8]>,
    /// Event-Timestamp, Unix seconds.
    pub event_timestamp: Option<i64>,
    /// Origin-State-Id.
    pub origin_state_id: Option<u32>,
    /// Subscription-Ids and members of Subscription-Id-Extensions (RFC 8506 8.58) in order.
    pub subscription_ids: Vec<SubscriptionId<'a>>,
    /// User-Name.
    pub user_name: Option<&'a str>,
    /// Multiple-Services-Indicator.
    pub multiple_services: Option<bool>,
    /// Service-Identifier outside a service.
    pub service_identifier: Option<u32>,
    /// Requested-Service-Unit outside a service.
    pub requested: Option<Units>,
    /// Used-Service-Units outside a service.
    pub used: Vec<UsedUnits>,
    /// Multiple-Services-Credit-Control in order.
    pub services: Vec<ServiceRequest>,
    /// AoC-Request-Type: what the client wants to hear of the price.
    pub advice: AdviceWanted,
    /// Termination-Cause.
    pub termination_cause: Option<i32>,
    /// Called-Station-Id: the APN, from PS-Information or from the top level.
    pub called_station_id: Option<&'a str>,
    /// IMS-Information/Calling-Party-Address.
    pub calling_party: Option<&'a str>,
    /// IMS-Information/Called-Party-Address.
    pub called_party: Option<&'a str>,
    /// Service-Information as a whole, for whoever needs another member of it.
    pub service_information: Option<AvpRef<'a>>,
    /// Proxy-Info, to be repeated in the answer.
    pub proxy_infos: Vec<AvpRef<'a>>,
    /// What was tolerated.
    pub leniencies: Leniencies,
}

impl<'a> CreditControlRequest<'a> {
    /// Reads a message whose header says Credit-Control request.
    ///
    /// # Errors
    /// 5005 with an example when a mandatory AVP is absent, 5004 and 5014 for impossible values, 5001 for unknown mandatory
    /// AVPs by `rules`, 5009 above this module's limits, and what the walk finds.
    pub fn read(message: &Message<'a>, rules: &Rules<'_>) -> Result<Self, DecodeError> {
        let mut reading = Reading { rules, seen: Leniencies::default(), partial: Partial::default() };
        for found in message.avps() {
            let found = found?;
            if !reading.head(&found)? && !reading.units(&found)? {
                reading.rest(&found)?;
            }
        }
        reading.complete(message.header)
    }

    /// What the answer will repeat from this request.
    #[must_use]
    pub fn echo(&self) -> Echo {
        let numbers = Some((self.request_type, self.request_number));
        let session = Some(self.session_id.as_bytes());
        Echo::new(self.header, session, (numbers, self.sub_session_id), &self.proxy_infos)
    }
}

#[derive(Default)]
struct Partial<'a> {
    session_id: Option<&'a str>,
    origin_host: Option<&'a str>,
    origin_realm: Option<&'a str>,
    destination_realm: Option<&'a str>,
    destination_host: Option<&'a str>,
    auth_application: Option<u32>,
    service_context_id: Option<&'a str>,
    request_type: Option<RequestType>,
    request_number: Option<u32>,
    sub_session_id: Option<u64>,
    action: Option<AvpRef<'a>>,
    correlation_id: Option<&'a [u8]>,
    refund_information: Option<&'a [u8]>,
    event_timestamp: Option<i64>,
    origin_state_id: Option<u32>,
    subscription_ids: Vec<SubscriptionId<'a>>,
    inner_subscription_ids: Vec<SubscriptionId<'a>>,
    user_name: Option<&'a str>,
    multiple_services: Option<bool>,
    service_identifier: Option<u32>,
    requested: Option<Units>,
    used: Vec<UsedUnits>,
    services: Vec<ServiceRequest>,
    advice: Option<AdviceWanted>,
    termination_cause: Option<i32>,
    called_station_id: Option<&'a str>,
    calling_party: Option<&'a str>,
    called_party: Option<&'a str>,
    service_information: Option<AvpRef<'a>>,
    proxy_infos: Vec<AvpRef<'a>>,
}

struct Reading<'a, 'r> {
    rules: &'r Rules<'r>,
    seen: Leniencies,
    partial: Partial<'a>,
}

impl<'a> Reading<'a, '_> {
    /// AVPs that say who and what; `false` when this is none of them.
    fn head(&mut self, found: &AvpRef<'a>) -> Result<bool, DecodeError> {
        let (partial, seen) = (&mut self.partial, &mut self.seen);
        match found.id {
            avp::SESSION_ID => first(&mut partial.session_id, found.text()?, seen),
            avp::ORIGIN_HOST => first(&mut partial.origin_host, found.text()?, seen),
            avp::ORIGIN_REALM => first(&mut partial.origin_realm, found.text()?, seen),
            avp::DESTINATION_REALM => first(&mut partial.destination_realm, found.text()?, seen),
            avp::DESTINATION_HOST => first(&mut partial.destination_host, found.text()?, seen),
            avp::AUTH_APPLICATION_ID => {
                if found.u32()? != application::CREDIT_CONTROL {
                    return Err(found.invalid());
                }
                first(&mut partial.auth_application, application::CREDIT_CONTROL, seen);
            }
            avp::SERVICE_CONTEXT_ID => first(&mut partial.service_context_id, found.text()?, seen),
            avp::CC_REQUEST_TYPE => first(&mut partial.request_type, RequestType::read(found)?, seen),
            avp::CC_REQUEST_NUMBER => first(&mut partial.request_number, found.u32()?, seen),
            avp::EVENT_TIMESTAMP => first(&mut partial.event_timestamp, found.time()?, seen),
            avp::ORIGIN_STATE_ID => first(&mut partial.origin_state_id, found.u32()?, seen),
            avp::USER_NAME => first(&mut partial.user_name, found.text()?, seen),
            avp::AOC_REQUEST_TYPE => first(&mut partial.advice, AdviceWanted::read(found)?, seen),
            avp::TERMINATION_CAUSE => first(&mut partial.termination_cause, found.i32()?, seen),
            // Judged when the request type is known.
            avp::REQUESTED_ACTION => first(&mut partial.action, *found, seen),
            avp::CALLED_STATION_ID => first(&mut partial.called_station_id, found.text()?, seen),
            avp::CC_CORRELATION_ID => first(&mut partial.correlation_id, found.data, seen),
            avp::REFUND_INFORMATION => first(&mut partial.refund_information, found.data, seen),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// AVPs about units and subscribers; `false` when this is none of them.
    fn units(&mut self, found: &AvpRef<'a>) -> Result<bool, DecodeError> {
        let (rules, seen) = (self.rules, &mut self.seen);
        let within = |error: DecodeError| error.within(found);
        match found.id {
            avp::SUBSCRIPTION_ID => {
                let id = read_subscription(found, rules, seen).map_err(within)?;
                push_within(&mut self.partial.subscription_ids, MAX_SUBSCRIPTION_IDS, found, id)?;
            }
            avp::MULTIPLE_SERVICES_INDICATOR => {
                let supported = match found.i32()? {
                    0 => false,
                    1 => true,
                    _ => return Err(found.invalid()),
                };
                first(&mut self.partial.multiple_services, supported, seen);
            }
            avp::SERVICE_IDENTIFIER => first(&mut self.partial.service_identifier, found.u32()?, seen),
            avp::REQUESTED_SERVICE_UNIT => {
                let units = Units::read(found, rules, seen).map_err(within)?;
                first(&mut self.partial.requested, units, seen);
            }
            avp::USED_SERVICE_UNIT => {
                let used = UsedUnits::read(found, rules, seen).map_err(within)?;
                push_within(&mut self.partial.used, MAX_USED_UNITS, found, used)?;
            }
            avp::MULTIPLE_SERVICES_CREDIT_CONTROL => {
                let service = read_service(found, rules, seen).map_err(within)?;
                push_within(&mut self.partial.services, MAX_SERVICES, found, service)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn rest(&mut self, found: &AvpRef<'a>) -> Result<(), DecodeError> {
        match found.id {
            avp::SERVICE_INFORMATION => {
                self.service_information(found).map_err(|error| error.within(found))?;
                first(&mut self.partial.service_information, *found, &mut self.seen);
                Ok(())
            }
            avp::PROXY_INFO => {
                self.rules.examine(found, &mut self.seen)?;
                push_within(&mut self.partial.proxy_infos, MAX_PROXY_INFOS, found, *found)
            }
            avp::CC_SUB_SESSION_ID => {
                first(&mut self.partial.sub_session_id, found.u64()?, &mut self.seen);
                Ok(())
            }
            avp::SUBSCRIPTION_ID_EXTENSION => {
                self.subscription_extension(found).map_err(|error| error.within(found))
            }
            _ => self.rules.examine(found, &mut self.seen),
        }
    }

    /// The members say by themselves in which numbering they are; there should be one of them.
    fn subscription_extension(&mut self, group: &AvpRef<'a>) -> Result<(), DecodeError> {
        for member in group.group()? {
            let member = member?;
            let kind = match member.id {
                avp::SUBSCRIPTION_ID_E164 => SubscriptionKind::E164,
                avp::SUBSCRIPTION_ID_IMSI => SubscriptionKind::Imsi,
                avp::SUBSCRIPTION_ID_SIP_URI => SubscriptionKind::SipUri,
                avp::SUBSCRIPTION_ID_NAI => SubscriptionKind::Nai,
                avp::SUBSCRIPTION_ID_PRIVATE => SubscriptionKind::Private,
                _ => {
                    self.rules.examine(&member, &mut self.seen)?;
                    continue;
                }
            };
            let id = SubscriptionId { kind, data: member.text()? };
            push_within(&mut self.partial.subscription_ids, MAX_SUBSCRIPTION_IDS, &member, id)?;
        }
        Ok(())
    }

    fn service_information(&mut self, group: &AvpRef<'a>) -> Result<(), DecodeError> {
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::PS_INFORMATION | avp::IMS_INFORMATION => {
                    self.service_part(&member).map_err(|error| error.within(&member))?;
                }
                avp::SUBSCRIPTION_ID => {
                    let id = read_subscription(&member, self.rules, &mut self.seen)
                        .map_err(|error| error.within(&member))?;
                    let list = &mut self.partial.inner_subscription_ids;
                    push_within(list, MAX_SUBSCRIPTION_IDS, &member, id)?;
                }
                _ => self.rules.examine(&member, &mut self.seen)?,
            }
        }
        Ok(())
    }

    /// PS-Information and IMS-Information: the members we name.
    fn service_part(&mut self, group: &AvpRef<'a>) -> Result<(), DecodeError> {
        let (partial, seen) = (&mut self.partial, &mut self.seen);
        for member in group.group()? {
            let member = member?;
            match member.id {
                avp::CALLED_STATION_ID => first(&mut partial.called_station_id, member.text()?, seen),
                // A call may carry a tel: and a sip: address of the caller: the first counts, and that is by the book.
                avp::CALLING_PARTY_ADDRESS => {
                    let text = member.text()?;
                    partial.calling_party.get_or_insert(text);
                }
                avp::CALLED_PARTY_ADDRESS => first(&mut partial.called_party, member.text()?, seen),
                _ => self.rules.examine(&member, seen)?,
            }
        }
        Ok(())
    }

    fn complete(mut self, header: Header) -> Result<CreditControlRequest<'a>, DecodeError> {
        let partial = self.partial;
        if partial.auth_application.is_none() {
            if header.application != application::CREDIT_CONTROL {
                return Err(DecodeError::missing(avp::AUTH_APPLICATION_ID));
            }
            self.seen.note(Leniencies::NO_AUTH_APPLICATION);
        }
        let request_type = required(partial.request_type, avp::CC_REQUEST_TYPE)?;
        let requested_action = match (request_type, partial.action) {
            (RequestType::Event, action) => {
                Some(RequestedAction::read(&required(action, avp::REQUESTED_ACTION)?)?)
            }
            (_, Some(_)) => {
                self.seen.note(Leniencies::ACTION_OUTSIDE_EVENT);
                None
            }
            (_, None) => None,
        };
        let subscription_ids = if partial.subscription_ids.is_empty() {
            if !partial.inner_subscription_ids.is_empty() {
                self.seen.note(Leniencies::SUBSCRIPTION_IN_SERVICE);
            }
            partial.inner_subscription_ids
        } else {
            partial.subscription_ids
        };
        Ok(CreditControlRequest {
            header,
            session_id: required(partial.session_id, avp::SESSION_ID)?,
            origin_host: required(partial.origin_host, avp::ORIGIN_HOST)?,
            origin_realm: required(partial.origin_realm, avp::ORIGIN_REALM)?,
            destination_realm: required(partial.destination_realm, avp::DESTINATION_REALM)?,
            destination_host: partial.destination_host,
            service_context_id: required(partial.service_context_id, avp::SERVICE_CONTEXT_ID)?,
            request_type,
            request_number: required(partial.request_number, avp::CC_REQUEST_NUMBER)?,
            sub_session_id: partial.sub_session_id,
            requested_action,
            correlation_id: partial.correlation_id,
            refund_information: partial.refund_information,
            event_timestamp: partial.event_timestamp,
            origin_state_id: partial.origin_state_id,
            subscription_ids,
            user_name: partial.user_name,
            multiple_services: partial.multiple_services,
            service_identifier: partial.service_identifier,
            requested: partial.requested,
            used: partial.used,
            services: partial.services,
            advice: partial.advice.unwrap_or_default(),
            termination_cause: partial.termination_cause,
            called_station_id: partial.called_station_id,
            calling_party: partial.calling_party,
            called_party: partial.called_party,
            service_information: partial.service_information,
            proxy_infos: partial.proxy_infos,
            leniencies: self.seen,
        })
    }
}

fn required<T>(value: Option<T>, id: AvpId) -> Result<T, DecodeError> {
    value.ok_or_else(|| DecodeError::missing(id))
}

fn read_subscription<'a>(
    group: &AvpRef<'a>,
    rules: &Rules<'_>,
    seen: &mut Leniencies,
) -> Result<SubscriptionId<'a>, DecodeError> {
    let (mut kind, mut data) = (None, None);
    for member in group.group()? {
        let member = member?;
        match member.id {
            avp::SUBSCRIPTION_ID_TYPE => first(&mut kind, SubscriptionKind::read(&member)?, seen),
            avp::SUBSCRIPTION_ID_DATA => first(&mut data, member.text()?, seen),
            _ => rules.examine(&member, seen)?,
        }
    }
    Ok(SubscriptionId {
        kind: required(kind, avp::SUBSCRIPTION_ID_TYPE)?,
        data: required(data, avp::SUBSCRIPTION_ID_DATA)?,
    })
}

fn read_service(
    group: &AvpRef<'_>,
    rules: &Rules<'_>,
    seen: &mut Leniencies,
) -> Result<ServiceRequest, DecodeError> {
    let mut service = ServiceRequest::default();
    for member in group.group()? {
        let member = member?;
        let within = |error: DecodeError| error.within(&member);
        match member.id {
            avp::RATING_GROUP => first(&mut service.rating_group, member.u32()?, seen),
            avp::SERVICE_IDENTIFIER => {
                let list = &mut service.service_identifiers;
                push_within(list, MAX_SERVICE_IDENTIFIERS, &member, member.u32()?)?;
            }
            avp::REQUESTED_SERVICE_UNIT => {
                let units = Units::read(&member, rules, seen).map_err(within)?;
                first(&mut service.requested, units, seen);
            }
            avp::USED_SERVICE_UNIT => {
                let used = UsedUnits::read(&member, rules, seen).map_err(within)?;
                push_within(&mut service.used, MAX_USED_UNITS, &member, used)?;
            }
            avp::REPORTING_REASON => first(&mut service.reporting_reason, member.i32()?, seen),
            _ => rules.examine(&member, seen)?,
        }
    }
    if service.rating_group.is_none() && service.service_identifiers.is_empty() {
        seen.note(Leniencies::SERVICE_WITHOUT_RATING_GROUP);
    }
    Ok(service)
}
