//! Giving a charge back: what it was, what is left of it, how much goes back and why.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::{ChargeSoFar, NOT_INVOICED, RowId, XdrKind};
use money::{Amount, Currency};
use office::{NewRefund, RefundedCharge, XdrView};
use web_kit::{Card, Facts, Field, Markup, PageHead, StaffSection, Weight, button_link, link};

use crate::fault::Fault;
use crate::pages::why::what;
use crate::sheet::{self, Sheet};
use crate::typed::{Complaints, Typed};
use crate::visit::{Page, Turn, Visit};

/// A charge that can be refunded.
struct Charge {
    xdr: XdrView,
    so_far: ChargeSoFar,
    currency: Currency,
    /// Whether its period is still open: it is given back on the same invoice then.
    open: bool,
}

/// The way to the form, for charges of money.
pub(crate) fn offer(visit: &Visit, xdr: &XdrView) -> Option<Markup> {
    let record = &xdr.xdr;
    let charge = !matches!(record.kind, XdrKind::Refund | XdrKind::Correction) && record.amount.is_positive();
    (charge && visit.may_change()).then(|| link(visit.url(&format!("/xdrs/{}/refund", record.id)), "Refund"))
}

async fn load(visit: &Visit, id: i64) -> Result<Charge, Fault> {
    let found = visit
        .ask(move |office, _| {
            let xdr = office.xdr(RowId(id))?;
            let customer = xdr.xdr.customer;
            let head = office.engine().look(customer, |found| {
                found.map(|customer| (customer.head.currency, customer.head.period_number))
            })?;
            Ok((office.charge_so_far(&xdr)?, head, xdr))
        })
        .await?;
    let none = || {
        Fault::Missing(
            "There is nothing to give back: this is no charge of money, or it is too old.".to_owned(),
        )
    };
    let (Some(so_far), Some((currency, period)), xdr) = found else { return Err(none()) };
    let open = xdr.xdr.period_number == period;
    Ok(Charge { xdr, so_far, currency, open })
}

pub(crate) async fn form(visit: Visit, Path(id): Path<i64>) -> Page {
    let charge = load(&visit, id).await?;
    let left = charge.so_far.left().text(charge.currency.exponent());
    Ok(ask_page(&visit, &charge, &Typed::filled(&[("amount", &left)]), &Complaints::none()))
}

fn ask_page(visit: &Visit, charge: &Charge, typed: &Typed, complaints: &Complaints) -> Markup {
    let (sheet, record, currency) = (Sheet::new(typed, complaints), &charge.xdr.xdr, charge.currency);
    let where_to = match (charge.open, record.period_number) {
        (true, _) => "It is given back on the invoice that it is on.",
        (false, NOT_INVOICED) => "It goes back to the account's own balance.",
        (false, _) => "Its invoice is sent: the money goes to the balance and pays open invoices.",
    };
    let money = |amount| visit.money(amount, currency);
    let facts = Facts::new()
        .fact("What", what(&charge.xdr))
        .fact("Charged", money(charge.so_far.rated))
        .fact("Given back so far", money(charge.so_far.returned))
        .fact("Left", money(charge.so_far.left()));
    let why = link(visit.url(&format!("/xdrs/{}", record.id)), "Why this amount");
    let side = Card::new("The charge").action(why).child(facts);
    let main = if charge.so_far.left().is_positive() {
        let form = sheet::once_form(visit, &format!("/xdrs/{}/refund", record.id), &sheet)
            .field(
                sheet
                    .bind(Field::amount("amount", "Give back", currency.code()), &["amount"])
                    .required()
                    .autofocus()
                    .help(where_to),
            )
            .field(sheet.text("note", "Reason").required().help("The customer sees it."))
            .submit("Refund")
            .beside(button_link(Weight::Quiet, &visit.url(&format!("/xdrs/{}", record.id)), "Cancel"));
        Card::new("Refund").child(sheet.beyond(&["amount", "note"])).child(form)
    } else {
        Card::new("Refund").child(web_kit::Flash::note("All of it was given back."))
    };
    let head = PageHead::new("Refund")
        .crumb("Customers", visit.url("/customers"))
        .crumb(charge.xdr.customer_name.as_str(), visit.url(&format!("/customers/{}", record.customer)))
        .crumb("Usage", visit.url(&format!("/customers/{}/usage", record.customer)));
    let body = Markup::new().with(head).with(web_kit::split(main, side));
    visit.page("Refund", StaffSection::Customers, body)
}

pub(crate) async fn give(visit: Visit, Path(id): Path<i64>, typed: Typed) -> Turn {
    let charge = load(&visit, id).await?;
    let mut complaints = Complaints::none();
    match Amount::parse(typed.get("amount")).ok().filter(|amount| amount.is_positive()) {
        None => complaints.add("amount", "Type an amount above zero, such as 3.99"),
        Some(amount) => {
            let (customer, key) = (charge.xdr.xdr.customer, typed.once("refund"));
            let note = typed.get("note").to_owned();
            let refund = NewRefund { of: RefundedCharge::Xdr(RowId(id)), amount: Some(amount), note };
            match visit.ask(move |office, actor| office.refund(actor, customer, refund, key)).await {
                Ok(made) => {
                    let words = Markup::from(visit.money(made.amount, made.currency))
                        .with(" was given back. ")
                        .with(link(visit.url(&format!("/xdrs/{}", made.xdr)), "The refund"));
                    return Ok(visit.done(&format!("/customers/{customer}/usage"), words));
                }
                Err(error) => complaints = Complaints::from_office(error)?,
            }
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, ask_page(&visit, &charge, &typed, &complaints)).into_response())
}
