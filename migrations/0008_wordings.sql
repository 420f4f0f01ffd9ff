-- What was known at a past moment. Times are microseconds since the epoch, UTC.

-- Projection: events that were told in more than one way. Of the usual event nothing is kept here: every delivery
-- of it said what `events` says.

-- Each way once.
CREATE TABLE wordings (
    event    INTEGER NOT NULL,
    -- Of time, origin and payload.
    hash     BLOB    NOT NULL,
    -- NULL: this one gives no time.
    at       INTEGER,
    imported INTEGER NOT NULL,
    payload  BLOB    NOT NULL,
    PRIMARY KEY (event, hash)
) STRICT, WITHOUT ROWID;

-- Which way each delivery of such an event told it.
CREATE TABLE worded (
    event    INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    hash     BLOB    NOT NULL,
    unsigned INTEGER NOT NULL,
    PRIMARY KEY (event, seq, hash)
) STRICT, WITHOUT ROWID;

-- What was placed after a moment: deliveries, and what people did (which the ledger does not know).
CREATE INDEX ledger_placed ON ledger (coalesce(placed_at, received_at));
CREATE INDEX events_ours ON events (placed_at) WHERE source = 0;

-- The tables are empty until the journal is read again.
DELETE FROM settings WHERE name = 'projection_version';
