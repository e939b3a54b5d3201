//! Certificates, revocation lists and the like in files of PEM form, which front doors over TLS read. Must not know: what they are for.

use rustls::pki_types::pem::PemObject;
use std::path::Path;

/// Everything of one kind in a file; why not, in words that do not name the file. `none` says that there is nothing in it.
pub fn read_pem_file<T: PemObject>(file: &Path, none: &str) -> Result<Vec<T>, String> {
    let found = T::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<T>, _>>);
    let found = found.map_err(|error| error.to_string())?;
    if found.is_empty() { Err(none.to_owned()) } else { Ok(found) }
}
