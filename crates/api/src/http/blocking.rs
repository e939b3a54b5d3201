//! The one door from async to the office: its calls block, so they run on threads made for that.

use crate::http::problem::{BUSY, INTERNAL, Problem};
use crate::ports::ApiState;
use office::{Office, OfficeError};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Office calls at work at the same time.
const CALLS_MOST: usize = 64;
/// Office calls that may wait for their turn; more are turned away as busy.
const CALLS_WAITING_MOST: usize = 4_096;

/// Counts the calls at work and those that wait.
#[derive(Clone)]
pub(crate) struct Turns {
    at_work: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            at_work: Arc::new(Semaphore::new(CALLS_MOST)),
            waiting: Arc::new(Semaphore::new(CALLS_WAITING_MOST)),
        }
    }
}

/// Asks the office. A call that has begun goes on when the requester goes away.
pub(crate) async fn ask<T: Send + 'static>(
    state: &ApiState,
    question: impl FnOnce(&Office) -> Result<T, OfficeError> + Send + 'static,
) -> Result<T, Problem> {
    ask_for(state, move |office| Ok(question(office))).await?.map_err(|error| office_problem(state, error))
}

/// As [`ask`], for questions that find problems of their own.
pub(crate) async fn ask_for<T: Send + 'static>(
    state: &ApiState,
    question: impl FnOnce(&Office) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let turns = &state.turns;
    let busy = || Problem::new(BUSY, "too many requests wait; try again");
    let queued = turns.waiting.clone().try_acquire_owned().map_err(|_| busy())?;
    let turn = turns.at_work.clone().acquire_owned().await.map_err(|_| busy())?;
    drop(queued);
    let office = state.office.clone();
    let answer = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        question(&office)
    });
    answer.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a request ended in a panic");
        Err(Problem::new(INTERNAL, "the request could not be carried out; it is in the log"))
    })
}

/// What the office answered, with sums in the catalog's currency.
pub(crate) fn office_problem(state: &ApiState, error: OfficeError) -> Problem {
    Problem::from_office(error, state.office.catalog().currency().exponent())
}
