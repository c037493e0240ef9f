-- The table of the store all services share. What is kept moves over; idempotency_keys stays for one release, for replicas
-- that still write it, and goes with the next migration.
CREATE TABLE kept_answers (
    caller text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    -- A keyed hash: the body it is of may hold a password.
    fingerprint text NOT NULL,
    token uuid NOT NULL,
    -- The id of what the call makes: of the account, for a sign-up.
    effect_id uuid NOT NULL DEFAULT gen_random_uuid(),
    lease_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- The answer, once there is one.
    status integer,
    fields text[],
    body bytea,
    PRIMARY KEY (caller, route, key)
);

INSERT INTO kept_answers
    (caller, route, key, fingerprint, token, effect_id, lease_until, expires_at, status, fields, body)
SELECT caller, route, key, encode(fingerprint, 'base64'), token,
       coalesce(substring(location FROM '^/v1/users/([0-9a-f-]{36})$')::uuid, gen_random_uuid()),
       lease_until, expires_at, status, fields, body
FROM idempotency_keys WHERE status IS NOT NULL AND expires_at > now();

CREATE INDEX kept_answers_expires_at_idx ON kept_answers (expires_at);
CREATE INDEX kept_answers_effect_id_idx ON kept_answers (effect_id);
