-- migration: no transaction
-- How many rooms somebody owns is counted whenever they open one.
CREATE INDEX CONCURRENTLY IF NOT EXISTS rooms_by_owner ON rooms (owner_id);
