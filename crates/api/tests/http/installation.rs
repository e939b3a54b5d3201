//! Catalog, nodes, staff, tokens, settings, first figures, search.

use crate::world::World;
use axum::body::Body;
use office::Scope;
use serde_json::json;

#[tokio::test]
async fn a_catalog_is_published_as_json_and_as_toml_and_a_broken_one_names_object_and_field() {
    let world = World::new();
    let shown = world.get("/catalog").await;
    let seen = shown.header("etag").to_owned();
    let shown = shown.expect(200);
    assert_eq!((&shown["version"], &shown["currency"]), (&json!(1), &json!("USD")));
    let body = json!({ "catalog": shown["catalog"], "comment": "same again" }).to_string();
    let headers = [("content-type", "application/json"), ("if-match", seen.as_str())];
    let published = world.send("POST", "/catalog", &world.admin, &headers, body.clone()).await.expect(201);
    assert_eq!(published["version"], json!(2));
    world.send("POST", "/catalog", &world.admin, &headers, body).await.problem(412, "API-010");
    let text = include_str!("../../../../catalogs/triple-play.toml");
    let toml = [("content-type", "text/toml")];
    let published = world.send("POST", "/catalog?comment=file", &world.admin, &toml, text).await.expect(201);
    assert_eq!(published["version"], json!(3));
    let versions = world.get("/catalog/versions?limit=2").await.expect(200);
    assert_eq!(
        (&versions["items"][0]["comment"], &versions["items"][1]["version"]),
        (&json!("file"), &json!(2))
    );
    let broken = text.replace("tariff = \"films\"", "tariff = \"film\"");
    let problem = world.send("POST", "/catalog", &world.admin, &toml, broken).await.problem(422, "OFF-001");
    assert!(problem["errors"][0]["field"].as_str().unwrap().contains("product"), "{problem}");
    let unknown = text.replace("currency = \"USD\"", "currency = \"USD\"\ncolour = \"red\"");
    let problem = world.send("POST", "/catalog", &world.admin, &toml, unknown).await.problem(422, "OFF-001");
    assert!(problem["detail"].as_str().unwrap().contains("colour"), "{problem}");
    world.send("POST", "/catalog", &world.admin, &toml, "= not toml").await.problem(400, "API-001");
    let products = world.get("/products").await.expect(200);
    let plus =
        products["items"].as_array().unwrap().iter().find(|p| p["code"] == "homeconnect-plus").unwrap();
    assert_eq!(plus["fee"], json!("39.99"));
}

#[tokio::test]
async fn a_node_is_added_replaced_and_removed_and_its_secret_is_never_shown() {
    let world = World::new();
    let node =
        json!({ "name": "bras-1", "protocol": "radius", "address": "192.0.2.1", "secret": "hidden-word" });
    let id = world.post("/nodes", node.clone()).await.expect(201)["id"].as_str().unwrap().to_owned();
    assert_eq!(world.post("/nodes", node).await.status.as_u16(), 409, "names are unique");
    let path = format!("/nodes/{id}");
    let shown = world.get(&path).await.expect(200);
    assert_eq!(shown["has_secret"], json!(true));
    assert!(!shown.to_string().contains("hidden-word"));
    let other =
        json!({ "name": "bras-1", "protocol": "radius", "address": "192.0.2.0/24", "enabled": false });
    let replaced = world.json("PUT", &path, other).await.expect(200);
    assert_eq!((&replaced["address"], &replaced["has_secret"]), (&json!("192.0.2.0/24"), &json!(true)));
    let wrong = json!({ "name": "x", "protocol": "carrier-pigeon", "address": "192.0.2.9" });
    let problem = world.post("/nodes", wrong).await.problem(422, "OFF-001");
    assert_eq!(problem["errors"][0]["field"], json!("protocol"));
    world.delete(&path).await.expect(204);
    world.get(&path).await.problem(404, "OFF-002");
    assert_eq!(world.get("/nodes").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn staff_users_are_made_and_changed() {
    let world = World::new();
    let user =
        json!({ "login": "anna", "name": "Anna", "role": "agent", "password": "correct horse battery" });
    let id = world.post("/staff", user).await.expect(201)["id"].as_str().unwrap().to_owned();
    let changed = world
        .json("PATCH", &format!("/staff/{id}"), json!({ "role": "helpdesk", "disabled": true }))
        .await
        .expect(200);
    assert_eq!(
        (&changed["name"], &changed["role"], &changed["disabled"]),
        (&json!("Anna"), &json!("helpdesk"), &json!(true))
    );
    let listed = world.get("/staff").await.expect(200);
    assert_eq!(listed["items"][0]["login"], json!("anna"));
    assert!(!listed.to_string().contains("argon2"), "no hash leaves the house");
    let problem =
        world.json("PATCH", &format!("/staff/{id}"), json!({ "role": "king" })).await.problem(422, "OFF-001");
    assert_eq!(problem["errors"][0]["field"], json!("role"));
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_stops_working_when_withdrawn() {
    let world = World::new();
    let made = world.post("/tokens", json!({ "name": "crm", "scopes": ["read"] })).await.expect(201);
    let (token, id) = (made["token"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned());
    assert_eq!(world.send("GET", "/products", &token, &[], Body::empty()).await.status.as_u16(), 200);
    assert!(!world.get("/tokens").await.expect(200).to_string().contains(&token));
    world.delete(&format!("/tokens/{id}")).await.expect(204);
    world.send("GET", "/products", &token, &[], Body::empty()).await.problem(401, "API-005");
    let problem = world
        .post("/tokens", json!({ "name": "x", "scopes": ["read", "fly"] }))
        .await
        .problem(422, "OFF-001");
    assert_eq!(problem["errors"][0]["field"], json!("scopes[1]"));
}

#[tokio::test]
async fn settings_figures_search_and_deliveries_answer() {
    let world = World::new();
    let (customer, _) = world.ada().await;
    let mut settings = world.get("/settings").await.expect(200);
    settings["name"] = json!("Harbour Telecom");
    assert_eq!(
        world.json("PUT", "/settings", settings.clone()).await.expect(200)["name"],
        json!("Harbour Telecom")
    );
    settings["accent"] = json!("reddish");
    let problem = world.json("PUT", "/settings", settings).await.problem(422, "OFF-001");
    assert_eq!(problem["errors"][0]["field"], json!("accent"));
    let home = world.get("/home").await.expect(200);
    assert_eq!((&home["customers"]["active"], home["days"].as_array().unwrap().len()), (&json!(1), 14));
    let found = world.get("/search?q=12075550142").await.expect(200);
    assert!(found.to_string().contains("Ada Lovelace"), "{found}");
    assert_eq!(world.get("/connectors").await.expect(200)["items"], json!([]));
    assert_eq!(world.get("/deliveries?state=dead").await.expect(200)["items"], json!([]));
    world.get("/deliveries/7").await.problem(404, "OFF-002");
    world.post("/deliveries/7/replay", json!({})).await.problem(404, "OFF-002");
    world.get("/connectors/minerva").await.problem(404, "API-011");
    let read = world.token(&[Scope::Read]);
    let shown = world.send("GET", &format!("/customers/{customer}"), &read, &[], Body::empty()).await;
    assert_eq!(shown.status.as_u16(), 200);
}

#[tokio::test]
async fn a_connector_is_set_up_switched_on_brought_up_to_date_and_replayed() {
    let world = World::new().with_provisioning().await;
    let (customer, account) = world.ada().await;
    let listed = world.get("/connectors").await.expect(200);
    assert_eq!(
        (&listed["items"][0]["name"], &listed["items"][0]["state"]),
        (&json!("minerva"), &json!("off"))
    );
    world.json("PATCH", "/connectors/minerva", json!({ "enabled": true })).await.problem(409, "PRV-009");
    world.json("PATCH", "/connectors/nobody", json!({ "enabled": true })).await.problem(404, "PRV-008");
    let wrong = json!({ "settings": { "url": "minerva", "user": "talea", "password": "hidden-word" } });
    let problem = world.json("PATCH", "/connectors/minerva", wrong).await.problem(422, "PRV-003");
    assert_eq!(problem["errors"][0]["field"], json!("settings.url"));
    // Nothing listens on port 9 of this machine: deliveries wait for their retry.
    let right = json!({ "enabled": true, "settings": { "url": "http://127.0.0.1:9", "user": "talea", "password": "hidden-word" } });
    let shown = world.json("PATCH", "/connectors/minerva", right).await.expect(200);
    assert_eq!((&shown["enabled"], &shown["set_up"]), (&json!(true), &json!(true)));
    assert!(!shown.to_string().contains("hidden-word"), "secrets are never shown");
    let planned = world.post("/connectors/minerva/dry-run", json!({ "account": account })).await.expect(200);
    assert!(planned.to_string().contains("00:1A:79:12:34:56"), "{planned}");
    assert!(!planned.to_string().contains("hidden-word"));
    let queued = world.post("/connectors/minerva/resync", json!({ "account": account })).await.expect(200);
    assert_eq!(queued["queued"], json!(1));
    let deliveries =
        world.get(&format!("/customers/{customer}/deliveries?connector=minerva")).await.expect(200);
    let delivery = &deliveries["items"][0];
    assert_eq!((&delivery["event"], &delivery["account"]), (&json!("resync"), &json!(account)));
    let path = format!("/deliveries/{}", delivery["id"].as_str().unwrap());
    assert!(world.get(&path).await.expect(200)["records"].is_array());
    world.post(&format!("{path}/replay"), json!({})).await.problem(409, "OFF-003");
    assert_eq!(world.post("/connectors/minerva/replay", json!({})).await.expect(200)["queued"], json!(0));
    let off = world.json("PATCH", "/connectors/minerva", json!({ "enabled": false })).await.expect(200);
    assert_eq!(off["state"], json!("off"));
    let audit = world.get("/audit?action=connector/enabled").await.expect(200);
    assert_eq!(audit["items"][0]["actor"], json!("api:admin"));
}

#[tokio::test]
async fn a_customer_gets_another_login_and_staff_a_one_time_password() {
    let world = World::new();
    let (customer, _) = world.ada().await;
    let path = format!("/customers/{customer}/logins");
    let login = json!({ "login": "Charles", "password": "analytical-engine" });
    assert_eq!(world.post(&path, login.clone()).await.expect(201)["login"], json!("charles"));
    assert_eq!(world.post(&path, login).await.status.as_u16(), 409, "a login is one person's");
    assert_eq!(world.get(&path).await.expect(200)["items"].as_array().unwrap().len(), 2);
    world
        .json("PUT", &format!("{path}/charles/password"), json!({ "password": "difference-engine" }))
        .await
        .expect(204);
    assert!(world.office.sign_in_subscriber("charles", "difference-engine").is_ok());
    world.delete(&format!("{path}/charles")).await.expect(204);
    world.delete(&format!("{path}/charles")).await.problem(404, "OFF-002");
    let user =
        json!({ "login": "anna", "name": "Anna", "role": "agent", "password": "correct horse battery" });
    let id = world.post("/staff", user).await.expect(201)["id"].as_str().unwrap().to_owned();
    let reset = world.post(&format!("/staff/{id}/reset-password"), json!({})).await.expect(200);
    assert!(world.office.sign_in_staff("anna", reset["password"].as_str().unwrap()).is_ok());
}

/// A network front door that sees a node, a connection and a stranger.
struct Seen;

impl office::NetworkDoor for Seen {
    fn links(&self) -> Vec<office::NodeLink> {
        use office::{LinkState, NodeLink, NodeProtocol};
        let at = calendar::Instant::parse("2026-06-01T09:57:00Z").unwrap();
        let link = |protocol, node: &str, host: &str, state, words: &str| NodeLink {
            protocol,
            node: node.into(),
            host: host.into(),
            realm: "example.net".into(),
            product: "PGW".into(),
            address: if host.is_empty() { String::new() } else { "192.0.2.7:3868".into() },
            state,
            since: Some(at),
            last_at: Some(at),
            requests: 12,
            answers: 11,
            errors: 1,
            last_error: Some((at, words.into())),
            figures: Default::default(),
        };
        vec![
            link(NodeProtocol::Radius, "bras-1", "", LinkState::Open, "the authenticator is wrong"),
            link(NodeProtocol::Diameter, "", "stranger.example", LinkState::Closed, "unknown peer"),
            NodeLink {
                requests: 0,
                answers: 0,
                errors: 0,
                last_error: None,
                ..link(NodeProtocol::Radius, "bras-1", "sha256:00ff", LinkState::Open, "")
            },
        ]
    }

    fn sessions_to_cut(&self) -> Vec<office::SessionToCut> {
        let session = |node: &str, session: &str| office::SessionToCut {
            node: node.into(),
            session: session.into(),
            customer: charging::CustomerId(7),
            account: charging::RowId((7 << 32) + 1),
            details: "10.0.0.9 · tracker-7".into(),
            since: calendar::Instant::parse("2026-06-01T09:57:00Z").unwrap(),
        };
        vec![session("ggsn-1", "0A0B"), session("ggsn-2", "0C0D")]
    }
}

#[tokio::test]
async fn nodes_connections_and_notices_tell_how_the_network_stands() {
    let mut world = World::new();
    let state = api::ApiState::new(world.office.clone()).with_network(std::sync::Arc::new(Seen));
    world.router = api::router(state);
    let radius = json!({ "name": "bras-1", "protocol": "radius", "address": "192.0.2.1", "secret": "s" });
    let diameter = json!({ "name": "pgw-1", "protocol": "diameter", "address": "pgw-1.example.net" });
    for node in [radius, diameter] {
        world.post("/nodes", node).await.expect(201);
    }
    let nodes = world.get("/network/nodes").await.expect(200);
    let (bras, pgw) = (&nodes["items"][0], &nodes["items"][1]);
    assert_eq!((&bras["state"], &bras["requests"]), (&json!("up"), &json!(12)), "{nodes}");
    assert_eq!(bras["last_error"]["reason"], json!("the authenticator is wrong"));
    assert_eq!((&pgw["state"], &pgw["last_error"]), (&json!("down"), &json!(null)));
    let connections = world.get("/network/connections").await.expect(200);
    assert_eq!(connections["items"].as_array().unwrap().len(), 2, "{connections}");
    assert_eq!(connections["items"][0]["host"], json!("stranger.example"));
    assert_eq!(connections["items"][1]["host"], json!("sha256:00ff"), "RADIUS over TLS");
    let to_cut = world.get("/network/sessions-to-cut").await.expect(200);
    assert_eq!(to_cut["items"].as_array().unwrap().len(), 2, "{to_cut}");
    let of_one = world.get("/network/sessions-to-cut?node=ggsn-2").await.expect(200);
    assert_eq!(of_one["items"].as_array().unwrap().len(), 1, "{of_one}");
    assert_eq!(of_one["items"][0]["session"], json!("0C0D"));
    assert_eq!(of_one["items"][0]["since"], json!("2026-06-01T09:57:00Z"));
    let notices = world.get("/notices").await.expect(200);
    let told: Vec<_> = notices["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|notice| (notice["kind"].as_str().unwrap(), notice["urgent"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("peer_down", false), ("missing_settings", false)], "{notices}");
}
