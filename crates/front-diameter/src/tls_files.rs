//! TLS of both directions from its files: what listeners show and demand, and what we show to peers that we dial. A changed file, such as
//! a newer revocation list, counts for the next handshake. Must not know: connections, peers.

use office::{Marks, WatchedFiles, read_pem_file};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that TLS needs, all in PEM form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Our certificate and what leads to its root; listeners show it, and so do we where we dial.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Roots of the peers' certificates; then those that dial us must have one that names their Origin-Host. `None` = they show none, and
    /// nobody can be dialled over TLS.
    pub authorities: Option<PathBuf>,
    /// Revocation lists of the authorities, one for each that signs certificates of peers; `None` = nothing is revoked.
    pub revoked: Option<PathBuf>,
    /// Whether a list that is past the date of its next update vouches for nobody any more; `false` = it counts until a newer one comes.
    pub refuse_outdated: bool,
}

/// Both sides, ready for handshakes.
#[derive(Debug)]
pub(crate) struct Sides {
    pub accepting: Arc<ServerConfig>,
    /// Only where there are authorities.
    pub dialling: Option<Arc<ClientConfig>>,
}

/// Both sides as the files say now.
pub(crate) type Tls = WatchedFiles<Sides>;

/// Reads everything.
pub(crate) fn open(files: TlsFiles) -> Result<Tls, String> {
    let read = move |marks: &mut Marks| sides(&files, marks);
    WatchedFiles::open("The files of Diameter over TLS", read, Clone::clone)
}

/// Whom to trust: roots, and what they have revoked.
type Trust = (Arc<RootCertStore>, Revoked);

/// Revocation lists, and whether their dates count.
#[derive(Clone)]
struct Revoked {
    lists: Vec<CertificateRevocationListDer<'static>>,
    refuse_outdated: bool,
}

/// Our certificate with its chain, and its key.
type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn sides(files: &TlsFiles, marks: &mut Marks) -> Result<Sides, String> {
    let all =
        [Some(&files.certificate), Some(&files.key), files.authorities.as_ref(), files.revoked.as_ref()];
    all.into_iter().flatten().for_each(|path| marks.add(path));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, error))?;
    let own = (certificates(&files.certificate)?, key);
    let lists = files.revoked.as_deref().map(lists).transpose()?.unwrap_or_default();
    let revoked = Revoked { lists, refuse_outdated: files.refuse_outdated };
    let trust = match &files.authorities {
        Some(path) => Some((roots(path)?, revoked)),
        None if files.revoked.is_some() => return Err("revocation lists need authorities".to_owned()),
        None => None,
    };
    let dialling = trust.clone().map(|trust| dialling(&provider, trust, (own.0.clone(), own.1.clone_key())));
    Ok(Sides {
        accepting: Arc::new(accepting(&provider, trust, own)?),
        dialling: dialling.transpose()?.map(Arc::new),
    })
}

fn accepting(
    provider: &Arc<CryptoProvider>,
    trust: Option<Trust>,
    (chain, key): Own,
) -> Result<ServerConfig, String> {
    let builder = ServerConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(said)?;
    let builder = match trust {
        None => builder.with_no_client_auth(),
        Some((roots, revoked)) => {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider.clone());
            let mut verifier = verifier.with_crls(revoked.lists);
            if revoked.refuse_outdated {
                verifier = verifier.enforce_revocation_expiration();
            }
            builder.with_client_cert_verifier(verifier.build().map_err(said)?)
        }
    };
    let mut made = builder.with_single_cert(chain, key).map_err(said)?;
    // Who resumes a session shows no certificate to today's lists.
    made.session_storage = Arc::new(NoServerSessionStorage {});
    made.send_tls13_tickets = 0;
    Ok(made)
}

fn dialling(
    provider: &Arc<CryptoProvider>,
    (roots, revoked): Trust,
    (chain, key): Own,
) -> Result<ClientConfig, String> {
    let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone());
    let mut verifier = verifier.with_crls(revoked.lists);
    if revoked.refuse_outdated {
        verifier = verifier.enforce_revocation_expiration();
    }
    let verifier = verifier.build().map_err(said)?;
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let builder = builder.with_safe_default_protocol_versions().map_err(said)?;
    let mut made = builder.with_webpki_verifier(verifier).with_client_auth_cert(chain, key).map_err(said)?;
    made.resumption = Resumption::disabled();
    Ok(made)
}

fn said(error: impl Display) -> String {
    error.to_string()
}

fn wrong(path: &Path, error: impl Display) -> String {
    format!("{}: {error}", path.display())
}

fn roots(path: &Path) -> Result<Arc<RootCertStore>, String> {
    let mut roots = RootCertStore::empty();
    for root in certificates(path)? {
        roots.add(root).map_err(|error| wrong(path, error))?;
    }
    Ok(Arc::new(roots))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    all_of(path, "no certificate in it")
}

fn lists(path: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, String> {
    all_of(path, "no revocation list in it")
}

fn all_of<T: PemObject>(path: &Path, none: &str) -> Result<Vec<T>, String> {
    read_pem_file(path, none).map_err(|reason| wrong(path, reason))
}
