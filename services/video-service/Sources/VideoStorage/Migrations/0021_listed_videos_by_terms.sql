-- migration: no transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS videos_listed_by_terms ON videos USING gin (search_terms) WITH (fastupdate = off)
    WHERE visibility IN ('public', 'members') AND state = 'ready'
