//! What is kept of each attempt for the screens: the exact requests and answers, bounded in length and with secrets
//! masked. Nothing here sends or stores.

use serde::{Deserialize, Serialize};

/// Longest request or answer text kept, in bytes; the rest is cut and said to be.
pub const MAX_RECORDED_BYTES: usize = 16 * 1024;
/// What stands in place of a secret.
pub const MASK: &str = "\u{2022}\u{2022}\u{2022}";
/// Header names whose values are never recorded.
const SECRET_HEADERS: &[&str] =
    &["authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"];

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The manifest's step that made it.
    pub step: String,
    /// Request line, headers and body as sent, secrets masked.
    pub request: String,
    /// HTTP status, `None` when no answer came.
    pub status: Option<u16>,
    /// Status line, headers and body as received, secrets masked; `None` when no answer came.
    pub answer: Option<String>,
    /// How the answer was judged and why, or what went wrong on the way.
    pub judgement: String,
    /// Time from sending to the last byte of the answer, in milliseconds.
    pub took_ms: u64,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptOutcome {
    /// The platform holds the desired state.
    Done,
    /// Not now; it will be tried again.
    Retry,
    /// Trying again as things are is pointless.
    Fatal,
    /// The platform refused our credentials; the connector stopped.
    Auth,
}

/// One attempt of one delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// When it began, microseconds UTC.
    pub started_at: i64,
    /// When it ended, microseconds UTC.
    pub finished_at: i64,
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// Why, for people; empty when done.
    pub reason: String,
    /// Requests and answers in order.
    pub exchanges: Vec<Exchange>,
}

/// Cuts a text to [`MAX_RECORDED_BYTES`] at a character boundary and says how much is missing.
pub(crate) fn bounded(text: String) -> String {
    if text.len() <= MAX_RECORDED_BYTES {
        return text;
    }
    let mut end = MAX_RECORDED_BYTES;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let kept = text.get(..end).unwrap_or_default();
    format!("{kept}\n[{} more bytes not kept]", text.len() - end)
}

/// The recorded form of a header's value.
pub(crate) fn header_for_record<'a>(name: &str, value: &'a str) -> &'a str {
    if SECRET_HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) { MASK } else { value }
}

/// Replaces secrets in a text that came from outside (an answer that echoes the request), in their plain, XML and JSON
/// spellings.
pub(crate) fn masked(mut text: String, secrets: &[String]) -> String {
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let xml = quick_xml::escape::escape(secret.as_str()).into_owned();
        let json = serde_json::to_string(secret).unwrap_or_default();
        let json = json.trim_matches('"').to_owned();
        for spelling in [secret.clone(), xml, json] {
            if !spelling.is_empty() && text.contains(&spelling) {
                text = text.replace(&spelling, MASK);
            }
        }
    }
    text
}
