-- The room in which two people talk with one another: one for each pair, whoever of them asks first.
CREATE TABLE direct_rooms (
    lower_id  uuid NOT NULL,
    higher_id uuid NOT NULL,
    room_id   uuid NOT NULL UNIQUE,
    PRIMARY KEY (lower_id, higher_id),
    CHECK (lower_id < higher_id)
);

CREATE INDEX direct_rooms_by_higher ON direct_rooms (higher_id);

-- Finds the room of the pair, or stores it as a private room under the id that is given, and sees to it that both are in it, as plain
-- members. One row with the verdict 'stored' and which room it is, whether it is new, and how far its changes go; 'full' where the caller
-- owns `owned` rooms already.
--
-- Whoever opens one holds the pair's lock to the end of the transaction, and looks only then, by statements that see what the former
-- holder has committed.
CREATE FUNCTION open_direct_room(
    room uuid, room_name text, caller uuid, other uuid, since timestamptz, most bigint
) RETURNS TABLE (verdict text, owned bigint, pair_room uuid, is_new boolean, change bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    party uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('direct room of ' || least(caller, other) || ' ' || greatest(caller, other), 0));
    is_new := false;
    SELECT d.room_id INTO pair_room FROM direct_rooms d WHERE d.lower_id = least(caller, other) AND d.higher_id = greatest(caller, other);
    IF pair_room IS NOT NULL THEN
        -- It may have ended.
        SELECT r.id, r.last_change INTO pair_room, change FROM rooms r WHERE r.id = pair_room FOR NO KEY UPDATE;
    END IF;
    IF pair_room IS NULL THEN
        -- As open_room counts.
        PERFORM pg_advisory_xact_lock(hashtextextended('rooms of ' || caller::text, 0));
        SELECT count(*) INTO owned FROM rooms r WHERE r.owner_id = caller;
        IF owned >= most THEN
            RETURN QUERY SELECT 'full', owned, NULL::uuid, false, NULL::bigint;
            RETURN;
        END IF;
        INSERT INTO rooms (id, name, kind, owner_id, created_at) VALUES (room, room_name, 'private', caller, since);
        INSERT INTO direct_rooms AS d (lower_id, higher_id, room_id) VALUES (least(caller, other), greatest(caller, other), room)
            ON CONFLICT (lower_id, higher_id) DO UPDATE SET room_id = excluded.room_id;
        pair_room := room;
        is_new := true;
    END IF;
    FOREACH party IN ARRAY ARRAY[caller, other] LOOP
        INSERT INTO members AS m (room_id, user_id, role, joined_at, joined_seq)
            SELECT pair_room, party, 'member', since, r.last_seq FROM rooms r WHERE r.id = pair_room
            ON CONFLICT (room_id, user_id) DO NOTHING;
        CONTINUE WHEN NOT FOUND;
        UPDATE rooms r SET member_count = r.member_count + 1, last_change = r.last_change + 1
            WHERE r.id = pair_room RETURNING r.last_change INTO change;
        PERFORM note_room_change(pair_room, change, 'member_joined', party, CASE WHEN party <> caller THEN caller END, 'member', NULL);
    END LOOP;
    RETURN QUERY SELECT 'stored', NULL::bigint, pair_room, is_new, change;
END
$$;

-- Takes out, of a room that is gone, at most `most` rows of each kind that a room has beside members, changes and messages, and says whether
-- there may be more.
CREATE FUNCTION take_out_room_belongings(room uuid, most integer) RETURNS boolean
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
    -- So few that they go at once.
    DELETE FROM room_invitations i WHERE i.room_id = room;
    DELETE FROM direct_rooms d WHERE d.room_id = room;
    RETURN is_full;
END
$$;

-- As in 0013, and takes out what else a room has.
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
    has_belongings boolean;
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
        has_belongings := take_out_room_belongings(remains.room_id, most);
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
        IF members_taken < most AND NOT has_belongings AND NOT has_changes AND remains.taken_seq + most >= remains.last_seq THEN
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
