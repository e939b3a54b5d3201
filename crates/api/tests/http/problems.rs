//! Whatever is wrong with a request, the answer is a problem that says what and where.

use crate::world::{World, ada, film};
use axum::body::Body;
use axum::http::Request;
use calendar::Seconds;
use office::Scope;
use serde_json::json;

#[tokio::test]
async fn without_a_good_token_nothing_is_answered() {
    let world = World::new();
    let bare = Request::get("/api/v1/customers").body(Body::empty()).unwrap();
    let answer = world.raw(bare).await;
    answer.problem(401, "API-004");
    assert!(answer.header("www-authenticate").starts_with("Bearer"));
    let basic =
        Request::get("/api/v1/customers").header("authorization", "Basic YTpi").body(Body::empty()).unwrap();
    world.raw(basic).await.problem(401, "API-004");
    for token in ["talea_wrong", "x", &"a".repeat(4_000)] {
        world.send("GET", "/customers", token, &[], Body::empty()).await.problem(401, "API-005");
    }
    let until = world.office.now().plus(Seconds(60));
    let short =
        world.office.create_token(&crate::world::system(), "short", &[Scope::Read], Some(until)).unwrap();
    assert_eq!(world.send("GET", "/customers", &short, &[], Body::empty()).await.status.as_u16(), 200);
    world.office.clock().advance(Seconds(61));
    world.send("GET", "/customers", &short, &[], Body::empty()).await.problem(401, "API-005");
}

#[tokio::test]
async fn a_scope_opens_its_operations_and_no_others() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let json = [("content-type", "application/json")];
    let read = world.token(&[Scope::Read]);
    let charge = world.token(&[Scope::Charge]);
    let customers = world.token(&[Scope::Customers]);
    let bodies = film(&account, "V-1").to_string();
    let refused = world.send("POST", "/charges", &read, &json, bodies.clone()).await.problem(403, "API-006");
    assert!(refused["detail"].as_str().unwrap().contains("charge"), "{refused}");
    world.send("POST", "/charges", &charge, &json, bodies).await.expect(201);
    let balance = format!("/customers/{customer}/balance");
    world.send("GET", &balance, &charge, &[], Body::empty()).await.expect(200);
    world.send("GET", "/customers", &charge, &[], Body::empty()).await.problem(403, "API-006");
    let path = format!("/customers/{customer}");
    let limit = json!({ "credit_limit": "1000000" }).to_string();
    world.send("PATCH", &path, &customers, &json, limit).await.problem(403, "API-006");
    let name = json!({ "name": "Ada King" }).to_string();
    world.send("PATCH", &path, &customers, &json, name).await.expect(200);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_by_its_kind() {
    let world = World::new();
    let json = [("content-type", "application/json")];
    let send = |body: &'static str| world.send("POST", "/customers", &world.admin, &json, body);
    for malformed in ["", "{", "{\"name\": \"A\",}", "nonsense", "{} {}", "\u{0}"] {
        let answer = send(malformed).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{malformed}: {}", answer.status);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    send("{").await.problem(400, "API-001");
    for headers in [vec![], vec![("content-type", "text/plain")], vec![("content-type", "application/xml")]] {
        world.send("POST", "/customers", &world.admin, &headers, "{}").await.problem(415, "API-002");
    }
    let deep = "[".repeat(100_000);
    world.send("POST", "/customers", &world.admin, &json, deep).await.problem(400, "API-001");
    let huge = format!("{{\"name\": \"{}\"}}", "a".repeat(1024 * 1024));
    world.send("POST", "/customers", &world.admin, &json, huge).await.problem(413, "API-003");
    let claimed = [("content-type", "application/json"), ("content-length", "99999999999")];
    world.send("POST", "/customers", &world.admin, &claimed, "{}").await.problem(413, "API-003");
}

#[tokio::test]
async fn every_wrong_field_is_named_with_its_reason() {
    let world = World::new();
    let wrong = |change: fn(&mut serde_json::Value)| {
        let mut body = ada();
        change(&mut body);
        world.post("/customers", body)
    };
    let field = |problem: serde_json::Value| problem["errors"][0]["field"].as_str().unwrap().to_owned();
    let check = |answer: crate::world::Answer, expected: &str| {
        assert_eq!(field(answer.problem(422, "OFF-001")), expected);
    };
    check(wrong(|b| b["colour"] = json!("red")).await, "colour");
    check(wrong(|b| b["account"]["colour"] = json!("red")).await, "account.colour");
    check(wrong(|b| b["name"] = json!("")).await, "name");
    check(wrong(|b| b["name"] = json!(7)).await, "name");
    check(wrong(|b| drop(b.as_object_mut().unwrap().remove("payment"))).await, "payment");
    check(wrong(|b| b["payment"] = json!("barter")).await, "payment");
    check(wrong(|b| b["credit_limit"] = json!(12.5)).await, "credit_limit");
    check(wrong(|b| b["credit_limit"] = json!("1e9")).await, "credit_limit");
    check(wrong(|b| b["credit_limit"] = json!("99999999999999999999")).await, "credit_limit");
    check(wrong(|b| b["credit_limit"] = json!("9000000000")).await, "credit_limit");
    check(wrong(|b| b["net_days"] = json!(-1)).await, "net_days");
    check(wrong(|b| b["net_days"] = json!(1e300)).await, "net_days");
    check(wrong(|b| b["zone"] = json!("Mars/Olympus")).await, "zone");
    check(wrong(|b| b["account"]["product"] = json!("gold")).await, "account.product");
    check(
        wrong(|b| b["account"]["identifiers"][1]["value"] = json!("call me")).await,
        "account.identifiers[1].value",
    );
    check(wrong(|b| b["account"]["devices"][0]["mac"] = json!("zz")).await, "account.devices[0].mac");
    assert_eq!(world.get("/customers").await.expect(200)["items"], json!([]), "nothing was half applied");
}

#[tokio::test]
async fn absurd_purchases_are_refused_by_field() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    for (field, value, named) in [
        ("units", json!(0), "units"),
        ("units", json!(-1), "units"),
        ("units", json!(1.5), "units"),
        ("units", json!("1"), "units"),
        ("account", json!(7), "account"),
        ("account", json!("seven"), "account"),
        ("account", json!(null), "account"),
        ("service", json!("teleportation"), "service"),
        ("at", json!("yesterday"), "at"),
        ("at", json!("2030-01-01T00:00:00Z"), "at"),
        ("reference", json!("r".repeat(300)), "reference"),
        ("identifier", json!({ "value": "1" }), "account"),
    ] {
        let mut body = film(&account, "V-1");
        body[field] = value.clone();
        let problem = world.post("/charges", body).await.problem(422, "OFF-001");
        assert_eq!(problem["errors"][0]["field"], json!(named), "{field} = {value}");
    }
    let mut body = film(&account, "V-1");
    body["units"] = json!(u64::MAX);
    let problem = world.post("/charges", body).await;
    assert!([402, 422].contains(&problem.status.as_u16()), "{}", problem.json());
    for amount in [json!("0"), json!("-5.00"), json!("0.0000001"), json!("five"), json!(5)] {
        let pay = json!({ "amount": amount });
        let problem =
            world.post(&format!("/customers/{customer}/payments"), pay).await.problem(422, "OFF-001");
        assert_eq!(problem["errors"][0]["field"], json!("amount"));
    }
}

#[tokio::test]
async fn unknown_ids_paths_methods_and_parameters_are_told_apart() {
    let world = World::new();
    for path in
        ["/customers/4711", "/accounts/4711", "/xdrs/99999999999", "/invoices/5", "/nodes/5", "/imports/5"]
    {
        let answer = world.get(path).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
        answer.problem(404, "OFF-002");
    }
    for id in ["99999999999999999999999", "abc", "-1", "1%202", "%00"] {
        let problem = world.get(&format!("/customers/{id}")).await.problem(422, "OFF-001");
        assert_eq!(problem["errors"][0]["field"], json!("id"), "{id}");
    }
    world.get("/customers/9223372036854775807").await.problem(404, "OFF-002");
    world.get("/nothing").await.problem(404, "API-007");
    let outside = Request::get("/api/v2/customers").body(Body::empty()).unwrap();
    world.raw(outside).await.problem(404, "API-007");
    let answer = world.send("DELETE", "/customers", &world.admin, &[], Body::empty()).await;
    answer.problem(405, "API-008");
    assert!(answer.header("allow").contains("POST"));
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=ten", "limit"),
        ("status=happy", "status"),
        ("sort=colour", "sort"),
        ("page=2", "page"),
    ] {
        let problem = world.get(&format!("/customers?{query}")).await.problem(422, "OFF-001");
        assert_eq!(problem["errors"][0]["field"], json!(field), "{query}");
    }
}

#[tokio::test]
async fn requests_are_named_and_counted() {
    use prometheus_client::registry::Registry;
    let world = World::new();
    let metrics = api::Metrics::default();
    let state = api::ApiState::new(world.office.clone()).with_metrics(metrics.clone());
    let world = World { router: api::router(state), ..world };
    let own =
        world.send("GET", "/products", &world.admin, &[("x-request-id", "mine-1")], Body::empty()).await;
    assert_eq!(own.header("x-request-id"), "mine-1");
    let odd =
        world.send("GET", "/products", &world.admin, &[("x-request-id", "a b\u{fc}")], Body::empty()).await;
    assert!(
        odd.header("x-request-id").starts_with("req-"),
        "an id that could disturb a log is not taken over"
    );
    world.get("/dev/clock").await.problem(404, "API-007");
    world.get("/customers/17").await.problem(404, "OFF-002");
    let mut registry = Registry::default();
    metrics.register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    assert!(
        text.contains("talea_api_requests_total{method=\"GET\",route=\"/api/v1/products\",status=\"200\"} 2"),
        "{text}"
    );
    assert!(text.contains("route=\"/api/v1/customers/{id}\",status=\"404\"} 1"), "{text}");
    assert!(text.contains("talea_api_request_seconds_count"), "{text}");
}
