//! What the kit promises its two portals: nothing typed becomes HTML, figures read right, assets are whole and small,
//! both themes can be read, tokens and cookies can't be forged.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod assets;
mod contrast;
mod hostile;
mod sessions;
mod shells;
mod tables;
mod values;

/// Every tag of a document as (name, attribute names); panics where quotes or brackets don't close.
fn tags(html: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let mut quoted = false;
        let end = after
            .char_indices()
            .find(|(_, letter)| {
                quoted ^= *letter == '"';
                *letter == '>' && !quoted
            })
            .unwrap()
            .0;
        found.push(parse_tag(&after[..end]));
        rest = &after[end..];
    }
    found
}

fn parse_tag(inside: &str) -> (String, Vec<String>) {
    let (name, mut rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        if rest.is_empty() {
            break;
        }
        assert!(end > 0, "an attribute has a name: <{inside}>");
        attributes.push(rest[..end].to_owned());
        rest = &rest[end..];
        for quote in ["=\"", "='"] {
            if let Some(value) = rest.strip_prefix(quote) {
                rest = value.split_once(&quote[1..]).unwrap().1;
            }
        }
    }
    (name.to_lowercase(), attributes)
}
