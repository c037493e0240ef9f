-- In which language an account is written to.
ALTER TABLE users ADD COLUMN locale text NOT NULL DEFAULT 'en';

-- Tokens that travel by mail, each by its digest: one an account and purpose, so that a new one voids the former.
CREATE TABLE mail_tokens (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    purpose text NOT NULL,
    -- A keyed hash, over the purpose too.
    digest bytea NOT NULL CONSTRAINT mail_tokens_digest_key UNIQUE CHECK (octet_length(digest) = 32),
    -- The address it went to: it proves nothing of another.
    email text NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, purpose)
);

CREATE INDEX mail_tokens_expires_at_idx ON mail_tokens (expires_at);

-- When the last mail of a kind went to an address, under a hash of both: of addresses that are nobody's too, so that nobody
-- can tell them apart.
CREATE TABLE mail_turns (
    name bytea PRIMARY KEY CHECK (octet_length(name) = 32),
    at timestamptz NOT NULL
);

CREATE INDEX mail_turns_at_idx ON mail_turns (at);

-- Mails, written with the change they tell of. What they say is made of this when they go out.
CREATE TABLE mails (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    kind text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email text NOT NULL,
    name text NOT NULL,
    locale text NOT NULL,
    -- What a kind tells beside that.
    facts json NOT NULL DEFAULT '{}',
    -- The token in it, sealed under the mail's id; NULL as soon as nobody is to send it any more.
    secret bytea,
    -- What it is known by: one that is void by then does not go out.
    digest bytea,
    -- waiting, sent or failed.
    state text NOT NULL DEFAULT 'waiting',
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Not tried before; while a replica is at it, the time at which it is taken for dead.
    not_before timestamptz NOT NULL DEFAULT now(),
    -- Not sent any more from then on.
    expires_at timestamptz NOT NULL,
    -- That of the try under way.
    claim uuid,
    tries integer NOT NULL DEFAULT 0,
    -- Tries of which nobody knows whether they delivered it.
    doubts integer NOT NULL DEFAULT 0,
    -- How it ended, and what the last failure was, without a word of whom it was for.
    outcome text,
    failure text,
    ended_at timestamptz
);

CREATE INDEX mails_waiting_idx ON mails (not_before) WHERE state = 'waiting';
CREATE INDEX mails_ended_at_idx ON mails (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX mails_user_id_idx ON mails (user_id);

CREATE FUNCTION announce_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY mails;
    RETURN NULL;
END
$$;

CREATE TRIGGER announce_mail AFTER INSERT ON mails FOR EACH ROW EXECUTE FUNCTION announce_mail();

-- An address that an account is to have: once whoever reads the mail of either has said so, within the time.
CREATE TABLE email_changes (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    email text NOT NULL CHECK (octet_length(email) <= 254),
    -- The account's when it was asked for: from another one it is not made.
    former text NOT NULL,
    is_former_sure boolean NOT NULL DEFAULT false,
    is_new_sure boolean NOT NULL DEFAULT false,
    expires_at timestamptz NOT NULL
);

CREATE INDEX email_changes_expires_at_idx ON email_changes (expires_at);

-- What the owner of an account is told of: each row with a mail.
ALTER TABLE security_events
    ALTER COLUMN id SET DEFAULT gen_random_uuid(),
    ALTER COLUMN at SET DEFAULT now(),
    ALTER COLUMN session_id DROP NOT NULL,
    -- Where the mail goes, where that is not the account's address.
    ADD COLUMN email text;

CREATE INDEX security_events_user_id_at_id_idx ON security_events (user_id, at DESC, id DESC);
CREATE INDEX security_events_at_idx ON security_events (at);
DROP INDEX security_events_user_id_at_idx;

-- Of equal notices to one address one goes out a minute: one that comes earlier waits until that is over, and stands for those
-- that come while it does.
CREATE FUNCTION post_notice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- An older release writes the one kind it has with hyphens.
    notice text := replace(NEW.kind, '-', '_');
    turn timestamptz;
BEGIN
    INSERT INTO mail_turns AS t (name, at)
    VALUES (sha256(convert_to(concat_ws(' ', notice, NEW.user_id, NEW.email), 'UTF8')), now())
    ON CONFLICT (name) DO UPDATE SET at = greatest(now(), t.at + interval '1 minute') WHERE t.at <= now()
    RETURNING t.at INTO turn;
    IF turn IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO mails (kind, user_id, email, name, locale, facts, not_before, expires_at)
    SELECT notice, u.id, coalesce(NEW.email, u.email), u.display_name, u.locale,
           json_build_object('at', NEW.at, 'user_agent', NEW.user_agent, 'address', NEW.address), turn,
           turn + interval '3 days'
    FROM users u WHERE u.id = NEW.user_id;
    RETURN NULL;
END
$$;

CREATE TRIGGER post_notice AFTER INSERT ON security_events FOR EACH ROW EXECUTE FUNCTION post_notice();
