CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    -- A keyed hash: the body it is of may hold a password.
    fingerprint bytea NOT NULL,
    token uuid NOT NULL,
    lease_until timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    -- The answer, once there is one.
    status integer,
    fields text[],
    body bytea,
    -- What the call created, so that the answer goes when that does.
    location text,
    PRIMARY KEY (caller, route, key)
);

CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);
CREATE INDEX idempotency_keys_location_idx ON idempotency_keys (location) WHERE location IS NOT NULL;
