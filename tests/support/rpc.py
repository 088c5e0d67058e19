"""gRPC stubs made from contracts/proto by grpcio-tools, as any other client would make them."""

import functools
import importlib
import sys
import tempfile
from pathlib import Path

import grpc
from grpc_tools import protoc
from parts.system import ROOT, SERVICES
from support.client import Client
from support.grants import client_token, make_client


@functools.cache
def _generated():
    """Folder of the generated modules, on sys.path; made once a test run."""
    out = tempfile.mkdtemp(prefix="esm-stubs-")
    root = ROOT / "contracts" / "proto"
    protos = [str(path) for path in sorted(root.rglob("*.proto"))]
    include = str(Path(protoc.__file__).parent / "_proto")
    arguments = ["protoc", f"-I{root}", f"-I{include}", f"--python_out={out}", f"--grpc_python_out={out}"]
    assert protoc.main([*arguments, *protos]) == 0, "contracts/proto does not compile"
    sys.path.insert(0, out)
    return out


def messages(service, file=None):
    """The module of a service's messages, for example messages("users").GetUserRequest; `file` names another
    .proto than the service's main one."""
    _generated()
    return importlib.import_module(f"eventstreammonitor.{service}.v1.{file or service}_pb2")


class WithToken(grpc.UnaryUnaryClientInterceptor):
    """Gives each call the token of a client that may call every service, as services do."""

    def __init__(self, token):
        self.token = token

    def intercept_unary_unary(self, continuation, details, request):
        metadata = [*(details.metadata or ()), ("authorization", f"Bearer {self.token}")]
        return continuation(details._replace(metadata=metadata), request)


@functools.cache
def service_token(system):
    """An access token with the scopes of internal calls; good for ten minutes."""
    client = Client(system)
    scopes = [f"internal:{name}" for name in SERVICES]
    made = make_client(client, client.log_in(system.administrator), scopes, "a test's service")
    token = client_token(client, made).token
    client.close()
    return token


def stub(system, service, name, replica=0):
    """A stub such as stub(system, "users", "UserService"), on its own channel, that calls as a service."""
    _generated()
    module = importlib.import_module(f"eventstreammonitor.{service}.v1.{service}_pb2_grpc")
    plain = grpc.insecure_channel(system.grpc_target(service, replica))
    channel = grpc.intercept_channel(plain, WithToken(service_token(system)))
    return getattr(module, f"{name}Stub")(channel)


def worker_stub(system, token):
    """WorkerService as a worker with this token calls it, on its own channel."""
    _generated()
    module = importlib.import_module("eventstreammonitor.tasks.v1.workers_pb2_grpc")
    plain = grpc.insecure_channel(system.grpc_target("tasks"))
    return module.WorkerServiceStub(grpc.intercept_channel(plain, WithToken(token)))
