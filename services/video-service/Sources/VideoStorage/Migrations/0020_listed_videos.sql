-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS videos_listed ON videos (created_at DESC, id DESC)
    WHERE visibility IN ('public', 'members') AND state = 'ready'
