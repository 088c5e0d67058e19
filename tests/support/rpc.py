"""gRPC stubs made from contracts/proto by grpcio-tools, as any other client would make them."""

import functools
import importlib
import sys
import tempfile
from pathlib import Path

import grpc
from grpc_tools import protoc
from parts.system import ROOT


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


def messages(service):
    """The module of a service's messages, for example messages("users").GetUserRequest."""
    _generated()
    return importlib.import_module(f"eventstreammonitor.{service}.v1.{service}_pb2")


def stub(system, service, name, replica=0):
    """A stub such as stub(system, "users", "UserService"), on a channel of its own."""
    _generated()
    module = importlib.import_module(f"eventstreammonitor.{service}.v1.{service}_pb2_grpc")
    channel = grpc.insecure_channel(system.grpc_target(service, replica))
    return getattr(module, f"{name}Stub")(channel)
