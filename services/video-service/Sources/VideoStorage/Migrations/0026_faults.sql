-- Why a video failed; names that an older replica does not know are none to it.
ALTER TABLE videos ADD COLUMN fault text;
