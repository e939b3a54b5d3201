-- Whose own balance is on a side of the entry, where accounts have one beside their customer.
ALTER TABLE ledger_entry ADD COLUMN account_id INTEGER;
