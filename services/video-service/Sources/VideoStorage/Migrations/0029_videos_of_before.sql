-- Videos that were ready before jobs were made of them, in the order they came; behind 0028, so that none falls in between.
INSERT INTO processing_jobs (video_id, owner_id, turn)
    SELECT id, owner_id, clock_timestamp() + row_number() OVER (PARTITION BY owner_id ORDER BY created_at) * interval '10 s'
    FROM videos WHERE state = 'ready'
    ON CONFLICT (video_id) DO NOTHING;
