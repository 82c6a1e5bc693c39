-- +goose Up

-- What operators took out of the counts.
CREATE TABLE exclusions (
    id        BIGINT PRIMARY KEY, -- of the action in admin_actions
    service   TEXT    NOT NULL,
    first     INTEGER NOT NULL, -- minute
    past      INTEGER NOT NULL, -- the minute after the last
    countries TEXT    NOT NULL, -- JSON
    symptom   TEXT    NOT NULL,
    sender    BIGINT  NOT NULL, -- bits of a network under mask; 0 and 0 for everybody
    mask      BIGINT  NOT NULL,
    body      TEXT    NOT NULL, -- what is said in public, JSON
    n         BIGINT  NOT NULL, -- reports that are taken out
    is_over   INTEGER NOT NULL DEFAULT 0 -- 1 once they were put back
);

-- The exclusion that took a report out of the counts.
ALTER TABLE reports ADD COLUMN exclusion BIGINT;

CREATE INDEX reports_excluded ON reports (exclusion, minute) WHERE exclusion IS NOT NULL;

-- +goose Down

DROP INDEX reports_excluded;
ALTER TABLE reports DROP COLUMN exclusion;
DROP TABLE exclusions;
