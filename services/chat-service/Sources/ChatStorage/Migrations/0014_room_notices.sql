-- Who is in a room and what it is set to has its place in the room's order of changes too, beside what is edited and deleted: whoever
-- comes back is told of it, and a replica that was not told finds it.
--
-- event null: an edit or deletion of the message `seq`; else `seq` is null, which programs older than this pass over.
ALTER TABLE room_changes
    ALTER COLUMN seq DROP NOT NULL,
    ADD COLUMN event text,
    -- Whom it is about, who did it, what they are in the room from then on, and when it ends by itself.
    ADD COLUMN user_id uuid,
    ADD COLUMN by_id uuid,
    ADD COLUMN role text,
    ADD COLUMN until timestamptz;

-- How far the log went when somebody came in: what was said before is nothing they have missed.
ALTER TABLE members ADD COLUMN joined_seq bigint NOT NULL DEFAULT 0;

-- Who is not let into a room, and until when (null: for good). One that has ended counts for nothing.
CREATE TABLE room_bans (
    room_id uuid NOT NULL,
    user_id uuid NOT NULL,
    reason  text NOT NULL,
    until   timestamptz,
    by_id   uuid NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

CREATE INDEX room_bans_by_user ON room_bans (user_id);
CREATE INDEX room_bans_by_moderator ON room_bans (by_id);

-- Gives something that happens to a room its place; the caller holds the room's row and has counted it in last_change.
CREATE FUNCTION note_room_change(
    room uuid, number bigint, what text, subject uuid, caller uuid, new_role text, ending timestamptz
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO room_changes (room_id, change, event, user_id, by_id, role, until, at)
    VALUES (room, number, what, subject, caller, new_role, ending, date_trunc('milliseconds', clock_timestamp()));
$$;

-- Puts a user into a room, gives them another role, or (role null) takes them out: if it is `allowed` for what is found when the room is
-- locked. One row says what was found, what it is now and the number of the change (null: nothing was changed); no row that there
-- is no such room. Who is made the owner is so instead of the one who was, who is a moderator from then on.
--
-- allowed: `kind/role of the caller/former role of the user/banned or free`, `-` for who is no member. The rules themselves stand in
-- the domain.
CREATE FUNCTION change_member(
    room uuid, caller uuid, subject uuid, new_role text, since timestamptz, allowed text[]
) RETURNS TABLE (
    kind text, caller_role text, former_role text, is_banned boolean, banned_until timestamptz, role text, joined_at timestamptz,
    change bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found_kind text;
    found_seq bigint;
    found_caller text;
    found_role text;
    found_since timestamptz;
    found_ban room_bans;
    number bigint;
BEGIN
    SELECT r.kind, r.last_seq INTO found_kind, found_seq FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    -- Statements of their own: they see what the former holder of the lock has committed.
    SELECT m.role INTO found_caller FROM members m WHERE m.room_id = room AND m.user_id = caller;
    SELECT m.role, m.joined_at INTO found_role, found_since FROM members m WHERE m.room_id = room AND m.user_id = subject;
    SELECT b.* INTO found_ban FROM room_bans b
        WHERE b.room_id = room AND b.user_id = subject AND (b.until IS NULL OR b.until > clock_timestamp());

    IF concat_ws('/', found_kind, coalesce(found_caller, '-'), coalesce(found_role, '-'),
        CASE WHEN found_ban.room_id IS NULL THEN 'free' ELSE 'banned' END) <> ALL (allowed)
    THEN
        RETURN QUERY SELECT found_kind, found_caller, found_role, found_ban.room_id IS NOT NULL, found_ban.until, found_role,
            found_since, NULL::bigint;
        RETURN;
    END IF;
    IF new_role IS NULL THEN
        DELETE FROM members m WHERE m.room_id = room AND m.user_id = subject;
        UPDATE rooms r SET member_count = r.member_count - 1, departures = r.departures + 1, last_change = r.last_change + 1
            WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, CASE WHEN caller = subject THEN 'member_left' ELSE 'member_removed' END, subject,
            CASE WHEN caller <> subject THEN caller END, NULL, NULL);
        found_since := NULL;
    ELSIF found_role IS NULL THEN
        INSERT INTO members (room_id, user_id, role, joined_at, joined_seq) VALUES (room, subject, new_role, since, found_seq);
        UPDATE rooms r SET member_count = r.member_count + 1, last_change = r.last_change + 1
            WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, 'member_joined', subject, CASE WHEN caller <> subject THEN caller END, new_role, NULL);
        found_since := since;
    ELSIF new_role = 'owner' THEN
        UPDATE members m SET role = 'moderator' WHERE m.room_id = room AND m.role = 'owner';
        UPDATE members m SET role = new_role WHERE m.room_id = room AND m.user_id = subject;
        -- The owner is shown with the room, whose tag names the version.
        UPDATE rooms r SET owner_id = subject, version = r.version + 1, last_change = r.last_change + 1
            WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, 'owner_changed', subject, caller, new_role, NULL);
    ELSE
        UPDATE members m SET role = new_role WHERE m.room_id = room AND m.user_id = subject;
        UPDATE rooms r SET last_change = r.last_change + 1 WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, 'role_changed', subject, caller, new_role, NULL);
    END IF;
    RETURN QUERY SELECT found_kind, found_caller, found_role, found_ban.room_id IS NOT NULL, found_ban.until, new_role, found_since,
        number;
END
$$;

-- For programs older than this, which know of no bans: they let nobody in who has one.
CREATE OR REPLACE FUNCTION change_membership(
    room uuid, caller uuid, subject uuid, new_role text, at timestamptz, allowed text[]
) RETURNS TABLE (kind text, caller_role text, former_role text, role text, joined_at timestamptz, is_made boolean)
LANGUAGE sql AS $$
    SELECT c.kind, c.caller_role, c.former_role, c.role, c.joined_at, c.change IS NOT NULL
    FROM change_member(room, caller, subject, new_role, at, (SELECT array_agg(a || '/free') FROM unnest(allowed) a)) c;
$$;

-- Bans a user and takes them out of the room, if it is `allowed` as above. One row says what was found, the ban as it is now, and the
-- outcome: 'made' with the number of the change, 'unchanged', 'refused', 'over' for one that has ended already; no row that there is
-- no such room.
CREATE FUNCTION ban_member(
    room uuid, caller uuid, subject uuid, why text, ending timestamptz, allowed text[]
) RETURNS TABLE (
    kind text, caller_role text, former_role text, is_banned boolean, reason text, until timestamptz, by_id uuid, at timestamptz,
    outcome text, change bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found_kind text;
    found_caller text;
    found_role text;
    found_ban room_bans;
    was_banned boolean;
    verdict text;
    number bigint;
    moment timestamptz;
BEGIN
    SELECT r.kind INTO found_kind FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    moment := date_trunc('milliseconds', clock_timestamp());
    -- Statements of their own, as above. What has ended in this room is of no more use to anybody.
    DELETE FROM room_bans b WHERE b.room_id = room AND b.until <= moment;
    SELECT m.role INTO found_caller FROM members m WHERE m.room_id = room AND m.user_id = caller;
    SELECT m.role INTO found_role FROM members m WHERE m.room_id = room AND m.user_id = subject;
    SELECT b.* INTO found_ban FROM room_bans b WHERE b.room_id = room AND b.user_id = subject;
    was_banned := found_ban.room_id IS NOT NULL;
    verdict := CASE
        WHEN concat_ws('/', found_kind, coalesce(found_caller, '-'), coalesce(found_role, '-'),
            CASE WHEN was_banned THEN 'banned' ELSE 'free' END) <> ALL (allowed) THEN 'refused'
        WHEN ending <= moment THEN 'over'
        WHEN was_banned AND found_ban.reason = why AND found_ban.until IS NOT DISTINCT FROM ending THEN 'unchanged'
        ELSE 'made'
    END;
    IF verdict = 'made' THEN
        INSERT INTO room_bans AS b (room_id, user_id, reason, until, by_id, at) VALUES (room, subject, why, ending, caller, moment)
            ON CONFLICT (room_id, user_id) DO UPDATE
            SET reason = excluded.reason, until = excluded.until, by_id = excluded.by_id, at = excluded.at
            RETURNING b.* INTO found_ban;
        DELETE FROM members m WHERE m.room_id = room AND m.user_id = subject;
        UPDATE rooms r SET member_count = r.member_count - (found_role IS NOT NULL)::integer,
            departures = r.departures + (found_role IS NOT NULL)::integer, last_change = r.last_change + 1
            WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, 'member_banned', subject, caller, NULL, ending);
    END IF;
    RETURN QUERY SELECT found_kind, found_caller, found_role, was_banned, found_ban.reason, found_ban.until, found_ban.by_id,
        found_ban.at, verdict, number;
END
$$;

-- Lifts a ban, as above.
CREATE FUNCTION lift_ban(room uuid, caller uuid, subject uuid, allowed text[]) RETURNS TABLE (
    kind text, caller_role text, former_role text, is_banned boolean, reason text, until timestamptz, by_id uuid, at timestamptz,
    outcome text, change bigint
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    found_kind text;
    found_caller text;
    found_role text;
    found_ban room_bans;
    number bigint;
BEGIN
    SELECT r.kind INTO found_kind FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    DELETE FROM room_bans b WHERE b.room_id = room AND b.until <= clock_timestamp();
    SELECT m.role INTO found_caller FROM members m WHERE m.room_id = room AND m.user_id = caller;
    SELECT m.role INTO found_role FROM members m WHERE m.room_id = room AND m.user_id = subject;
    SELECT b.* INTO found_ban FROM room_bans b WHERE b.room_id = room AND b.user_id = subject;
    IF concat_ws('/', found_kind, coalesce(found_caller, '-'), coalesce(found_role, '-'),
        CASE WHEN found_ban.room_id IS NULL THEN 'free' ELSE 'banned' END) = ANY (allowed)
    THEN
        DELETE FROM room_bans b WHERE b.room_id = room AND b.user_id = subject;
        UPDATE rooms r SET last_change = r.last_change + 1 WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, 'ban_lifted', subject, caller, NULL, NULL);
    END IF;
    RETURN QUERY SELECT found_kind, found_caller, found_role, found_ban.room_id IS NOT NULL, found_ban.reason, found_ban.until,
        found_ban.by_id, found_ban.at, CASE WHEN number IS NULL THEN 'refused' ELSE 'made' END, number;
END
$$;

-- A change of the settings has its place as well, also one that a program older than this makes. Whoever gives a change of the version a
-- place of its own has counted it already.
CREATE FUNCTION number_room_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.last_change := OLD.last_change + 1;
    PERFORM note_room_change(NEW.id, NEW.last_change, 'settings_changed', NULL, NULL, NULL, NULL);
    RETURN NEW;
END
$$;

CREATE TRIGGER rooms_number_settings BEFORE UPDATE OF version ON rooms FOR EACH ROW
    WHEN (NEW.version <> OLD.version AND NEW.last_change = OLD.last_change) EXECUTE FUNCTION number_room_settings();

-- As in 0012, and gives what that changes of the room its place.
CREATE OR REPLACE FUNCTION take_out_of_room(room uuid, account uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
    heir uuid;
    taken integer;
    number bigint;
BEGIN
    SELECT r.owner_id INTO owner FROM rooms r WHERE r.id = room FOR NO KEY UPDATE;
    -- Statements of their own, which see what the former holder of the lock has committed.
    DELETE FROM members m WHERE m.room_id = room AND m.user_id = account;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF owner IS NULL THEN RETURN 'absent'; END IF;
    IF owner = account THEN
        SELECT m.user_id INTO heir FROM members m WHERE m.room_id = room
            ORDER BY m.role = 'moderator' DESC, m.joined_at, m.user_id LIMIT 1;
        IF heir IS NULL THEN
            DELETE FROM rooms r WHERE r.id = room;
            RETURN 'removed';
        END IF;
    END IF;
    IF taken > 0 THEN
        UPDATE rooms r SET member_count = r.member_count - taken, departures = r.departures + taken,
            last_change = r.last_change + 1 WHERE r.id = room RETURNING r.last_change INTO number;
        PERFORM note_room_change(room, number, 'member_left', account, NULL, NULL, NULL);
    END IF;
    IF heir IS NULL THEN RETURN 'left'; END IF;
    UPDATE members m SET role = 'owner' WHERE m.room_id = room AND m.user_id = heir;
    UPDATE rooms r SET owner_id = heir, version = r.version + 1, last_change = r.last_change + 1
        WHERE r.id = room RETURNING r.last_change INTO number;
    PERFORM note_room_change(room, number, 'owner_changed', heir, NULL, 'owner', NULL);
    RETURN 'handed-over';
END
$$;
