-- How far somebody has read in a room. Apart from the members, whose rows every message looks at.
CREATE TABLE room_reads (
    room_id uuid NOT NULL,
    user_id uuid NOT NULL,
    seq     bigint NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 80); -- marks move on all the time, and stay on their page

CREATE INDEX room_reads_by_user ON room_reads (user_id);

-- Moves a member's mark on to `read_seq`, never back, and says where it is: 'made', 'unchanged', 'refused' for who is no member, 'beyond'
-- where the log does not go that far. No row: there is no such room. It holds no lock that a message would wait for.
CREATE FUNCTION mark_read(room uuid, reader uuid, read_seq bigint) RETURNS TABLE (
    kind text, role text, outcome text, seq bigint, at timestamptz, member_count integer
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found rooms;
    own text;
    made integer;
BEGIN
    SELECT r.* INTO found FROM rooms r WHERE r.id = room;
    IF found.id IS NULL THEN RETURN; END IF;
    SELECT m.role INTO own FROM members m WHERE m.room_id = room AND m.user_id = reader;
    IF own IS NULL OR read_seq > found.last_seq THEN
        RETURN QUERY SELECT found.kind, own, CASE WHEN own IS NULL THEN 'refused' ELSE 'beyond' END, NULL::bigint, NULL::timestamptz,
            found.member_count;
        RETURN;
    END IF;
    INSERT INTO room_reads AS d (room_id, user_id, seq, at)
        VALUES (room, reader, read_seq, date_trunc('milliseconds', clock_timestamp()))
        ON CONFLICT (room_id, user_id) DO UPDATE SET seq = excluded.seq, at = excluded.at WHERE d.seq < excluded.seq;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN QUERY SELECT found.kind, own, CASE made WHEN 0 THEN 'unchanged' ELSE 'made' END, d.seq, d.at, found.member_count
        FROM room_reads d WHERE d.room_id = room AND d.user_id = reader;
END
$$;

-- As in 0018, and takes out how far people had read.
CREATE OR REPLACE FUNCTION take_out_room_belongings(room uuid, most integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    taken integer;
    is_full boolean;
BEGIN
    DELETE FROM room_bans b WHERE b.room_id = room AND b.user_id = ANY (ARRAY(
        SELECT s.user_id FROM room_bans s WHERE s.room_id = room LIMIT most
    ));
    GET DIAGNOSTICS taken = ROW_COUNT;
    is_full := taken = most;
    DELETE FROM room_speakers p WHERE p.room_id = room AND p.user_id = ANY (ARRAY(
        SELECT s.user_id FROM room_speakers s WHERE s.room_id = room LIMIT most
    ));
    GET DIAGNOSTICS taken = ROW_COUNT;
    is_full := is_full OR taken = most;
    DELETE FROM room_reads d WHERE d.room_id = room AND d.user_id = ANY (ARRAY(
        SELECT s.user_id FROM room_reads s WHERE s.room_id = room LIMIT most
    ));
    GET DIAGNOSTICS taken = ROW_COUNT;
    is_full := is_full OR taken = most;
    -- So few that they go at once.
    DELETE FROM room_invitations i WHERE i.room_id = room;
    DELETE FROM direct_rooms d WHERE d.room_id = room;
    RETURN is_full;
END
$$;
