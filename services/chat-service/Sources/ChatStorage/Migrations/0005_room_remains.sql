-- A room ends with its row, in a transaction as short as that: from then on nobody finds it. What it leaves behind, its
-- members and messages, is noted here and taken out little by little.
CREATE TABLE room_remains (
    room_id    uuid PRIMARY KEY,
    last_seq   bigint NOT NULL,
    -- Messages up to this one are out: a later batch does not have to look through what earlier ones left.
    taken_seq  bigint NOT NULL DEFAULT 0,
    deleted_at timestamptz NOT NULL DEFAULT now(),
    -- When a batch was last tried: rooms take turns, so that one which cannot be taken out stops no other.
    tried_at   timestamptz
);

-- A trigger, so that a program that is older than this table leaves its note too.
CREATE FUNCTION note_room_remains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO room_remains (room_id, last_seq) VALUES (OLD.id, OLD.last_seq) ON CONFLICT (room_id) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER rooms_leave_remains AFTER DELETE ON rooms FOR EACH ROW EXECUTE FUNCTION note_room_remains();

-- Members go in batches too; who adds one holds the room's row (change_membership).
ALTER TABLE members DROP CONSTRAINT members_room_id_fkey;

-- Takes out at most `most` members and as many messages of one room that is gone, and says whether there may be more
-- to do at once. False as well while another replica is at it, and after a batch that failed.
--
-- It locks nothing that a living room needs. Ended half way it has done nothing, and the next call begins there.
CREATE FUNCTION take_out_room_remains(most integer) RETURNS boolean
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    remains room_remains;
    taken integer;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('room_remains')) THEN RETURN false; END IF;
    SELECT * INTO remains FROM room_remains ORDER BY tried_at NULLS FIRST, deleted_at, room_id LIMIT 1;
    IF NOT FOUND THEN RETURN false; END IF;

    UPDATE room_remains SET tried_at = clock_timestamp() WHERE room_id = remains.room_id;
    BEGIN
        DELETE FROM members m WHERE m.room_id = remains.room_id AND m.user_id = ANY (ARRAY(
            SELECT s.user_id FROM members s WHERE s.room_id = remains.room_id LIMIT most
        ));
        GET DIAGNOSTICS taken = ROW_COUNT;
        DELETE FROM messages m
        WHERE m.room_id = remains.room_id AND m.seq > remains.taken_seq AND m.seq <= remains.taken_seq + most;
        IF taken < most AND remains.taken_seq + most >= remains.last_seq THEN
            DELETE FROM room_remains WHERE room_id = remains.room_id;
        ELSE
            UPDATE room_remains SET taken_seq = least(last_seq, taken_seq + most) WHERE room_id = remains.room_id;
        END IF;
        RETURN true;
    EXCEPTION WHEN OTHERS THEN
        RAISE WARNING 'remains of room % stay: %', remains.room_id, SQLERRM;
        RETURN false;
    END;
END
$$;

-- Whoever holds a room's row for long costs one bounded wait, not the statement's whole time.
ALTER FUNCTION append_messages(uuid[], uuid[], uuid[], text[], text[], uuid[]) SET lock_timeout = '5s';
