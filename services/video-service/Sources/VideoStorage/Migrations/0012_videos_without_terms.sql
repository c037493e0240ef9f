-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS videos_without_terms ON videos (id) WHERE search_terms IS NULL
