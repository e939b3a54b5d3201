//! One shape for every answer, so that XML and JSON are read with the same paths.
//!
//! An XML element or JSON member is a node with a name, a text and children. XML names lose their prefix, attributes become
//! children named `@name`; a JSON array becomes repeated nodes of one name (`item` where it has none).
//! A path is `a/b/c` from the top of the document, `//c` at any depth, `*` for any name.
//! Document types are refused, so no entity can be declared; depth and size are bounded.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value as Json;

/// Deepest nesting accepted.
pub const MAX_DEPTH: usize = 64;
/// Most nodes accepted in one answer.
pub const MAX_NODES: usize = 50_000;

/// A node of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// Local name; empty for the document itself.
    pub name: String,
    /// Text directly inside, without surrounding white space.
    pub text: String,
    /// Children in document order.
    pub children: Vec<Node>,
}

/// A parsed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    anywhere: bool,
    names: Vec<String>,
}

impl Path {
    /// Parses `a/b`, `//b/c`, `*`.
    ///
    /// # Errors
    /// A sentence for the manifest's author.
    pub fn parse(text: &str) -> Result<Path, String> {
        let (anywhere, rest) = match text.strip_prefix("//") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let names: Vec<String> = rest.split('/').map(str::to_owned).collect();
        let usable = |name: &String| {
            !name.is_empty()
                && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '*'))
        };
        if names.iter().all(usable) {
            Ok(Path { anywhere, names })
        } else {
            Err(format!("`{text}` is not a path; write names separated by `/`, or `//name` for any depth"))
        }
    }
}

impl Node {
    /// Every node the path leads to, in document order.
    pub fn select(&self, path: &Path) -> Vec<&Node> {
        let mut found = Vec::new();
        self.walk(&path.names, path.anywhere, &mut found);
        found
    }

    /// The text of the first node the path leads to.
    pub fn text_at(&self, path: &Path) -> Option<&str> {
        self.select(path).first().map(|node| node.text.as_str())
    }

    fn walk<'a>(&'a self, names: &[String], anywhere: bool, found: &mut Vec<&'a Node>) {
        let Some((first, rest)) = names.split_first() else {
            found.push(self);
            return;
        };
        for child in &self.children {
            if first == "*" || child.name == *first {
                child.walk(rest, false, found);
            }
            if anywhere {
                child.walk(names, true, found);
            }
        }
    }
}

/// Reads an XML document.
///
/// # Errors
/// A sentence that says why it can't be read.
pub fn parse_xml(source: &str) -> Result<Node, String> {
    let mut reader = quick_xml::Reader::from_str(source);
    let mut open: Vec<Node> = vec![Node::default()];
    let mut nodes = 0;
    loop {
        let event = reader.read_event().map_err(|error| format!("not well-formed XML: {error}"))?;
        match event {
            Event::Start(start) => {
                count(&mut nodes)?;
                if open.len() > MAX_DEPTH {
                    return Err(format!("XML nested deeper than {MAX_DEPTH}"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                count(&mut nodes)?;
                let node = element(&start)?;
                close(&mut open, node)?;
            }
            Event::End(_) => {
                let mut node = open.pop().ok_or("XML closes an element that is not open")?;
                node.text = node.text.trim().to_owned();
                close(&mut open, node)?;
            }
            Event::Text(text) => append(&mut open, &text.xml10_content()),
            Event::CData(text) => append(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let resolved =
                    match reference.resolve_char_ref().map_err(|e| format!("not well-formed XML: {e}"))? {
                        Some(character) => character.to_string(),
                        None => quick_xml::escape::resolve_predefined_entity(&reference)
                            .ok_or_else(|| format!("XML uses the undeclared entity `{}`", &*reference))?
                            .to_owned(),
                    };
                append(&mut open, &resolved);
            }
            Event::DocType(_) => return Err("XML with a document type is refused".to_owned()),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) if document.children.len() == 1 && document.text.trim().is_empty() => {
            Ok(document)
        }
        (Some(_), true) => Err("XML must have exactly one root element and no text beside it".to_owned()),
        _ => Err("XML ends before its elements are closed".to_owned()),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Node, String> {
    let mut node = Node { name: start.local_name().as_ref().to_owned(), ..Node::default() };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("not well-formed XML: {error}"))?;
        let text = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| format!("not well-formed XML: {error}"))?
            .into_owned();
        let name = format!("@{}", attribute.key.local_name().as_ref());
        node.children.push(Node { name, text, children: Vec::new() });
    }
    Ok(node)
}

fn append(open: &mut [Node], text: &str) {
    if let Some(node) = open.last_mut() {
        node.text.push_str(text);
    }
}

fn close(open: &mut [Node], node: Node) -> Result<(), String> {
    open.last_mut().ok_or("XML closes an element that is not open")?.children.push(node);
    Ok(())
}

fn count(nodes: &mut usize) -> Result<(), String> {
    *nodes += 1;
    if *nodes > MAX_NODES { Err(format!("more than {MAX_NODES} values in one answer")) } else { Ok(()) }
}

/// Reads a JSON document.
///
/// # Errors
/// A sentence that says why it can't be read.
pub fn parse_json(source: &str) -> Result<Node, String> {
    // serde_json itself refuses nesting deeper than 128.
    let json: Json =
        serde_json::from_str(source).map_err(|error| format!("not well-formed JSON: {error}"))?;
    let mut document = Node::default();
    let mut nodes = 0;
    graft(&mut document, json, &mut nodes)?;
    Ok(document)
}

fn graft(node: &mut Node, json: Json, nodes: &mut usize) -> Result<(), String> {
    count(nodes)?;
    match json {
        Json::Null => {}
        Json::Bool(value) => node.text = value.to_string(),
        Json::Number(value) => node.text = value.to_string(),
        Json::String(value) => node.text = value,
        Json::Array(values) => graft_array(node, "item", values, nodes)?,
        Json::Object(members) => {
            for (name, value) in members {
                if let Json::Array(values) = value {
                    graft_array(node, &name, values, nodes)?;
                } else {
                    graft_one(node, &name, value, nodes)?;
                }
            }
        }
    }
    Ok(())
}

fn graft_array(node: &mut Node, name: &str, values: Vec<Json>, nodes: &mut usize) -> Result<(), String> {
    values.into_iter().try_for_each(|value| graft_one(node, name, value, nodes))
}

fn graft_one(node: &mut Node, name: &str, value: Json, nodes: &mut usize) -> Result<(), String> {
    let mut child = Node { name: name.to_owned(), ..Node::default() };
    graft(&mut child, value, nodes)?;
    node.children.push(child);
    Ok(())
}

#[cfg(test)]
mod tests;
