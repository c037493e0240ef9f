-- migration: no transaction
-- What became of somebody in rooms is given to them when they ask for all there is of them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS room_changes_by_user ON room_changes (user_id, room_id, change) WHERE user_id IS NOT NULL;
