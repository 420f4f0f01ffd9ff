-- An entry that takes another back (kind 5) says in a column of its own whether it does (1), or puts it in force again (0).
-- Until now that stood in `trust`, which of every other kind says how a signature was.

DROP VIEW undone_deliveries;
DROP VIEW later_checks;

-- NULL: an entry of another kind.
ALTER TABLE journal ADD COLUMN undone INTEGER;

-- The journal only grows: what these entries say stays, word for word. They say it in another column.
INSERT INTO erasing (id) VALUES (1);
UPDATE journal INDEXED BY journal_taken_back SET undone = trust, trust = 0 WHERE kind = 5;
DELETE FROM erasing;

DROP INDEX journal_taken_back;
CREATE INDEX journal_taken_back ON journal (about, received_at, seq, undone) WHERE kind = 5;

-- Later checks that stand: of what was said last about one, taken back or not, the last word counts.
CREATE VIEW later_checks AS
SELECT v.seq, v.about, v.received_at AS at, v.trust
FROM journal v
WHERE v.kind = 3
  AND coalesce((SELECT t.undone FROM journal t WHERE t.about = v.seq AND t.kind = 5
                ORDER BY t.received_at DESC, t.seq DESC LIMIT 1), 0) = 0;

-- Deliveries whose import was taken back: in the journal, and nowhere else.
CREATE VIEW undone_deliveries AS
SELECT j.seq
FROM journal j
WHERE j.import IS NOT NULL
  AND coalesce((SELECT t.undone FROM journal t WHERE t.about = j.import AND t.kind = 5
                ORDER BY t.received_at DESC, t.seq DESC LIMIT 1), 0) = 1;
