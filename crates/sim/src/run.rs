//! One run: a seed decides the weather and every step; then all is brought to an end and looked at.

use crate::dice::Dice;
use crate::ending;
use crate::sabotage::Sabotage;
use crate::violation::{Checked, Violation};
use crate::world::World;
use calendar::Seconds;

/// Steps of a run, least and most.
const STEPS: (u64, u64) = (120, 320);

/// How to run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// No more steps than these; `None` = as many as the seed says.
    pub steps: Option<u64>,
    /// What is broken on purpose.
    pub sabotage: Option<Sabotage>,
    /// Keep a log of the steps.
    pub verbose: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// The first broken promise.
    pub violation: Option<Violation>,
    /// Steps done before it was noticed, or all.
    pub steps: u64,
    /// What happened, when a log was wanted.
    pub log: Vec<String>,
    /// What went on, to see that the simulation does something.
    pub tally: Tally,
}

/// How much happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests of clients.
    pub requests: u64,
    /// Crashes.
    pub crashes: u64,
    /// Changes in the books at the end.
    pub changes: u64,
    /// xDRs among them.
    pub xdrs: u64,
    /// Losses of power that took something of the tables.
    pub setbacks: u64,
}

impl Tally {
    /// Of several runs.
    pub fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.crashes += other.crashes;
        self.changes += other.changes;
        self.xdrs += other.xdrs;
        self.setbacks += other.setbacks;
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { requests, crashes, changes, xdrs, setbacks } = self;
        write!(
            f,
            "{requests} requests, {crashes} crashes, {setbacks} setbacks of tables, {changes} changes, {xdrs} xDRs"
        )
    }
}

/// How often things go wrong, in a thousand steps.
struct Weather {
    crashes: u64,
    disk: u64,
    tables: u64,
}

impl Weather {
    /// Any, but a storm for a broken system: it must be noticed soon.
    fn new(dice: &mut Dice, sabotage: Option<Sabotage>) -> Self {
        let mut some = |most: &[u64]| dice.pick(most).copied().unwrap_or(0);
        let weather =
            Self { crashes: some(&[0, 10, 30, 60]), disk: some(&[0, 0, 15]), tables: some(&[0, 0, 15]) };
        if sabotage.is_some() { Self { crashes: 25, disk: 40, tables: 40 } } else { weather }
    }
}

impl Plan {
    /// Runs to the end, or to the first broken promise.
    pub fn run(self) -> Outcome {
        let mut outcome = Outcome { violation: None, steps: 0, log: Vec::new(), tally: Tally::default() };
        let mut world = match World::new(self.seed, self.sabotage, self.verbose) {
            Ok(world) => world,
            Err(violation) => return Outcome { violation: Some(violation), ..outcome },
        };
        outcome.violation = self.steps(&mut world, &mut outcome.steps, &mut outcome.tally).err();
        outcome.log = world.take_log();
        outcome
    }

    fn steps(self, world: &mut World, done: &mut u64, tally: &mut Tally) -> Checked {
        let weather = Weather::new(&mut world.dice, self.sabotage);
        let steps = world.dice.between(STEPS.0, STEPS.1);
        for _ in 0..self.steps.unwrap_or(steps).min(steps) {
            *done += 1;
            step(world, &weather, tally)?;
        }
        ending::end(world)?;
        tally.requests = world.requests.next();
        tally.setbacks = world.remains.borrow().setbacks;
        let history = world.history.borrow();
        for line in world.cast.all().filter_map(|customer| history.line(customer)) {
            tally.changes += line.entries().len() as u64;
            tally.xdrs += line.entries().iter().map(|entry| entry.xdrs.len() as u64).sum::<u64>();
        }
        Ok(())
    }

    /// The fewest steps after which the same promise is broken, as far as halving finds them.
    pub fn shrink(self, outcome: &Outcome) -> u64 {
        let promise = outcome.violation.as_ref().map(|violation| violation.promise);
        let (mut low, mut high) = (0, outcome.steps);
        while low < high {
            let middle = low + (high - low) / 2;
            let shorter = Self { steps: Some(middle), verbose: false, ..self }.run();
            if shorter.violation.map(|violation| violation.promise) == promise {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        high
    }
}

/// One step, and what is heard of it.
fn step(world: &mut World, weather: &Weather, tally: &mut Tally) -> Checked {
    if world.dice.chance(weather.crashes) {
        go_wrong(world, tally);
    }
    if world.dice.chance(weather.disk) {
        let failing = *world.dice.pick(&[0, 0, 100, 500]).unwrap_or(&0);
        world.disk.fail(failing);
        world.say(|_| format!("{failing} of 1000 writes fail"));
    }
    if world.dice.chance(weather.tables) {
        let full = world.dice.chance(600);
        world.fill_tables(full);
    }
    if world.server.is_none() {
        if world.dice.chance(300) {
            if world.dice.chance(100) {
                let operations = world.dice.between(1, 12);
                world.disk.light_fuse(operations);
            }
            world.say(|_| "a process starts".to_owned());
            world.start()?;
        }
    } else {
        act(world)?;
    }
    world.hear()?;
    if world.disk.is_dead() {
        let power = world.dice.chance(500);
        world.say(|_| format!("the process died in the middle of it; power lost: {power}"));
        world.crash(power);
        tally.crashes += 1;
    }
    Ok(())
}

/// A crash now, or soon, in the middle of something.
fn go_wrong(world: &mut World, tally: &mut Tally) {
    if world.server.is_some() && world.dice.chance(600) {
        let operations = world.dice.between(1, 10);
        world.say(|_| format!("the process dies {operations} disk operations from now"));
        world.disk.light_fuse(operations);
        return;
    }
    let power = world.dice.chance(500);
    world.say(|_| format!("crash; power lost: {power}"));
    world.crash(power);
    tally.crashes += 1;
}

fn act(world: &mut World) -> Checked {
    let trouble = world.trouble;
    match world.dice.below(100) {
        0..=17 => world.use_something(false),
        18..=27 => world.run_errand(),
        28..=45 => {
            for _ in 0..world.dice.between(1, 4) {
                world.deliver(trouble);
            }
        }
        46..=57 => {
            let most = *world.dice.pick(&[1, 2, 8]).unwrap_or(&1);
            world.make_batch(most);
        }
        58..=67 => {
            let most = world.dice.place(3) + 1;
            world.say(|_| format!("the journal takes {most} batches"));
            world.server.iter_mut().for_each(|server| server.journal(most));
        }
        68..=74 => {
            let most = world.dice.place(3) + 1;
            world.server.iter_mut().for_each(|server| server.tell(most));
        }
        75..=82 => world.fold(),
        83..=88 => {
            for _ in 0..world.dice.between(1, 4) {
                world.letter(trouble)?;
            }
        }
        89..=91 => world.send_again(),
        92..=94 => world.post(),
        95 => {
            world.look_at_the_clock();
        }
        96..=97 => wait(world),
        98 => world.publish(),
        _ => rest(world),
    }
    Ok(())
}

/// The clock goes on, jumps, or is set back a little.
fn wait(world: &mut World) {
    let span = match world.dice.below(12) {
        0 => 30_000,
        1 => 90_000,
        2 => 400_000,
        _ => world.dice.between(1, 1_500),
    };
    if world.dice.chance(100) {
        let span = world.dice.between(1, 5);
        world.set_back(Seconds(span));
    } else {
        world.go_on(Seconds(span));
    }
    world.say(|_| "is the time".to_owned());
}

fn rest(world: &mut World) {
    if world.dice.chance(500) {
        world.disk.prepare();
    } else if let Some(server) = &mut world.server {
        server.evict();
    }
}
