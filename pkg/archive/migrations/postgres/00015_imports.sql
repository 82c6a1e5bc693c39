-- +goose Up

-- The file that is being imported. The row is deleted when all of it is there.
CREATE TABLE imports (
    file  TEXT PRIMARY KEY, -- its checksum
    frame INTEGER NOT NULL  -- how many of its frames are imported
);

-- +goose Down

DROP TABLE imports;
