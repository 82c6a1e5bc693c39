-- +goose Up

-- Networks from which operators let nothing be taken until a time.
CREATE TABLE blocks (
    day   BIGINT NOT NULL, -- UTC day of the key, since the epoch
    v6    BIGINT NOT NULL, -- 1 for IPv6, 0 for IPv4
    bits  BIGINT NOT NULL, -- length of the prefix
    hash  BIGINT NOT NULL, -- pseudonym under the key of the day, which is destroyed after two days
    until BIGINT NOT NULL,
    PRIMARY KEY (day, v6, bits, hash)
);

-- +goose Down

DROP TABLE blocks;
