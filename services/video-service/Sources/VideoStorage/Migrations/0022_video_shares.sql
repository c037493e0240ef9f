-- Whom owners share videos with, which counts while these are private.
CREATE TABLE video_shares (
    video_id  uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    user_id   uuid NOT NULL,
    shared_at timestamptz NOT NULL,
    PRIMARY KEY (video_id, user_id)
);

-- What is shared with somebody, whatever was last first.
CREATE INDEX video_shares_with ON video_shares (user_id, shared_at DESC, video_id DESC);

-- Members' videos are in lists as public ones are (videos_listed, videos_listed_by_terms). What older replicas ask for, public ones
-- alone, is along the new indexes as well.
DROP INDEX videos_public;
DROP INDEX videos_by_terms;
