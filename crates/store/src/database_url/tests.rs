//! Which addresses are understood, and that none shows its password.
#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn a_password_is_never_shown() {
    let url: DatabaseUrl = "postgres://anna:se%40cret@db.example:5433/talea?password=secret".parse().unwrap();
    assert_eq!(url.to_string(), "postgres://anna:***@db.example:5433/talea");
    assert_eq!(format!("{url:?}"), url.to_string());
    assert_eq!(serde_json::to_string(&url).unwrap(), "\"postgres://anna:***@db.example:5433/talea\"");
}

#[test]
fn a_socket_is_named_by_its_directory() {
    let url: DatabaseUrl = "postgres:///talea?host=/run/pg".parse().unwrap();
    assert_eq!(url.hosts(), [Host::Unix("/run/pg".into())]);
    assert_eq!(url.to_string(), "postgres:///talea?host=/run/pg");
    let url: DatabaseUrl = "postgres:///talea".parse().unwrap();
    assert_eq!(url.hosts(), [Host::Unix(USUAL_SOCKETS.into())]);
}

#[test]
fn what_is_no_database_is_refused_without_repeating_it() {
    for text in [
        "mysql://root:secret@host/db",
        "talea",
        "postgres://host:port:secret/db",
        "postgres://anna:secret?x@host/db",
    ] {
        let error = text.parse::<DatabaseUrl>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn how_a_connection_is_protected_is_part_of_the_address() {
    let trust = |parameters: &str| {
        let url = format!("postgres://anna@db.example/talea?{parameters}").parse::<DatabaseUrl>();
        url.map(|url| url.trust().cloned())
    };
    assert_eq!(trust(""), Ok(None));
    assert_eq!(trust("sslmode=disable&connect_timeout=3"), Ok(None));
    assert_eq!(trust("sslmode=require"), Ok(Some(Trust::Anybody)));
    let named = Ok(Some(Trust::Named("/etc/ca one.pem".into())));
    assert_eq!(trust("sslrootcert=%2Fetc/ca%20one.pem&sslmode=verify-full"), named);
    // What would be less safe than it looks is refused.
    for wrong in ["sslmode=prefer", "sslmode=verify-full", "sslmode=require&sslrootcert=x", "sslrootcert=x"] {
        assert_eq!(trust(wrong), Err(NotADatabase), "{wrong}");
    }
}
