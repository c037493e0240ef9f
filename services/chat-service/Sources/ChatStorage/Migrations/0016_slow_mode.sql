-- When somebody last said something in a room while it was in slow mode. Apart from the members: who leaves and comes back has not waited.
CREATE TABLE room_speakers (
    room_id  uuid NOT NULL,
    user_id  uuid NOT NULL,
    spoke_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

CREATE INDEX room_speakers_by_user ON room_speakers (user_id);

-- As append_messages was in 0002, and lets plain members of a room in slow mode say something once in so many seconds.
--
-- outcome: 'stored'; 'repeated' (id, seq and sent_at are those of the first message with this client_id within a day,
-- also of one earlier in the batch); 'room-not-found'; 'not-a-member'; 'reply-target-not-found'; 'slow-mode' with what is left to wait.
--
-- The rooms are locked first, in the order of their ids so that two batches cannot wait for each other, and only then
-- read, by a statement of its own that sees what the former holder of the lock has committed. So seq has no holes,
-- no message is stored twice and nobody speaks too soon, from however many replicas batches come. Rooms without slow mode cost nothing more.
CREATE FUNCTION append_drafts(
    ids uuid[], room_ids uuid[], sender_ids uuid[], client_ids text[], bodies text[], reply_tos uuid[]
) RETURNS TABLE (outcome text, message_id uuid, message_seq bigint, message_sent_at timestamptz, wait_ms bigint)
LANGUAGE plpgsql
-- One plan for all batches, by index however few rows the tables had when it was made.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET lock_timeout = '5s'
AS $$
DECLARE
    at timestamptz;
    has_slow boolean;
    -- The drafts that come too soon, by their place in the batch.
    early bigint[] := '{}';
BEGIN
    SELECT bool_or(l.is_slow) INTO has_slow FROM (
        SELECT r.slow_mode_seconds > 0 AS is_slow FROM rooms r WHERE r.id = ANY (room_ids) ORDER BY r.id FOR NO KEY UPDATE
    ) l;
    -- After the wait for the locks, so that sent_at grows with seq.
    at := date_trunc('milliseconds', clock_timestamp());

    IF has_slow THEN
        -- Of what somebody says in one batch the first counts; what will be refused anyway, or has been said, does not.
        early := ARRAY(
            SELECT w.place FROM (
                SELECT d.place, d.client_id, first_value(d.client_id) OVER (PARTITION BY d.room_id, d.sender_id ORDER BY d.place) AS first,
                    s.spoke_at > at - r.slow_mode_seconds * interval '1 second' AS is_waiting
                FROM unnest(room_ids, sender_ids, client_ids, reply_tos)
                        WITH ORDINALITY AS d (room_id, sender_id, client_id, reply_to, place)
                    JOIN rooms r ON r.id = d.room_id AND r.slow_mode_seconds > 0
                    JOIN members m ON m.room_id = d.room_id AND m.user_id = d.sender_id AND m.role NOT IN ('moderator', 'owner')
                    LEFT JOIN room_speakers s ON s.room_id = d.room_id AND s.user_id = d.sender_id
                WHERE NOT EXISTS (
                    SELECT FROM messages f
                    WHERE f.room_id = d.room_id AND f.sender_id = d.sender_id AND f.client_id = d.client_id
                        AND f.sent_at > at - interval '24 hours'
                ) AND (d.reply_to IS NULL OR EXISTS (
                    SELECT FROM messages t WHERE t.id = d.reply_to AND t.room_id = d.room_id
                ))
            ) w WHERE w.is_waiting OR w.client_id <> w.first
        );
    END IF;

    RETURN QUERY
    WITH draft AS (
        SELECT * FROM unnest(ids, room_ids, sender_ids, client_ids, bodies, reply_tos)
            WITH ORDINALITY AS d (id, room_id, sender_id, client_id, body, reply_to, place)
    ), judged AS (
        SELECT d.*, r.last_seq, first.id AS first_id, first.seq AS first_seq, first.sent_at AS first_sent_at,
            CASE
                WHEN r.id IS NULL OR (m.user_id IS NULL AND r.kind = 'private') THEN 'room-not-found'
                WHEN m.user_id IS NULL THEN 'not-a-member'
                WHEN first.id IS NOT NULL THEN 'repeated'
                WHEN d.reply_to IS NOT NULL AND NOT EXISTS (
                    SELECT FROM messages t WHERE t.id = d.reply_to AND t.room_id = d.room_id
                ) THEN 'reply-target-not-found'
                WHEN d.place = ANY (early) THEN 'slow-mode'
                ELSE 'stored'
            END AS verdict
        FROM draft d
            LEFT JOIN rooms r ON r.id = d.room_id
            LEFT JOIN members m ON m.room_id = d.room_id AND m.user_id = d.sender_id
            LEFT JOIN LATERAL (
                SELECT f.id, f.seq, f.sent_at FROM messages f
                WHERE f.room_id = d.room_id AND f.sender_id = d.sender_id AND f.client_id = d.client_id
                    AND f.sent_at > at - interval '24 hours'
                ORDER BY f.sent_at DESC LIMIT 1
            ) first ON true
    ), counted AS (
        SELECT j.*, j.verdict = 'stored' AND row_number() OVER alike = 1 AS is_new,
            first_value(j.id) OVER alike AS first_of_batch
        FROM judged j
        WINDOW alike AS (PARTITION BY j.room_id, j.sender_id, j.client_id, j.verdict ORDER BY j.place)
    ), placed AS (
        SELECT c.*, c.last_seq + count(*) FILTER (WHERE c.is_new) OVER in_room AS seq FROM counted c
        WINDOW in_room AS (PARTITION BY c.room_id ORDER BY c.place)
    ), stored AS (
        INSERT INTO messages (id, room_id, seq, sender_id, client_id, body, sent_at, reply_to)
        SELECT p.id, p.room_id, p.seq, p.sender_id, p.client_id, p.body, at, p.reply_to
        FROM placed p WHERE p.is_new
    ), reached AS (
        UPDATE rooms r SET last_seq = top.seq
        FROM (SELECT p.room_id, max(p.seq) AS seq FROM placed p WHERE p.is_new GROUP BY p.room_id) top
        WHERE r.id = top.room_id
    )
    SELECT
        CASE WHEN p.verdict = 'stored' AND NOT p.is_new THEN 'repeated' ELSE p.verdict END,
        CASE p.verdict WHEN 'stored' THEN p.first_of_batch WHEN 'repeated' THEN p.first_id END,
        CASE p.verdict WHEN 'stored' THEN first_value(p.seq) OVER alike WHEN 'repeated' THEN p.first_seq END,
        CASE p.verdict WHEN 'stored' THEN at WHEN 'repeated' THEN p.first_sent_at END,
        CASE p.verdict WHEN 'slow-mode' THEN slow_mode_wait(p.room_id, p.sender_id, at) END
    FROM placed p
    WINDOW alike AS (PARTITION BY p.room_id, p.sender_id, p.client_id, p.verdict ORDER BY p.place)
    ORDER BY p.place;

    IF has_slow THEN
        INSERT INTO room_speakers AS s (room_id, user_id, spoke_at)
        SELECT DISTINCT m.room_id, m.sender_id, at FROM messages m JOIN rooms r ON r.id = m.room_id AND r.slow_mode_seconds > 0
        WHERE m.id = ANY (ids) AND m.sent_at = at
        ON CONFLICT (room_id, user_id) DO UPDATE SET spoke_at = excluded.spoke_at;
    END IF;
END
$$;

-- What is left to wait for who said something too soon, in milliseconds: what is left of the wait that had begun, else all of the one
-- that begins with what they said just before.
CREATE FUNCTION slow_mode_wait(room uuid, speaker uuid, at timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest(1, ceil(extract(epoch FROM CASE
        WHEN s.spoke_at > at - w.slow THEN s.spoke_at + w.slow - at ELSE w.slow END) * 1000))::bigint
    FROM (SELECT r.slow_mode_seconds * interval '1 second' AS slow FROM rooms r WHERE r.id = room) w
        LEFT JOIN room_speakers s ON s.room_id = room AND s.user_id = speaker;
$$;

-- For programs older than this, which have no word for it.
CREATE OR REPLACE FUNCTION append_messages(
    ids uuid[], room_ids uuid[], sender_ids uuid[], client_ids text[], bodies text[], reply_tos uuid[]
) RETURNS TABLE (outcome text, message_id uuid, message_seq bigint, message_sent_at timestamptz)
LANGUAGE sql AS $$
    SELECT CASE d.outcome WHEN 'slow-mode' THEN 'not-a-member' ELSE d.outcome END, d.message_id, d.message_seq, d.message_sent_at
    FROM append_drafts(ids, room_ids, sender_ids, client_ids, bodies, reply_tos) d;
$$;
