//! The end of a run: the weather clears, everybody gets an answer, everything ends; then the books must be right, and once more after
//! a last loss of power.

use crate::laws::{buckets, purses};
use crate::outbox::levels_agree;
use crate::violation::{Checked, Promise};
use crate::world::World;
use calendar::Seconds;
use charging::CustomerId;

/// Rounds in which all must have come to an end.
const ROUNDS_MOST: usize = 400;

/// Ends a run and looks at what is left.
pub fn end(world: &mut World) -> Checked {
    calm(world)?;
    drain(world, true)?;
    books_are_right(world)?;
    // Sessions whose nodes forgot them fall silent; what was given for a time ends.
    world.now = world.now.plus(Seconds(3 * 86_400));
    for _ in 0..ROUNDS_MOST {
        if !world.look_at_the_clock() {
            break;
        }
        drain(world, false)?;
    }
    levels_agree(&world.cast, &world.history.borrow())?;
    nothing_is_locked(world)?;
    books_are_right(world)?;
    world.crash(true);
    world.say(|_| "the last loss of power".to_owned());
    world.start()?;
    books_are_right(world)
}

/// Nothing fails any more.
fn calm(world: &mut World) -> Checked {
    world.say(|_| "the weather clears".to_owned());
    world.disk.fail(0);
    world.fill_tables(false);
    if world.disk.is_dead() || world.server.is_none() {
        world.crash(false);
        world.start()?;
    }
    world.disk.killed();
    world.requests.forget_copies();
    Ok(())
}

/// Until nobody waits and nothing is under way; with `stop` every session is ended by its node.
fn drain(world: &mut World, stop: bool) -> Checked {
    for _ in 0..ROUNDS_MOST {
        if stop {
            abandon(world);
            (0..3).for_each(|_| world.use_something(true));
        }
        (0..4).for_each(|_| world.post());
        for _ in 0..6 {
            world.send_again();
        }
        while world.requests.on_their_way() {
            world.deliver(0);
        }
        world.make_batch(usize::MAX);
        let folded = world.settle();
        Promise::Starts
            .holds(folded || world.server.is_none(), || "nothing is folded any more".to_owned())?;
        world.hear()?;
        while world.requests.answers_on_their_way() {
            world.letter(0)?;
        }
        let over = world.sessions.iter().all(|session| session.is_over() || !stop);
        if over && world.outbox.is_empty() && world.requests.unanswered().next().is_none() {
            return Ok(());
        }
    }
    Err(Promise::Starts.broken("it does not come to an end"))
}

/// Nodes whose request nobody sends any more forget their sessions.
fn abandon(world: &mut World) {
    for session in &mut world.sessions {
        let given_up = |ticket| world.requests.ask(ticket).is_none_or(|ask| ask.done);
        if session.waits_for.is_some_and(given_up) {
            session.abandon();
        }
    }
}

/// No session runs, so nothing is locked.
fn nothing_is_locked(world: &World) -> Checked {
    let history = world.history.borrow();
    for state in world.cast.all().filter_map(|customer| history.state(customer)) {
        let id = state.head.id;
        let open = state.open_sessions().count();
        Promise::Units.holds(open == 0, || format!("customer {id} has {open} sessions open"))?;
        let locked = purses(state).any(|(_, purse)| !purse.reserved.is_zero());
        let held = buckets(state).any(|bucket| bucket.reserved > 0);
        Promise::Units.holds(!locked && !held, || format!("customer {id} has something locked"))?;
    }
    let entries = |customer| history.line(customer).map(|line| line.entries()).unwrap_or_default();
    for note in world.vouchers.notes() {
        let all = world.cast.all().flat_map(entries);
        let credited = all.filter(|entry| entry.credits(&note)).count();
        Promise::Once.holds(credited <= 1, || format!("{note} was credited {credited} times"))?;
    }
    Ok(())
}

/// The tables hold what was decided: every record, every balance, every aggregate.
fn books_are_right(world: &World) -> Checked {
    let Some(server) = &world.server else {
        return Err(Promise::Starts.broken("no process runs at the end"));
    };
    let store = server.store();
    let unread = |error: store::StoreError| Promise::Starts.broken(error.to_string());
    let customers: Vec<CustomerId> = world.cast.all().collect();
    for customer in customers {
        let rows = store.rows(customer).map_err(unread)?;
        let closed_after = world.now.minus(charging::CLOSED_KEPT);
        let found = store.load_customer(customer, world.now, closed_after).map_err(unread)?;
        let mut history = world.history.borrow_mut();
        history.loaded(customer, found.as_ref(), world.now)?;
        history.compare(customer, &rows)?;
    }
    let report = store.verify().map_err(unread)?;
    Promise::Money.holds(report.differences.is_empty(), || format!("{:?}", report.differences))
}
