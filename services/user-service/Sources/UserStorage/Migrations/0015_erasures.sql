-- Accounts whose owners want them erased, and when that is to be. Signing in before then takes it back.
CREATE TABLE pending_erasures (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    asked_at timestamptz NOT NULL DEFAULT now(),
    erase_at timestamptz NOT NULL
);

CREATE INDEX pending_erasures_erase_at_idx ON pending_erasures (erase_at);

-- Accounts that are erased, numbered as their identity events are: in the order of commits. Kept for good, as a service may come
-- back with an older database; an id that is nobody's is all they have of anybody.
CREATE TABLE erasures (
    seq bigint PRIMARY KEY,
    tag uuid NOT NULL,
    user_id uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    -- When every service had reported.
    finished_at timestamptz
);

CREATE INDEX erasures_unfinished_idx ON erasures (at) WHERE finished_at IS NULL;

-- What each service took out.
CREATE TABLE erasure_reports (
    user_id uuid NOT NULL REFERENCES erasures (user_id),
    service text NOT NULL,
    removed jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, service)
);

-- A trigger, so that every way to sign in counts, also by a program from before this: the account's row is locked by whoever adds
-- a session, as by whoever erases it. A sign-in that comes when the time is over adds none.
CREATE FUNCTION take_back_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due timestamptz;
BEGIN
    DELETE FROM pending_erasures WHERE user_id = NEW.user_id AND erase_at > clock_timestamp();
    IF FOUND THEN
        INSERT INTO security_events (kind, user_id, session_id, user_agent, address)
        VALUES ('erasure_cancelled', NEW.user_id, NEW.id, NEW.user_agent, NEW.address);
        -- The head of the trail is locked after that of the events, always.
        PERFORM FROM identity_event_head FOR UPDATE;
        INSERT INTO audit_events (actor_id, subject_id, action) VALUES (NEW.user_id, NEW.user_id, 'erasure_cancelled');
    END IF;
    SELECT erase_at INTO due FROM pending_erasures WHERE user_id = NEW.user_id;
    RETURN CASE WHEN due IS NULL THEN NEW END;
END
$$;

CREATE TRIGGER take_back_erasure BEFORE INSERT ON sessions FOR EACH ROW EXECUTE FUNCTION take_back_erasure();

-- Whoever is about to be erased is no admin that others could count on.
CREATE FUNCTION require_an_admin() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- One after the other, also where no event is told of: two who leave at the same moment would each see the other one
    -- still there. The look that follows has its own snapshot.
    PERFORM pg_advisory_xact_lock(hashtextextended('users_last_admin', 0));
    IF NOT EXISTS (
        SELECT 1 FROM users u WHERE 'admin' = ANY (u.roles) AND (u.banned_at IS NULL OR u.banned_until <= clock_timestamp())
            AND NOT EXISTS (SELECT 1 FROM pending_erasures p WHERE p.user_id = u.id)
    ) THEN
        RAISE EXCEPTION 'the last admin stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'users_last_admin';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION keep_an_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM require_an_admin();
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_an_admin_who_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM users u WHERE u.id = NEW.user_id AND 'admin' = ANY (u.roles)) THEN
        PERFORM require_an_admin();
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_an_admin_who_stays AFTER INSERT ON pending_erasures
    FOR EACH ROW EXECUTE FUNCTION keep_an_admin_who_stays();

-- Lines of the audit trail that lost what they said of somebody who was erased. Such a line keeps its hash, which the next one
-- vouches for; a later line of the trail vouches for what is left of it (action `names_removed`).
ALTER TABLE audit_events ADD COLUMN names_removed boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Each row is looked at by refuse_audit_line_change then.
    IF TG_OP = 'UPDATE' AND current_setting('hiroba.removes_names', true) = 'on' THEN RETURN NULL; END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION refuse_audit_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    allowed audit_events := OLD;
BEGIN
    allowed.reason := NULL;
    allowed.before := NULL;
    allowed.after := NULL;
    allowed.names_removed := true;
    -- As text, since json has no equality.
    IF NEW::text <> allowed::text THEN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER refuse_audit_line_change BEFORE UPDATE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION refuse_audit_line_change();

-- Takes out of the trail what its lines say of an account in words: all but who did what when, and facts that have no words of
-- anybody's in them. Says of how many lines. The head of the events must be locked.
CREATE FUNCTION remove_audit_names(account uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    vouched json;
    lines bigint;
BEGIN
    -- Lines are added under this lock: none comes in between.
    PERFORM FROM audit_head FOR UPDATE;
    PERFORM set_config('hiroba.removes_names', 'on', true);
    WITH removed AS (
        UPDATE audit_events a SET reason = NULL, before = NULL, after = NULL, names_removed = true
        WHERE a.subject_id = account AND NOT a.names_removed
            AND (a.reason IS NOT NULL OR ((a.before IS NOT NULL OR a.after IS NOT NULL)
                AND a.action NOT IN ('roles_changed', 'membership_changed')))
        RETURNING a.seq, encode(sha256(convert_to(audit_text(a), 'UTF8')), 'hex') AS rest
    )
    SELECT json_object_agg(r.seq::text, r.rest ORDER BY r.seq), count(*) INTO vouched, lines FROM removed r;
    PERFORM set_config('hiroba.removes_names', '', true);
    IF lines > 0 THEN
        INSERT INTO audit_events (actor, subject_id, action, after)
        VALUES ('time', account, 'names_removed', json_build_object('lines', vouched));
    END IF;
    RETURN lines;
END
$$;

-- By a trigger on the event: whatever erases an account, a program from before this too, leaves its number for the others and no
-- name in the trail.
CREATE FUNCTION note_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lines bigint := remove_audit_names(NEW.user_id);
BEGIN
    INSERT INTO erasures (seq, tag, user_id, at) VALUES (NEW.seq, NEW.tag, NEW.user_id, NEW.at)
    ON CONFLICT (user_id) DO NOTHING;
    INSERT INTO erasure_reports (user_id, service, removed)
    VALUES (NEW.user_id, 'user-service', jsonb_build_object('accounts', 1, 'audit_texts', lines))
    ON CONFLICT (user_id, service) DO NOTHING;
    RETURN NULL;
END
$$;

CREATE TRIGGER note_erasure AFTER INSERT ON identity_events
    FOR EACH ROW WHEN (NEW.kind = 'account_erased') EXECUTE FUNCTION note_erasure();

-- Those who were erased before this. Each had an event of its own, so that there are numbers enough below all that come.
INSERT INTO erasures (seq, tag, user_id, at)
SELECT row_number() OVER (ORDER BY min(a.seq)), gen_random_uuid(), a.subject_id, min(a.at)
FROM audit_events a WHERE a.action = 'account_erased' GROUP BY a.subject_id;

INSERT INTO erasure_reports (user_id, service, removed)
SELECT e.user_id, 'user-service', jsonb_build_object('accounts', 1, 'audit_texts', remove_audit_names(e.user_id))
FROM erasures e;
