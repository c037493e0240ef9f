-- What is edited and deleted is numbered in each room as messages are, under the room's lock: 1, 2, 3, ... without holes in the order
-- of commits, so that whoever has heard of some of it knows what is missing.
ALTER TABLE rooms ADD COLUMN last_change bigint NOT NULL DEFAULT 0;

-- Which message a change concerns; what it says now stands in the message.
CREATE TABLE room_changes (
    room_id uuid NOT NULL,
    change  bigint NOT NULL,
    seq     bigint NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (room_id, change)
);

-- What a message said until the change with this number, and since when. For those who look after rooms.
CREATE TABLE message_versions (
    room_id uuid NOT NULL,
    seq     bigint NOT NULL,
    change  bigint NOT NULL,
    body    text NOT NULL,
    said_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, seq, change)
);

-- Gives a message another body, or (new_body null) makes it a tombstone, and says what became of it: 'made' with the number of the
-- change, 'unchanged', 'hidden', 'not-a-member', 'no-such-message', 'deleted', 'refused'; and the message as it is then.
--
-- roles: of members who may beside the sender; is_for_all: the caller may whoever they are. The rules themselves stand in the domain.
CREATE FUNCTION change_message(
    room uuid, message uuid, caller uuid, new_body text, roles text[], is_for_all boolean
) RETURNS TABLE (
    id uuid, room_id uuid, seq bigint, sender_id uuid, client_id text, body text, sent_at timestamptz, edited_at timestamptz,
    deleted_at timestamptz, reply_to uuid, outcome text, change bigint
)
LANGUAGE plpgsql
SET lock_timeout = '5s'
AS $$
#variable_conflict use_column
DECLARE
    found_kind text;
    own text;
    said messages;
    at timestamptz;
    verdict text;
    number bigint;
BEGIN
    SELECT r.kind INTO found_kind FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    -- Statements of their own, which see what the former holder of the lock has committed.
    SELECT m.role INTO own FROM members m WHERE m.room_id = room AND m.user_id = caller;
    SELECT s.* INTO said FROM messages s WHERE s.id = message AND s.room_id = room;
    verdict := CASE
        WHEN found_kind IS NULL THEN 'hidden'
        WHEN own IS NULL AND NOT is_for_all THEN CASE found_kind WHEN 'public' THEN 'not-a-member' ELSE 'hidden' END
        WHEN said.id IS NULL THEN 'no-such-message'
        WHEN said.sender_id <> caller AND NOT is_for_all AND NOT coalesce(own = ANY (roles), false) THEN 'refused'
        WHEN said.deleted_at IS NOT NULL THEN 'deleted'
        WHEN said.body = new_body THEN 'unchanged'
        ELSE 'made'
    END;
    IF verdict = 'made' THEN
        -- After the wait for the lock, so that times grow with numbers.
        at := date_trunc('milliseconds', clock_timestamp());
        UPDATE rooms r SET last_change = r.last_change + 1 WHERE r.id = room RETURNING r.last_change INTO number;
        INSERT INTO message_versions (room_id, seq, change, body, said_at)
            VALUES (room, said.seq, number, said.body, coalesce(said.edited_at, said.sent_at));
        UPDATE messages s SET body = coalesce(new_body, ''),
            edited_at = CASE WHEN new_body IS NULL THEN s.edited_at ELSE at END,
            deleted_at = CASE WHEN new_body IS NULL THEN at END
            WHERE s.room_id = room AND s.seq = said.seq RETURNING s.* INTO said;
        INSERT INTO room_changes (room_id, change, seq, at) VALUES (room, number, said.seq, at);
    END IF;
    RETURN QUERY SELECT said.id, said.room_id, said.seq, said.sender_id, said.client_id, said.body, said.sent_at,
        said.edited_at, said.deleted_at, said.reply_to, verdict, number;
END
$$;

-- As in 0012, and takes out what the messages said before.
CREATE OR REPLACE FUNCTION take_out_messages(account uuid, place uuid, most integer)
    RETURNS TABLE (messages bigint, rooms bigint, last_room uuid)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
    RETURN QUERY
    WITH looked AS (
        SELECT r.id FROM rooms r WHERE r.id > coalesce(place, '00000000-0000-0000-0000-000000000000') ORDER BY r.id LIMIT most
    ), said AS (
        SELECT s.room_id, s.seq FROM looked l CROSS JOIN LATERAL (
            SELECT m.room_id, m.seq FROM messages m
            WHERE m.room_id = l.id AND m.sender_id = account AND m.client_id > '' LIMIT most
        ) s LIMIT most
    ), forgotten AS (
        DELETE FROM message_versions v USING said s WHERE v.room_id = s.room_id AND v.seq = s.seq
    ), buried AS (
        UPDATE messages m SET body = '', client_id = '', deleted_at = coalesce(m.deleted_at, clock_timestamp())
        FROM said s WHERE m.room_id = s.room_id AND m.seq = s.seq
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM buried), (SELECT count(*) FROM looked),
        (SELECT l.id FROM looked l ORDER BY l.id DESC LIMIT 1);
END
$$;

-- As in 0005, and takes out what the messages said before and the room's changes.
CREATE OR REPLACE FUNCTION take_out_room_remains(most integer) RETURNS boolean
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    remains room_remains;
    members_taken integer;
    has_changes boolean;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('room_remains')) THEN RETURN false; END IF;
    SELECT * INTO remains FROM room_remains ORDER BY tried_at NULLS FIRST, deleted_at, room_id LIMIT 1;
    IF NOT FOUND THEN RETURN false; END IF;

    UPDATE room_remains SET tried_at = clock_timestamp() WHERE room_id = remains.room_id;
    BEGIN
        DELETE FROM members m WHERE m.room_id = remains.room_id AND m.user_id = ANY (ARRAY(
            SELECT s.user_id FROM members s WHERE s.room_id = remains.room_id LIMIT most
        ));
        GET DIAGNOSTICS members_taken = ROW_COUNT;
        -- A change has one version at most: with the changes all versions go.
        WITH gone AS (
            DELETE FROM room_changes c WHERE c.room_id = remains.room_id AND c.change = ANY (ARRAY(
                SELECT s.change FROM room_changes s WHERE s.room_id = remains.room_id LIMIT most
            )) RETURNING c.seq, c.change
        )
        DELETE FROM message_versions v USING gone g
        WHERE v.room_id = remains.room_id AND v.seq = g.seq AND v.change = g.change;
        has_changes := EXISTS (SELECT FROM room_changes c WHERE c.room_id = remains.room_id);
        DELETE FROM messages m
        WHERE m.room_id = remains.room_id AND m.seq > remains.taken_seq AND m.seq <= remains.taken_seq + most;
        IF members_taken < most AND NOT has_changes AND remains.taken_seq + most >= remains.last_seq THEN
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
