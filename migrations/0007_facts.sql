-- What figures need of each lead, made with the lead from its events: a part of the projection.

CREATE TABLE facts (
    lead     INTEGER PRIMARY KEY,
    -- The earliest and the latest moment that any figure of the lead goes by.
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    packed   BLOB    NOT NULL
) STRICT;

CREATE INDEX facts_span ON facts (last_at, first_at);
