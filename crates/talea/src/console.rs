//! What the program tells on standard output. Whoever reads it may go away at any time (`talea demo | head`): then nothing more is
//! told, and the program goes on.

use std::fmt::Arguments;
use std::io::{IsTerminal, Write};

/// Prints a line.
pub fn say(words: Arguments<'_>) {
    // Nobody is left to be told of a failure.
    let _ = writeln!(std::io::stdout(), "{words}");
}

/// The escape sequence where a person looks at it, nothing in files and pipes.
pub fn colour(sequence: &'static str) -> &'static str {
    if std::io::stdout().is_terminal() { sequence } else { "" }
}
