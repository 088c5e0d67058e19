-- What waits of one tenant and is due.
CREATE INDEX lease_ready_tenant ON lease_ready (tenant) WHERE state <> 1;
