//! An authority that signs certificates, for tests over TLS, and a connection that shows them. Both front doors' tests have it; it must not
//! know either of them.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, IsCa, Issuer, KeyIdMethod,
    KeyPair, RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// A certificate with its key.
pub struct Identity {
    pub der: CertificateDer<'static>,
    pub pem: String,
    pub key: KeyPair,
    pub serial: u64,
}

/// Serial numbers that were given.
static SERIALS: AtomicU64 = AtomicU64::new(1);
/// Longest wait for what the other side says.
const PATIENCE: Duration = Duration::from_secs(20);

impl Authority {
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        let (der, pem) = (certificate.der().clone(), certificate.pem());
        Self { issuer: Issuer::new(params, key), certificate: der, pem }
    }

    pub fn sign(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let serial = SERIALS.fetch_add(1, Ordering::Relaxed);
        let mut params = params(name);
        params.serial_number = Some(SerialNumber::from(serial));
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity { der: certificate.der().clone(), pem: certificate.pem(), key, serial }
    }

    /// Writes its revocation list with these certificates.
    pub fn revoke(&self, directory: &Path, identities: &[&Identity]) -> PathBuf {
        self.revoke_until(directory, identities, 2036)
    }

    /// The same, with a next update in that year.
    pub fn revoke_until(&self, directory: &Path, identities: &[&Identity], year: i32) -> PathBuf {
        let revoked = |identity: &&Identity| RevokedCertParams {
            serial_number: SerialNumber::from(identity.serial),
            revocation_time: date_time_ymd(2026, 1, 2),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(year, 1, 1),
            crl_number: SerialNumber::from(1 + identities.len() as u64),
            issuing_distribution_point: None,
            revoked_certs: identities.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let path = directory.join("revoked.pem");
        std::fs::write(&path, list.signed_by(&self.issuer).unwrap().pem().unwrap()).unwrap();
        path
    }

    pub fn write(&self, directory: &Path) -> PathBuf {
        let path = directory.join("authority.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// A connection to the server of a name, which has said nothing yet; it shows a certificate, if any.
    pub fn connect(
        &self,
        server: SocketAddr,
        name: &'static str,
        identity: Option<&Identity>,
    ) -> Result<StreamOwned<ClientConnection, TcpStream>, String> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let config = match identity {
            Some(identity) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
                builder.with_client_auth_cert(vec![identity.der.clone()], key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        let name = ServerName::try_from(name).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(server).map_err(|error| error.to_string())?;
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Ok(StreamOwned::new(connection, socket))
    }
}

/// What a certificate for a name says.
pub fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Identity {
    /// Writes certificate and key.
    pub fn write(&self, directory: &Path, name: &str) -> (PathBuf, PathBuf) {
        let (certificate, key) =
            (directory.join(format!("{name}.pem")), directory.join(format!("{name}.key")));
        std::fs::write(&certificate, &self.pem).unwrap();
        std::fs::write(&key, self.key.serialize_pem()).unwrap();
        (certificate, key)
    }
}
