-- No foreign key to rooms: append_messages, the only writer, holds the room's row while it inserts, and a trigger a
-- row would cost as much as the insert itself.
CREATE TABLE messages (
    id         uuid NOT NULL,
    room_id    uuid NOT NULL,
    seq        bigint NOT NULL,
    sender_id  uuid NOT NULL,
    client_id  text NOT NULL,
    body       text NOT NULL,
    sent_at    timestamptz NOT NULL,
    edited_at  timestamptz,
    deleted_at timestamptz,
    reply_to   uuid,
    PRIMARY KEY (room_id, seq)
);

CREATE UNIQUE INDEX messages_by_id ON messages (id);
-- Not unique: a client_id may come again after a day. The room's lock is what keeps repeats out.
CREATE INDEX messages_by_client_id ON messages (room_id, sender_id, client_id, sent_at);

-- Appends a batch of drafts, element i of every array being one draft, and says of each what became of it.
--
-- outcome: 'stored'; 'repeated' (id, seq and sent_at are those of the first message with this client_id within a day,
-- also of one earlier in the batch); 'room-not-found'; 'not-a-member'; 'reply-target-not-found'.
--
-- The rooms are locked first, in the order of their ids so that two batches cannot wait for each other, and only then
-- read, by a statement of its own that sees what the former holder of the lock has committed. So seq has no holes and
-- no message is stored twice, from however many replicas batches come.
CREATE FUNCTION append_messages(
    ids uuid[], room_ids uuid[], sender_ids uuid[], client_ids text[], bodies text[], reply_tos uuid[]
) RETURNS TABLE (outcome text, message_id uuid, message_seq bigint, message_sent_at timestamptz)
LANGUAGE plpgsql
-- One plan for all batches, by index however few rows the tables had when it was made.
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
    at timestamptz;
BEGIN
    PERFORM FROM rooms r WHERE r.id = ANY (room_ids) ORDER BY r.id FOR NO KEY UPDATE;
    -- After the wait for the locks, so that sent_at grows with seq.
    at := date_trunc('milliseconds', clock_timestamp());

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
        CASE p.verdict WHEN 'stored' THEN at WHEN 'repeated' THEN p.first_sent_at END
    FROM placed p
    WINDOW alike AS (PARTITION BY p.room_id, p.sender_id, p.client_id, p.verdict ORDER BY p.place)
    ORDER BY p.place;
END
$$;
