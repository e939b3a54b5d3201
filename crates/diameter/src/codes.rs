//! The numbers of Diameter that code refers to, under their standard names: commands, applications, result codes, AVPs.
//!
//! Only what code uses is here; everything else that we can name is in `dict/diameter`. A test holds both together.

/// What identifies an AVP: its vendor (0 = IETF) and the code within that vendor's space (RFC 6733 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct AvpId {
    /// SMI enterprise number, 0 for IETF AVPs.
    pub vendor: u32,
    /// Code within the vendor's space.
    pub code: u32,
}

impl AvpId {
    /// An AVP of the IETF space (no Vendor-Id on the wire).
    #[must_use]
    pub const fn ietf(code: u32) -> Self {
        Self { vendor: vendor::IETF, code }
    }

    /// An AVP of 3GPP (vendor 10415).
    #[must_use]
    pub const fn tgpp(code: u32) -> Self {
        Self { vendor: vendor::TGPP, code }
    }

    /// The flags we send this AVP with: V when it has a vendor, M unless its definition forbids M.
    #[must_use]
    pub const fn flags(self) -> u8 {
        let vendor = if self.vendor == vendor::IETF { 0 } else { flags::AVP_VENDOR };
        // RFC 6733 4.5: Firmware-Revision, Product-Name, Error-Message and Error-Reporting-Host never carry M.
        let mandatory = match (self.vendor, self.code) {
            (vendor::IETF, 267 | 269 | 281 | 294) | (vendor::TGPP, 1032) => 0,
            _ => flags::AVP_MANDATORY,
        };
        vendor | mandatory
    }
}

/// Bits of the message header (RFC 6733 3) and of the AVP header (4.1).
pub mod flags {
    /// Header: request.
    pub const REQUEST: u8 = 0x80;
    /// Header: may be proxied, relayed or redirected.
    pub const PROXIABLE: u8 = 0x40;
    /// Header: the answer reports a protocol error and follows the answer-message grammar.
    pub const ERROR: u8 = 0x20;
    /// Header: this request may have been sent before.
    pub const RETRANSMITTED: u8 = 0x10;
    /// AVP: a Vendor-Id follows.
    pub const AVP_VENDOR: u8 = 0x80;
    /// AVP: the receiver must understand it or refuse the message.
    pub const AVP_MANDATORY: u8 = 0x40;
}

/// Vendors (SMI enterprise numbers).
pub mod vendor {
    /// No vendor: IETF AVPs.
    pub const IETF: u32 = 0;
    /// 3GPP.
    pub const TGPP: u32 = 10415;
}

/// Defines constants under their dictionary names, and `ALL` so that a test can compare them with the dictionary.
/// (A macro because four tables below repeat the shape and a name typed twice would drift.)
macro_rules! names {
    ($kind:ty; $($constant:ident = $value:expr, $name:literal;)*) => {
        $(#[doc = $name] pub const $constant: $kind = $value;)*
        /// Every constant of this table with its dictionary name.
        pub const ALL: &[(&str, $kind)] = &[$(($name, $constant)),*];
    };
}

/// Application identifiers (RFC 6733 2.4).
pub mod application {
    names! { u32;
        COMMON = 0, "Diameter-Common-Messages";
        ACCOUNTING = 3, "Diameter-Base-Accounting";
        CREDIT_CONTROL = 4, "Diameter-Credit-Control";
        RELAY = 0xffff_ffff, "Relay";
    }
}

/// Command codes.
pub mod command {
    names! { u32;
        CAPABILITIES_EXCHANGE = 257, "Capabilities-Exchange";
        RE_AUTH = 258, "Re-Auth";
        CREDIT_CONTROL = 272, "Credit-Control";
        ABORT_SESSION = 274, "Abort-Session";
        SESSION_TERMINATION = 275, "Session-Termination";
        DEVICE_WATCHDOG = 280, "Device-Watchdog";
        DISCONNECT_PEER = 282, "Disconnect-Peer";
    }
}

/// Result-Code values (RFC 6733 7.1, RFC 8506 9).
pub mod result {
    names! { u32;
        SUCCESS = 2001, "DIAMETER_SUCCESS";
        LIMITED_SUCCESS = 2002, "DIAMETER_LIMITED_SUCCESS";
        COMMAND_UNSUPPORTED = 3001, "DIAMETER_COMMAND_UNSUPPORTED";
        UNABLE_TO_DELIVER = 3002, "DIAMETER_UNABLE_TO_DELIVER";
        REALM_NOT_SERVED = 3003, "DIAMETER_REALM_NOT_SERVED";
        TOO_BUSY = 3004, "DIAMETER_TOO_BUSY";
        LOOP_DETECTED = 3005, "DIAMETER_LOOP_DETECTED";
        APPLICATION_UNSUPPORTED = 3007, "DIAMETER_APPLICATION_UNSUPPORTED";
        INVALID_HDR_BITS = 3008, "DIAMETER_INVALID_HDR_BITS";
        INVALID_AVP_BITS = 3009, "DIAMETER_INVALID_AVP_BITS";
        UNKNOWN_PEER = 3010, "DIAMETER_UNKNOWN_PEER";
        ELECTION_LOST = 4003, "ELECTION_LOST";
        END_USER_SERVICE_DENIED = 4010, "DIAMETER_END_USER_SERVICE_DENIED";
        CREDIT_CONTROL_NOT_APPLICABLE = 4011, "DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE";
        CREDIT_LIMIT_REACHED = 4012, "DIAMETER_CREDIT_LIMIT_REACHED";
        AVP_UNSUPPORTED = 5001, "DIAMETER_AVP_UNSUPPORTED";
        UNKNOWN_SESSION_ID = 5002, "DIAMETER_UNKNOWN_SESSION_ID";
        AUTHORIZATION_REJECTED = 5003, "DIAMETER_AUTHORIZATION_REJECTED";
        INVALID_AVP_VALUE = 5004, "DIAMETER_INVALID_AVP_VALUE";
        MISSING_AVP = 5005, "DIAMETER_MISSING_AVP";
        RESOURCES_EXCEEDED = 5006, "DIAMETER_RESOURCES_EXCEEDED";
        AVP_OCCURS_TOO_MANY_TIMES = 5009, "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES";
        NO_COMMON_APPLICATION = 5010, "DIAMETER_NO_COMMON_APPLICATION";
        UNSUPPORTED_VERSION = 5011, "DIAMETER_UNSUPPORTED_VERSION";
        UNABLE_TO_COMPLY = 5012, "DIAMETER_UNABLE_TO_COMPLY";
        INVALID_AVP_LENGTH = 5014, "DIAMETER_INVALID_AVP_LENGTH";
        INVALID_MESSAGE_LENGTH = 5015, "DIAMETER_INVALID_MESSAGE_LENGTH";
        NO_COMMON_SECURITY = 5017, "DIAMETER_NO_COMMON_SECURITY";
        USER_UNKNOWN = 5030, "DIAMETER_USER_UNKNOWN";
        RATING_FAILED = 5031, "DIAMETER_RATING_FAILED";
    }
}

/// AVPs that code reads or writes.
pub mod avp {
    use super::AvpId;

    names! { AvpId;
        USER_NAME = AvpId::ietf(1), "User-Name";
        FILTER_ID = AvpId::ietf(11), "Filter-Id";
        CALLED_STATION_ID = AvpId::ietf(30), "Called-Station-Id";
        PROXY_STATE = AvpId::ietf(33), "Proxy-State";
        EVENT_TIMESTAMP = AvpId::ietf(55), "Event-Timestamp";
        HOST_IP_ADDRESS = AvpId::ietf(257), "Host-IP-Address";
        AUTH_APPLICATION_ID = AvpId::ietf(258), "Auth-Application-Id";
        ACCT_APPLICATION_ID = AvpId::ietf(259), "Acct-Application-Id";
        VENDOR_SPECIFIC_APPLICATION_ID = AvpId::ietf(260), "Vendor-Specific-Application-Id";
        SESSION_ID = AvpId::ietf(263), "Session-Id";
        ORIGIN_HOST = AvpId::ietf(264), "Origin-Host";
        SUPPORTED_VENDOR_ID = AvpId::ietf(265), "Supported-Vendor-Id";
        VENDOR_ID = AvpId::ietf(266), "Vendor-Id";
        FIRMWARE_REVISION = AvpId::ietf(267), "Firmware-Revision";
        RESULT_CODE = AvpId::ietf(268), "Result-Code";
        PRODUCT_NAME = AvpId::ietf(269), "Product-Name";
        DISCONNECT_CAUSE = AvpId::ietf(273), "Disconnect-Cause";
        ORIGIN_STATE_ID = AvpId::ietf(278), "Origin-State-Id";
        FAILED_AVP = AvpId::ietf(279), "Failed-AVP";
        PROXY_HOST = AvpId::ietf(280), "Proxy-Host";
        ERROR_MESSAGE = AvpId::ietf(281), "Error-Message";
        ROUTE_RECORD = AvpId::ietf(282), "Route-Record";
        DESTINATION_REALM = AvpId::ietf(283), "Destination-Realm";
        PROXY_INFO = AvpId::ietf(284), "Proxy-Info";
        RE_AUTH_REQUEST_TYPE = AvpId::ietf(285), "Re-Auth-Request-Type";
        DESTINATION_HOST = AvpId::ietf(293), "Destination-Host";
        TERMINATION_CAUSE = AvpId::ietf(295), "Termination-Cause";
        ORIGIN_REALM = AvpId::ietf(296), "Origin-Realm";
        INBAND_SECURITY_ID = AvpId::ietf(299), "Inband-Security-Id";

        CC_CORRELATION_ID = AvpId::ietf(411), "CC-Correlation-Id";
        CC_INPUT_OCTETS = AvpId::ietf(412), "CC-Input-Octets";
        CC_MONEY = AvpId::ietf(413), "CC-Money";
        CC_OUTPUT_OCTETS = AvpId::ietf(414), "CC-Output-Octets";
        CC_REQUEST_NUMBER = AvpId::ietf(415), "CC-Request-Number";
        CC_REQUEST_TYPE = AvpId::ietf(416), "CC-Request-Type";
        CC_SERVICE_SPECIFIC_UNITS = AvpId::ietf(417), "CC-Service-Specific-Units";
        CC_SUB_SESSION_ID = AvpId::ietf(419), "CC-Sub-Session-Id";
        CC_TIME = AvpId::ietf(420), "CC-Time";
        CC_TOTAL_OCTETS = AvpId::ietf(421), "CC-Total-Octets";
        CHECK_BALANCE_RESULT = AvpId::ietf(422), "Check-Balance-Result";
        COST_INFORMATION = AvpId::ietf(423), "Cost-Information";
        CURRENCY_CODE = AvpId::ietf(425), "Currency-Code";
        EXPONENT = AvpId::ietf(429), "Exponent";
        FINAL_UNIT_INDICATION = AvpId::ietf(430), "Final-Unit-Indication";
        GRANTED_SERVICE_UNIT = AvpId::ietf(431), "Granted-Service-Unit";
        RATING_GROUP = AvpId::ietf(432), "Rating-Group";
        REDIRECT_ADDRESS_TYPE = AvpId::ietf(433), "Redirect-Address-Type";
        REDIRECT_SERVER = AvpId::ietf(434), "Redirect-Server";
        REDIRECT_SERVER_ADDRESS = AvpId::ietf(435), "Redirect-Server-Address";
        REQUESTED_ACTION = AvpId::ietf(436), "Requested-Action";
        REQUESTED_SERVICE_UNIT = AvpId::ietf(437), "Requested-Service-Unit";
        RESTRICTION_FILTER_RULE = AvpId::ietf(438), "Restriction-Filter-Rule";
        SERVICE_IDENTIFIER = AvpId::ietf(439), "Service-Identifier";
        SUBSCRIPTION_ID = AvpId::ietf(443), "Subscription-Id";
        SUBSCRIPTION_ID_DATA = AvpId::ietf(444), "Subscription-Id-Data";
        UNIT_VALUE = AvpId::ietf(445), "Unit-Value";
        USED_SERVICE_UNIT = AvpId::ietf(446), "Used-Service-Unit";
        VALUE_DIGITS = AvpId::ietf(447), "Value-Digits";
        VALIDITY_TIME = AvpId::ietf(448), "Validity-Time";
        FINAL_UNIT_ACTION = AvpId::ietf(449), "Final-Unit-Action";
        SUBSCRIPTION_ID_TYPE = AvpId::ietf(450), "Subscription-Id-Type";
        TARIFF_TIME_CHANGE = AvpId::ietf(451), "Tariff-Time-Change";
        TARIFF_CHANGE_USAGE = AvpId::ietf(452), "Tariff-Change-Usage";
        CC_UNIT_TYPE = AvpId::ietf(454), "CC-Unit-Type";
        MULTIPLE_SERVICES_INDICATOR = AvpId::ietf(455), "Multiple-Services-Indicator";
        MULTIPLE_SERVICES_CREDIT_CONTROL = AvpId::ietf(456), "Multiple-Services-Credit-Control";
        SERVICE_CONTEXT_ID = AvpId::ietf(461), "Service-Context-Id";
        SUBSCRIPTION_ID_EXTENSION = AvpId::ietf(659), "Subscription-Id-Extension";
        SUBSCRIPTION_ID_E164 = AvpId::ietf(660), "Subscription-Id-E164";
        SUBSCRIPTION_ID_IMSI = AvpId::ietf(661), "Subscription-Id-IMSI";
        SUBSCRIPTION_ID_SIP_URI = AvpId::ietf(662), "Subscription-Id-SIP-URI";
        SUBSCRIPTION_ID_NAI = AvpId::ietf(663), "Subscription-Id-NAI";
        SUBSCRIPTION_ID_PRIVATE = AvpId::ietf(664), "Subscription-Id-Private";

        IMS_INFORMATION = AvpId::tgpp(876), "IMS-Information";
        PS_INFORMATION = AvpId::tgpp(874), "PS-Information";
        SERVICE_INFORMATION = AvpId::tgpp(873), "Service-Information";
        CALLING_PARTY_ADDRESS = AvpId::tgpp(831), "Calling-Party-Address";
        CALLED_PARTY_ADDRESS = AvpId::tgpp(832), "Called-Party-Address";
        TIME_QUOTA_THRESHOLD = AvpId::tgpp(868), "Time-Quota-Threshold";
        VOLUME_QUOTA_THRESHOLD = AvpId::tgpp(869), "Volume-Quota-Threshold";
        UNIT_QUOTA_THRESHOLD = AvpId::tgpp(1226), "Unit-Quota-Threshold";
        QUOTA_HOLDING_TIME = AvpId::tgpp(871), "Quota-Holding-Time";
        REPORTING_REASON = AvpId::tgpp(872), "Reporting-Reason";
        REFUND_INFORMATION = AvpId::tgpp(2022), "Refund-Information";
        QUOTA_CONSUMPTION_TIME = AvpId::tgpp(881), "Quota-Consumption-Time";
        TRIGGER = AvpId::tgpp(1264), "Trigger";
        TRIGGER_TYPE = AvpId::tgpp(870), "Trigger-Type";
        ACCUMULATED_COST = AvpId::tgpp(2052), "Accumulated-Cost";
        AOC_COST_INFORMATION = AvpId::tgpp(2053), "AoC-Cost-Information";
        AOC_INFORMATION = AvpId::tgpp(2054), "AoC-Information";
        AOC_REQUEST_TYPE = AvpId::tgpp(2055), "AoC-Request-Type";
        CURRENT_TARIFF = AvpId::tgpp(2056), "Current-Tariff";
        NEXT_TARIFF = AvpId::tgpp(2057), "Next-Tariff";
        RATE_ELEMENT = AvpId::tgpp(2058), "Rate-Element";
        SCALE_FACTOR = AvpId::tgpp(2059), "Scale-Factor";
        TARIFF_INFORMATION = AvpId::tgpp(2060), "Tariff-Information";
        UNIT_COST = AvpId::tgpp(2061), "Unit-Cost";
        INCREMENTAL_COST = AvpId::tgpp(2062), "Incremental-Cost";
        CHARGE_REASON_CODE = AvpId::tgpp(2118), "Charge-Reason-Code";
        LOW_BALANCE_INDICATION = AvpId::tgpp(2020), "Low-Balance-Indication";
        REMAINING_BALANCE = AvpId::tgpp(2021), "Remaining-Balance";
    }
}
