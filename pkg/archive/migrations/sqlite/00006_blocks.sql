-- +goose Up

-- Networks from which operators let nothing be taken until a time.
CREATE TABLE blocks (
    day   INTEGER NOT NULL, -- UTC day of the key, since the epoch
    v6    INTEGER NOT NULL, -- 1 for IPv6, 0 for IPv4
    bits  INTEGER NOT NULL, -- length of the prefix
    hash  INTEGER NOT NULL, -- pseudonym under the key of the day, which is destroyed after two days
    until INTEGER NOT NULL,
    PRIMARY KEY (day, v6, bits, hash)
);

-- +goose Down

DROP TABLE blocks;
