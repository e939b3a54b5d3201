//! Amounts, prices, currencies and the one rounding function.
