-- What is to be made of each video that is ready: one row a video. Made by a trigger, in the transaction that makes the video ready:
-- older replicas make videos ready, too, and nothing else has to be looked for.

CREATE TABLE processing_jobs (
    video_id    uuid PRIMARY KEY REFERENCES videos ON DELETE CASCADE,
    owner_id    uuid NOT NULL,
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'done', 'skipped', 'failed')),
    -- Why it was skipped or failed; names that an older replica does not know are none to it.
    reason      text,
    progress    double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    -- Its place in the line: when it would be done, if each owner had a worker to themselves.
    turn        timestamptz NOT NULL,
    queued_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- When it may be taken: the end of the lease of whoever has it, or of the pause after a try that came to nothing.
    due_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_held     boolean NOT NULL DEFAULT FALSE,
    -- How often it was taken: whoever took it is known by this, and what they made.
    claims      bigint NOT NULL DEFAULT 0,
    -- Of these, in a row, that were not given back in order.
    tries       integer NOT NULL DEFAULT 0,
    -- What the last try ended with.
    fault       text,
    ended_at    timestamptz,
    duration_ms bigint,
    width       integer,
    height      integer,
    -- What is shown, and the claim it was made under: all of it is in the object store before this says so.
    made        text[] NOT NULL DEFAULT '{}',
    published   bigint
);

CREATE INDEX processing_jobs_in_line ON processing_jobs (turn, video_id) WHERE state = 'queued';
CREATE INDEX processing_jobs_of_owner ON processing_jobs (owner_id, turn) WHERE state = 'queued';
CREATE INDEX processing_jobs_set_aside ON processing_jobs (ended_at DESC) WHERE state = 'failed';

-- Behind what its owner has in the line already, by as long as it is expected to take; a second at least, a day at most.
CREATE FUNCTION processing_turn(of_owner uuid, bytes bigint) RETURNS timestamptz LANGUAGE sql AS $$
    SELECT GREATEST(
            clock_timestamp(), (SELECT max(turn) FROM processing_jobs WHERE owner_id = of_owner AND state = 'queued'))
        + make_interval(secs => LEAST(86400, 1 + bytes / 200000.0))
$$;

CREATE FUNCTION queue_processing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO processing_jobs (video_id, owner_id, turn)
    VALUES (NEW.id, NEW.owner_id, processing_turn(NEW.owner_id, NEW.size))
    ON CONFLICT (video_id) DO NOTHING;
    PERFORM pg_notify('processing_jobs', '');
    RETURN NULL;
END
$$;

-- What was made of a video goes with it, whoever removes it; what somebody is making this moment once they have heard of it.
CREATE FUNCTION abandon_renditions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO abandoned_media (media_key, owner_id, retry_at)
    SELECT 'renditions/' || OLD.video_id || '/', OLD.owner_id, due
    FROM unnest(ARRAY[clock_timestamp(), CASE WHEN OLD.is_held AND OLD.due_at > clock_timestamp() THEN OLD.due_at END]) AS due
    WHERE due IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER processing_jobs_that_go AFTER DELETE ON processing_jobs
    FOR EACH ROW WHEN (OLD.claims > 0) EXECUTE FUNCTION abandon_renditions();

CREATE TRIGGER videos_to_process AFTER UPDATE OF state ON videos
    FOR EACH ROW WHEN (NEW.state = 'ready') EXECUTE FUNCTION queue_processing();

-- Videos that come ready, as from a backup of some of them, may be many: once a statement.
CREATE FUNCTION queue_processing_of_many() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO processing_jobs (video_id, owner_id, turn)
    SELECT id, owner_id, GREATEST(clock_timestamp(), line.last) + make_interval(
        secs => sum(LEAST(86400, 1 + size / 200000.0)) OVER (PARTITION BY owner_id ORDER BY created_at, id)::float8)
    FROM come LEFT JOIN (
        SELECT owner_id, max(turn) AS last FROM processing_jobs
        WHERE state = 'queued' AND owner_id IN (SELECT owner_id FROM come WHERE state = 'ready') GROUP BY owner_id
    ) AS line USING (owner_id)
    WHERE state = 'ready'
    ON CONFLICT (video_id) DO NOTHING;
    IF FOUND THEN PERFORM pg_notify('processing_jobs', ''); END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER videos_that_come_ready AFTER INSERT ON videos
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION queue_processing_of_many();
