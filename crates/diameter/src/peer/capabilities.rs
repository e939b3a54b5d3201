//! Capabilities exchange: CER and CEA (RFC 6733 5.3).
//!
//! The common applications are the intersection over Auth-Application-Id, Acct-Application-Id and the two inside
//! Vendor-Specific-Application-Id, whatever Vendor-Id stands beside them; a relay (0xffffffff) shares all of ours. We
//! advertise credit control both plain and inside Vendor-Specific-Application-Id, because Kamailio's CDP looks there only.
//! Read leniently: only Origin-Host and Origin-Realm must be there. Unknown AVPs are skipped, with or without M: refusing a peer
//! for an AVP about itself helps nobody.

use std::net::IpAddr;

use crate::address::Address;
use crate::answer::{Echo, Identity, write_reason};
use crate::avp::AvpRef;
use crate::codes::{AvpId, application, avp, command, vendor};
use crate::encode::Encoder;
use crate::error::{DecodeError, FailedAvp};
use crate::header::Header;
use crate::message::Message;

/// Applications or addresses kept from one capabilities message; more is refused with 5009.
pub const MAX_LISTED: usize = 128;
/// Inband-Security-Id: none; transport security comes before Diameter or not at all.
const NO_INBAND_SECURITY: u32 = 0;

/// What we tell peers about ourselves.
#[derive(Debug, Clone)]
pub struct LocalNode {
    /// Origin-Host, Origin-Realm, Origin-State-Id.
    pub identity: Identity,
    /// Our addresses; at least one by the grammar.
    pub addresses: Vec<IpAddr>,
    /// Vendor-Id: our enterprise number, 0 when we have none.
    pub vendor_id: u32,
    /// Product-Name.
    pub product_name: String,
    /// Firmware-Revision.
    pub firmware_revision: Option<u32>,
    /// Auth-Application-Ids.
    pub applications: Vec<u32>,
    /// (Vendor-Id, Auth-Application-Id) of Vendor-Specific-Application-Ids.
    pub vendor_applications: Vec<(u32, u32)>,
    /// Supported-Vendor-Ids.
    pub supported_vendors: Vec<u32>,
}

impl LocalNode {
    /// A credit-control node: application 4, plain and under 3GPP.
    #[must_use]
    pub fn credit_control(identity: Identity, addresses: Vec<IpAddr>, product_name: &str) -> Self {
        Self {
            identity,
            addresses,
            vendor_id: 0,
            product_name: product_name.to_owned(),
            firmware_revision: None,
            applications: vec![application::CREDIT_CONTROL],
            vendor_applications: vec![(vendor::TGPP, application::CREDIT_CONTROL)],
            supported_vendors: vec![vendor::TGPP],
        }
    }

    /// Whether we speak this application (base messages apart).
    #[must_use]
    pub fn speaks(&self, application: u32) -> bool {
        self.applications.contains(&application)
            || self.vendor_applications.iter().any(|(_, id)| *id == application)
    }

    /// Our applications that the peer shares.
    #[must_use]
    pub fn common(&self, peer: &Capabilities) -> Vec<u32> {
        let ours = self.applications.iter().chain(self.vendor_applications.iter().map(|(_, id)| id));
        let mut common: Vec<u32> = ours.copied().filter(|id| peer.speaks(*id)).collect();
        common.sort_unstable();
        common.dedup();
        common
    }

    fn write(&self, encoder: &mut Encoder<'_>) {
        self.identity.write(encoder);
        for address in &self.addresses {
            encoder.address(avp::HOST_IP_ADDRESS, *address);
        }
        encoder.u32(avp::VENDOR_ID, self.vendor_id);
        encoder.text(avp::PRODUCT_NAME, &self.product_name);
        self.identity.write_state(encoder);
        let lists = [
            (avp::SUPPORTED_VENDOR_ID, &self.supported_vendors),
            (avp::AUTH_APPLICATION_ID, &self.applications),
        ];
        for (id, list) in lists {
            list.iter().for_each(|value| encoder.u32(id, *value));
        }
        for (vendor, application) in &self.vendor_applications {
            let group = encoder.begin_group(avp::VENDOR_SPECIFIC_APPLICATION_ID);
            encoder.u32(avp::VENDOR_ID, *vendor);
            encoder.u32(avp::AUTH_APPLICATION_ID, *application);
            encoder.end_group(group);
        }
        if let Some(revision) = self.firmware_revision {
            encoder.u32(avp::FIRMWARE_REVISION, revision);
        }
    }
}

/// What a peer told us about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Origin-Host.
    pub host: String,
    /// Origin-Realm.
    pub realm: String,
    /// Host-IP-Addresses of families 1 and 2.
    pub addresses: Vec<IpAddr>,
    /// Vendor-Id.
    pub vendor_id: Option<u32>,
    /// Product-Name.
    pub product_name: Option<String>,
    /// Firmware-Revision.
    pub firmware_revision: Option<u32>,
    /// Origin-State-Id: higher than at the last connection means that the peer lost its sessions.
    pub state_id: Option<u32>,
    /// All applications it named, wherever.
    pub applications: Vec<u32>,
    /// Inband-Security-Ids.
    pub inband_security: Vec<u32>,
}

impl Capabilities {
    /// Reads a CER or CEA.
    ///
    /// # Errors
    /// 5005 without Origin-Host or Origin-Realm, 5004 and 5014 for impossible values, 5009 above [`MAX_LISTED`].
    pub fn read(message: &Message<'_>) -> Result<Self, DecodeError> {
        let mut peer = Self::default();
        let (mut host, mut realm) = (None, None);
        for found in message.avps() {
            let found = found?;
            match found.id {
                avp::ORIGIN_HOST => host = host.or(Some(found.text()?)),
                avp::ORIGIN_REALM => realm = realm.or(Some(found.text()?)),
                avp::HOST_IP_ADDRESS => {
                    if let Address::Ip(ip) = found.address()? {
                        push(&mut peer.addresses, &found, ip)?;
                    }
                }
                avp::VENDOR_ID => peer.vendor_id = Some(found.u32()?),
                avp::PRODUCT_NAME => peer.product_name = Some(found.text()?.to_owned()),
                avp::FIRMWARE_REVISION => peer.firmware_revision = Some(found.u32()?),
                avp::ORIGIN_STATE_ID => peer.state_id = Some(found.u32()?),
                avp::INBAND_SECURITY_ID => push(&mut peer.inband_security, &found, found.u32()?)?,
                avp::VENDOR_SPECIFIC_APPLICATION_ID => {
                    for member in found.group()? {
                        peer.take_application(&member?).map_err(|error| error.within(&found))?;
                    }
                }
                _ => peer.take_application(&found)?,
            }
        }
        let required = |value: Option<&str>, id: AvpId| {
            value.filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(|| DecodeError::missing(id))
        };
        peer.host = required(host, avp::ORIGIN_HOST)?;
        peer.realm = required(realm, avp::ORIGIN_REALM)?;
        Ok(peer)
    }

    /// Whether it speaks this application, itself or as a relay.
    #[must_use]
    pub fn speaks(&self, application: u32) -> bool {
        self.applications.iter().any(|id| *id == application || *id == application::RELAY)
    }

    /// Whether a connection without inband security is fine with it. Absent means yes (RFC 6733 6.10).
    #[must_use]
    pub fn accepts_no_inband_security(&self) -> bool {
        self.inband_security.is_empty() || self.inband_security.contains(&NO_INBAND_SECURITY)
    }

    fn take_application(&mut self, found: &AvpRef<'_>) -> Result<(), DecodeError> {
        if matches!(found.id, avp::AUTH_APPLICATION_ID | avp::ACCT_APPLICATION_ID) {
            let id = found.u32()?;
            if !self.applications.contains(&id) {
                push(&mut self.applications, found, id)?;
            }
        }
        Ok(())
    }
}

fn push<T>(list: &mut Vec<T>, found: &AvpRef<'_>, value: T) -> Result<(), DecodeError> {
    if list.len() >= MAX_LISTED {
        return Err(found.too_often());
    }
    list.push(value);
    Ok(())
}

/// Writes a CER at the end of `out`; octets written. `ids` are Hop-by-Hop and End-to-End.
pub fn write_request(local: &LocalNode, ids: (u32, u32), out: &mut Vec<u8>) -> usize {
    let header = Header::request(command::CAPABILITIES_EXCHANGE, application::COMMON, 0, ids.0, ids.1);
    let mut encoder = Encoder::new(out, &header);
    local.write(&mut encoder);
    encoder.finish()
}

/// Writes a CEA that is no protocol error at the end of `out`; octets written.
pub fn write_answer(
    local: &LocalNode,
    echo: &Echo,
    result_code: u32,
    failed: Option<&FailedAvp>,
    out: &mut Vec<u8>,
) -> usize {
    let mut encoder = echo.begin(out, false);
    encoder.u32(avp::RESULT_CODE, result_code);
    local.write(&mut encoder);
    write_reason(&mut encoder, failed, None);
    encoder.finish()
}
