-- migration: no transaction
CREATE INDEX CONCURRENTLY users_search_by_name_idx ON users (((left(search_form(display_name), 64)) COLLATE "C"), id);
