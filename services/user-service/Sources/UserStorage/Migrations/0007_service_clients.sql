-- Services that get tokens for themselves, as SERVICE_CLIENTS declared them last.
CREATE TABLE service_clients (
    id text PRIMARY KEY,
    scopes text[] NOT NULL
);

CREATE TABLE service_client_secrets (
    client_id text NOT NULL REFERENCES service_clients (id) ON DELETE CASCADE,
    -- A keyed hash.
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- NULL for the present one. The one before it counts until then.
    valid_until timestamptz,
    PRIMARY KEY (client_id, digest)
);

CREATE UNIQUE INDEX service_client_secrets_one_present_idx ON service_client_secrets (client_id)
    WHERE valid_until IS NULL;
CREATE INDEX service_client_secrets_valid_until_idx ON service_client_secrets (valid_until)
    WHERE valid_until IS NOT NULL;
