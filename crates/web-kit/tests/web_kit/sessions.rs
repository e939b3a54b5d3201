//! Form tokens, cookies, headers.

use axum::http::{HeaderMap, HeaderValue, header};
use web_kit::{Csrf, SessionCookie, session_cookie};

fn headers(cookie: &str) -> HeaderMap {
    HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookie).unwrap())])
}

#[test]
fn a_form_token_holds_for_its_session_and_key_alone() {
    let (ours, theirs) = (Csrf::new(&[7; 32]), Csrf::new(&[8; 32]));
    let token = ours.token("session-1").unwrap();
    assert!(ours.verify("session-1", &token));
    assert!(!ours.verify("session-2", &token));
    assert!(!theirs.verify("session-1", &token));
    assert_ne!(token, ours.token("session-1").unwrap(), "each page gets a fresh one");
}

#[test]
fn a_token_with_any_digit_changed_or_missing_is_refused() {
    let csrf = Csrf::new(&[7; 32]);
    let token = csrf.token("s").unwrap();
    for at in 0..token.len() {
        let digit = if &token[at..=at] == "0" { "1" } else { "0" };
        let forged = format!("{}{digit}{}", &token[..at], &token[at + 1..]);
        assert!(!csrf.verify("s", &forged), "digit {at}");
        assert!(!csrf.verify("s", &token[..at]), "first {at}");
    }
    assert!(!csrf.verify("s", "ä\0 not hex"));
}

#[test]
fn a_session_cookie_comes_back_and_a_forged_one_does_not() {
    let cookie = SessionCookie::new("talea_staff", "/", true, &[1; 32]);
    let set = cookie.set("a1b2.c3", 3600).unwrap();
    let line = set.to_str().unwrap();
    assert!(line.ends_with("; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure"), "{line}");
    let pair = line.split(';').next().unwrap();
    assert_eq!(cookie.read(&headers(&format!("theme=dark; {pair}"))).as_deref(), Some("a1b2.c3"));
    assert_eq!(cookie.read(&headers(&pair.replace("a1b2", "a1b3"))), None);
    assert_eq!(cookie.read(&headers("talea_staff=a1b2.c3")), None);
    let other = SessionCookie::new("talea_my", "/", true, &[1; 32]);
    assert_eq!(
        other.read(&headers(&pair.replace("talea_staff", "talea_my"))),
        None,
        "portals don't share sessions"
    );
}

#[test]
fn a_session_id_that_could_break_the_header_is_refused() {
    let cookie = SessionCookie::new("s", "/", false, &[1; 32]);
    for id in ["", "a;b", "a b", "a\r\nX: y", "ä"] {
        assert!(cookie.set(id, 1).is_none(), "{id:?}");
    }
    assert!(!cookie.set("ok", 1).unwrap().to_str().unwrap().contains("Secure"));
    assert!(cookie.clear().unwrap().to_str().unwrap().contains("Max-Age=0"));
}

#[test]
fn a_cookie_is_found_by_its_whole_name() {
    let sent = headers("xtheme=light; theme=dark");
    assert_eq!(session_cookie::read(&sent, "theme"), Some("dark"));
    assert_eq!(session_cookie::read(&sent, "heme"), None);
}
