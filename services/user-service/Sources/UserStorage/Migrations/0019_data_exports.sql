-- What people asked for of all that is kept of them, and what services gave of it, piece by piece. It goes after some days, and
-- with the account.
CREATE TABLE data_exports (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Not ready by then, it has failed.
    fails_at timestamptz NOT NULL,
    ready_at timestamptz,
    -- Why it has, where it was not the time.
    failure text,
    expires_at timestamptz NOT NULL,
    -- Of all pieces.
    bytes bigint NOT NULL DEFAULT 0
);

CREATE INDEX data_exports_user_id_idx ON data_exports (user_id, created_at DESC);
CREATE INDEX data_exports_running_idx ON data_exports (created_at) WHERE ready_at IS NULL;
CREATE INDEX data_exports_expires_at_idx ON data_exports (expires_at);

CREATE TABLE data_export_files (
    export_id uuid NOT NULL REFERENCES data_exports (id) ON DELETE CASCADE,
    service text NOT NULL,
    -- 0, 1, 2, ... without holes.
    number integer NOT NULL CHECK (number >= 0),
    kind text NOT NULL,
    -- Where the service goes on from; null in its last one.
    place text,
    -- CRC-32.
    checksum bigint NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (export_id, service, number)
);
