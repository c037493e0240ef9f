-- One row a repeatable call: claimed by whoever inserts it, or takes it over when its lease or its time is over.
CREATE TABLE idempotency_keys (
    caller      text NOT NULL,
    route       text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    token       uuid NOT NULL,
    lease_until timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    status      integer,
    fields      text[],
    body        bytea,
    PRIMARY KEY (caller, route, key)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
