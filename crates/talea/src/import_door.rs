//! Lets the API and the staff portal hand files of purchases to mediation, which they must not know.

use mediation::{Mediation, MediationError};
use office::{Actor, OfficeError};

/// Mediation as the two doors want it.
pub struct Imports(pub Mediation);

impl Imports {
    fn take(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError> {
        self.0.import(actor, name, content).map(|report| report.file.id).map_err(|error| match error {
            MediationError::Office(error) => error,
            other => OfficeError::field("file", other.to_string()),
        })
    }
}

impl api::ImportSink for Imports {
    fn import(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError> {
        self.take(actor, name, content)
    }
}

impl web_staff::ImportDoor for Imports {
    fn take_in(&self, actor: &Actor, name: &str, content: &[u8]) -> Result<i64, OfficeError> {
        self.take(actor, name, content)
    }
}
