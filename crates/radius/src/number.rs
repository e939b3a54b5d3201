//! Assigned attribute numbers that code of ours reads or writes; every other attribute is met through the dictionary.
//! RFC 2865 5, RFC 2866 5, RFC 2869 5, RFC 3162 2, RFC 3579 3, RFC 4372 2, RFC 4818 3, RFC 5176 3.5, RFC 6911 3.

macro_rules! numbers {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        $(#[doc = concat!($text, ".")] pub const $name: u8 = $number;)*
    };
}

numbers! {
    USER_NAME = 1, "User-Name";
    USER_PASSWORD = 2, "User-Password, hidden with the shared secret";
    CHAP_PASSWORD = 3, "CHAP-Password";
    NAS_IP_ADDRESS = 4, "NAS-IP-Address";
    NAS_PORT = 5, "NAS-Port";
    SERVICE_TYPE = 6, "Service-Type";
    FRAMED_PROTOCOL = 7, "Framed-Protocol";
    FRAMED_IP_ADDRESS = 8, "Framed-IP-Address";
    REPLY_MESSAGE = 18, "Reply-Message";
    STATE = 24, "State";
    CLASS = 25, "Class";
    VENDOR_SPECIFIC = 26, "Vendor-Specific";
    SESSION_TIMEOUT = 27, "Session-Timeout, seconds";
    IDLE_TIMEOUT = 28, "Idle-Timeout, seconds";
    TERMINATION_ACTION = 29, "Termination-Action";
    CALLED_STATION_ID = 30, "Called-Station-Id";
    CALLING_STATION_ID = 31, "Calling-Station-Id";
    NAS_IDENTIFIER = 32, "NAS-Identifier";
    PROXY_STATE = 33, "Proxy-State";
    ACCT_STATUS_TYPE = 40, "Acct-Status-Type";
    ACCT_DELAY_TIME = 41, "Acct-Delay-Time, seconds";
    ACCT_INPUT_OCTETS = 42, "Acct-Input-Octets, from the user";
    ACCT_OUTPUT_OCTETS = 43, "Acct-Output-Octets, to the user";
    ACCT_SESSION_ID = 44, "Acct-Session-Id";
    ACCT_SESSION_TIME = 46, "Acct-Session-Time, seconds";
    ACCT_INPUT_PACKETS = 47, "Acct-Input-Packets";
    ACCT_OUTPUT_PACKETS = 48, "Acct-Output-Packets";
    ACCT_TERMINATE_CAUSE = 49, "Acct-Terminate-Cause";
    ACCT_MULTI_SESSION_ID = 50, "Acct-Multi-Session-Id";
    ACCT_INPUT_GIGAWORDS = 52, "Acct-Input-Gigawords, wraps of 2^32";
    ACCT_OUTPUT_GIGAWORDS = 53, "Acct-Output-Gigawords, wraps of 2^32";
    EVENT_TIMESTAMP = 55, "Event-Timestamp, Unix seconds";
    CHAP_CHALLENGE = 60, "CHAP-Challenge";
    NAS_PORT_TYPE = 61, "NAS-Port-Type";
    EAP_MESSAGE = 79, "EAP-Message";
    MESSAGE_AUTHENTICATOR = 80, "Message-Authenticator";
    ACCT_INTERIM_INTERVAL = 85, "Acct-Interim-Interval, seconds";
    NAS_PORT_ID = 87, "NAS-Port-Id";
    CHARGEABLE_USER_IDENTITY = 89, "Chargeable-User-Identity";
    NAS_IPV6_ADDRESS = 95, "NAS-IPv6-Address";
    FRAMED_IPV6_PREFIX = 97, "Framed-IPv6-Prefix";
    ERROR_CAUSE = 101, "Error-Cause";
    DELEGATED_IPV6_PREFIX = 123, "Delegated-IPv6-Prefix";
    FRAMED_IPV6_ADDRESS = 168, "Framed-IPv6-Address";
}
