//! Names of those who call, are called or are charged as networks write them (RFC 3966, RFC 3261 19.1), and as rates and the directory
//! know them. Pure. Must not know: which protocol brought them.

use std::borrow::Cow;

/// Without `tel:`, `sip:` or `sips:`, in any case.
pub fn strip_scheme(text: &str) -> &str {
    let text = text.trim();
    // A scheme begins with a letter (RFC 3986 3.1).
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return text;
    }
    match text.split_once(':') {
        Some((scheme, rest)) if ["tel", "sip", "sips"].iter().any(|s| scheme.eq_ignore_ascii_case(s)) => rest,
        _ => text,
    }
}

/// A number without `+`, parameters and the signs people put between digits (RFC 3966 5.1.1); other text as it is.
pub fn number_digits(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let bare = text.trim();
    let bare = bare.split(';').next().unwrap_or(bare);
    let bare = bare.strip_prefix('+').unwrap_or(bare);
    if bare.bytes().all(|octet| octet.is_ascii_digit()) {
        return Cow::Borrowed(bare);
    }
    Cow::Owned(bare.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')' | ' ')).collect())
}

/// A user name or URI without scheme and parameters, in lower case.
pub fn user_name(text: &str) -> Cow<'_, str> {
    let bare = strip_scheme(text);
    let bare = bare.split(';').next().unwrap_or(bare);
    if bare.bytes().any(|octet| octet.is_ascii_uppercase()) {
        Cow::Owned(bare.to_ascii_lowercase())
    } else {
        Cow::Borrowed(bare)
    }
}

/// A called number or address as rates know it: digits, or a user name when it is no number.
pub fn called(text: &str) -> Cow<'_, str> {
    let bare = strip_scheme(text);
    match bare.split_once('@') {
        Some((local, _)) => {
            let local = number_digits(local);
            if !local.is_empty() && local.bytes().all(|octet| octet.is_ascii_digit()) {
                local
            } else {
                user_name(bare)
            }
        }
        None => number_digits(bare),
    }
}

/// The same as it was dialled: an international number (RFC 3966 5.1.4) keeps its `+`.
pub fn dialled(text: &str) -> Cow<'_, str> {
    let number = called(text);
    let is_international = strip_scheme(text).trim_start().starts_with('+');
    if is_international && !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit()) {
        return Cow::Owned(format!("+{number}"));
    }
    number
}

/// Whether a called party is written as a URI.
pub fn is_uri(text: &str) -> bool {
    strip_scheme(text).len() < text.trim().len()
}

#[cfg(test)]
mod tests;
