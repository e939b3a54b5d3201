//! Example bodies made of schemas: what must be given, and what has an example of its own.

use serde_json::{Map, Value, json};

/// Deepest nesting that an example shows.
const DEPTH_MOST: usize = 6;

/// The schema behind a reference.
pub(super) fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// An example of a schema.
pub(super) fn example(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = given(schema) {
        return example.clone();
    }
    if depth >= DEPTH_MOST {
        return Value::Null;
    }
    let variants = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(*word)?.as_array());
    if let Some(variants) = variants {
        let real =
            variants.iter().find(|variant| variant.get("type").and_then(Value::as_str) != Some("null"));
        return real.map_or(Value::Null, |variant| example(document, variant, depth + 1));
    }
    match kind(schema) {
        "object" => object(document, schema, depth),
        "array" => {
            schema.get("items").map_or(json!([]), |items| json!([example(document, items, depth + 1)]))
        }
        "boolean" => json!(true),
        "integer" | "number" => json!(1),
        _ => json!("..."),
    }
}

fn given(schema: &Value) -> Option<&Value> {
    schema.get("example").or_else(|| schema.get("examples")?.as_array()?.first())
}

/// The schema's type; of several, the one that is not null.
pub(super) fn kind(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ if schema.get("properties").is_some() => "object",
        _ => "",
    }
}

fn object(document: &Value, schema: &Value, depth: usize) -> Value {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let mut shown = Map::new();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if required.contains(&name.as_str()) || given(property).is_some() {
            shown.insert(name.clone(), example(document, property, depth + 1));
        }
    }
    Value::Object(shown)
}
