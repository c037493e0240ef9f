-- Videos, the uploads they come from, and notes on bytes nobody needs any more.

CREATE TABLE videos (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL,
    title        text NOT NULL,
    description  text NOT NULL,
    tags         text[] NOT NULL,
    visibility   text NOT NULL CHECK (visibility IN ('public', 'unlisted', 'private', 'members')),
    state        text NOT NULL CHECK (state IN ('uploading', 'ready', 'failed', 'removed')),
    content_type text NOT NULL,
    filename     text,
    size         bigint NOT NULL CHECK (size >= 0),
    sha256       text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    -- Title, description and tags, folded as searches are: see foldedForSearch.
    search_text  text NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    version      bigint NOT NULL DEFAULT 1
);

-- The two halves of the visibility rule, each in the order lists are read.
CREATE INDEX videos_public ON videos (created_at DESC, id DESC) WHERE visibility = 'public' AND state = 'ready';
CREATE INDEX videos_of_owner ON videos (owner_id, created_at DESC, id DESC);
CREATE INDEX videos_by_tag ON videos USING gin (tags);

CREATE TABLE uploads (
    id           uuid PRIMARY KEY,
    video_id     uuid NOT NULL UNIQUE REFERENCES videos ON DELETE CASCADE,
    owner_id     uuid NOT NULL,
    media_key    text NOT NULL,
    media_handle text NOT NULL UNIQUE,
    size         bigint NOT NULL CHECK (size >= 0),
    -- Bytes durably stored.
    received     bigint NOT NULL CHECK (received BETWEEN 0 AND size),
    state        text NOT NULL CHECK (state IN ('uploading', 'finished')),
    metadata     text,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    -- The request that may write, and until when it need not ask again; by the database's clock.
    lease_token  uuid,
    lease_until  timestamptz
);

CREATE INDEX uploads_of_owner ON uploads (owner_id, id DESC);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);
CREATE INDEX uploads_to_finish ON uploads (id) WHERE state = 'uploading' AND received = size;

CREATE TABLE abandoned_media (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    media_key    text NOT NULL,
    -- Null when the bytes were a whole object.
    media_handle text,
    noted_at     timestamptz NOT NULL DEFAULT now()
);
