//! An Accounting-Request as the report it makes (RFC 2866 4.1, 5; RFC 2869 5.1-5.3): which session, since when, how much. Counters are
//! as the NAS counts them, cumulative; what is new since the last report and what it costs is charging's.

use crate::code::Code;
use crate::error::PacketError;
use crate::number;
use crate::packet::Packet;
use crate::value::Prefix;
use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

const MICROS_PER_SECOND: u64 = 1_000_000;

/// Acct-Status-Type (RFC 2866 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountingStatus {
    /// 1: the session begins.
    Start,
    /// 2: it has ended, the counters are final.
    Stop,
    /// 3: it goes on, the counters so far.
    Interim,
    /// 7: the NAS has started; no session of before exists.
    On,
    /// 8: the NAS is about to stop; every session ends.
    Off,
    /// Tunnel links (9-14), Failed (15) and what nobody has defined.
    Other(u32),
}

impl AccountingStatus {
    /// Whether the report is about one session and not about the whole NAS.
    pub fn is_about_a_session(self) -> bool {
        matches!(self, Self::Start | Self::Stop | Self::Interim)
    }
}

impl From<u32> for AccountingStatus {
    fn from(number: u32) -> Self {
        match number {
            1 => Self::Start,
            2 => Self::Stop,
            3 => Self::Interim,
            7 => Self::On,
            8 => Self::Off,
            other => Self::Other(other),
        }
    }
}

/// An Accounting-Request, read; its texts stay in the datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountingReport<'a> {
    /// What happened.
    pub status: AccountingStatus,
    /// Acct-Session-Id: unique only per NAS and only until it restarts. Empty only where the report isn't about one session.
    pub session_id: Cow<'a, str>,
    /// User-Name.
    pub user_name: Option<Cow<'a, str>>,
    /// Framed-IP-Address.
    pub framed_ipv4: Option<Ipv4Addr>,
    /// Framed-IPv6-Address (RFC 6911).
    pub framed_ipv6: Option<Ipv6Addr>,
    /// Framed-IPv6-Prefix.
    pub framed_ipv6_prefix: Option<Prefix>,
    /// Delegated-IPv6-Prefix.
    pub delegated_ipv6_prefix: Option<Prefix>,
    /// Called-Station-Id: APN, service or access point.
    pub called_station: Option<Cow<'a, str>>,
    /// Calling-Station-Id: MSISDN or MAC address.
    pub calling_station: Option<Cow<'a, str>>,
    /// Octets from the user since the session began, Gigawords included.
    pub input_octets: u64,
    /// Octets to the user since the session began, Gigawords included.
    pub output_octets: u64,
    /// Whether the NAS sent Gigawords: if it never does, a counter that falls may have wrapped at 2^32.
    pub has_gigawords: bool,
    /// Packets from the user.
    pub input_packets: u32,
    /// Packets to the user.
    pub output_packets: u32,
    /// Acct-Session-Time, seconds.
    pub session_time: Option<u32>,
    /// Acct-Delay-Time, seconds the NAS has been trying to send this.
    pub delay_time: u32,
    /// Event-Timestamp, Unix seconds.
    pub event_timestamp: Option<u32>,
}

impl<'a> AccountingReport<'a> {
    /// Reads an Accounting-Request that `authenticator::verify_request` has let pass.
    ///
    /// # Errors
    /// Not an Accounting-Request, a wrongly sized attribute, no Acct-Status-Type, or no Acct-Session-Id in a report about a session.
    pub fn read(packet: &Packet<'a>) -> Result<Self, PacketError> {
        if packet.code() != Code::AccountingRequest {
            let expected = Code::AccountingRequest;
            return Err(PacketError::UnexpectedCode { expected, got: packet.code() });
        }
        let missing = |attribute| PacketError::Missing { attribute };
        let status = packet.integer(number::ACCT_STATUS_TYPE)?.map(AccountingStatus::from);
        let status = status.ok_or(missing(number::ACCT_STATUS_TYPE))?;
        let session_id = packet.text_there(number::ACCT_SESSION_ID).unwrap_or_default();
        if session_id.is_empty() && status.is_about_a_session() {
            return Err(missing(number::ACCT_SESSION_ID));
        }
        let input_gigawords = packet.integer(number::ACCT_INPUT_GIGAWORDS)?;
        let output_gigawords = packet.integer(number::ACCT_OUTPUT_GIGAWORDS)?;
        Ok(Self {
            status,
            session_id,
            user_name: packet.text_there(number::USER_NAME),
            framed_ipv4: packet.ipv4(number::FRAMED_IP_ADDRESS)?,
            framed_ipv6: packet.ipv6(number::FRAMED_IPV6_ADDRESS)?,
            framed_ipv6_prefix: packet.ipv6_prefix(number::FRAMED_IPV6_PREFIX)?,
            delegated_ipv6_prefix: packet.ipv6_prefix(number::DELEGATED_IPV6_PREFIX)?,
            called_station: packet.text_there(number::CALLED_STATION_ID),
            calling_station: packet.text_there(number::CALLING_STATION_ID),
            input_octets: whole_counter(packet.integer(number::ACCT_INPUT_OCTETS)?, input_gigawords),
            output_octets: whole_counter(packet.integer(number::ACCT_OUTPUT_OCTETS)?, output_gigawords),
            has_gigawords: input_gigawords.is_some() || output_gigawords.is_some(),
            input_packets: packet.integer(number::ACCT_INPUT_PACKETS)?.unwrap_or(0),
            output_packets: packet.integer(number::ACCT_OUTPUT_PACKETS)?.unwrap_or(0),
            session_time: packet.integer(number::ACCT_SESSION_TIME)?,
            delay_time: packet.integer(number::ACCT_DELAY_TIME)?.unwrap_or(0),
            event_timestamp: packet.integer(number::EVENT_TIMESTAMP)?,
        })
    }

    /// When it happened, microseconds UTC: Event-Timestamp where there is one, else arrival less Acct-Delay-Time (RFC 2866 5.2).
    pub fn event_time(&self, arrival: u64) -> u64 {
        match self.event_timestamp {
            Some(seconds) => u64::from(seconds) * MICROS_PER_SECOND,
            None => arrival.saturating_sub(u64::from(self.delay_time) * MICROS_PER_SECOND),
        }
    }
}

/// Gigawords count how often the 32-bit counter has wrapped (RFC 2869 5.1).
fn whole_counter(octets: Option<u32>, gigawords: Option<u32>) -> u64 {
    (u64::from(gigawords.unwrap_or(0)) << 32) | u64::from(octets.unwrap_or(0))
}
