-- What payment providers told: each delivery once, by the name of the provider and the id it gave it. Kept for days, so
-- that a repeat finds its answer and has no effect.
CREATE TABLE webhook_deliveries (
    source text NOT NULL,
    id text NOT NULL,
    -- SHA-256 of the body.
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    outcome text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, id)
);

CREATE INDEX webhook_deliveries_at_idx ON webhook_deliveries (at);

-- When the newest thing happened that a provider told of an account, by the provider's clock: what is older changes nothing.
CREATE TABLE membership_reports (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    source text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (user_id, source)
);

-- Who did it, where no account did: a provider, the operator, or the time.
ALTER TABLE audit_events ADD COLUMN actor text;

-- Lines without an actor have the text they always had. A program from before this takes one with an actor for changed when
-- it verifies the trail, and adds lines as it always did.
CREATE OR REPLACE FUNCTION audit_text(line audit_events) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT audit_field('hiroba-audit-1') || audit_field(line.seq::text) || audit_field(line.id::text)
        || audit_field(((extract(epoch FROM line.at) * 1000000)::bigint)::text)
        || audit_field(line.actor_id::text) || audit_field(line.subject_id::text) || audit_field(line.action)
        || audit_field(line.reason) || audit_field(line.request_id)
        || audit_field(line.before::text) || audit_field(line.after::text)
        || CASE WHEN line.actor IS NULL THEN '' ELSE audit_field(line.actor) END
$$;
