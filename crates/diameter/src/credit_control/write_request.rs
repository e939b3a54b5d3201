//! Writes a Credit-Control-Request, for our own clients: the demo, the load generator, tests.

use super::{
    AdviceWanted, CreditControlRequest, RequestType, ServiceRequest, SubscriptionId, Units, UsedUnits,
};
use crate::codes::{application, avp, command, flags};
use crate::encode::Encoder;
use crate::header::Header;
use crate::rules::Leniencies;

impl<'a> CreditControlRequest<'a> {
    /// A request with only the mandatory fields, to be filled in. `ids` are Hop-by-Hop and End-to-End. For EVENT set
    /// [`CreditControlRequest::requested_action`], which the grammar then demands.
    #[must_use]
    pub fn new(
        session_id: &'a str,
        request_type: RequestType,
        request_number: u32,
        service_context_id: &'a str,
        ids: (u32, u32),
    ) -> Self {
        let header = Header::request(
            command::CREDIT_CONTROL,
            application::CREDIT_CONTROL,
            flags::PROXIABLE,
            ids.0,
            ids.1,
        );
        Self {
            header,
            session_id,
            origin_host: "",
            origin_realm: "",
            destination_realm: "",
            destination_host: None,
            service_context_id,
            request_type,
            request_number,
            sub_session_id: None,
            requested_action: None,
            correlation_id: None,
            refund_information: None,
            event_timestamp: None,
            origin_state_id: None,
            subscription_ids: Vec::new(),
            user_name: None,
            multiple_services: None,
            service_identifier: None,
            requested: None,
            used: Vec::new(),
            services: Vec::new(),
            advice: AdviceWanted::default(),
            termination_cause: None,
            called_station_id: None,
            calling_party: None,
            called_party: None,
            service_information: None,
            proxy_infos: Vec::new(),
            leniencies: Leniencies::default(),
        }
    }

    /// From this node.
    #[must_use]
    pub const fn from_node(mut self, host: &'a str, realm: &'a str) -> Self {
        self.origin_host = host;
        self.origin_realm = realm;
        self
    }

    /// To this realm and, if known, host.
    #[must_use]
    pub const fn to_realm(mut self, realm: &'a str, host: Option<&'a str>) -> Self {
        self.destination_realm = realm;
        self.destination_host = host;
        self
    }

    /// For this subscriber, too.
    #[must_use]
    pub fn about(mut self, id: SubscriptionId<'a>) -> Self {
        self.subscription_ids.push(id);
        self
    }

    /// With this service, too.
    #[must_use]
    pub fn with_service(mut self, service: ServiceRequest) -> Self {
        self.services.push(service);
        self
    }

    /// Writes the request at the end of `out`; octets written. A Service-Information that was read is repeated; else
    /// one is made of the named members.
    pub fn write(&self, out: &mut Vec<u8>) -> usize {
        let mut encoder = Encoder::new(out, &self.header);
        self.write_head(&mut encoder);
        if let Some(id) = self.service_identifier {
            encoder.u32(avp::SERVICE_IDENTIFIER, id);
        }
        if self.advice.any() {
            encoder.i32(avp::AOC_REQUEST_TYPE, self.advice.number());
        }
        if let Some(cause) = self.termination_cause {
            encoder.i32(avp::TERMINATION_CAUSE, cause);
        }
        write_units(&mut encoder, self.requested.as_ref(), &self.used);
        if let Some(action) = self.requested_action {
            encoder.i32(avp::REQUESTED_ACTION, action.number());
        }
        if let Some(supported) = self.multiple_services {
            encoder.i32(avp::MULTIPLE_SERVICES_INDICATOR, i32::from(supported));
        }
        for service in &self.services {
            service.write(&mut encoder);
        }
        for (id, value) in [
            (avp::CC_CORRELATION_ID, self.correlation_id),
            (avp::REFUND_INFORMATION, self.refund_information),
        ] {
            if let Some(value) = value {
                encoder.avp(id, id.flags(), value);
            }
        }
        self.write_service_information(&mut encoder);
        for proxy in &self.proxy_infos {
            encoder.avp(proxy.id, proxy.flags, proxy.data);
        }
        encoder.finish()
    }

    fn write_head(&self, encoder: &mut Encoder<'_>) {
        encoder.text(avp::SESSION_ID, self.session_id);
        encoder.text(avp::ORIGIN_HOST, self.origin_host);
        encoder.text(avp::ORIGIN_REALM, self.origin_realm);
        encoder.text(avp::DESTINATION_REALM, self.destination_realm);
        encoder.u32(avp::AUTH_APPLICATION_ID, application::CREDIT_CONTROL);
        encoder.text(avp::SERVICE_CONTEXT_ID, self.service_context_id);
        encoder.i32(avp::CC_REQUEST_TYPE, self.request_type.number());
        encoder.u32(avp::CC_REQUEST_NUMBER, self.request_number);
        if let Some(part) = self.sub_session_id {
            encoder.u64(avp::CC_SUB_SESSION_ID, part);
        }
        if let Some(host) = self.destination_host {
            encoder.text(avp::DESTINATION_HOST, host);
        }
        if let Some(name) = self.user_name {
            encoder.text(avp::USER_NAME, name);
        }
        if let Some(id) = self.origin_state_id {
            encoder.u32(avp::ORIGIN_STATE_ID, id);
        }
        if let Some(instant) = self.event_timestamp {
            encoder.time(avp::EVENT_TIMESTAMP, instant);
        }
        for id in &self.subscription_ids {
            let group = encoder.begin_group(avp::SUBSCRIPTION_ID);
            encoder.i32(avp::SUBSCRIPTION_ID_TYPE, id.kind.number());
            encoder.text(avp::SUBSCRIPTION_ID_DATA, id.data);
            encoder.end_group(group);
        }
    }

    fn write_service_information(&self, encoder: &mut Encoder<'_>) {
        if let Some(read) = self.service_information {
            encoder.avp(read.id, read.flags, read.data);
            return;
        }
        let is_call = self.calling_party.is_some() || self.called_party.is_some();
        if self.called_station_id.is_none() && !is_call {
            return;
        }
        let information = encoder.begin_group(avp::SERVICE_INFORMATION);
        if let Some(apn) = self.called_station_id {
            let group = encoder.begin_group(avp::PS_INFORMATION);
            encoder.text(avp::CALLED_STATION_ID, apn);
            encoder.end_group(group);
        }
        if is_call {
            let group = encoder.begin_group(avp::IMS_INFORMATION);
            if let Some(calling) = self.calling_party {
                encoder.text(avp::CALLING_PARTY_ADDRESS, calling);
            }
            if let Some(called) = self.called_party {
                encoder.text(avp::CALLED_PARTY_ADDRESS, called);
            }
            encoder.end_group(group);
        }
        encoder.end_group(information);
    }
}

impl ServiceRequest {
    fn write(&self, encoder: &mut Encoder<'_>) {
        let group = encoder.begin_group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL);
        write_units(encoder, self.requested.as_ref(), &self.used);
        for id in &self.service_identifiers {
            encoder.u32(avp::SERVICE_IDENTIFIER, *id);
        }
        if let Some(rating_group) = self.rating_group {
            encoder.u32(avp::RATING_GROUP, rating_group);
        }
        if let Some(reason) = self.reporting_reason {
            encoder.i32(avp::REPORTING_REASON, reason);
        }
        encoder.end_group(group);
    }
}

fn write_units(encoder: &mut Encoder<'_>, requested: Option<&Units>, used: &[UsedUnits]) {
    if let Some(units) = requested {
        units.write(encoder, avp::REQUESTED_SERVICE_UNIT);
    }
    for used in used {
        used.write(encoder);
    }
}
