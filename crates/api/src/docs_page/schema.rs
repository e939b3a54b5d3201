//! Schemas as tables of fields.

use super::example::{kind, resolved};
use super::markup::{escaped, prose};
use serde_json::Value;

/// What a schema is, in a word or two, with a link where it has a name.
pub(super) fn named(schema: &Value) -> String {
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.rsplit('/').next().unwrap_or(target);
        return format!("<a href=\"#schema-{0}\">{0}</a>", escaped(name));
    }
    let variants = ["oneOf", "anyOf", "allOf"].iter().find_map(|word| schema.get(*word)?.as_array());
    if let Some(variants) = variants {
        let names: Vec<String> = variants.iter().map(named).collect();
        return names.join(" or ");
    }
    let nullable = schema
        .get("type")
        .and_then(Value::as_array)
        .is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
    let word = match kind(schema) {
        "array" => format!("list of {}", schema.get("items").map_or_else(String::new, named)),
        "" => "anything".to_owned(),
        word => {
            let format = schema.get("format").and_then(Value::as_str);
            format.map_or_else(|| escaped(word), |format| format!("{} ({})", escaped(word), escaped(format)))
        }
    };
    if nullable { format!("{word} or null") } else { word }
}

/// The fields of a schema as a table; parts that it includes come along.
pub(super) fn fields(document: &Value, schema: &Value) -> String {
    let mut rows = String::new();
    collect(document, schema, &mut rows, 0);
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn collect(document: &Value, schema: &Value, rows: &mut String, depth: usize) {
    const INCLUDED_MOST: usize = 4;
    let schema = resolved(document, schema);
    let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    for part in parts.take_while(|_| depth < INCLUDED_MOST) {
        collect(document, part, rows, depth + 1);
    }
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let meaning = meaning(property);
        let mark = if required.contains(&name.as_str()) { " <b title=\"always there\">*</b>" } else { "" };
        let row = format!(
            "<tr><td><code>{}</code>{mark}</td><td>{}</td><td>{}</td></tr>",
            escaped(name),
            named(property),
            prose(meaning)
        );
        rows.push_str(&row);
    }
}

/// What a field means; of one that may be null, what its value means.
fn meaning(property: &Value) -> &str {
    let own = property.get("description").and_then(Value::as_str);
    let of_value =
        || property.get("oneOf")?.as_array()?.iter().find_map(|variant| variant.get("description")?.as_str());
    own.or_else(of_value).unwrap_or_default()
}

/// Every schema with a name.
pub(super) fn all(document: &Value) -> String {
    let mut html = String::from("<section><h2 id=\"schemas\">Schemas</h2>");
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let body = fields(document, schema);
        let body = if body.is_empty() { format!("<p>{}</p>", named(schema)) } else { body };
        html.push_str(&format!(
            "<article class=\"schema\"><h3 id=\"schema-{0}\">{0}</h3><p>{1}</p>{body}</article>",
            escaped(name),
            prose(description)
        ));
    }
    html.push_str("</section>");
    html
}
