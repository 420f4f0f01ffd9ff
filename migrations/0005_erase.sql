-- Erasing people, and retention. Times are microseconds since the epoch, UTC.

-- Ids of what was erased are kept as hashes under this key, which never leaves the file and its backups.
INSERT INTO settings (name, value) SELECT 'erase_key', lower(hex(randomblob(32)))
WHERE NOT EXISTS (SELECT 1 FROM settings WHERE name = 'erase_key');

CREATE INDEX journal_tombstones ON journal (seq) WHERE kind = 4;

-- Projection: 1: what is left of an event that was erased.
ALTER TABLE events ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;

-- The two below are read out of the tombstones, and made anew from them by a rebuild.

-- What must not come back: keyed hashes of events, calls, texts and forms.
CREATE TABLE kept_out (
    hash  BLOB PRIMARY KEY,
    -- A conversation goes on: only what happened up to here is kept out. NULL: for good.
    until INTEGER
) STRICT, WITHOUT ROWID;

-- One line for each person erased, and each run of a retention rule; nothing in it says who.
CREATE TABLE erasures (
    id             TEXT    PRIMARY KEY,
    at             INTEGER NOT NULL,
    -- 'person' or 'age'
    why            TEXT    NOT NULL,
    -- The opaque name of the lead, where it was one person.
    person         TEXT,
    events         INTEGER NOT NULL,
    -- When the first of the events was received: backups made before that never held them.
    first_received INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
