//! What is sold: products, tariffs, plans, policies; validation and the compiled snapshot.
