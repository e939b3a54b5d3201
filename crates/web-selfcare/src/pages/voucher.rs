//! Redeeming a voucher: the code, and then what can be spent.

use axum::http::StatusCode;
use axum::response::IntoResponse;
use charging::{CustomerStatus, Refusal, RowId};
use money::Amount;
use office::{CustomerView, OfficeError, RedeemVoucher, SecretText};
use web_kit::{Card, Field, Flash, Markup, PageHead, SelfCareSection, Weight, button_link, see_other};

use crate::fault::Fault;
use crate::portal::reach;
use crate::source::Source;
use crate::typed::{Complaints, Typed, once_form};
use crate::visit::{Page, Turn, Visit};

const VOUCHER: &str = "/voucher";

pub(crate) async fn form(visit: Visit) -> Page {
    let me = visit.me().await?;
    Ok(form_page(&visit, &me, &Typed::default(), &Complaints::default()))
}

fn form_page(visit: &Visit, me: &CustomerView, typed: &Typed, complaints: &Complaints) -> Markup {
    let code = Field::text("code", "Code")
        .required()
        .autofocus()
        .attr("autocomplete", "off")
        .attr("autocapitalize", "characters")
        .attr("spellcheck", "false")
        .attr("placeholder", "ABCD-EFGH-JKMN-PQRS")
        .help("Sixteen letters and digits. Small or capital, with or without hyphens: it does not matter.");
    let own = me.accounts.iter().filter(|account| account.live.purse.is_some());
    let own: Vec<_> = own.map(|account| (account.id.to_string(), account.label.clone())).collect();
    let mut form = once_form(visit, VOUCHER)
        .field(complaints.bind(code, typed, &["code"]))
        .submit("Redeem voucher")
        .beside(button_link(Weight::Quiet, "/", "Cancel"));
    if !own.is_empty() {
        let all = [(String::new(), "Everything".to_owned())].into_iter().chain(own);
        form = form.field(complaints.bind(Field::select("account", "For", all), typed, &["account"]));
    }
    let mut body = Markup::new().with(
        PageHead::new("Redeem a voucher")
            .subtitle("Its worth is yours at once. Open invoices are paid with it first."),
    );
    for flash in complaints.beyond(&["code", "account"]) {
        body.push(flash);
    }
    visit.page("Redeem a voucher", SelfCareSection::Home, body.with(Card::bare().child(form)))
}

/// What is wrong with the voucher, for who holds it in his hand.
fn words(visit: &Visit, refusal: &Refusal) -> Option<String> {
    let ask = reach(visit.settings());
    let words = match refusal {
        Refusal::UnknownVoucher => {
            "This code is none of ours. Please compare it with your voucher".to_owned()
        }
        Refusal::VoucherUsed => format!("This voucher was used already. If it was not you, please {ask}"),
        Refusal::VoucherExpired => "This voucher has expired".to_owned(),
        Refusal::VoucherRevoked => format!("This voucher is not good any more. Please {ask}"),
        Refusal::WrongCurrency(other) => {
            format!("This voucher is in {other} and cannot be added to your balance")
        }
        Refusal::KeyReused => "Please send it once more".to_owned(),
        _ => return None,
    };
    Some(format!("{words} ({})", refusal.code()))
}

fn complaints(visit: &Visit, error: OfficeError) -> Result<Complaints, Fault> {
    match &error {
        OfficeError::Refused(refusal) => match words(visit, refusal) {
            Some(words) => Ok(Complaints::about("code", &words)),
            None => Complaints::from_office(error),
        },
        _ => Complaints::from_office(error),
    }
}

pub(crate) async fn redeem(visit: Visit, Source(source): Source, typed: Typed) -> Turn {
    let me = visit.me().await?;
    let account = typed.get("account").parse().ok().map(RowId);
    // Bound to the code: another one typed into the same form (the browser's way back) is another request.
    let key = typed.once_with("voucher", &["account", "code"]).ok_or(Fault::Form)?;
    let code = SecretText::from(typed.get("code"));
    let asked = RedeemVoucher { customer: me.record.id, account, code, source };
    let redeemed = visit.ask(move |office, me| office.redeem_voucher(&me.actor(), &asked, Some(key))).await;
    match redeemed {
        Ok(booked) => {
            let active = me.live.head.status() == CustomerStatus::Active;
            let limited = active && booked.available != Amount::MAX;
            let spend = limited
                .then(|| Markup::text("You can spend ").with(visit.money(booked.available)).with(" now."));
            let words = Markup::from(visit.money(booked.amount)).with(" was added. ").with(spend);
            Ok(visit.done("/", words))
        }
        // The first click is still being worked on.
        Err(OfficeError::Conflict(_)) => {
            visit.tell(Flash::note("Your voucher is being redeemed."));
            Ok(see_other("/"))
        }
        Err(error) => {
            let page = form_page(&visit, &me, &typed, &complaints(&visit, error)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}
