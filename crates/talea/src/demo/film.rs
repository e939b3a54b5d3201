//! Step 4: a film through the charging API, and the platform's batch file.

use super::cast::Cast;
use super::internet::{USER, text};
use super::narrator::Narrator;
use crate::error::TaleaError;
use serde_json::{Value, json};

/// Purchase number of the first film on the platform.
const FIRST: &str = "MNV-100001";

/// Buys a film, repeats it, asks for too much, imports a file.
pub async fn play(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("He buys a film: the charging API, and the platform's batch file");
    let (before, _, _) = cast.money().await?;
    let film = json!({
        "account": cast.home, "service": "vod", "item": "film", "units": 1,
        "description": "The Keeper of the Light", "reference": FIRST,
    });
    tell.sent("POST /api/v1/charges: one film, Idempotency-Key demo-film-1");
    let first = cast.api.post_once("/charges", "demo-film-1", &film).await?.expect_success("the film")?;
    tell.received(format!(
        "{}: charged ${}, available ${}",
        first.status,
        first.text("amount"),
        first.text("available")
    ));
    tell.same("price", first.text("amount"), "3.99".to_owned());
    let (after, _, _) = cast.money().await?;
    tell.cost(format!("available funds ${before} -> ${after}"));
    tell.same("available funds fell at once", after.clone(), less(&before, 399));
    tell.sent("the same request with the same key");
    let again = cast.api.post_once("/charges", "demo-film-1", &film).await?;
    tell.received(format!("{}: xDR {}", again.status, again.text("xdr")));
    tell.check("the same answer", again.status == first.status && again.text("xdr") == first.text("xdr"));
    tell.same("charged once", cast.money().await?.0, after.clone());
    let thirty = json!({
        "account": cast.home, "service": "vod", "item": "film", "units": 30, "description": "Thirty films",
    });
    tell.sent("POST /api/v1/charges: thirty films, $119.70");
    let refused = cast.api.post_once("/charges", "demo-film-30", &thirty).await?;
    tell.received(format!("{}: {} ({})", refused.status, refused.text("detail"), refused.text("code")));
    tell.check("refused for lack of funds", refused.status == 402 && refused.text("code") == "CHG-010");
    tell.same("nothing changed", cast.money().await?.0, after.clone());
    batch(cast, tell, &after).await
}

async fn batch(cast: &mut Cast<'_>, tell: &mut Narrator, before: &str) -> Result<(), TaleaError> {
    let file = format!(
        "reference,account,service,item,units,occurred_at,description\n\
         {FIRST},{user},vod,film,1,2026-06-01T12:00:00Z,The Keeper of the Light\n\
         MNV-100002,{user},vod,film,1,2026-06-01T12:30:00Z,North by Ferry\n\
         MNV-100003,{user},vod,film,many,2026-06-01T12:45:00Z,Fog\n",
        user = USER.0
    );
    tell.sent("POST /api/v1/imports: purchases.csv with three lines");
    let answer = cast.api.post_csv("/imports?name=purchases.csv", &file).await?.expect_success("the file")?;
    let counts = ["charged", "skipped", "rejected"].map(|name| answer.text(name));
    tell.received(format!("charged {}, skipped {}, rejected {}", counts[0], counts[1], counts[2]));
    tell.same("charges one, skips one, rejects one", counts.join(" "), "1 1 1".to_owned());
    let records = answer.body.get("records").and_then(Value::as_array).cloned().unwrap_or_default();
    for record in &records {
        let (line, outcome, reason) = (text(record, "line"), text(record, "outcome"), text(record, "reason"));
        tell.received(format!("line {line}: {outcome} {reason}"));
    }
    let rejected = records.iter().find(|r| text(r, "outcome") == "rejected");
    let says_why = |r: &Value| {
        text(r, "line") == "4" && text(r, "field") == "units" && text(r, "reason").contains("many")
    };
    tell.check("the rejected line is named, with its field and the reason", rejected.is_some_and(says_why));
    let (after, _, _) = cast.money().await?;
    tell.cost(format!("available funds ${before} -> ${after}"));
    tell.same("the second film was charged once", after, less(before, 399));
    Ok(())
}

/// A decimal amount less some cents.
fn less(amount: &str, cents: i64) -> String {
    let amount = money::Amount::parse(amount).unwrap_or_default();
    amount.saturating_minus(money::Amount::from_micros(cents * 10_000)).to_string()
}
