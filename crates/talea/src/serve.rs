//! `talea serve`: runs the system until it is told to stop.

use crate::config::Config;
use crate::console::say;
use crate::error::TaleaError;
use crate::system::{StartTime, System};
use tokio::signal::unix::{SignalKind, signal};

/// Starts everything, prints where it is to be found, and ends on SIGTERM or Ctrl-C after answering what was accepted.
pub async fn serve(config: Config) -> Result<(), TaleaError> {
    let system = System::start(&config, StartTime::Now).await?;
    let office = system.office.clone();
    let password = tokio::task::spawn_blocking(move || office.ensure_first_admin()).await;
    let password = password.map_err(|error| TaleaError::Said(error.to_string()))??;
    say(format_args!("Talea is up. Data: {}", config.data.display()));
    if let Some(database) = &config.database {
        say(format_args!("  database       {database}"));
    }
    say(format_args!("  staff portal   http://{}/staff", system.http.staff));
    say(format_args!("  API            http://{}/api/docs", system.http.staff));
    say(format_args!("  self-care      http://{}/", system.http.selfcare));
    say(format_args!(
        "  RADIUS         {} and {}",
        system.radius.auth_address(),
        system.radius.accounting_address()
    ));
    for address in system.diameter.addresses() {
        say(format_args!("  Diameter       {address}"));
    }
    if let Some(password) = password {
        say(format_args!(
            "\nFirst start: sign in as admin with the one-time password  {password}\n(it must be changed at the first sign-in)"
        ));
    }
    let fenced = tokio::select! {
        told = until_told() => told.map(|()| false)?,
        () = system.fenced() => true,
    };
    tracing::info!("stopping");
    system.stop().await;
    if fenced {
        return Err(TaleaError::Said("another process has taken the database over".to_owned()));
    }
    Ok(())
}

/// Returns on SIGTERM or Ctrl-C.
pub async fn until_told() -> Result<(), TaleaError> {
    let listening = || TaleaError::io("signals cannot be received");
    let mut terminate = signal(SignalKind::terminate()).map_err(listening())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(listening())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
