//! The order of the story, and the books at its end.

use super::cast::{Cast, Logins, set_up};
use super::narrator::Narrator;
use super::{collection, film, internet, mobile, month_end, neighbours, signing_up};
use crate::error::TaleaError;
use crate::system::System;
use testkit::minerva::Simulator;

/// Plays everything. A step that breaks off is told as failed, and the next one is tried.
pub async fn play(system: &System, minerva: &Simulator, tell: &mut Narrator) -> Result<Logins, TaleaError> {
    let token = set_up(system).await?;
    let mut cast = Cast::assemble(system, minerva, token.clone()).await?;
    let subscriber = neighbours::move_in(&cast).await?;
    note(signing_up::play(&mut cast, tell).await, tell);
    note(internet::play(&mut cast, tell).await, tell);
    note(mobile::play(&mut cast, tell).await, tell);
    note(film::play(&mut cast, tell).await, tell);
    note(month_end::play(&mut cast, tell).await, tell);
    note(collection::play(&mut cast, tell).await, tell);
    note(verify(&cast, tell).await, tell);
    let left = cast.gateway.leave().await;
    tell.check("the gateway takes leave (DPR) and is answered", left.is_ok_and(|code| code == 2001));
    Ok(Logins { staff: Cast::staff_login(), subscriber, token })
}

fn note(outcome: Result<(), TaleaError>, tell: &mut Narrator) {
    if let Err(error) = outcome {
        tell.broke(error.to_string());
    }
}

/// What `talea verify` does, on the running system.
async fn verify(cast: &Cast<'_>, tell: &mut Narrator) -> Result<(), TaleaError> {
    tell.begin("The books agree: every balance recomputed from the ledger");
    let store = cast.system.office.store().clone();
    let report = tokio::task::spawn_blocking(move || store.verify()).await;
    let report = report.map_err(|error| TaleaError::Said(error.to_string()))??;
    tell.received(format!(
        "{} customers, {} ledger entries, {} xDRs",
        report.customers, report.entries, report.xdrs
    ));
    tell.check("there are entries to add up", report.entries > 0);
    tell.same("differences", report.differences.len(), 0);
    Ok(())
}
