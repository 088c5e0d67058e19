"""Internal gRPC as anybody may try it: every method of contracts/proto, and the status of one bare call."""

import functools
import tempfile
from pathlib import Path

import grpc
import pytest
from google.protobuf import descriptor_pb2
from grpc_tools import protoc
from parts.system import ROOT


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


def cases():
    """A pytest parameter a method: service, method."""
    return [pytest.param(*each, id=f"{each[0].split('.', 1)[1]}.{each[1].name}") for each in methods()]


def status_of(target, service, method, token=None, credentials=None):
    """The status code of one call with an empty request; `credentials` are those of a TLS channel."""
    metadata = [("authorization", f"Bearer {token}")] if token is not None else []
    path = f"/{service}/{method.name}"

    def identity(raw):
        return raw

    made_channel = grpc.secure_channel(target, credentials) if credentials else grpc.insecure_channel(target)
    with made_channel as channel:
        kind = "stream" if method.server_streaming else "unary"
        made = getattr(channel, f"unary_{kind}")(path, identity, identity)
        try:
            answer = made(b"", metadata=metadata, timeout=5.0)
            if method.server_streaming:
                next(iter(answer), None)
            return grpc.StatusCode.OK
        except grpc.RpcError as error:
            print(f"{target}{path}: {error.code()}: {error.details()}")
            said = dict(error.trailing_metadata() or []).get("esm-error-code")
            # A wrong password is an answer of the method, to a caller who was let in.
            return grpc.StatusCode.OK if said == "invalid_credentials" else error.code()
