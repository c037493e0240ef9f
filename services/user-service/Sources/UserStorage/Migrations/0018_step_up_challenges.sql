-- A challenge may be given out for showing again who one is in a session; it is of that session then, and of no account, whose
-- owner it would otherwise give a new passkey.
ALTER TABLE passkey_challenges ADD COLUMN session_id uuid;
