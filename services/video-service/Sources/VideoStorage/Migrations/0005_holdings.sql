-- How much each account has here: uploads in flight, videos (those on their way too) and the bytes of these. A row an account, so that a
-- limit on them costs one row however many there are; who begins an upload locks it.
--
-- Counted by triggers, in the transaction that changes what is counted: older replicas, which do not know of it, count too, and so does
-- whatever is mended by hand.

-- What is counted must stand still once. The second table is not waited for: its writers may want the first one.
LOCK TABLE videos IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE uploads IN SHARE ROW EXCLUSIVE MODE NOWAIT;

CREATE TABLE holdings (
    owner_id uuid PRIMARY KEY,
    uploads  bigint NOT NULL DEFAULT 0,
    videos   bigint NOT NULL DEFAULT 0,
    bytes    bigint NOT NULL DEFAULT 0
);

CREATE FUNCTION hold(owner uuid, more_uploads bigint, more_videos bigint, more_bytes bigint) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO holdings AS held (owner_id, uploads, videos, bytes) VALUES (owner, more_uploads, more_videos, more_bytes)
    ON CONFLICT (owner_id) DO UPDATE SET uploads = held.uploads + excluded.uploads,
        videos = held.videos + excluded.videos, bytes = held.bytes + excluded.bytes
$$;

-- Once a statement, however many rows it makes or removes.
CREATE FUNCTION hold_videos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(owner_id, 0, count(*), sum(size)::bigint) FROM come GROUP BY owner_id;
    ELSE
        PERFORM hold(owner_id, 0, -count(*), -sum(size)::bigint) FROM gone GROUP BY owner_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION hold_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(owner_id, count(*), 0, 0) FROM come WHERE state = 'uploading' GROUP BY owner_id;
    ELSE
        PERFORM hold(owner_id, -count(*), 0, 0) FROM gone WHERE state = 'uploading' GROUP BY owner_id;
    END IF;
    RETURN NULL;
END
$$;

-- Once a row, and not for what changes all the time, as the bytes an upload has received.
CREATE FUNCTION hold_changed_video() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM hold(OLD.owner_id, 0, -1, -OLD.size);
    PERFORM hold(NEW.owner_id, 0, 1, NEW.size);
    RETURN NULL;
END
$$;

CREATE FUNCTION hold_changed_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'uploading' THEN PERFORM hold(OLD.owner_id, -1, 0, 0); END IF;
    IF NEW.state = 'uploading' THEN PERFORM hold(NEW.owner_id, 1, 0, 0); END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER videos_that_come AFTER INSERT ON videos
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION hold_videos();
CREATE TRIGGER videos_that_go AFTER DELETE ON videos
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION hold_videos();
CREATE TRIGGER videos_that_change AFTER UPDATE OF owner_id, size ON videos
    FOR EACH ROW EXECUTE FUNCTION hold_changed_video();
CREATE TRIGGER uploads_that_come AFTER INSERT ON uploads
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION hold_uploads();
CREATE TRIGGER uploads_that_go AFTER DELETE ON uploads
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION hold_uploads();
CREATE TRIGGER uploads_that_change AFTER UPDATE OF owner_id, state ON uploads
    FOR EACH ROW EXECUTE FUNCTION hold_changed_upload();

-- What holdings must be: counted anew, for whoever doubts them (docs/db.md).
CREATE VIEW counted_holdings AS
    SELECT owner_id, sum(uploads)::bigint AS uploads, sum(videos)::bigint AS videos, sum(bytes)::bigint AS bytes
    FROM (
        SELECT owner_id, 0 AS uploads, count(*) AS videos, sum(size) AS bytes FROM videos GROUP BY owner_id
        UNION ALL
        SELECT owner_id, count(*), 0, 0 FROM uploads WHERE state = 'uploading' GROUP BY owner_id
    ) AS parts
    GROUP BY owner_id;

INSERT INTO holdings (owner_id, uploads, videos, bytes) SELECT owner_id, uploads, videos, bytes FROM counted_holdings;
