"""A worker of another program: it leases tasks over gRPC, as anybody's would, and says how they went."""

import importlib
import json

import grpc
from support import rpc
from support.grants import client_token, make_client
from support.waiting import eventually


def work_token(client, admin):
    """The access token of an OAuth client that may work."""
    return client_token(client, make_client(client, admin, ["tasks:work"], "a test's worker")).token


class ExternalWorker:
    """One worker on one replica. `held` are leases as the service answered them."""

    def __init__(self, system, token, name="a test's worker", replica=0):
        rpc.messages("tasks")  # makes the stubs
        self._messages = importlib.import_module("eventstreammonitor.tasks.v1.workers_pb2")
        service = importlib.import_module("eventstreammonitor.tasks.v1.workers_pb2_grpc")
        self._plain = grpc.insecure_channel(system.grpc_target("tasks", replica))
        channel = grpc.intercept_channel(self._plain, rpc.WithToken(token))
        self._stub = service.WorkerServiceStub(channel)
        self._name = name

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._plain.close()

    def lease(self, task_type, most=1, wait_s=0.0):
        """Up to `most` leases of the type; none where there was nothing to do in time."""
        request = self._messages.LeaseRequest(
            worker=self._name, task_types=[task_type], max=most, wait_ms=int(wait_s * 1000)
        )
        return list(self._stub.Lease(request, timeout=wait_s + 10.0).tasks)

    def lease_one(self, task_type, timeout_s=10.0):
        found = eventually(lambda: self.lease(task_type, wait_s=1.0), timeout_s, f"a task of {task_type}")
        return found[0]

    def heartbeat(self, *held, progress=None):
        """OK, CANCEL or LOST for each; `progress` in per cent of all of them."""
        more = {} if progress is None else {"progress": progress}
        beat = self._messages.Beat
        beats = [beat(task_id=one.task_id, lease_token=one.lease_token, **more) for one in held]
        request = self._messages.HeartbeatRequest(items=beats)
        return self._names(self._stub.Heartbeat(request, timeout=10.0).pulses)

    def complete(self, *held, result=None):
        """OK or LOST for each."""
        items = [
            self._messages.Completion(
                task_id=one.task_id, lease_token=one.lease_token, result_json=json.dumps(result)
            )
            for one in held
        ]
        request = self._messages.CompleteRequest(items=items)
        return self._names(self._stub.Complete(request, timeout=30.0).pulses)

    def fail(self, held, why):
        """Raises FAILED_PRECONDITION (lease_lost) where the lease does not hold."""
        request = self._messages.FailRequest(
            task_id=held.task_id, lease_token=held.lease_token, error_message=why
        )
        self._stub.Fail(request, timeout=10.0)

    def _names(self, pulses):
        return [self._messages.Pulse.Name(pulse).removeprefix("PULSE_") for pulse in pulses]
