-- How many parts of a delivery could not be read, where the rest was: erasing looks into those too.

-- Projection.
ALTER TABLE ledger ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;

-- Until now only the sentence for people said so. How many there are is said again when it is read again.
UPDATE ledger SET left_out = 1 WHERE repairs LIKE '%left out%';

CREATE INDEX ledger_left_out ON ledger (seq) WHERE left_out <> 0;
