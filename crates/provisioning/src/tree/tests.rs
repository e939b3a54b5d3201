//! Reading answers: what comes out of XML and JSON, and what is refused.

use super::{MAX_DEPTH, Node, Path, parse_json, parse_xml};

fn texts(node: &Node, path: &str) -> Vec<String> {
    node.select(&Path::parse(path).unwrap()).iter().map(|node| node.text.clone()).collect()
}

#[test]
fn xml_is_read_by_local_names_with_entities_and_attributes() {
    let xml = r#"<?xml version="1.0"?><s:a xmlns:s="urn:x"><b id="7">one &amp; &#x41;<!-- no --></b><s:b><![CDATA[<two>]]></s:b><c><b>deep</b></c></s:a>"#;
    let document = parse_xml(xml).unwrap();
    assert_eq!(texts(&document, "a/b"), ["one & A", "<two>"]);
    assert_eq!(texts(&document, "//b"), ["one & A", "<two>", "deep"]);
    assert_eq!(texts(&document, "a/*/b"), ["deep"]);
    assert_eq!(texts(&document, "a/b/@id"), ["7"]);
    assert!(texts(&document, "b").is_empty(), "a path without // begins at the top");
}

#[test]
fn json_is_read_with_the_same_paths() {
    let document =
        parse_json(r#"{"r":{"list":[{"n":1},{"n":2}],"none":[],"flag":true,"gone":null},"m":[[3]]}"#)
            .unwrap();
    assert_eq!(texts(&document, "r/list/n"), ["1", "2"]);
    assert_eq!(texts(&document, "r/flag"), ["true"]);
    assert_eq!(texts(&document, "r/gone"), [""]);
    assert!(texts(&document, "r/none").is_empty());
    assert_eq!(texts(&document, "m/item"), ["3"]);
}

#[test]
fn broken_or_dangerous_xml_is_refused_with_a_reason() {
    for (xml, reason) in [
        ("<a><b></a>", "not well-formed"),
        ("<a>", "ends before"),
        ("", "exactly one root"),
        ("<a/><b/>", "exactly one root"),
        ("busy", "exactly one root"),
        ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "document type"),
        ("<a>&undeclared;</a>", "undeclared"),
        ("<a b=1/>", "not well-formed"),
    ] {
        let error = parse_xml(xml).unwrap_err();
        assert!(error.contains(reason), "{xml}: {error}");
    }
    let deep = "<a>".repeat(MAX_DEPTH + 1);
    assert!(parse_xml(&deep).unwrap_err().contains("deeper"));
    let wide = format!("<a>{}</a>", "<b/>".repeat(super::MAX_NODES));
    assert!(parse_xml(&wide).unwrap_err().contains("more than"));
}

#[test]
fn every_cut_of_an_answer_is_an_error_and_never_a_panic() {
    let xml = r#"<e:E xmlns:e="u"><x y="1">a&lt;b</x><![CDATA[c]]></e:E>"#;
    assert!(parse_xml(xml).is_ok());
    for end in 0..xml.len() {
        assert!(parse_xml(&xml[..end]).is_err(), "cut at {end}");
    }
}

#[test]
fn paths_that_make_no_sense_are_refused() {
    for path in ["", "/", "a//b", "a b", "a/"] {
        assert!(Path::parse(path).is_err(), "{path}");
    }
}
