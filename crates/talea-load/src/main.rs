//! talea-load
fn main() {}
