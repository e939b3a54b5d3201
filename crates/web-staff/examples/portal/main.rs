//! The staff portal on a temporary data directory with a sample operator: `cargo run -p web-staff --example portal`.
//!
//! PORT chooses the port; EMPTY=1 leaves customers out. Prints the address and the logins; Ctrl-C ends it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a sample to look at, not a part of the product"
)]

mod sample;
#[path = "../../tests/portal/world.rs"]
mod world;

use std::sync::Arc;

use mediation::Mediation;
use office::NetworkDoor;
use web_staff::WebStaff;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let office = world::open(directory.path());
    let (provisioning, _platform) = sample::platform(&office).await?;
    let filled = std::env::var("EMPTY").is_err();
    let door = Arc::new(Mediation::new(office.clone()));
    let (staffed, uploads) = (office.clone(), door.clone());
    tokio::task::spawn_blocking(move || {
        sample::staff(&staffed);
        if filled {
            sample::life(&staffed, &*uploads);
        }
    })
    .await?;
    let network: Arc<dyn NetworkDoor> = Arc::new(sample::Network(office.now()));
    let state = WebStaff {
        csrf_key: office.secrets().derived("staff-csrf"),
        session_key: office.secrets().derived("staff-cookie"),
        office: office.clone(),
        provisioning: Some(provisioning),
        imports: Some(door),
        environment: "Demo".into(),
        secure_cookies: false,
        base: "/staff".into(),
        network: Some(network),
        selfcare: "http://127.0.0.1:1".into(),
    };
    let app = web_staff::router(state).merge(web_kit::assets::router()).layer(web_kit::security_headers());
    let port = std::env::var("PORT").unwrap_or_else(|_| "0".into());
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    println!(
        "http://{}/staff as ada.admin, anton.agent or hilda.helpdesk, password {}",
        listener.local_addr()?,
        world::PASSWORD
    );
    axum::serve(listener, app).await?;
    Ok(())
}
