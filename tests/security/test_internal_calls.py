"""Internal gRPC takes a service's own credentials and nobody else's: every method, from the .proto files."""

import grpc
import pytest
from parts.system import SERVICES
from support.grants import client_token, make_client
from support.internal import cases, status_of

SYSTEM = "clustered"


def served_by(system, service, method):
    """The services that have the method."""
    found = [
        name
        for name in SERVICES
        if status_of(system.grpc_target(name), service, method) != grpc.StatusCode.UNIMPLEMENTED
    ]
    assert found, f"nobody serves {service}.{method.name}"
    return found


@pytest.mark.parametrize("service, method", cases())
def test_a_method_takes_the_services_own_token_only(callers, system, service, method):
    client, admin = callers.client, callers.admin
    for name in served_by(system, service, method):
        target = system.grpc_target(name)
        others = [f"internal:{each}" for each in SERVICES if each != name]
        own = client_token(client, make_client(client, admin, [f"internal:{name}"]))
        foreign = client_token(client, make_client(client, admin, others))
        assert status_of(target, service, method) == grpc.StatusCode.UNAUTHENTICATED
        assert status_of(target, service, method, "x.y.z") == grpc.StatusCode.UNAUTHENTICATED
        for who in (callers.owner, callers.admin):
            refused = status_of(target, service, method, who.access_token)
            assert refused == grpc.StatusCode.PERMISSION_DENIED
        assert status_of(target, service, method, foreign.token) == grpc.StatusCode.PERMISSION_DENIED
        assert (
            status_of(target, service, method, callers.weak_key.token) == grpc.StatusCode.PERMISSION_DENIED
        )
        admitted = status_of(target, service, method, own.token)
        assert admitted not in (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)


def test_a_workers_token_opens_the_worker_service_alone(callers, system):
    client, admin = callers.client, callers.admin
    token = client_token(client, make_client(client, admin, ["tasks:work"])).token
    opened = set()
    for case in cases():
        service, method = case.values
        for name in served_by(system, service, method):
            said = status_of(system.grpc_target(name), service, method, token)
            if said != grpc.StatusCode.PERMISSION_DENIED:
                opened.add(service)
                assert said == grpc.StatusCode.INVALID_ARGUMENT, case.id
    assert opened == {"eventstreammonitor.tasks.v1.WorkerService"}


@pytest.mark.parametrize("scope", ["internal:users", "tasks:work"])
def test_users_cannot_have_a_scope_of_programs(callers, scope):
    body = {"name": "greedy", "scopes": [scope]}
    for who in (callers.owner, callers.admin):
        answer = callers.client.post("auth", "auth/api-keys", who, json=body)
        assert answer.status_code in (403, 422), answer.text
