-- +goose Up

-- What an answered report said; 0 in rows from before, which are forgotten
-- within window.IDMemory.
ALTER TABLE answers ADD COLUMN cell INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE answers DROP COLUMN cell;
