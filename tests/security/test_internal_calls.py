"""Internal gRPC takes a service's own credentials and nobody else's: every method, from the .proto files."""

import functools
import tempfile
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_tools import protoc
from parts.system import ROOT, SERVICES
from support.grants import client_token, make_client

SYSTEM = "clustered"


@functools.cache
def methods():
    """(full name of the service, descriptor of the method) of everything in contracts/proto."""
    root = ROOT / "contracts" / "proto"
    include = str(Path(protoc.__file__).parent / "_proto")
    with tempfile.NamedTemporaryFile() as out:
        protos = [str(path) for path in sorted(root.rglob("*.proto"))]
        arguments = ["protoc", f"-I{root}", f"-I{include}", f"--descriptor_set_out={out.name}", *protos]
        assert protoc.main(arguments) == 0
        described = descriptor_pb2.FileDescriptorSet.FromString(out.read())
    return [
        (f"{file.package}.{service.name}", method)
        for file in described.file
        for service in file.service
        for method in service.method
    ]


def status_of(target, service, method, token=None):
    """The status code of one call with an empty request."""
    metadata = [("authorization", f"Bearer {token}")] if token is not None else []
    path = f"/{service}/{method.name}"

    def identity(raw):
        return raw

    with grpc.insecure_channel(target) as channel:
        kind = "stream" if method.server_streaming else "unary"
        made = getattr(channel, f"unary_{kind}")(path, identity, identity)
        try:
            answer = made(b"", metadata=metadata, timeout=5.0)
            if method.server_streaming:
                next(iter(answer), None)
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            said = dict(error.trailing_metadata() or []).get("esm-error-code")
            # A wrong password is an answer of the method, to a caller who was let in.
            return grpc.StatusCode.OK if said == "invalid_credentials" else error.code()


def served_by(system, service, method):
    """The services that have the method."""
    found = [
        name
        for name in SERVICES
        if status_of(system.grpc_target(name), service, method) != grpc.StatusCode.UNIMPLEMENTED
    ]
    assert found, f"nobody serves {service}.{method.name}"
    return found


CASES = [pytest.param(*each, id=f"{each[0].split('.', 1)[1]}.{each[1].name}") for each in methods()]


@pytest.mark.parametrize("service, method", CASES)
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


def test_users_cannot_have_a_service_scope(callers):
    body = {"name": "greedy", "scopes": ["internal:users"]}
    for who in (callers.owner, callers.admin):
        answer = callers.client.post("auth", "auth/api-keys", who, json=body)
        assert answer.status_code in (403, 422), answer.text
