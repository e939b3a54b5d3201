//! Every address of the portal.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{MethodRouter, get, post};

use crate::fault::Fault;
use crate::gate::{LOOK_UP, PASSWORD, SIGN_OUT, gate};
use crate::pages::customer::{
    account_change, accounts, contact, deliveries as customer_deliveries, devices, dialing, limits, money,
    movement, new_account, notes, overview, own_balance, plan, policies, reseller, self_care, session_end,
    standing, timeline, top_up, usage, voucher,
};
use crate::pages::{
    audit, bill_run, catalogue, customers, deliveries, dialing_rules, exchange_rates, home, imports, invoice,
    invoices, ledger, me, network, new_customer, node, node_standing, nodes, notices, provisioning, publish,
    refund, reports, reratings, reseller_messages, search, settings, sign_in, staff_users, tokens, trace,
    traces, try_charge, voucher_making, vouchers, why,
};
use crate::portal::{Portal, WebStaff};
use crate::typed::UPLOAD_MOST;

/// Room for a file with the other fields of its form.
const BODY_MOST: usize = UPLOAD_MOST + 64 * 1024;

type Routes = Vec<(&'static str, MethodRouter<Portal>)>;

/// The staff portal. Serve it with `web_kit::assets::router()` and `web_kit::security_headers()` on one listener.
pub fn router(state: WebStaff) -> Router {
    let portal = Portal::new(state);
    let mut inside = Router::new();
    let parts = [
        start_routes(),
        customer_routes(),
        account_routes(),
        money_routes(),
        network_routes(),
        catalogue_routes(),
        settings_routes(),
    ];
    for (path, method) in parts.into_iter().flatten() {
        inside = inside.route(&portal.url(path), method);
    }
    let unknown = portal.url("/{*rest}");
    let inside = inside.route(&unknown, get(missing)).layer(from_fn_with_state(portal.clone(), gate));
    let mut open = Router::new().route(&portal.url("/sign-in"), get(sign_in::show).post(sign_in::enter));
    let home = portal.url("/");
    if home != "/" {
        open = open.route(&format!("{home}/"), get(move || async move { Redirect::permanent(&home) }));
    }
    open.merge(inside).layer(DefaultBodyLimit::max(BODY_MOST)).with_state(portal)
}

async fn missing() -> Fault {
    Fault::Missing("There is no such page. Look for what you need with the search above.".to_owned())
}

fn start_routes() -> Routes {
    vec![
        ("/", get(home::show)),
        ("/live/sessions", get(home::live_sessions)),
        ("/search", get(search::show)),
        ("/notices", get(notices::show)),
        ("/me", get(me::show)),
        (PASSWORD, get(me::password).post(me::change)),
        (SIGN_OUT, post(sign_in::leave)),
        ("/xdrs/{id}", get(why::show)),
        ("/xdrs/{id}/refund", get(refund::form).post(refund::give)),
        ("/imports", get(imports::list).post(imports::upload)),
        ("/imports/{id}", get(imports::show)),
        ("/reports", get(reports::show)),
        ("/usage.csv", get(usage::csv_of_all)),
    ]
}

fn customer_routes() -> Routes {
    vec![
        ("/customers", get(customers::list)),
        ("/customers.csv", get(customers::csv)),
        ("/customers/new", get(new_customer::new).post(new_customer::create)),
        ("/customers/{who}", get(overview::show)),
        ("/customers/{who}/usage", get(usage::show)),
        ("/customers/{who}/usage.csv", get(usage::csv)),
        ("/customers/{who}/money", get(money::show)),
        ("/customers/{who}/timeline", get(timeline::show)),
        ("/customers/{who}/devices", get(devices::show).post(devices::add)),
        ("/customers/{who}/devices/{device}/remove", post(devices::remove)),
        ("/customers/{who}/deliveries", get(customer_deliveries::show)),
        ("/customers/{who}/notes", get(notes::show).post(notes::add)),
        ("/customers/{who}/pay", get(movement::pay_form).post(movement::pay)),
        ("/customers/{who}/adjust", get(movement::adjust_form).post(movement::adjust)),
        ("/customers/{who}/voucher", get(voucher::form).post(voucher::redeem)),
        ("/customers/{who}/block", get(standing::block_form).post(standing::block)),
        ("/customers/{who}/terminate", get(standing::terminate_form).post(standing::terminate)),
        ("/customers/{who}/sessions/{session}/end", get(session_end::form).post(session_end::end)),
        ("/customers/{who}/self-care", get(self_care::form).post(self_care::open)),
        ("/customers/{who}/reseller", get(reseller::show).post(reseller::set_terms)),
        ("/customers/{who}/move", get(reseller::move_form).post(reseller::move_to)),
        (reseller_messages::PATH, get(reseller_messages::show)),
        ("/resellers/messages/retry", post(reseller_messages::retry)),
        ("/customers/{who}/limit", get(limits::show).post(limits::set)),
        ("/customers/{who}/class", get(policies::class_form).post(policies::set_class)),
        ("/customers/{who}/dialing", get(dialing::form).post(dialing::set)),
        ("/customers/{who}/edit", get(contact::edit).post(contact::save)),
        ("/customers/{who}/taxes", post(contact::set_taxes)),
        ("/customers/{who}/logins", post(contact::add_login)),
        ("/customers/{who}/logins/remove", post(contact::remove_login)),
    ]
}

fn account_routes() -> Routes {
    vec![
        ("/customers/{who}/accounts", get(accounts::show)),
        ("/customers/{who}/accounts/new", get(new_account::new).post(new_account::create)),
        ("/customers/{who}/accounts/{account}/plan", get(plan::show).post(plan::change)),
        ("/customers/{who}/accounts/{account}/add-ons", post(account_change::add_add_on)),
        (
            "/customers/{who}/accounts/{account}/add-ons/{add_on}/remove",
            get(account_change::remove_add_on_form).post(account_change::remove_add_on),
        ),
        ("/customers/{who}/accounts/{account}/top-up", get(top_up::top_up_form).post(top_up::top_up)),
        ("/customers/{who}/accounts/{account}/give-units", get(top_up::give_form).post(top_up::give)),
        ("/customers/{who}/accounts/{account}/policies", get(policies::show)),
        ("/customers/{who}/accounts/{account}/policies/edit", get(policies::edit).post(policies::save)),
        ("/customers/{who}/accounts/{account}/policies/remove", post(policies::remove)),
        ("/customers/{who}/accounts/{account}/identifiers", post(account_change::add_identifier)),
        ("/customers/{who}/accounts/{account}/identifiers/remove", post(account_change::remove_identifier)),
        (
            "/customers/{who}/accounts/{account}/password",
            get(account_change::password_form).post(account_change::set_password),
        ),
        (
            "/customers/{who}/accounts/{account}/block",
            get(account_change::block_form).post(account_change::block),
        ),
        ("/customers/{who}/accounts/{account}/limit", get(limits::show_own).post(limits::set_own)),
        (
            "/customers/{who}/accounts/{account}/own-balance",
            get(own_balance::open_form).post(own_balance::open),
        ),
        (
            "/customers/{who}/accounts/{account}/transfer",
            get(own_balance::transfer_form).post(own_balance::transfer),
        ),
        (
            "/customers/{who}/accounts/{account}/free-days",
            get(own_balance::free_days_form).post(own_balance::free_days),
        ),
        (
            "/customers/{who}/accounts/{account}/terminate",
            get(account_change::close_form).post(account_change::close),
        ),
    ]
}

fn money_routes() -> Routes {
    vec![
        ("/money", get(invoices::list)),
        ("/money/invoices.csv", get(invoices::csv)),
        ("/money/invoices/{id}", get(invoice::show)),
        ("/money/invoices/{id}/pdf", get(invoice::pdf)),
        ("/money/rates", get(exchange_rates::list).post(exchange_rates::keep)),
        ("/money/ledger", get(ledger::list)),
        ("/money/ledger/{id}", get(ledger::entry)),
        ("/money/vouchers", get(vouchers::list)),
        ("/money/vouchers/new", get(voucher_making::form).post(voucher_making::make)),
        (LOOK_UP, post(vouchers::find)),
        ("/money/vouchers/revoke", post(vouchers::revoke)),
        ("/money/vouchers/{id}", get(vouchers::batch)),
        ("/money/vouchers/{id}/codes.csv", post(vouchers::codes)),
        ("/money/vouchers/{id}/revoke", get(vouchers::revoke_rest_form).post(vouchers::revoke_rest)),
        ("/money/reratings", get(reratings::list).post(reratings::book)),
        ("/money/reratings/preview", get(reratings::preview)),
        ("/money/reratings/preview.csv", get(reratings::csv)),
        ("/money/reratings/of", get(reratings::show)),
        ("/money/reratings/run", post(reratings::run)),
        ("/money/run", get(bill_run::show).post(bill_run::run)),
    ]
}

fn network_routes() -> Routes {
    vec![
        ("/network", get(network::show)),
        ("/live/network", get(network::live)),
        ("/network/end", get(network::end_form).post(network::end)),
        ("/network/nodes", get(node_standing::show)),
        ("/live/nodes", get(node_standing::live)),
        ("/network/nodes/new", get(nodes::new).post(nodes::create)),
        ("/network/nodes/{id}", get(node::show).post(nodes::save)),
        ("/live/nodes/{id}", get(node::live)),
        ("/network/nodes/{id}/edit", get(nodes::edit)),
        ("/network/nodes/{id}/remove", post(nodes::remove)),
        ("/network/traces", get(traces::list).post(traces::start)),
        ("/network/traces/{number}", get(trace::show)),
        ("/live/traces/{number}", get(trace::live)),
        ("/network/traces/{number}/stop", post(trace::stop)),
        ("/network/traces/{number}/remove", post(trace::remove)),
        ("/network/traces/{number}/capture", get(trace::capture)),
        ("/provisioning", get(provisioning::list)),
        ("/provisioning/deliveries", get(deliveries::list)),
        ("/provisioning/deliveries/{id}", get(deliveries::show)),
        ("/provisioning/deliveries/{id}/replay", post(deliveries::replay)),
        ("/provisioning/{name}", get(provisioning::show).post(provisioning::save)),
        ("/provisioning/{name}/enable", post(provisioning::enable)),
        ("/provisioning/{name}/replay", post(provisioning::replay)),
        ("/provisioning/{name}/resync", post(provisioning::resync)),
        ("/provisioning/{name}/dry-run", get(provisioning::dry_run)),
    ]
}

fn catalogue_routes() -> Routes {
    vec![
        ("/catalogue", get(catalogue::products)),
        ("/catalogue/products/{code}", get(catalogue::product)),
        ("/catalogue/services", get(catalogue::services)),
        ("/catalogue/tariffs", get(catalogue::tariffs)),
        ("/catalogue/tariffs/{code}", get(catalogue::tariff)),
        ("/catalogue/dialing", get(dialing_rules::show)),
        ("/catalogue/try", get(try_charge::show)),
        ("/catalogue/versions", get(catalogue::versions)),
        ("/catalogue/versions/{number}", get(catalogue::version)),
        ("/catalogue/publish", get(publish::show).post(publish::publish)),
    ]
}

fn settings_routes() -> Routes {
    vec![
        ("/settings", get(settings::show).post(settings::save)),
        ("/settings/staff", get(staff_users::list).post(staff_users::create)),
        ("/settings/staff/{id}", get(staff_users::edit).post(staff_users::save)),
        ("/settings/staff/{id}/reset", post(staff_users::reset)),
        ("/settings/tokens", get(tokens::list).post(tokens::create)),
        ("/settings/tokens/{id}/revoke", post(tokens::revoke)),
        ("/settings/audit", get(audit::list)),
    ]
}
