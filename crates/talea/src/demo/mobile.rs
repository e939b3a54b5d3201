//! Step 3: the phone's data session over Gy.

use super::cast::Cast;
use super::gateway_client::{Ask, Told};
use super::internet::{text, xdrs};
use super::narrator::Narrator;
use crate::error::TaleaError;
use diameter::credit_control::RequestType;

/// The phone's number.
pub const MSISDN: &str = "12075550142";
/// Diameter's success.
pub const SUCCESS: u32 = 2001;
/// Session of this step.
const SESSION: &str = "pgw-1.demo.talea.local;1;1";

/// Initial, two updates (the second sent twice), terminate: 8.7 million octets are nine started megabytes.
pub async fn play(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("His phone uses mobile data over Diameter Gy, one cent per started megabyte");
    tell.same("capabilities exchange", cast.gateway_welcome, SUCCESS);
    let (before, _, _) = cast.money().await?;
    let ask = |kind, number, used, again| Ask { session: SESSION, kind, number, msisdn: MSISDN, used, again };
    let told = request(cast, tell, "CCR-Initial", &ask(RequestType::Initial, 0, 0, false)).await?;
    tell.check("quota is granted", told.result == SUCCESS && told.granted.is_some_and(|octets| octets > 0));
    let (available, _, reserved) = cast.money().await?;
    tell.cost(format!("reserved ${reserved}, available ${available} (before: ${before})"));
    tell.check("the reservation is visible while the session is open", reserved != "0.00");
    request(cast, tell, "CCR-Update, 3,500,000 octets used", &ask(RequestType::Update, 1, 3_500_000, false))
        .await?;
    let second = ask(RequestType::Update, 2, 4_200_000, false);
    let first_answer = request(cast, tell, "CCR-Update, 4,200,000 octets used", &second).await?;
    let before_repeat = cast.money().await?;
    let again = ask(RequestType::Update, 2, 4_200_000, true);
    let second_answer = request(cast, tell, "the same CCR-Update again, T flag set", &again).await?;
    tell.check("the same answer", first_answer == second_answer);
    tell.check("and nothing changed", before_repeat == cast.money().await?);
    let last = ask(RequestType::Termination, 3, 1_000_000, false);
    let told = request(cast, tell, "CCR-Terminate, 1,000,000 octets used", &last).await?;
    tell.same("terminated", told.result, SUCCESS);
    let (available, balance, reserved) = cast.money().await?;
    tell.same("reserved after the end", reserved, "0.00".to_owned());
    let xdrs = xdrs(cast, "mobile-data").await?;
    tell.same("xDRs", xdrs.len(), 1);
    let field = |name: &str| xdrs.first().map_or_else(String::new, |x| text(x, name));
    tell.same("8,700,000 octets are nine started megabytes, in dollars", field("amount"), "0.09".to_owned());
    tell.cost(format!("balance ${balance}, available ${available}"));
    let why = cast.api.get(&format!("/xdrs/{}", field("id"))).await?.expect_success("the explanation")?;
    let lines =
        why.body.get("explanation").and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    for line in &lines {
        let said = line.as_str().map_or_else(|| text(line, "text"), str::to_owned);
        tell.received(format!("why: {said}"));
    }
    tell.check("the xDR explains its amount", lines.len() >= 4);
    Ok(())
}

async fn request(
    cast: &mut Cast<'_>,
    tell: &mut Narrator,
    words: &str,
    ask: &Ask<'_>,
) -> Result<Told, TaleaError> {
    tell.sent(words);
    let told = cast.gateway.ask(ask).await?;
    tell.received(told.line());
    Ok(told)
}
