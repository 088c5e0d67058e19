-- What a search looks at stands in the indexes: a page is read from them alone, and only its rows from the table.
CREATE INDEX account_by_age ON account (created_at, user_id, state, roles);
CREATE INDEX account_by_username ON account (username_key, user_id, state, roles, created_at);
CREATE INDEX account_by_email ON account (email_key, user_id, username_key, state, roles, created_at);
CREATE INDEX account_locked ON account (created_at, user_id, username_key, email_key, state, roles)
WHERE state = 'locked';
CREATE INDEX account_administrators ON account (created_at, user_id, username_key, email_key, state, roles)
WHERE ' ' || roles || ' ' LIKE '% admin %';

CREATE INDEX audit_entry_by_actor ON audit_entry (actor_id, at, entry_id);
CREATE INDEX audit_entry_by_action ON audit_entry (action, at, entry_id);

CREATE TRIGGER audit_entry_is_not_changed BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
CREATE TRIGGER audit_entry_is_not_deleted BEFORE DELETE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END;
