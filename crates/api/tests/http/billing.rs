//! A month goes by: clock, invoices, suspension, payment.

use crate::world::{World, film};
use serde_json::json;

#[tokio::test]
async fn the_clock_bills_a_month_suspends_the_late_and_a_payment_brings_them_back() {
    let world = World::new();
    let (customer, account) = world.ada().await;
    world.post("/charges", film(&account, "V-1")).await.expect(201);
    let moved = world.post("/dev/clock", json!({ "to": "2026-07-01T00:00:00Z" })).await.expect(200);
    assert_eq!((&moved["closed"], &moved["invoiced"]), (&json!(1), &json!(1)), "{moved}");
    let unpaid = world.get("/invoices?status=unpaid").await.expect(200);
    let line = &unpaid["items"][0];
    assert_eq!(
        (&line["total"], &line["customer"]),
        (&json!("49.97"), &json!(customer)),
        "39.99 + 5.99 + 3.99"
    );
    let path = format!("/invoices/{}", line["id"].as_str().unwrap());
    let invoice = world.get(&path).await.expect(200);
    assert_eq!(
        (&invoice["amount_due"], &invoice["due_at"]),
        (&json!("49.97"), &json!("2026-07-16T00:00:00Z"))
    );
    assert_eq!(invoice["sections"][0]["lines"][0]["amount"], json!("39.99"));
    let pdf = world.get(&format!("{path}/pdf")).await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert!(pdf.octets.starts_with(b"%PDF"));
    let moved = world.post("/dev/clock", json!({ "advance": "P15D" })).await.expect(200);
    assert_eq!(moved["suspended"], json!(1), "{moved}");
    world.post("/charges", film(&account, "V-2")).await.problem(403, "CHG-005");
    let overdue = world.get(&format!("/customers/{customer}/invoices?status=overdue")).await.expect(200);
    assert_eq!(overdue["items"].as_array().unwrap().len(), 1);
    let pay = json!({ "amount": "49.97", "note": "bank transfer" });
    let paid = world.post(&format!("/customers/{customer}/payments"), pay).await.expect(201);
    assert_eq!((&paid["balance"], &paid["owed"]), (&json!("0.00"), &json!("0.00")));
    assert_eq!(world.get(&format!("/customers/{customer}")).await.expect(200)["status"], json!("active"));
    assert_eq!(world.get(&path).await.expect(200)["status"], json!("paid"));
    let credit = json!({ "amount": "-1.25", "note": "late fee" });
    let charged = world.post(&format!("/customers/{customer}/adjustments"), credit).await.expect(201);
    assert_eq!(charged["balance"], json!("-1.25"));
    assert!(world.office.store().verify().unwrap().differences.is_empty(), "the books agree");
}

#[tokio::test]
async fn the_clock_goes_forward_only_and_not_too_far() {
    let world = World::new();
    let shown = world.get("/dev/clock").await.expect(200);
    assert!(shown["now"].as_str().unwrap().starts_with("2026-06-01T10:"));
    for (body, field) in [
        (json!({ "to": "2026-05-01T00:00:00Z" }), "to"),
        (json!({ "advance": "-P1D" }), "advance"),
        (json!({ "advance": "P99999999Y" }), "advance"),
        (json!({ "advance": "P11Y" }), "advance"),
        (json!({ "advance": "soon" }), "advance"),
        (json!({}), "advance"),
        (json!({ "to": "yesterday" }), "to"),
    ] {
        let problem = world.post("/dev/clock", body.clone()).await.problem(422, "OFF-001");
        assert_eq!(problem["errors"][0]["field"], json!(field), "{body}");
    }
}
