//! Instants, billing zones and period boundaries. Pure: knows no clock.
