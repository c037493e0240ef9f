-- Accounts that user-service has erased, and how far this service has come in taking out what it keeps of each (ErasureBook).
CREATE TABLE account_erasures (
    user_id     uuid PRIMARY KEY,
    -- The erasure's, in user-service's order: an account that came back with a backup and was erased again has another one.
    position    text NOT NULL,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    -- Where the next step begins; null at the beginning.
    place       uuid,
    -- How much of what is gone, for the report.
    removed     jsonb NOT NULL DEFAULT '{}',
    -- When a step is due.
    retry_at    timestamptz NOT NULL DEFAULT now(),
    done_at     timestamptz,
    reported_at timestamptz,
    -- When it had been looked through once more, after every token of the account had ended.
    closed_at   timestamptz
);

CREATE INDEX account_erasures_due ON account_erasures (retry_at, user_id) WHERE closed_at IS NULL;
CREATE INDEX account_erasures_unreported ON account_erasures (done_at) WHERE reported_at IS NULL;

-- How far erasures have been read.
CREATE TABLE erasure_cursor (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    position text NOT NULL
);

-- Takes an account out of a room, and says what that came to: 'left' and 'handed-over', where others are left in it, 'removed'
-- where nobody was, 'absent' where there is no such room any more.
--
-- The room of an owner who is gone is its members': the moderator who came first owns it from then on, without one the member who
-- did. Rooms may be more then than the heir may open.
CREATE FUNCTION take_out_of_room(room uuid, account uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
    heir uuid;
    taken integer;
BEGIN
    SELECT r.owner_id INTO owner FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    -- Statements of their own, which see what the former holder of the lock has committed.
    DELETE FROM members m WHERE m.room_id = room AND m.user_id = account;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF owner IS NULL THEN RETURN 'absent'; END IF;
    IF owner <> account THEN
        UPDATE rooms r SET member_count = r.member_count - taken, departures = r.departures + taken WHERE r.id = room;
        RETURN 'left';
    END IF;
    SELECT m.user_id INTO heir FROM members m WHERE m.room_id = room
        ORDER BY m.role = 'moderator' DESC, m.joined_at, m.user_id LIMIT 1;
    IF heir IS NULL THEN
        DELETE FROM rooms r WHERE r.id = room;
        RETURN 'removed';
    END IF;
    UPDATE members m SET role = 'owner' WHERE m.room_id = room AND m.user_id = heir;
    UPDATE rooms r SET owner_id = heir, member_count = r.member_count - taken, departures = r.departures + taken,
        version = r.version + 1 WHERE r.id = room;
    RETURN 'handed-over';
END
$$;

-- Makes tombstones of at most `most` messages of an account, in as many of the rooms that come after `place`: no body, and no name
-- that the sender gave them, which is also how those are told that are none yet. Says how many, in how many rooms it looked, and
-- the last of these.
--
-- By the index there is on what somebody says in a room: one more index would cost every message that is sent.
CREATE FUNCTION take_out_messages(account uuid, place uuid, most integer)
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
    ), buried AS (
        UPDATE messages m SET body = '', client_id = '', deleted_at = coalesce(m.deleted_at, clock_timestamp())
        FROM said s WHERE m.room_id = s.room_id AND m.seq = s.seq
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM buried), (SELECT count(*) FROM looked),
        (SELECT l.id FROM looked l ORDER BY l.id DESC LIMIT 1);
END
$$;
