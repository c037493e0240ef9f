-- migration: no transaction
-- So many characters are enough for an order; a longer search looks through those that share them.
CREATE INDEX CONCURRENTLY users_search_by_address_idx ON users (((left(search_form(email), 64)) COLLATE "C"), id);
