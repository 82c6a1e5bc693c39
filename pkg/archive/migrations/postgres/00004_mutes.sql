-- +goose Up

-- Services of which the operators let nothing be judged until a time.
CREATE TABLE mutes (
    service TEXT PRIMARY KEY,
    until   BIGINT NOT NULL,
    text    TEXT NOT NULL -- what is said in public, as JSON by language
);

-- +goose Down

DROP TABLE mutes;
