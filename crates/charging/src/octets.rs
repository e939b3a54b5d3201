//! Lets postcard write behind what is there; its own flavours begin a vector of their own, or take one octet at a time.

/// Octets of a number of 64 bits.
const NUMBER_MOST: usize = 10;
/// Bits of a number in each of its octets.
const NUMBER_BITS: u32 = 7;
/// Set where more octets follow.
const GOES_ON: u8 = 1 << NUMBER_BITS;
/// The bits of one octet.
const LOWEST: u64 = (1 << NUMBER_BITS) - 1;

/// Writes a number as postcard does, in a few steps: the lowest bits first.
pub fn put_number(mut number: u64, to: &mut Vec<u8>) {
    let lowest = |number: u64| u8::try_from(number & LOWEST).unwrap_or(0);
    while number > LOWEST {
        to.push(lowest(number) | GOES_ON);
        number >>= NUMBER_BITS;
    }
    to.push(lowest(number));
}

/// Writes at the end of a vector.
#[derive(Debug)]
pub struct Behind<'a>(pub &'a mut Vec<u8>);

impl postcard::ser_flavors::Flavor for Behind<'_> {
    type Output = ();

    fn try_push(&mut self, octet: u8) -> postcard::Result<()> {
        self.0.push(octet);
        Ok(())
    }

    fn try_extend(&mut self, octets: &[u8]) -> postcard::Result<()> {
        // Most of it are small numbers, for which a call that copies is dear: it reads at once what was just written octet by octet.
        if octets.len() <= NUMBER_MOST {
            octets.iter().for_each(|octet| self.0.push(*octet));
        } else {
            self.0.extend_from_slice(octets);
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
