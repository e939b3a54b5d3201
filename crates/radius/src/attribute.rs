//! Attributes inside a packet: type, length, value (RFC 2865 5), and the vendor's own inside Vendor-Specific (RFC 2865 5.26).
//! Values are borrowed octets; what they mean is `fields` (the few we use by number) and `dictionary` (the rest).

use crate::number;

/// One attribute as received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Attribute number.
    pub number: u8,
    /// Its value, 0 to 253 octets.
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// Opens a Vendor-Specific attribute; `None` for every other and for one too short to name a vendor.
    pub fn vendor_specific(&self) -> Option<VendorSpecific<'a>> {
        if self.number != number::VENDOR_SPECIFIC {
            return None;
        }
        let (vendor, data) = self.value.split_first_chunk::<4>()?;
        Some(VendorSpecific { vendor: u32::from_be_bytes(*vendor), data })
    }
}

/// Iterator over the attributes of a packet.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Attributes<'a> {
    /// `body` has passed the length check of `Packet::decode`; if it had not, the walk would merely end early.
    pub(crate) fn over_checked(body: &'a [u8]) -> Self {
        Self { rest: body }
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let [number, length, _value @ ..] = self.rest else { return None };
        let (whole, rest) = self.rest.split_at_checked(usize::from(*length))?;
        self.rest = rest;
        Some(Attribute { number: *number, value: whole.get(2..)? })
    }
}

/// How a vendor lays out type and length inside Vendor-Specific: `format=t,l[,c]` of its dictionary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorFormat {
    /// Octets of the type: 1, 2 or 4.
    pub type_octets: u8,
    /// Octets of the length: 0 (the value fills the container), 1 or 2.
    pub length_octets: u8,
    /// WiMAX: one more octet follows the length, its top bit meaning that the value goes on in the next attribute.
    pub continuation: bool,
}

impl Default for VendorFormat {
    /// What RFC 2865 5.26 recommends: one octet each.
    fn default() -> Self {
        Self { type_octets: 1, length_octets: 1, continuation: false }
    }
}

impl VendorFormat {
    /// Octets before the value.
    pub(crate) fn header_length(self) -> usize {
        usize::from(self.type_octets) + usize::from(self.length_octets) + usize::from(self.continuation)
    }
}

/// The content of one Vendor-Specific attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorSpecific<'a> {
    /// The vendor's private enterprise number.
    pub vendor: u32,
    /// What follows it.
    pub data: &'a [u8],
}

impl<'a> VendorSpecific<'a> {
    /// The vendor's attributes inside; ends at the first malformed one (RFC 2865 5.26 makes the layout only a recommendation).
    pub fn attributes(&self, format: VendorFormat) -> VendorAttributes<'a> {
        VendorAttributes { vendor: self.vendor, format, rest: self.data }
    }
}

/// One attribute of a vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorAttribute<'a> {
    /// The vendor's private enterprise number.
    pub vendor: u32,
    /// The attribute's number in the vendor's space.
    pub number: u32,
    /// Its value.
    pub value: &'a [u8],
}

/// Iterator over the attributes inside one Vendor-Specific.
#[derive(Debug, Clone)]
pub struct VendorAttributes<'a> {
    vendor: u32,
    format: VendorFormat,
    rest: &'a [u8],
}

impl<'a> VendorAttributes<'a> {
    /// What the walk has not read: empty once a well-formed container is exhausted.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for VendorAttributes<'a> {
    type Item = VendorAttribute<'a>;

    fn next(&mut self) -> Option<VendorAttribute<'a>> {
        let (number, after_type) = self.rest.split_at_checked(usize::from(self.format.type_octets))?;
        let (length, _) = after_type.split_at_checked(usize::from(self.format.length_octets))?;
        let total = match length {
            [] => self.rest.len(),
            octets => big_endian(octets) as usize,
        };
        let (whole, rest) = self.rest.split_at_checked(total)?;
        let value = whole.get(self.format.header_length()..)?;
        if whole.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(VendorAttribute { vendor: self.vendor, number: big_endian(number), value })
    }
}

fn big_endian(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |sum, octet| (sum << 8) | u32::from(*octet))
}
