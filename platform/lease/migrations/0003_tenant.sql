-- What waits of one tenant.
CREATE INDEX lease_ready_tenant ON lease_ready (tenant);
