//! talea
fn main() {}
