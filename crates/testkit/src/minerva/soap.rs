//! Strict SOAP 1.1 (W3C Note of 8 May 2000): reads a request envelope, writes answers and faults. Anything not exactly as the
//! contract says is refused with a sentence; nothing here knows customers.

use quick_xml::NsReader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};

/// SOAP 1.1 section 4.1.2.
pub(super) const ENVELOPE_NS: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Namespace of the operations (assumed).
pub(super) const OPERATION_NS: &str = "urn:minerva:backoffice:customer";
const MAX_DEPTH: usize = 8;

/// One operation with its fields in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub name: String,
    pub fields: Vec<(String, String)>,
}

impl Operation {
    /// The first field of a name.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, text)| text.as_str())
    }

    /// All fields of a name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        self.fields.iter().filter(|(field, _)| field == name).map(|(_, text)| text.clone()).collect()
    }
}

#[derive(Debug, Default)]
struct Element {
    namespace: String,
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Reads an envelope with one operation whose fields hold text only.
pub(super) fn read(body: &str) -> Result<Operation, String> {
    let envelope = parse(body)?;
    expect(&envelope, ENVELOPE_NS, "Envelope")?;
    let [inside] = envelope.children.as_slice() else {
        return Err("the Envelope must hold exactly one Body".to_owned());
    };
    expect(inside, ENVELOPE_NS, "Body")?;
    let [operation] = inside.children.as_slice() else {
        return Err("the Body must hold exactly one operation".to_owned());
    };
    if operation.namespace != OPERATION_NS {
        return Err(format!("operation {} is in namespace `{}`", operation.name, operation.namespace));
    }
    let mut fields = Vec::new();
    for field in &operation.children {
        if field.namespace != OPERATION_NS || !field.children.is_empty() {
            return Err(format!(
                "field {} must be in the operation's namespace and hold text only",
                field.name
            ));
        }
        fields.push((field.name.clone(), field.text.clone()));
    }
    Ok(Operation { name: operation.name.clone(), fields })
}

fn expect(element: &Element, namespace: &str, name: &str) -> Result<(), String> {
    if element.namespace == namespace && element.name == name {
        return Ok(());
    }
    Err(format!(
        "expected {name} of namespace {namespace}, found {} of `{}`",
        element.name, element.namespace
    ))
}

fn parse(body: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(body);
    let mut open = vec![Element::default()];
    loop {
        let (resolved, event) = reader.read_resolved_event().map_err(|error| format!("bad XML: {error}"))?;
        let namespace = match resolved {
            ResolveResult::Bound(Namespace(namespace)) => namespace.to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                return Err(format!("bad XML: prefix {prefix} is not declared"));
            }
        };
        match event {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return Err("bad XML: nested too deep".to_owned());
                }
                let name = start.local_name().as_ref().to_owned();
                open.push(Element { namespace, name, ..Element::default() });
            }
            Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                attach(&mut open, Element { namespace, name, ..Element::default() })?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or("bad XML: unexpected end")?;
                attach(&mut open, element)?;
            }
            Event::Text(text) => write(&mut open, &text.xml10_content())?,
            Event::CData(text) => write(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => {
                let text = match reference.resolve_char_ref().map_err(|error| format!("bad XML: {error}"))? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_xml_entity(&reference)
                        .ok_or_else(|| format!("bad XML: entity {} is not declared", &*reference))?
                        .to_owned(),
                };
                write(&mut open, &text)?;
            }
            // SOAP 1.1 section 3: a message must not contain a document type or processing instructions.
            Event::DocType(_) => return Err("a document type is not allowed".to_owned()),
            Event::PI(_) => return Err("a processing instruction is not allowed".to_owned()),
            Event::Comment(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut document), true) if document.children.len() == 1 => {
            document.children.pop().ok_or_else(|| "bad XML: empty".to_owned())
        }
        _ => Err("bad XML: it must be one complete element".to_owned()),
    }
}

fn attach(open: &mut [Element], element: Element) -> Result<(), String> {
    open.last_mut().ok_or("bad XML: unexpected end")?.children.push(element);
    Ok(())
}

fn write(open: &mut [Element], text: &str) -> Result<(), String> {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.contains(forbidden) {
        return Err("bad XML: a character that XML 1.0 forbids".to_owned());
    }
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
    Ok(())
}

/// An answer envelope around ready XML.
pub(super) fn envelope(inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{ENVELOPE_NS}\"><soap:Body>{inside}</soap:Body></soap:Envelope>"
    )
}

/// The answer of an operation: `<nameResponse>` around ready XML.
pub(super) fn response(operation: &str, inside: &str) -> String {
    envelope(&format!("<{operation}Response xmlns=\"{OPERATION_NS}\">{inside}</{operation}Response>"))
}

/// A fault (SOAP 1.1 section 4.4); the code in `detail` is the contract's.
pub(super) fn fault(side: &str, code: &str, text: &str) -> String {
    envelope(&format!(
        "<soap:Fault><faultcode>soap:{side}</faultcode><faultstring>{}</faultstring><detail><code>{code}</code></detail></soap:Fault>",
        escape(text)
    ))
}

/// An element with text.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}
