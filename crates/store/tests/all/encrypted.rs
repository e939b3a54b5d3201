//! TLS to a PostgreSQL server: what is asked for is what is there, and a server that is not the one it says is refused.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::path::Path;
use store::{Entry, Store, StoreError};
use testkit::postgres::Server;

/// An authority; its certificate as PEM.
fn authority(name: &str) -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), certificate)
}

fn opened(url: &str) -> Result<Store, StoreError> {
    Store::connect(&url.parse().unwrap(), Entry::WhenFree)
}

#[test]
fn connections_are_encrypted_where_the_address_says_so_and_only_with_the_right_server_where_it_wants_proof() {
    let (issuer, pem) = authority("ours");
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.display().to_string().replace('/', "%2F")
    };
    let (ours, others) = (file("ours.pem", &pem), file("others.pem", &authority("other").1));

    let server = Server::start().unwrap();
    let port = server.listen_with_tls(&certificate.pem(), &key.serialize_pem()).unwrap();
    let local = server.database().unwrap();
    let name = Path::new(&local).file_name().unwrap().to_str().unwrap();
    let at = |host: &str, parameters: &str| format!("postgres://talea@{host}:{port}/{name}?{parameters}");
    let connections = || {
        let sql = "SELECT COUNT(*) FILTER (WHERE ssl), COUNT(*) FILTER (WHERE NOT ssl) FROM pg_stat_ssl
                   JOIN pg_stat_activity USING (pid) WHERE application_name = 'talea'";
        server.ask(&local, sql).unwrap().trim().to_owned()
    };

    for good in [
        at("127.0.0.1", "sslmode=require"),
        at("localhost", &format!("sslmode=verify-full&sslrootcert={ours}")),
    ] {
        let store = opened(&good).unwrap();
        // More than a socket takes at once, both ways.
        let body = "0123456789".repeat(1_000_000);
        store.put_settings([("large".to_owned(), body.clone())].into()).unwrap();
        assert_eq!(store.setting("large").unwrap(), Some(body));
        let (encrypted, plain) =
            connections().split_once('|').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert!(encrypted.parse::<u32>().unwrap() >= 2 && plain == "0", "{encrypted} encrypted, {plain} not");
    }
    for plain in [at("127.0.0.1", ""), format!("{local}?sslmode=require")] {
        let store = opened(&plain).unwrap();
        assert!(connections().starts_with("0|"), "not asked for, or a socket of this machine: {plain}");
        drop(store);
    }
    for (wrong, why) in [
        (at("localhost", &format!("sslmode=verify-full&sslrootcert={others}")), "UnknownIssuer"),
        (at("127.0.0.1", &format!("sslmode=verify-full&sslrootcert={ours}")), "not valid for name"),
        (at("localhost", "sslmode=verify-full&sslrootcert=%2Fnowhere"), "/nowhere"),
    ] {
        let error = opened(&wrong).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    }
}
