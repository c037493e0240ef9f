-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS uploads_joined ON uploads (joined_to) WHERE joined_to IS NOT NULL
