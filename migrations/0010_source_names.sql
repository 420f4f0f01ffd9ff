-- What a source was called before, so that papers of a past moment keep the name of then. Times are microseconds since
-- the epoch, UTC.

CREATE TABLE source_names (
    source INTEGER NOT NULL REFERENCES sources (id),
    -- Until when it was called so.
    until  INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    PRIMARY KEY (source, until)
) STRICT, WITHOUT ROWID;
