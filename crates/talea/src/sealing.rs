//! Lets provisioning seal connector settings with the installation's key.

use office::Secrets;
use provisioning::Sealer;

/// The office's secrets as provisioning wants them.
pub struct OfficeSealer(pub Secrets);

impl Sealer for OfficeSealer {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        self.0.seal(plain)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.0.unseal(sealed)
    }
}
