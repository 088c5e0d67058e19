-- The event log of an embedded system. Positions are the offsets: one partition a topic, in commit order.
CREATE TABLE log_event (
    position bigserial PRIMARY KEY,
    topic text NOT NULL,
    event_key text NOT NULL,
    headers text NOT NULL,
    payload text NOT NULL,
    created_at bigint NOT NULL
);
CREATE INDEX log_event_by_topic ON log_event (topic, position);
CREATE INDEX log_event_by_age ON log_event (created_at);

-- The last position each group has done, a topic.
CREATE TABLE log_offset (
    group_name text NOT NULL,
    topic text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (group_name, topic)
);
