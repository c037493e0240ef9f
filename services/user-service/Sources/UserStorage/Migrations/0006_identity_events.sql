-- Bans and memberships, and what counts the changes that void an account's tokens.
ALTER TABLE users
    ADD COLUMN epoch bigint NOT NULL DEFAULT 0,
    -- A ban lasts from banned_at to banned_until, or until it is lifted.
    ADD COLUMN banned_at timestamptz,
    ADD COLUMN banned_until timestamptz,
    ADD COLUMN ban_reason text,
    -- No reference: whoever said so may leave.
    ADD COLUMN banned_by uuid,
    -- What the account is from member_from to member_until; 'free' before and after.
    ADD COLUMN tier text NOT NULL DEFAULT 'free',
    ADD COLUMN member_from timestamptz,
    ADD COLUMN member_until timestamptz,
    ADD COLUMN member_source text,
    -- When the next of these times comes that has not been told of.
    ADD COLUMN standing_changes_at timestamptz;

CREATE INDEX users_standing_changes_at_idx ON users (standing_changes_at) WHERE standing_changes_at IS NOT NULL;

-- The next time after `past` at which an account's standing changes by itself.
CREATE FUNCTION next_standing_change(
    banned_until timestamptz, member_from timestamptz, member_until timestamptz, past timestamptz
) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT min(t) FROM unnest(ARRAY[banned_until, member_from, member_until]) t WHERE t > past
$$;

-- What voids tokens, numbered in the order of commits: whoever reads on after the last number it has seen misses nothing.
-- The tag tells two histories apart in which one number stands for different events, as after a restored backup.
CREATE TABLE identity_events (
    seq bigint PRIMARY KEY,
    tag uuid NOT NULL DEFAULT gen_random_uuid(),
    kind text NOT NULL,
    -- No references: both may be gone.
    user_id uuid NOT NULL,
    session_id uuid,
    epoch bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX identity_events_at_idx ON identity_events (at);

CREATE TABLE identity_event_head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    seq bigint NOT NULL
);

INSERT INTO identity_event_head (seq) VALUES (0);

-- The number of one more event. Whoever has it holds all others up until the transaction ends, so that the numbers come to
-- light in their order; it is the last lock a transaction takes.
CREATE FUNCTION next_identity_event() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    UPDATE identity_event_head SET seq = seq + 1 RETURNING seq
$$;

-- For each row and not for each statement: one that tells of nothing must not wake anybody. Equal ones of one transaction
-- are sent once.
CREATE FUNCTION announce_identity_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY identity_events;
    RETURN NULL;
END
$$;

CREATE TRIGGER announce_identity_event AFTER INSERT ON identity_events
    FOR EACH ROW EXECUTE FUNCTION announce_identity_event();
