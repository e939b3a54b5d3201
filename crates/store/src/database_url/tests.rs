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
    for text in ["mysql://root:secret@host/db", "talea", "postgres://host:port:secret/db"] {
        let error = text.parse::<DatabaseUrl>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
