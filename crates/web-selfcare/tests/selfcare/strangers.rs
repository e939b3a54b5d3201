//! Whose records are shown, and text that wants to be markup.

use axum::http::StatusCode;
use office::{InvoiceQuery, NewAccount, SignedUp, XdrQuery};

use crate::browser::Portal;
use crate::world;

const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";

/// Two customers with a film and an invoice each.
fn two(portal: &Portal) -> (SignedUp, SignedUp) {
    let office = &portal.office;
    let ada = world::sign_up(office, world::home("Ada Okafor", "ada", "homeconnect", &["hbo"], ""));
    let ben = world::sign_up(office, world::home("Ben Adler", "ben", "homeconnect", &["hbo"], ""));
    for (at, made) in [&ada, &ben].into_iter().enumerate() {
        world::film(office, made.account.unwrap(), "Metropolis", &format!("F-{at}")).unwrap();
    }
    world::advance(office, "2026-07-01T00:05:00Z");
    (ada, ben)
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_invoice_record_and_account_are_not_found_while_ones_own_are() {
    let portal = Portal::new();
    let (ada, ben) = two(&portal);
    let me = portal.sign_in("ada").await;
    let numbers = |made: &SignedUp| {
        let query = InvoiceQuery { customer: Some(made.customer), ..InvoiceQuery::default() };
        let invoice = portal.office.invoices(&query).unwrap().items[0].id;
        let query = XdrQuery { customer: Some(made.customer), ..XdrQuery::default() };
        (invoice, portal.office.xdrs(&query).unwrap().items[0].xdr.id)
    };
    let paths = |made: &SignedUp| {
        let (invoice, xdr) = numbers(made);
        let account = made.account.unwrap();
        let held = portal.office.customer(made.customer).unwrap().accounts[0].add_ons[0].id;
        [
            format!("/invoices/{invoice}"),
            format!("/invoices/{invoice}/pdf"),
            format!("/usage/{xdr}"),
            format!("/usage/{xdr}?partial=1"),
            format!("/shop/{account}/add/dvr"),
            format!("/shop/{account}/remove/{held}"),
        ]
    };
    for path in paths(&ada) {
        assert_eq!(me.get(&path).await.status, StatusCode::OK, "{path}");
    }
    for path in paths(&ben) {
        let answer = me.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("Ben Adler") && !answer.body.contains("Metropolis"), "{path}");
    }
    let account = ben.account.unwrap();
    assert_eq!(
        me.post(&format!("/shop/{account}/add/dvr"), &[("once", "k")]).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(portal.office.customer(ben.customer).unwrap().accounts[0].add_ons.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pdf_is_a_download_named_after_the_invoice() {
    let portal = Portal::new();
    let (ada, _) = two(&portal);
    let query = InvoiceQuery { customer: Some(ada.customer), ..InvoiceQuery::default() };
    let invoice = portal.office.invoices(&query).unwrap().items.remove(0);
    let me = portal.sign_in("ada").await;
    let pdf = me.get(&format!("/invoices/{}/pdf", invoice.id)).await;
    assert_eq!(pdf.kind, "application/pdf");
    assert!(pdf.body.starts_with("%PDF") && pdf.body.contains(&invoice.number));
    assert!(me.page("/invoices").await.contains(&invoice.number));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_that_name_nothing_say_so_inside_the_portal() {
    let portal = Portal::new();
    world::sign_up(&portal.office, world::bare("Ada", "ada"));
    let ada = portal.sign_in("ada").await;
    for path in
        ["/nowhere", "/invoices/999", "/invoices/abc", "/usage/x", "/shop/1/add/hbo", "/shop/1/remove/2"]
    {
        let answer = ada.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("Go to the start page"), "{path}: {}", answer.body);
        assert!(answer.policy.contains("default-src 'self'"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_labels_titles_and_addresses_are_printed_not_run() {
    let portal = Portal::new();
    let mut form = world::home(HOSTILE, "mallory", "homeconnect", &[], "");
    form.account = Some(NewAccount { label: HOSTILE.chars().take(60).collect(), ..form.account.unwrap() });
    form.address = HOSTILE.into();
    let made = world::sign_up(&portal.office, form);
    world::film(&portal.office, made.account.unwrap(), HOSTILE, "F-1").unwrap();
    world::advance(&portal.office, "2026-07-01T00:05:00Z");
    let mallory = portal.sign_in("mallory").await;
    let query = InvoiceQuery { customer: Some(made.customer), ..InvoiceQuery::default() };
    let invoice = portal.office.invoices(&query).unwrap().items[0].id;
    let account = made.account.unwrap();
    let paths = ["/", "/usage", "/invoices", "/shop", "/profile", "/profile/contact"].map(str::to_owned);
    let more = [format!("/invoices/{invoice}"), format!("/shop/{account}/add/hbo")];
    for path in paths.into_iter().chain(more) {
        let page = mallory.page(&path).await;
        assert!(!page.contains("<script>alert") && !page.contains("<img src=x"), "{path}: {page}");
        assert!(page.contains("&lt;script&gt;"), "{path} does not show the text at all");
    }
}
