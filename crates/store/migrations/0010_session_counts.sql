-- What a session that only counted has beside its image: newer than that, empty where the image is the newest.
ALTER TABLE session ADD COLUMN counts BLOB;
