-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS videos_of_former_form ON videos (id) WHERE search_form IS NULL
