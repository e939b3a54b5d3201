//! Money doors: limits, own balances, refunds, free days, payments in another currency, balance checks.

use crate::world::{World, film};
use serde_json::{Value, json};

fn field(problem: &Value) -> &str {
    problem["errors"][0]["field"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn limits_are_shown_and_changed_field_by_field_and_what_makes_no_sense_names_its_field() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let path = format!("/customers/{customer}/limits");
    let change = json!({
        "credit_limit": "50.00", "temporary": { "raise": { "percent": 20 }, "until": "2026-06-02T00:00:00Z" },
        "warnings": [{ "amount": "10.00" }, { "percent": 80 }], "daily_cap": "7.50",
    });
    let limits = world.json("PATCH", &path, change).await.expect(200);
    assert_eq!((&limits["credit_limit"], &limits["in_force"]), (&json!("50.00"), &json!("60.00")));
    assert_eq!(limits["temporary"]["raise"], json!({ "percent": 20 }));
    assert_eq!(limits["warnings"][1], json!({ "at": { "percent": 80 }, "crossed": false }));
    assert_eq!(limits["daily_cap"], json!({ "most": "7.50", "spent": "0.00", "reached": false }));
    for number in 1..=2 {
        world.post("/charges", film(&account, &format!("V-{number}"))).await.expect(201);
    }
    world.post("/charges", film(&account, "V-3")).await.problem(403, "CHG-043");
    let shown = world.get(&path).await.expect(200);
    assert_eq!(shown["daily_cap"], json!({ "most": "7.50", "spent": "7.98", "reached": true }));
    let cleared = json!({ "temporary": null, "warnings": [], "daily_cap": null });
    let limits = world.json("PATCH", &path, cleared).await.expect(200);
    assert_eq!(
        (&limits["credit_limit"], &limits["temporary"]),
        (&json!("50.00"), &Value::Null),
        "left out stays"
    );
    assert_eq!((&limits["warnings"], &limits["daily_cap"]), (&json!([]), &Value::Null));

    let past = json!({ "raise": { "amount": "1" }, "until": "2020-01-01T00:00:00Z" });
    for (body, at) in [
        (json!({ "temporary": past }), "temporary.until"),
        (json!({ "temporary": { "raise": {}, "until": "2030-01-01T00:00:00Z" } }), "temporary.raise"),
        (json!({ "warnings": [{ "amount": "1", "percent": 2 }] }), "warnings[0]"),
        (json!({ "daily_cap": "-1" }), "daily_cap"),
        (json!({ "credit_limit": "-1" }), "credit_limit"),
    ] {
        let problem = world.json("PATCH", &path, body.clone()).await.problem(422, "OFF-001");
        assert_eq!(field(&problem), at, "{body}");
    }
    let own = world.get(&format!("/accounts/{account}/limits")).await.problem(409, "CHG-041");
    assert_eq!(field(&own), "account");
    world.get("/customers/99/limits").await.problem(404, "OFF-002");
}

#[tokio::test]
async fn an_own_balance_is_opened_filled_limited_and_checked_without_side_effects() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let at = |rest: &str| format!("/accounts/{account}{rest}");
    world.post(&at("/own-balance"), json!({})).await.problem(422, "OFF-001");
    let opened = world.keyed(&at("/own-balance"), "open-1", json!({ "credit_limit": "0.00" })).await;
    assert_eq!(opened.status.as_u16(), 204);
    let again = world.keyed(&at("/own-balance"), "open-1", json!({ "credit_limit": "0.00" })).await;
    assert_eq!(again.status.as_u16(), 204, "the same request again is the same answer");
    world.post(&at("/own-balance"), json!({ "credit_limit": null })).await.problem(409, "CHG-042");
    let moved = world.keyed(&at("/transfers"), "t-1", json!({ "amount": "6.00" })).await.expect(201);
    let repeated = world.keyed(&at("/transfers"), "t-1", json!({ "amount": "6.00" })).await.expect(201);
    assert_eq!((&moved["balance"], &moved), (&json!("6.00"), &repeated));
    let paid = json!({ "account": account, "amount": "1.00", "note": "card" });
    let paid = world.post(&format!("/customers/{customer}/payments"), paid).await.expect(201);
    assert_eq!((&paid["balance"], &paid["owed"]), (&json!("7.00"), &json!("0.00")));
    let gift = json!({ "account": account, "amount": "0.50", "note": "welcome", "promotional": true });
    let gift = world.post(&format!("/customers/{customer}/adjustments"), gift).await.expect(201);
    assert_eq!(gift["balance"], json!("7.50"));
    let ledger = world.get(&format!("/customers/{customer}/ledger?code=promotion")).await.expect(200);
    assert_eq!(ledger["items"][0]["credit"], json!("account_balance"));

    let check = |amount: &str| json!({ "account": account, "amount": amount });
    let enough = world.post("/charges/balance", check("7.50")).await.expect(200);
    assert_eq!((&enough["enough"], &enough["balance"]), (&json!(true), &json!("7.50")));
    let short = world.post("/charges/balance", check("7.51")).await.expect(200);
    assert_eq!(short["enough"], json!(false));
    let price = world.post("/charges/price", film(&account, "V-1")).await.expect(200);
    assert_eq!(
        (&price["amount"], &price["available"], &price["enough"]),
        (&json!("3.99"), &json!("7.50"), &json!(true))
    );
    let shown = world.get(&at("")).await.expect(200);
    assert_eq!(shown["own_balance"]["balance"], json!("7.50"), "asking changed nothing");
    world.post(&at("/transfers"), json!({ "amount": "-8.00" })).await.problem(402, "CHG-010");
    let zero = world.post(&at("/transfers"), json!({ "amount": "0" })).await.problem(422, "OFF-001");
    assert_eq!(field(&zero), "amount");
}

#[tokio::test]
async fn a_charge_is_given_back_by_xdr_or_reference_in_parts_and_never_more_than_it_was() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let bought = world.post("/charges", film(&account, "V-1")).await.expect(201);
    let path = format!("/customers/{customer}/refunds");
    let part = json!({ "reference": "V-1", "amount": "1.00", "note": "froze" });
    let first = world.keyed(&path, "r-1", part.clone()).await.expect(201);
    assert_eq!((&first["returned"], &first["left"]), (&json!("1.00"), &json!("2.99")));
    assert_eq!(world.keyed(&path, "r-1", part).await.expect(201), first, "once under its key");
    let shown = world.get(&format!("/xdrs/{}", bought["xdr"].as_str().unwrap())).await.expect(200);
    assert_eq!((&shown["returned"], &shown["refundable"]), (&json!("1.00"), &json!("2.99")));
    let more = json!({ "xdr": bought["xdr"], "amount": "3.00", "note": "froze" });
    let problem = world.post(&path, more).await.problem(422, "CHG-046");
    assert_eq!(field(&problem), "amount");
    let rest = world.post(&path, json!({ "xdr": bought["xdr"], "note": "froze" })).await.expect(201);
    assert_eq!((&rest["amount"], &rest["left"]), (&json!("2.99"), &json!("0.00")));
    let refund = world.get(&format!("/xdrs/{}", rest["xdr"].as_str().unwrap())).await.expect(200);
    assert_eq!(
        (&refund["kind"], &refund["returned"]),
        (&json!("refund"), &Value::Null),
        "a refund is no charge"
    );
    world.post(&path, json!({ "reference": "V-9", "note": "x" })).await.problem(404, "CHG-045");
    for (body, at) in [
        (json!({ "note": "x" }), "xdr"),
        (json!({ "xdr": "1", "reference": "V-1", "note": "x" }), "xdr"),
        (json!({ "reference": "V-1", "note": " " }), "note"),
        (json!({ "reference": "V-1", "note": "x", "amount": "0" }), "amount"),
    ] {
        assert_eq!(field(&world.post(&path, body.clone()).await.problem(422, "OFF-001")), at, "{body}");
    }
    let reader = world.token(&[office::Scope::Charge]);
    let headers = [("content-type", "application/json")];
    let body = json!({ "reference": "V-1", "note": "x" }).to_string();
    world.send("POST", &path, &reader, &headers, body).await.problem(403, "API-006");
    let balance = world.get(&format!("/customers/{customer}/balance")).await.expect(200);
    assert_eq!((&balance["balance"], &balance["unbilled"]), (&json!("0.00"), &json!("0.00")));
}

#[tokio::test]
async fn free_days_and_foreign_payments_say_what_was_booked() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    let free = json!({ "product": "homeconnect-plus", "days": 2, "note": "outage" });
    let given = world.post(&format!("/accounts/{account}/free-days"), free).await.expect(201);
    assert_eq!(given["amount"], json!("2.67"), "2 of 30 days of 39.99");
    let path = format!("/customers/{customer}/payments");
    let euros = json!({
        "amount": "20.00", "currency": "EUR", "rate": "1.0825", "rate_source": "ECB 2026-06-01", "note": "transfer",
    });
    let paid = world.post(&path, euros).await.expect(201);
    assert_eq!(
        (&paid["amount"], &paid["currency"], &paid["balance"]),
        (&json!("21.65"), &json!("USD"), &json!("24.32"))
    );
    let ledger = world.get(&format!("/customers/{customer}/ledger?code=payment")).await.expect(200);
    assert_eq!(ledger["items"][0]["note"], json!("transfer (20.00 EUR at 1.0825, ECB 2026-06-01)"));
    for (body, at) in [
        (json!({ "amount": "1", "currency": "EUR" }), "rate"),
        (json!({ "amount": "1", "currency": "EUR", "rate": "0", "rate_source": "x" }), "rate"),
        (json!({ "amount": "1", "currency": "EUR", "rate": "1.1" }), "rate_source"),
        (json!({ "amount": "1", "rate": "1.1" }), "currency"),
        (json!({ "amount": "1", "currency": "XXY" }), "currency"),
    ] {
        assert_eq!(field(&world.post(&path, body.clone()).await.problem(422, "OFF-001")), at, "{body}");
    }
    let plain = json!({ "amount": "1.00", "currency": "USD" });
    assert_eq!(world.post(&path, plain).await.expect(201)["balance"], json!("25.32"));
}

#[tokio::test]
async fn a_payment_without_a_rate_is_booked_by_the_kept_one() {
    let world = World::new();
    let (customer, _) = world.ada().await;
    let kept = |rate: &str, from: &str| json!({ "currency": "EUR", "rate": rate, "from": from, "source": format!("ECB {}", &from[..10]) });
    let path = "/exchange-rates";
    for _ in 0..2 {
        let made = world.post(path, kept("0.8", "2026-05-01T00:00:00Z")).await.expect(201);
        assert_eq!((&made["base"], &made["rate"]), (&json!("USD"), &json!("0.80")));
    }
    world.post(path, kept("0.5", "2026-06-01T00:00:00Z")).await.expect(201);
    world.post(path, kept("0.1", "2026-12-01T00:00:00Z")).await.expect(201);
    let payments = format!("/customers/{customer}/payments");
    let paid =
        world.post(&payments, json!({ "amount": "10", "currency": "EUR", "note": "sepa" })).await.expect(201);
    assert_eq!(paid["amount"], json!("20.00"), "the newest rate in force, not one to come");
    let ledger = world.get(&format!("/customers/{customer}/ledger?code=payment")).await.expect(200);
    assert_eq!(ledger["items"][0]["note"], json!("sepa (10.00 EUR at 2.00, ECB 2026-06-01)"));
    let list = world.get("/exchange-rates?limit=2").await.expect(200);
    assert_eq!(list["items"][0]["rate"], json!("0.10"));
    let cursor = list["next_cursor"].as_str().unwrap();
    let rest = world.get(&format!("/exchange-rates?cursor={cursor}")).await.expect(200);
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["items"][0]["rate"]), (1, &json!("0.80")));
    for (body, at) in [
        (kept("0.9", "2026-05-01T00:00:00Z"), "from"),
        (kept("0.9", "2036-05-01T00:00:00Z"), "from"),
        (kept("0", "2026-05-02T00:00:00Z"), "rate"),
        (json!({ "currency": "USD", "rate": "1", "source": "x" }), "currency"),
        (json!({ "currency": "EUR", "rate": "1", "source": " " }), "source"),
    ] {
        assert_eq!(field(&world.post(path, body.clone()).await.problem(422, "OFF-001")), at, "{body}");
    }
    let unknown = json!({ "amount": "1", "currency": "GBP" });
    assert_eq!(field(&world.post(&payments, unknown).await.problem(422, "OFF-001")), "rate");
    let trail = world.get("/audit?action=exchange-rate/kept").await.expect(200);
    assert_eq!(trail["items"].as_array().unwrap().len(), 3, "the same rate again is no news");
}
