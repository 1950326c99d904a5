-- One row a call. The columns are those that are searched; everything else is
-- in record, as JSON.
CREATE TABLE calls (
    id       TEXT PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    end_ms   INTEGER,
    door     TEXT NOT NULL,
    caller   TEXT NOT NULL,
    called   TEXT NOT NULL,
    program  TEXT NOT NULL,
    cause    TEXT NOT NULL,
    record   TEXT NOT NULL
) STRICT;

CREATE INDEX calls_start  ON calls (start_ms DESC, id DESC);
CREATE INDEX calls_caller ON calls (caller, start_ms DESC);
CREATE INDEX calls_called ON calls (called, start_ms DESC);

-- The journal of each call, as JSON; apart, because lists do not need it.
CREATE TABLE call_events (
    call_id TEXT PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
    events  TEXT NOT NULL
) STRICT;
