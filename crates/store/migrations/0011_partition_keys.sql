-- A published catalog's text is kept compressed, in parts of bounded size. `parts` is 0 where the text is in `body`, as it was before.
ALTER TABLE catalog_version ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
CREATE TABLE catalog_part (
  version INTEGER NOT NULL,
  part INTEGER NOT NULL,
  octets BLOB NOT NULL,
  PRIMARY KEY (version, part)
);
