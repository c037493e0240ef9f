-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS uploads_to_complete ON uploads (id) WHERE state = 'completing'
