-- An event without its long texts is what a lead is folded from; the texts stand by themselves, for whoever shows them.
-- Projection: filled when the journal is read again. Until then `events.payload` holds events whole, which is as good.

CREATE TABLE event_texts (
    event INTEGER PRIMARY KEY,
    -- What was taken out of `events.payload`, packed.
    texts BLOB    NOT NULL
) STRICT;

-- The same of each way in which an event was told; NULL where nothing was taken out.
ALTER TABLE event_versions ADD COLUMN texts BLOB;
