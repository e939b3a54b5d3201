//! SIGKILL in the middle of load: no answered charge is lost, none is applied twice.

use crate::server;

use talea_load::kill_test::{KillTest, run};

/// The server is killed three times while sessions begin, go on and end. Whatever was answered is in the books it leaves behind;
/// unanswered requests are answered when they are sent again; answered ones get the same answer again; and in the end every balance
/// is what was answered.
#[test]
fn nothing_answered_is_lost_or_doubled() {
    holds(None);
}

/// The same with the books on a server: the connection of the killed process is gone, and the next one takes over.
#[test]
fn nothing_answered_is_lost_or_doubled_on_postgresql() {
    let server = testkit::postgres::Server::start().unwrap();
    holds(Some(server.database().unwrap().parse().unwrap()));
}

fn holds(database: Option<store::DatabaseUrl>) {
    let program = Some(server::program());
    let test = KillTest { program, database, sessions: 400, updates: 6, connections: 2, kills: 3 };
    let report = run(&test).unwrap();
    println!("{report}");
    assert_eq!(report.lost_or_doubled, 0, "a killed server lost or doubled use: {:#?}", report.violations);
    assert_eq!(report.errors, 0, "requests were answered wrongly or never");
    assert_eq!(report.answered_differently, 0, "a request that was sent again got another answer");
    assert_eq!(report.balance_difference, 0, "balances are not what was answered");
    assert!(report.books.agrees(), "the books do not agree: {:?}", report.books);
    assert_eq!(report.answered, 400 * 8);
    // Without these the kills came when nothing was going on, and the test would prove nothing.
    assert!(report.sent_again > 0, "no request was in flight at any kill");
    assert!(report.asked_again > 0, "no answered request was asked again");
}
