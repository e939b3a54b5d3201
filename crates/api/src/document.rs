//! The OpenAPI 3.1 document: what utoipa collected from the operations, completed with what holds for all of them.
//!
//! Added here: the security scheme and its scopes, the problem responses, the headers of repetition, unique operation ids.
//! Must not know: what any operation does.

use axum::http::Method;
use office::Scope;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;
use utoipa::openapi::OpenApi;

use crate::http::problem::{PROBLEM_JSON, ProblemBody, ProblemField};

/// Methods that a path item may have.
pub(crate) const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// What the document says of itself.
const DESCRIPTION: &str = "Everything the portals can do. Money is decimal text in the customer's currency, ids are decimal text, \
    instants are RFC 3339 in UTC. Errors are problems (RFC 9457) with a stable `code`. Writes may carry an `Idempotency-Key`: the same key with the \
    same request gets the same answer. Lists are pages: give `next_cursor` as `cursor` to get the next one.";

/// The OpenAPI document as JSON; with the development operations when `dev`.
pub fn openapi(dev: bool) -> Value {
    crate::router::operations(dev).1
}

/// Completes what was collected from the operations.
pub(crate) fn finished(collected: &OpenApi) -> Value {
    let mut document = serde_json::to_value(collected).unwrap_or_default();
    let Some(root) = document.as_object_mut() else { return document };
    root.insert("info".to_owned(), info());
    root.insert("servers".to_owned(), json!([{ "url": "/", "description": "This server" }]));
    within(root, "components", |components| {
        components.insert("securitySchemes".to_owned(), security_schemes());
        within(components, "schemas", |schemas| {
            for (name, schema) in
                [("Problem", ProblemBody::schema()), ("ProblemField", ProblemField::schema())]
            {
                schemas.entry(name).or_insert_with(|| serde_json::to_value(schema).unwrap_or_default());
            }
        });
    });
    within(root, "paths", |paths| {
        for (path, item) in paths {
            for method in METHODS {
                if let Some(Value::Object(operation)) = item.get_mut(method) {
                    complete(path, method, operation);
                }
            }
        }
    });
    document
}

/// Changes the object of that name, which is made when it is missing.
fn within(parent: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let entry = parent.entry(name).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(map) = entry {
        change(map);
    }
}

fn info() -> Value {
    json!({
        "title": "Talea API",
        "version": env!("CARGO_PKG_VERSION"),
        "description": DESCRIPTION,
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    })
}

fn security_schemes() -> Value {
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
    let description = format!(
        "A token made in the staff portal or by POST /api/v1/tokens. Its scopes are some of: {}; admin includes the others.",
        scopes.join(", ")
    );
    json!({ "token": { "type": "http", "scheme": "bearer", "description": description } })
}

/// Adds to an operation what holds for all of its kind.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    operation.insert("operationId".to_owned(), Value::String(operation_id(path, method)));
    let writes = method != "get";
    if writes {
        let parameters = operation.entry("parameters").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(parameters) = parameters {
            parameters.push(json!({
                "name": "Idempotency-Key", "in": "header", "required": false,
                "description": "Name of this request, 1 to 255 printable characters: the same key with the same request gets the same answer again.",
                "schema": { "type": "string", "maxLength": 255 },
            }));
        }
    }
    let has_body = operation.contains_key("requestBody");
    let conditional = mentions(operation, "If-Match");
    let has_parameters = operation.contains_key("parameters");
    let mut problems = vec![
        ("401", "No token, or one that is unknown, expired or withdrawn"),
        ("403", "The token lacks the scope, or this is not allowed"),
        ("500", "Something went wrong here; nothing was changed"),
        ("503", "The system is busy; ask again"),
        ("504", "The request took too long; ask again with the same Idempotency-Key"),
    ];
    if path.contains('{') {
        problems.push(("404", "There is no such thing"));
    }
    if has_parameters || has_body {
        problems.push((
            "422",
            "Fields that cannot be accepted, with their reasons; or a key that was used for another request",
        ));
    }
    if has_body {
        problems.push(("400", "The body cannot be read"));
        problems.push(("413", "The body is too large"));
        problems.push(("415", "The Content-Type is not accepted"));
    }
    if writes {
        problems.push((
            "409",
            "This conflicts with the present state, or a request with this key is being worked on",
        ));
    }
    if conditional {
        problems.push(("412", "The resource changed since it was read"));
    }
    within(operation, "responses", |responses| {
        for (status, description) in problems {
            responses.entry(status).or_insert_with(|| {
                let schema = json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
                json!({ "description": description, "content": { PROBLEM_JSON: schema } })
            });
        }
    });
}

fn mentions(operation: &Map<String, Value>, parameter: &str) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters
        .is_some_and(|all| all.iter().any(|one| one.get("name").and_then(Value::as_str) == Some(parameter)))
}

/// `post_customers_id_payments`: unique, because path and method are.
fn operation_id(path: &str, method: &str) -> String {
    let words =
        path.split(['/', '{', '}', '-']).filter(|word| !word.is_empty() && !["api", "v1"].contains(word));
    let id = std::iter::once(method).chain(words).collect::<Vec<_>>().join("_");
    if path.ends_with('}') { format!("{id}_one") } else { id }
}

/// What each operation needs, as its `security` says: any of these scopes.
pub(crate) fn scopes(document: &Value) -> Vec<((Method, String), Vec<Scope>)> {
    let paths = document.get("paths").and_then(Value::as_object);
    let mut found = Vec::new();
    for (path, item) in paths.into_iter().flatten() {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            found.push(((method, path.clone()), scopes_of(operation)));
        }
    }
    found
}

/// The scopes of one operation.
pub(crate) fn scopes_of(operation: &Value) -> Vec<Scope> {
    let alternatives = operation.get("security").and_then(Value::as_array).into_iter().flatten();
    let words = alternatives.filter_map(|one| one.get("token")?.as_array()?.first()?.as_str());
    words.filter_map(Scope::parse).collect()
}
