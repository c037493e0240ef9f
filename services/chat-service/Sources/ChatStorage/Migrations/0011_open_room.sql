-- Stores a room with its owner as its first member, if they own fewer than `most` rooms, and says what is there now: one row
-- with the verdict 'stored' for a room that is new, or that was stored under this id before and is left as it is; 'full'
-- where they own `owned` rooms already; 'ended' where a room with this id has ended.
--
-- Whoever opens a room holds the owner's lock to the end of the transaction, and counts only then, by a statement of its own
-- that sees what the former holder has committed: of two at a time that find one place left one gets it.
CREATE FUNCTION open_room(
    room uuid, room_name text, room_kind text, owner uuid, slow_mode integer, at timestamptz, most bigint
) RETURNS TABLE (verdict text, owned bigint)
LANGUAGE plpgsql AS $$
BEGIN
    -- Two owners with the same hash wait for one another now and then, and that is all.
    PERFORM pg_advisory_xact_lock(hashtextextended('rooms of ' || owner::text, 0));
    IF EXISTS (SELECT FROM rooms r WHERE r.id = room) THEN
        RETURN QUERY SELECT 'stored', NULL::bigint;
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM room_remains g WHERE g.room_id = room) THEN
        RETURN QUERY SELECT 'ended', NULL::bigint;
        RETURN;
    END IF;
    SELECT count(*) INTO owned FROM rooms r WHERE r.owner_id = owner;
    IF owned >= most THEN
        RETURN QUERY SELECT 'full', owned;
        RETURN;
    END IF;
    INSERT INTO rooms (id, name, kind, owner_id, slow_mode_seconds, member_count, created_at)
    VALUES (room, room_name, room_kind, owner, slow_mode, 1, at) ON CONFLICT (id) DO NOTHING;
    IF FOUND THEN
        INSERT INTO members (room_id, user_id, role, joined_at) VALUES (room, owner, 'owner', at);
    END IF;
    RETURN QUERY SELECT 'stored', NULL::bigint;
END
$$;
