-- A task that completes writes no index: its status is indexed only where it is neither `pending` nor `completed`.
DROP INDEX task_user_status;
ALTER TABLE task ADD COLUMN indexed_status text
    GENERATED ALWAYS AS (CASE WHEN status NOT IN ('pending', 'completed') THEN status END) VIRTUAL;
CREATE INDEX task_user_status ON task (user_id, indexed_status, created_at, id) WHERE indexed_status IS NOT NULL;
