-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS abandoned_media_by_key ON abandoned_media (media_key text_pattern_ops)
