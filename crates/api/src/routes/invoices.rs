//! Invoices and their PDFs.

use crate::http::blocking::ask;
use crate::http::body::Json;
use crate::http::problem::Problem;
use crate::http::query::{Path, Query};
use crate::ports::ApiState;
use crate::routes::money::currency_of;
use crate::routes::optional;
use crate::wire::{Id, InvoiceBody, InvoiceLine, InvoiceParams, List};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use charging::CustomerId;
use office::{InvoiceFilter, InvoiceQuery, Office, OfficeError};

const STATUSES: [(&str, InvoiceFilter); 3] =
    [("unpaid", InvoiceFilter::Unpaid), ("overdue", InvoiceFilter::Overdue), ("paid", InvoiceFilter::Paid)];

fn query(params: InvoiceParams, customer: Option<CustomerId>) -> Result<InvoiceQuery, Problem> {
    let status = optional("status", params.status.as_deref(), &STATUSES)?.unwrap_or(InvoiceFilter::All);
    Ok(InvoiceQuery { customer, status, cursor: params.cursor, limit: params.limit.0 })
}

fn page(office: &Office, query: &InvoiceQuery) -> Result<List<InvoiceLine>, OfficeError> {
    let now = office.now();
    Ok(List::of(office.invoices(query)?, |row| InvoiceLine::of(row, now)))
}

/// List invoices
///
/// Unpaid and overdue ones in the order of their due dates, others newest first.
#[utoipa::path(get, path = "/invoices", tag = "Invoices", params(InvoiceParams),
    responses((status = 200, description = "A page of invoices", body = List<InvoiceLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    Query(params): Query<InvoiceParams>,
) -> Result<Json<List<InvoiceLine>>, Problem> {
    let query = query(params, None)?;
    ask(&state, move |office| page(office, &query)).await.map(Json)
}

/// List a customer's invoices
#[utoipa::path(get, path = "/customers/{id}/invoices", tag = "Invoices",
    params(("id" = Id, Path, description = "The customer"), InvoiceParams),
    responses((status = 200, description = "A page of invoices", body = List<InvoiceLine>)),
    security(("token" = ["read"])))]
pub(crate) async fn of_customer(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
    Query(params): Query<InvoiceParams>,
) -> Result<Json<List<InvoiceLine>>, Problem> {
    let query = query(params, Some(id.customer()))?;
    ask(&state, move |office| {
        currency_of(office, id.customer())?;
        page(office, &query)
    })
    .await
    .map(Json)
}

/// Show an invoice with its lines
#[utoipa::path(get, path = "/invoices/{id}", tag = "Invoices", params(("id" = Id, Path, description = "The invoice")),
    responses((status = 200, description = "The invoice", body = InvoiceBody)),
    security(("token" = ["read"])))]
pub(crate) async fn show(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<Json<InvoiceBody>, Problem> {
    ask(&state, move |office| Ok(InvoiceBody::of(office.invoice(id.row())?, office.now()))).await.map(Json)
}

/// Get an invoice as it was sent
#[utoipa::path(get, path = "/invoices/{id}/pdf", tag = "Invoices", params(("id" = Id, Path, description = "The invoice")),
    responses((status = 200, description = "The document", content_type = "application/pdf", body = Vec<u8>)),
    security(("token" = ["read"])))]
pub(crate) async fn pdf(
    State(state): State<ApiState>,
    Path(id): Path<Id>,
) -> Result<impl IntoResponse, Problem> {
    let (number, pdf) = ask(&state, move |office| {
        let pdf = office.invoice_pdf(id.row())?;
        Ok((office.invoice(id.row())?.row.number, pdf))
    })
    .await?;
    // Numbers are ours: letters, digits and hyphens.
    let disposition = format!("inline; filename=\"{number}.pdf\"");
    Ok((
        [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, disposition)],
        pdf,
    ))
}
