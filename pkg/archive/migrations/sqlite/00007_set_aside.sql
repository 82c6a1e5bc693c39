-- +goose Up

-- How many of n are set aside, because one holder of addresses sent too many.
ALTER TABLE rollups ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;

-- +goose Down

ALTER TABLE rollups DROP COLUMN aside;
