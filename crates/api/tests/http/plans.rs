//! Add-on times, top-ups, given units, policies and reratings over the API.

use crate::world::World;
use serde_json::{Value, json};

fn with_plans() -> World {
    let world = World::new();
    let text = concat!(
        include_str!("../../../../catalogs/triple-play.toml"),
        include_str!("../../../office/tests/front_desk/plans.toml")
    );
    world.office.publish(&crate::world::system(), toml::from_str(text).unwrap(), "plans").unwrap();
    world
}

/// A customer with Mobile Plus; the paths of customer and account.
async fn mobile(world: &World) -> (String, String) {
    let body = json!({ "name": "Mo", "payment": "postpaid", "credit_limit": "20.00", "account": { "product": "mobile-plus", "label": "Phone" } });
    let made = world.post("/customers", body).await.expect(201);
    let path = |kind: &str, id: &Value| format!("/{kind}/{}", id.as_str().unwrap());
    (path("customers", &made["id"]), path("accounts", &made["account"]))
}

fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn add_ons_begin_later_or_with_their_first_use_and_conflicts_are_accepted_on_purpose() {
    let world = with_plans();
    let (_, account) = mobile(&world).await;
    let add_ons = format!("{account}/add-ons");
    let later =
        json!({ "product": "roaming", "from": "2026-06-10T00:00:00Z", "until": "2026-06-20T00:00:00Z" });
    world.post(&add_ons, later).await.expect(201);
    world.post(&add_ons, json!({ "product": "turbo" })).await.expect(201);
    let shown = world.get(&account).await.expect(200);
    let held = shown["add_ons"].as_array().unwrap();
    assert_eq!(
        (held[0]["state"].clone(), held[0]["from"].clone()),
        (json!("planned"), json!("2026-06-10T00:00:00Z"))
    );
    assert_eq!((held[1]["state"].clone(), held[1]["from"].clone()), (json!("on_first_use"), json!(null)));
    let clash = world.post(&add_ons, json!({ "product": "weekend" })).await.problem(409, "CHG-060");
    assert!(clash["detail"].as_str().unwrap().contains("Turbo"), "{clash}");
    world.post(&add_ons, json!({ "product": "weekend", "accept_conflicts": true })).await.expect(201);
    let past = json!({ "product": "roaming", "until": "2020-01-01T00:00:00Z" });
    assert_eq!(fields(&world.post(&add_ons, past).await.problem(422, "OFF-001")), ["until"]);
}

#[tokio::test]
async fn wallets_are_topped_up_once_per_key_and_quotas_are_given_units() {
    let world = with_plans();
    let (_, account) = mobile(&world).await;
    let body = json!({ "product": "mobile-plus", "wallet": "Coins", "option": "small" });
    for _ in 0..2 {
        let made = world.keyed(&format!("{account}/top-ups"), "once", body.clone()).await.expect(201);
        assert_eq!((made["price"].clone(), made["wallet"]["units"].clone()), (json!("5.00"), json!("100")));
    }
    let dear = json!({ "product": "mobile-plus", "wallet": "Coins", "option": "large" });
    world.post(&format!("{account}/top-ups"), dear).await.problem(402, "CHG-010");
    let unknown = json!({ "product": "mobile-plus", "wallet": "Coins", "option": "huge" });
    let problem = world.post(&format!("{account}/top-ups"), unknown).await.problem(422, "OFF-001");
    assert_eq!(fields(&problem), ["option"]);
    let gift = json!({ "product": "mobile-plus", "plan": "Data", "units": "1048576", "until": "2026-06-05T00:00:00Z", "note": "sorry" });
    let shown = world.post(&format!("{account}/grants"), gift).await.expect(201);
    let data = &shown["usage"][0];
    assert_eq!((data["total"].clone(), data["kept"].clone()), (json!("105906176"), json!("1048576")));
    assert_eq!((data["state"].clone(), data["plan"].clone()), (json!("available"), json!("Data")));
    let money = json!({ "product": "mobile-plus", "plan": "Call money", "amount": "2.50", "until": "2026-06-05T00:00:00Z", "note": "sorry" });
    let shown = world.post(&format!("{account}/grants"), money).await.expect(201);
    assert_eq!(shown["wallets"][1]["amount"], json!("2.50"));
    let order = world.get(&format!("{account}/order-of-use")).await.expect(200);
    let data = order["items"].as_array().unwrap().iter().find(|o| o["service"] == "mobile-data").unwrap();
    assert_eq!(
        (data["portions"][0]["kept"].clone(), data["beyond"].clone()),
        (json!(true), json!("limited"))
    );
}

#[tokio::test]
async fn policies_show_where_each_attribute_comes_from() {
    let world = with_plans();
    let (customer, account) = mobile(&world).await;
    let shown =
        world.json("PUT", &format!("{customer}/class"), json!({ "class": "business" })).await.expect(200);
    assert_eq!(shown["class"], json!("business"));
    let own = json!({ "down_kbps": 2000, "limited": { "attributes": { "apn": "walled" } }, "final_action": { "redirect": "https://pay.example.net" } });
    let path = format!("{account}/policies/mobile-data");
    let list = world.json("PUT", &path, own).await.expect(200);
    let data = &list["items"][0];
    assert_eq!(
        data["attributes"][0],
        json!({
            "name": "down_kbps", "value": "2000", "from": { "kind": "account", "code": null },
            "overruled": [{ "value": "50000", "from": { "kind": "product", "code": "mobile-plus" } }]
        })
    );
    assert_eq!(data["final_action"], json!({ "redirect": "https://pay.example.net" }));
    assert_eq!(data["own"]["limited"]["attributes"]["apn"], json!("walled"));
    let wrong = json!({ "attributes": { "two words": "x" } });
    let problem = world.json("PUT", &path, wrong).await.problem(422, "OFF-001");
    assert_eq!(fields(&problem), ["attributes.two words"]);
    world.delete(&path).await.expect(204);
    let list = world.get(&format!("{account}/policies")).await.expect(200);
    assert_eq!(list["items"][0]["own"], json!(null));
    let problem = world.json("PUT", &format!("{customer}/class"), json!({ "class": "gold" })).await;
    assert_eq!(fields(&problem.problem(422, "OFF-001")), ["class"]);
}

#[tokio::test]
async fn a_customer_is_signed_up_into_a_class() {
    let world = with_plans();
    let body = |class: &str| json!({ "name": "Bo", "payment": "postpaid", "class": class });
    let made = world.post("/customers", body("business")).await.expect(201);
    let shown = world.get(&format!("/customers/{}", made["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown["class"], json!("business"));
    let problem = world.post("/customers", body("gold")).await.problem(422, "OFF-001");
    assert_eq!(fields(&problem), ["class"]);
}

#[tokio::test]
async fn a_customer_gets_dialing_rules_and_what_he_dials_is_priced_and_recorded_as_called() {
    let world = with_plans();
    let (customer, account) = mobile(&world).await;
    let rules = |code: &str| json!({ "dialing_rules": code });
    let path = format!("{customer}/dialing-rules");
    let shown = world.json("PUT", &path, rules("alabama")).await.expect(200);
    assert_eq!(shown["dialing_rules"], json!("alabama"));
    let problem = world.json("PUT", &path, rules("gone")).await.problem(422, "OFF-001");
    assert_eq!(fields(&problem), ["dialing_rules"]);
    let id = account.trim_start_matches("/accounts/");
    let call = json!({ "account": id, "service": "voice", "item": "411", "units": 60 });
    let priced = world.post("/charges/price", call.clone()).await.expect(200);
    assert_eq!(priced["called"], json!("12055576061"));
    world.post("/charges", call).await.expect(201);
    let record = world.get(&format!("{customer}/xdrs")).await.expect(200)["items"][0].clone();
    assert_eq!((&record["destination"], &record["dialled"]), (&json!("12055576061"), &json!("411")));
    let list = world.get(&format!("{account}/policies")).await.expect(200);
    let voice = list["items"].as_array().unwrap().iter().find(|policy| policy["service"] == "voice").unwrap();
    assert_eq!(voice["attributes"][0]["from"]["kind"], json!("customer"));
}

#[tokio::test]
async fn a_rerating_is_previewed_booked_and_shown() {
    let world = World::new();
    let (_, account) = world.ada().await;
    world.post("/charges", crate::world::film(&account, "F1")).await.expect(201);
    let mut catalog: catalog::Catalog =
        toml::from_str(include_str!("../../../../catalogs/triple-play.toml")).unwrap();
    let films = catalog.tariffs.iter_mut().find(|tariff| tariff.code == "films").unwrap();
    films.rates.iter_mut().for_each(|rate| rate.first_price = ::money::Price::parse("2.99").unwrap());
    world.office.publish(&crate::world::system(), catalog, "cheaper").unwrap();
    world.office.clock().advance(calendar::Seconds(86_400));
    let terms = json!({ "from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z", "tariff": "films" });
    let page = world.post("/reratings/preview", json!({ "terms": terms })).await.expect(200);
    let row = &page["items"][0];
    assert_eq!((row["was"].clone(), row["becomes"].clone()), (json!("3.99"), json!("2.99")));
    assert_eq!((page["totals"]["USD"].clone(), page["next_cursor"].clone()), (json!("-1.00"), json!(null)));
    for _ in 0..2 {
        let booked =
            world.post("/reratings", json!({ "name": "Films of June", "terms": terms })).await.expect(201);
        assert_eq!(booked["booked"][0], json!({ "currency": "USD", "charges": 1, "total": "-1.00" }));
    }
    let shown = world.get("/reratings/Films%20of%20June").await.expect(200);
    assert_eq!((shown["percent"].clone(), shown["terms"]["version"].clone()), (json!(100), json!(2)));
    let other = json!({ "from": "2026-06-01T00:00:00Z", "to": "2026-06-02T00:00:00Z" });
    let problem = world.post("/reratings", json!({ "name": "Films of June", "terms": other })).await;
    assert_eq!(fields(&problem.problem(422, "OFF-001")), ["name"]);
    world.get("/reratings/unknown").await.problem(404, "OFF-002");
}
