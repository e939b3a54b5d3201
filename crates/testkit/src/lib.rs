//! Simulators, builders, fake clock.
