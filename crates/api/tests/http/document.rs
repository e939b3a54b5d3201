//! The OpenAPI document says what the router does: all of it, and nothing else.

use crate::world::World;
use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, item)| {
        METHODS
            .iter()
            .filter_map(move |method| Some((path.clone(), (*method).to_owned(), item.get(*method)?.clone())))
    });
    each.collect()
}

#[tokio::test]
async fn the_document_is_served_and_every_operation_is_described() {
    let world = World::new();
    let request = Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap();
    let document = world.raw(request).await.expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document, api::openapi(true));
    let operations = operations(&document);
    assert!(operations.len() >= 60, "{}", operations.len());
    let mut ids = BTreeSet::new();
    for (path, method, operation) in &operations {
        let name = format!("{method} {path}");
        assert!(path.starts_with("/api/v1/"), "{name}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 5), "{name} has no summary");
        assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{name} shares its id");
        assert!(operation["tags"][0].as_str().is_some(), "{name} has no tag");
        assert!(operation["security"][0]["token"][0].as_str().is_some(), "{name} names no scope");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        for status in ["401", "403", "500", "503"] {
            let schema = &responses[status]["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
        }
        assert_eq!(path.contains('{'), responses.contains_key("404"), "{name} and 404");
    }
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(target)) = map.get("$ref") {
                    found.insert(target.clone());
                }
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(all) => all.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let document = api::openapi(true);
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() > 30);
    for target in found {
        assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
    }
}

#[tokio::test]
async fn every_documented_operation_is_there_and_asks_for_the_scope_it_names() {
    let world = World::new();
    let nothing = world.token(&[office::Scope::Import]);
    for (path, method, operation) in operations(&api::openapi(true)) {
        let path = path.trim_start_matches("/api/v1").replace("{realm}", "user").replace("{value}", "x");
        let path: String = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let answer = world.send(&method.to_uppercase(), &path, &nothing, &[], Body::empty()).await;
        let scopes: Vec<&str> = operation["security"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["token"][0].as_str().unwrap())
            .collect();
        if scopes.contains(&"import") {
            assert_ne!(answer.status.as_u16(), 403, "{method} {path}");
            continue;
        }
        let problem = answer.problem(403, "API-006");
        assert!(
            scopes.iter().all(|scope| problem["detail"].as_str().unwrap().contains(scope)),
            "{method} {path}: {problem}"
        );
    }
}

#[tokio::test]
async fn the_agreed_paths_are_in_the_document() {
    let document = api::openapi(true);
    let known: BTreeSet<String> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| format!("{method} {}", path.trim_start_matches("/api/v1")))
        .collect();
    for line in AGREED.lines().filter(|line| !line.trim().is_empty()) {
        let (path, methods) = line.trim().split_once(' ').unwrap();
        for method in methods.split(' ') {
            assert!(known.contains(&format!("{method} {path}")), "{method} {path} is missing");
        }
    }
    assert!(!api::openapi(false).to_string().contains("/dev/clock"), "the clock moves in development only");
}

const AGREED: &str = "
    /customers get post
    /customers/{id} get patch
    /customers/{id}/block post
    /customers/{id}/unblock post
    /customers/{id}/terminate post
    /customers/{id}/balance get
    /customers/{id}/sessions get
    /customers/{id}/sessions/{session}/end post
    /customers/{id}/xdrs get
    /customers/{id}/ledger get
    /customers/{id}/invoices get
    /customers/{id}/timeline get
    /customers/{id}/deliveries get
    /customers/{id}/accounts post
    /accounts/{id} get patch
    /accounts/{id}/terminate post
    /accounts/{id}/add-ons post
    /accounts/{id}/add-ons/{add_on} delete
    /accounts/{id}/identifiers post
    /accounts/{id}/identifiers/{realm}/{value} delete
    /accounts/{id}/devices post
    /accounts/{id}/devices/{device} delete
    /customers/{id}/payments post
    /customers/{id}/adjustments post
    /customers/{id}/notes post
    /customers/{id}/logins get post
    /customers/{id}/reseller get put
    /customers/{id}/move post
    /customers/{id}/customers get
    /reseller-messages get
    /reseller-messages/retry post
    /connectors/{name} get patch
    /connectors/{name}/resync post
    /charges post
    /charges/price post
    /imports get post
    /imports/{id} get
    /xdrs/{id} get
    /sessions get
    /invoices get
    /invoices/{id} get
    /invoices/{id}/pdf get
    /catalog get post
    /catalog/versions get
    /products get
    /nodes get post
    /nodes/{id} get put delete
    /network/nodes get
    /network/connections get
    /traces get post
    /traces/{id} get delete
    /traces/{id}/stop post
    /traces/{id}/capture get
    /network/sessions-to-cut get
    /notices get
    /connectors get
    /deliveries get
    /deliveries/{id} get
    /deliveries/{id}/replay post
    /staff get post
    /staff/{id} patch
    /tokens get post
    /tokens/{id} delete
    /audit get
    /search get
    /home get
    /settings get put
    /dev/clock get post
";

#[tokio::test]
async fn the_page_shows_every_operation_and_code_and_loads_nothing_from_elsewhere() {
    let world = World::new();
    let page = world.raw(Request::get("/api/docs").body(Body::empty()).unwrap()).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    let html = String::from_utf8(page.octets).unwrap();
    for (path, _, operation) in operations(&api::openapi(true)) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(html.contains(&format!("<article id=\"{id}\">")), "{id}");
        assert!(html.contains(&path), "{path}");
    }
    assert!(html.contains("id=\"CHG-010\"") && html.contains("id=\"API-001\""));
    for foreign in ["<script", "style=", "src=", "https://cdn", "@import"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
    let style = world.raw(Request::get("/api/docs/style.css").body(Body::empty()).unwrap()).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}

#[tokio::test]
async fn the_guide_lists_every_code_with_its_status() {
    let world = World::new();
    let page = world.raw(Request::get("/api/docs").body(Body::empty()).unwrap()).await;
    let html = String::from_utf8(page.octets).unwrap();
    let guide = include_str!("../../../../docs/guide/api.md");
    let rows: Vec<&str> = html.split("<tr id=\"").skip(1).collect();
    assert!(rows.len() >= 40, "{}", rows.len());
    for row in rows {
        let (code, rest) = row.split_once('"').unwrap();
        let status = rest.split("<td>").nth(2).unwrap().split('<').next().unwrap();
        assert!(
            guide.contains(&format!("| {code} | {status} |")),
            "{code} {status} is not in docs/guide/api.md"
        );
    }
}
