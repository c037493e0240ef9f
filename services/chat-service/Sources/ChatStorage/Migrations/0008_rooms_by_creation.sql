-- migration: no transaction
-- Lists are in the order of creation: an id that a repeated call brings says nothing about time.
CREATE INDEX CONCURRENTLY IF NOT EXISTS rooms_by_creation ON rooms (created_at, id);
