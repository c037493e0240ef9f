-- The id of what a call makes, the same over all its repeats. Older replicas, which do not write it, go on working.
ALTER TABLE idempotency_keys ADD COLUMN effect_id uuid NOT NULL DEFAULT gen_random_uuid();
