-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS uploads_to_join ON uploads (id) WHERE state = 'joining'
