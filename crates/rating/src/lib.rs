//! Usage x rate -> priced intervals and their explanation.
