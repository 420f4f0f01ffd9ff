-- When the public door was open, when it was not, and how often each source is usually heard. All of this is
-- told of this machine: it is not part of the journal. Times are microseconds since the epoch, UTC.

-- From a start of the program until its end.
CREATE TABLE runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL,
    last_beat  INTEGER NOT NULL,
    -- Set where it ended in order.
    ended_at   INTEGER
) STRICT;

-- Periods in which the door was not open.
CREATE TABLE gaps (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    from_at INTEGER NOT NULL,
    to_at   INTEGER NOT NULL,
    -- shutdown, crash, asleep, not_listening
    why     TEXT    NOT NULL
) STRICT;

CREATE INDEX gaps_time ON gaps (from_at, to_at);

-- What a gap means for each source that was connected in it.
CREATE TABLE gap_sources (
    gap       INTEGER NOT NULL REFERENCES gaps (id),
    source    INTEGER NOT NULL,
    -- 1: the service sends again what it could not deliver.
    resends   INTEGER NOT NULL,
    -- open, imported, dismissed, resent
    state     TEXT    NOT NULL,
    reason    TEXT,
    import    INTEGER,
    closed_at INTEGER,
    PRIMARY KEY (gap, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX gap_sources_open ON gap_sources (gap) WHERE state = 'open';
CREATE INDEX gap_sources_import ON gap_sources (import) WHERE import IS NOT NULL;

-- Deliveries of each source by hour (since the epoch), and the last of them.
CREATE TABLE heard (
    source  INTEGER NOT NULL,
    hour    INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) STRICT, WITHOUT ROWID;

INSERT INTO heard (source, hour, n, last_at)
SELECT source, received_at / 3600000000, count(*), max(received_at)
FROM journal
WHERE kind = 1 AND import IS NULL
GROUP BY source, received_at / 3600000000;
