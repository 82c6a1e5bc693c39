-- +goose Up

-- Services that visitors looked for and did not find. Nothing says who they were.
CREATE TABLE wishes (
    name   TEXT PRIMARY KEY, -- in the form in which spellings are equal
    shown  TEXT   NOT NULL,  -- as the first visitor wrote it
    n      INTEGER NOT NULL,  -- how often it was asked for
    first  INTEGER NOT NULL,
    latest INTEGER NOT NULL
);

-- +goose Down

DROP TABLE wishes;
