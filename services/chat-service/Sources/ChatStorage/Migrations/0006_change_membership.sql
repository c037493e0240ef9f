-- Puts a user into a room, gives them another role, or (role null) takes them out: if it is `allowed` for what is found
-- when the room is locked. One row says what was found and what it is now; no row that there is no such room.
--
-- allowed: `kind/role of the caller/former role of the user`, `-` for who is no member. The rules themselves stand in
-- the domain.
CREATE FUNCTION change_membership(
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
        UPDATE rooms r SET member_count = r.member_count - 1 WHERE r.id = room;
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
