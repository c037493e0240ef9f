-- Links that let whoever has them into a room: so many times (null: as often as they are used), until they end (null: never). What is
-- in the link is not here, only its digest (SHA-256).
CREATE TABLE room_invitations (
    id         uuid PRIMARY KEY,
    room_id    uuid NOT NULL,
    digest     bytea NOT NULL UNIQUE,
    uses_left  integer CHECK (uses_left > 0),
    expires_at timestamptz,
    by_id      uuid NOT NULL,
    at         timestamptz NOT NULL
);

CREATE INDEX room_invitations_by_room ON room_invitations (room_id, id);
CREATE INDEX room_invitations_by_moderator ON room_invitations (by_id);

-- Stores an invitation, for a caller with one of these roles, and says what was found and what became of it: 'made', 'refused', 'over' for
-- one that has ended already, 'full' where there are `most` in the room. The same id again gets another token: nobody got the first.
-- No row: there is no such room.
CREATE FUNCTION open_invitation(
    room uuid, caller uuid, invitation uuid, token_digest bytea, uses integer, ending timestamptz, roles text[], most integer
) RETURNS TABLE (kind text, role text, outcome text, at timestamptz)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found_kind text;
    own text;
    moment timestamptz;
    verdict text;
BEGIN
    SELECT r.kind INTO found_kind FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    moment := date_trunc('milliseconds', clock_timestamp());
    SELECT m.role INTO own FROM members m WHERE m.room_id = room AND m.user_id = caller;
    DELETE FROM room_invitations i WHERE i.room_id = room AND i.expires_at <= moment;
    verdict := CASE
        WHEN own IS NULL OR own <> ALL (roles) THEN 'refused'
        WHEN ending <= moment THEN 'over'
        WHEN (SELECT count(*) FROM room_invitations i WHERE i.room_id = room AND i.id <> invitation) >= most THEN 'full'
        ELSE 'made'
    END;
    IF verdict = 'made' THEN
        INSERT INTO room_invitations AS i (id, room_id, digest, uses_left, expires_at, by_id, at)
            VALUES (invitation, room, token_digest, uses, ending, caller, moment)
            ON CONFLICT (id) DO UPDATE SET digest = excluded.digest WHERE i.by_id = caller AND i.room_id = room;
    END IF;
    RETURN QUERY SELECT found_kind, own, verdict, moment;
END
$$;

-- Makes who has the token of an invitation a member, as change_member does, and uses the invitation up by one where they were none. is_valid:
-- there is such an invitation to this room.
CREATE FUNCTION join_by_invitation(
    room uuid, subject uuid, token_digest bytea, since timestamptz, allowed text[]
) RETURNS TABLE (
    kind text, caller_role text, former_role text, is_banned boolean, banned_until timestamptz, role text, joined_at timestamptz,
    change bigint, is_valid boolean
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    invitation uuid;
    made record;
BEGIN
    -- Two that come at the same time find what the other has left.
    PERFORM FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    SELECT i.id INTO invitation FROM room_invitations i
        WHERE i.digest = token_digest AND i.room_id = room AND (i.expires_at IS NULL OR i.expires_at > clock_timestamp());
    SELECT * INTO made FROM change_member(
        room, subject, subject, 'member', since, CASE WHEN invitation IS NULL THEN '{}'::text[] ELSE allowed END);
    IF NOT FOUND THEN RETURN; END IF;
    IF made.change IS NOT NULL THEN
        DELETE FROM room_invitations i WHERE i.id = invitation AND i.uses_left = 1;
        UPDATE room_invitations i SET uses_left = i.uses_left - 1 WHERE i.id = invitation AND i.uses_left > 1;
    END IF;
    RETURN QUERY SELECT made.kind, made.caller_role, made.former_role, made.is_banned, made.banned_until, made.role, made.joined_at,
        made.change, invitation IS NOT NULL;
END
$$;
