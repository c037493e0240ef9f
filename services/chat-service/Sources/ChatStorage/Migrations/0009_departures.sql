-- Counts who left and who was put out. A replica that is killed after such a change and before it told the others leaves
-- this behind: they compare it with what they have heard, and put out whom they still let listen.
ALTER TABLE rooms ADD COLUMN departures bigint NOT NULL DEFAULT 0;

-- As in 0006, and counts departures: for programs older than this too.
CREATE OR REPLACE FUNCTION change_membership(
    room uuid, caller uuid, subject uuid, new_role text, at timestamptz, allowed text[]
) RETURNS TABLE (kind text, caller_role text, former_role text, role text, joined_at timestamptz, is_made boolean)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found_kind text;
    found_caller text;
    found_role text;
    since timestamptz;
BEGIN
    SELECT r.kind INTO found_kind FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    -- Statements of their own: they see what the former holder of the lock has committed.
    SELECT m.role INTO found_caller FROM members m WHERE m.room_id = room AND m.user_id = caller;
    SELECT m.role, m.joined_at INTO found_role, since FROM members m WHERE m.room_id = room AND m.user_id = subject;

    IF concat_ws('/', found_kind, coalesce(found_caller, '-'), coalesce(found_role, '-')) <> ALL (allowed) THEN
        RETURN QUERY SELECT found_kind, found_caller, found_role, found_role, since, false;
    ELSIF new_role IS NULL THEN
        DELETE FROM members m WHERE m.room_id = room AND m.user_id = subject;
        UPDATE rooms r SET member_count = r.member_count - 1, departures = r.departures + 1 WHERE r.id = room;
        RETURN QUERY SELECT found_kind, found_caller, found_role, NULL::text, NULL::timestamptz, true;
    ELSIF found_role IS NULL THEN
        INSERT INTO members (room_id, user_id, role, joined_at) VALUES (room, subject, new_role, at);
        UPDATE rooms r SET member_count = r.member_count + 1 WHERE r.id = room;
        RETURN QUERY SELECT found_kind, found_caller, found_role, new_role, at, true;
    ELSE
        UPDATE members m SET role = new_role WHERE m.room_id = room AND m.user_id = subject;
        RETURN QUERY SELECT found_kind, found_caller, found_role, new_role, since, true;
    END IF;
END
$$;

-- Locks a room for a change of itself, until the transaction ends, and says whether the change may be made: 'held' when
-- it has this version and the caller one of these roles, else 'stale'; 'gone' when there is no such room.
CREATE FUNCTION hold_room(room uuid, seen bigint, caller uuid, roles text[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    newest bigint;
BEGIN
    SELECT r.version INTO newest FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN 'gone'; END IF;
    -- A statement of its own, as above: whoever changes members holds the room.
    IF newest = seen AND EXISTS (
        SELECT FROM members m WHERE m.room_id = room AND m.user_id = caller AND m.role = ANY (roles)
    ) THEN RETURN 'held'; END IF;
    RETURN 'stale';
END
$$;
