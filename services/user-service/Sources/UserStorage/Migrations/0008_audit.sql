-- What was done to accounts, by whom and why. Each line has the next number and a hash over its former one's and its own
-- content, so that nobody can change, take out or cut off lines unseen (`user-service audit verify`). No references:
-- nobody's leaving takes a line away.
CREATE TABLE audit_events (
    seq bigint PRIMARY KEY CHECK (seq > 0),
    id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
    at timestamptz NOT NULL,
    actor_id uuid,
    subject_id uuid,
    action text NOT NULL,
    reason text,
    request_id text,
    -- json and not jsonb: the hash is over the text as it was written.
    before json,
    after json,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE INDEX audit_events_actor_id_seq_idx ON audit_events (actor_id, seq);
CREATE INDEX audit_events_subject_id_seq_idx ON audit_events (subject_id, seq);
CREATE INDEX audit_events_action_seq_idx ON audit_events (action, seq);

-- Where the trail ends. Whoever adds a line holds this row until the transaction ends: numbers have no holes, and are in
-- the order of commits.
CREATE TABLE audit_head (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    seq bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);

INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- A value with its length in bytes before it, so that no two different lines have one text.
CREATE FUNCTION audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(octet_length(value) || ':' || value, '-') || ';'
$$;

-- The text a line's hash is over; `AuditHead.following` makes the same.
CREATE FUNCTION audit_text(line audit_events) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT audit_field('hiroba-audit-1') || audit_field(line.seq::text) || audit_field(line.id::text)
        || audit_field(((extract(epoch FROM line.at) * 1000000)::bigint)::text)
        || audit_field(line.actor_id::text) || audit_field(line.subject_id::text) || audit_field(line.action)
        || audit_field(line.reason) || audit_field(line.request_id)
        || audit_field(line.before::text) || audit_field(line.after::text)
$$;

CREATE FUNCTION chain_audit_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    former audit_head;
BEGIN
    SELECT * INTO STRICT former FROM audit_head FOR UPDATE;
    NEW.seq := former.seq + 1;
    NEW.at := clock_timestamp();
    NEW.hash := sha256(former.hash || convert_to(audit_text(NEW), 'UTF8'));
    UPDATE audit_head SET seq = NEW.seq, hash = NEW.hash;
    RETURN NEW;
END
$$;

CREATE TRIGGER chain_audit_event BEFORE INSERT ON audit_events
    FOR EACH ROW EXECUTE FUNCTION chain_audit_event();

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER refuse_audit_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER refuse_audit_change BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- The last admin who is not banned stays one, whoever tries to change that and by whatever way.
CREATE FUNCTION keep_an_admin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One after the other, also where no event is told of: two who leave at the same moment would each see the other one
    -- still there. The look that
    -- follows has its own snapshot.
    PERFORM pg_advisory_xact_lock(hashtextextended('users_last_admin', 0));
    IF NOT EXISTS (
        SELECT 1 FROM users WHERE 'admin' = ANY (roles) AND (banned_at IS NULL OR banned_until <= clock_timestamp())
    ) THEN
        RAISE EXCEPTION 'the last admin stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'users_last_admin';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER keep_an_admin_changed AFTER UPDATE ON users
    FOR EACH ROW WHEN ('admin' = ANY (OLD.roles)
        AND (NOT 'admin' = ANY (NEW.roles) OR NEW.banned_at IS DISTINCT FROM OLD.banned_at))
    EXECUTE FUNCTION keep_an_admin();
CREATE TRIGGER keep_an_admin_erased AFTER DELETE ON users
    FOR EACH ROW WHEN ('admin' = ANY (OLD.roles))
    EXECUTE FUNCTION keep_an_admin();

CREATE INDEX users_admins_idx ON users (id) WHERE 'admin' = ANY (roles);

-- The one form in which searches compare addresses and names: width, case and the form of a final sigma do not count, as in
-- Unicode's case folding.
CREATE FUNCTION search_form(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN normalize(translate(lower(upper(normalize(value, NFKC) COLLATE "und-x-icu")), 'ς', 'σ'), NFKC);
