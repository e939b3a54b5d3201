//! One operation on the page: what it does, what it takes, what it answers, and how to try it.

use super::example::{example, resolved};
use super::markup::{escaped, prose};
use super::schema;
use crate::document::scopes_of;
use serde_json::Value;

/// The operation's place on the page.
pub(super) fn anchor(operation: &Value) -> String {
    escaped(operation.get("operationId").and_then(Value::as_str).unwrap_or_default())
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// An operation as an article.
pub(super) fn shown(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let scopes: Vec<String> =
        scopes_of(operation).iter().map(|scope| format!("<code>{}</code>", scope.name())).collect();
    let mut html = format!(
        "<article id=\"{}\"><h3>{}</h3><p class=\"path\"><span class=\"method {method}\">{method}</span> <code>{}</code></p>",
        anchor(operation),
        escaped(text(operation, "summary")),
        escaped(path)
    );
    let description = text(operation, "description");
    if !description.is_empty() {
        html.push_str(&format!("<p>{}</p>", prose(description)));
    }
    html.push_str(&format!("<p class=\"scope\">Scope: {}</p>", scopes.join(" or ")));
    html.push_str(&parameters(operation));
    html.push_str(&body(document, operation));
    html.push_str(&responses(operation));
    let command = escaped(&curl(document, path, method, operation));
    html.push_str(&format!("<h4>Try it</h4><pre tabindex=\"0\"><code>{command}</code></pre></article>"));
    html
}

fn parameters(operation: &Value) -> String {
    let mut rows = String::new();
    for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
        let needed = if parameter.get("required") == Some(&Value::Bool(true)) {
            " <b title=\"needed\">*</b>"
        } else {
            ""
        };
        rows.push_str(&format!(
            "<tr><td><code>{}</code>{needed}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(text(parameter, "name")),
            escaped(text(parameter, "in")),
            parameter.get("schema").map_or_else(String::new, schema::named),
            prose(text(parameter, "description"))
        ));
    }
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "<h4>Parameters</h4><table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn body(document: &Value, operation: &Value) -> String {
    let mut html = String::new();
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    for (kind, media) in content.into_iter().flatten() {
        let Some(schema) = media.get("schema") else { continue };
        html.push_str(&format!("<h4>Body, <code>{}</code>: {}</h4>", escaped(kind), schema::named(schema)));
        html.push_str(&schema::fields(document, resolved(document, schema)));
    }
    html
}

fn responses(operation: &Value) -> String {
    let mut rows = String::new();
    for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        let content = response.get("content").and_then(Value::as_object);
        let media = content.and_then(|content| content.values().next());
        let kind = media.and_then(|media| media.get("schema")).map_or_else(String::new, schema::named);
        let meaning = prose(text(response, "description"));
        rows.push_str(&format!("<tr><td>{}</td><td>{kind}</td><td>{meaning}</td></tr>", escaped(status)));
    }
    format!(
        "<h4>Answers</h4><table><thead><tr><th>Status</th><th>Body</th><th>Meaning</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn curl(document: &Value, path: &str, method: &str, operation: &Value) -> String {
    let path = path.replace('{', "$").replace('}', "").to_uppercase_variables();
    let mut command = String::from("curl");
    if method != "get" {
        command.push_str(&format!(" -X {}", method.to_uppercase()));
    }
    command.push_str(&format!(" \"$TALEA{path}\" \\\n  -H \"Authorization: Bearer $TOKEN\""));
    if method != "get" {
        command.push_str(" \\\n  -H \"Idempotency-Key: my-request-1\"");
    }
    let content = operation.pointer("/requestBody/content").and_then(Value::as_object);
    let Some((kind, media)) = content.and_then(|content| content.iter().next()) else { return command };
    command.push_str(&format!(" \\\n  -H \"Content-Type: {kind}\""));
    if kind == "application/json" {
        let body = example(document, media.get("schema").unwrap_or(&Value::Null), 0);
        command.push_str(&format!(" \\\n  -d '{body}'"));
    } else {
        command.push_str(" \\\n  --data-binary @file");
    }
    command
}

trait Variables {
    fn to_uppercase_variables(&self) -> String;
}

impl Variables for String {
    /// `/customers/$id` as a shell reads it: `/customers/$ID`.
    fn to_uppercase_variables(&self) -> String {
        let parts = self
            .split('/')
            .map(|part| if part.starts_with('$') { part.to_uppercase() } else { part.to_owned() });
        parts.collect::<Vec<_>>().join("/")
    }
}
