//! Step 5: the month closes and one bill for everything is issued.

use super::cast::Cast;
use super::internet::text;
use super::narrator::Narrator;
use crate::error::TaleaError;
use serde_json::Value;

/// 1 July, shortly after midnight in New York.
const FIRST_OF_JULY: &str = "2026-07-01T04:05:00Z";

/// Closes June and looks at the invoice.
pub async fn play(cast: &mut Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("The month closes: one bill for all services");
    tell.sent("the clock goes on to 1 July");
    cast.wait_until(FIRST_OF_JULY).await?;
    let list = cast.api.get(&format!("/customers/{}/invoices", cast.customer_id)).await?;
    let list = list.expect_success("the invoices")?;
    let items = list.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    tell.same("invoices", items.len(), 1);
    let id = items.first().map_or_else(String::new, |i| text(i, "id"));
    let invoice = cast.api.get(&format!("/invoices/{id}")).await?.expect_success("the invoice")?;
    tell.received(format!(
        "{}: total ${}, due {}",
        invoice.text("number"),
        invoice.text("total"),
        invoice.text("due_at")
    ));
    let sections = invoice.body.get("sections").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut amounts = Vec::new();
    for section in &sections {
        for line in section.get("lines").and_then(Value::as_array).into_iter().flatten() {
            let (what, amount) = (text(line, "description"), text(line, "amount"));
            tell.cost(format!("{:<32} {what}: {amount}", text(section, "title")));
            amounts.push(amount);
        }
    }
    for fee in ["39.99", "5.99", "4.99"] {
        tell.check(format!("a full June: recurring line {fee}"), amounts.iter().any(|a| a == fee));
    }
    tell.check("usage and purchases have their own sections", sections.len() >= 3);
    tell.same("total: 50.97 of fees, 0.09 of data, 7.98 of films", invoice.text("total"), "59.04".to_owned());
    tell.check("there is a due date", !invoice.text("due_at").is_empty());
    let pdf = cast.api.get(&format!("/invoices/{id}/pdf")).await?.expect_success("the PDF")?;
    tell.received(format!("the invoice as PDF, {} octets", pdf.raw.len()));
    tell.check("it is a PDF", pdf.raw.starts_with(b"%PDF-"));
    Ok(())
}
