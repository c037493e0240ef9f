-- Bytes that could not be removed wait for a while and do not stand before others; one replica sweeps at a time.
-- Older replicas go on working: they take notes in the order of their ids and sweep without a turn.
ALTER TABLE abandoned_media ADD COLUMN retry_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX abandoned_media_by_retry ON abandoned_media (retry_at, id);

CREATE TABLE sweep_turns (
    name   text PRIMARY KEY,
    holder uuid NOT NULL,
    -- By the database's clock; a holder that died keeps others out no longer.
    until  timestamptz NOT NULL
);
