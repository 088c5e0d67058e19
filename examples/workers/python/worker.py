"""A worker that counts words: leases count_words tasks over gRPC, reports progress, obeys cancellation."""

import collections
import json
import os
import random
import time

import grpc
import requests

messages, services = grpc.protos_and_services("eventstreammonitor/tasks/v1/workers.proto")  # from PYTHONPATH
NAME = f"{os.uname().nodename}:{os.getpid()}"
# A call that finds nobody is tried again, so that a server that starts anew costs no work.
POLICY = {"maxAttempts": 5, "initialBackoff": "1s", "maxBackoff": "10s", "backoffMultiplier": 2}
POLICY["retryableStatusCodes"] = ["UNAVAILABLE"]
OPTIONS = [("grpc.service_config", json.dumps({"methodConfig": [{"name": [{}], "retryPolicy": POLICY}]}))]


class Token(grpc.UnaryUnaryClientInterceptor):
    """Gives each call an access token of the client's own, renewed before it ends."""

    text, good_until = "", 0.0

    def intercept_unary_unary(self, continuation, details, request):
        if time.monotonic() > self.good_until:
            secret = (os.environ["ESM_WORKER_CLIENT_ID"], os.environ["ESM_WORKER_CLIENT_SECRET"])
            form = {"grant_type": "client_credentials", "scope": "tasks:work"}
            answer = requests.post(os.environ["ESM_WORKER_TOKEN_URL"], form, auth=secret, timeout=10)
            answer.raise_for_status()
            self.text = answer.json()["access_token"]
            self.good_until = time.monotonic() + answer.json()["expires_in"] / 2
        return continuation(details._replace(metadata=[("authorization", f"Bearer {self.text}")]), request)


class Stop(Exception):
    """The work is not wanted any more: cancelled, or another worker's by now."""


def count_words(parameters, beat):
    lines, counts = parameters["text"].splitlines(), collections.Counter()
    for done, line in enumerate(lines):
        counts.update(line.lower().split())
        time.sleep(parameters.get("pausePerLineMs", 0) / 1000)  # to watch it work
        beat(100 * done // len(lines))
    return {"words": counts.total(), "top": dict(counts.most_common(10))}


def work_on(task, worker, lease_s):
    held = {"task_id": task.task_id, "lease_token": task.lease_token}
    next_beat = time.monotonic()

    def beat(progress):
        nonlocal next_beat
        if time.monotonic() >= next_beat:
            next_beat = time.monotonic() + min(lease_s / 3, 1)
            item = messages.Beat(**held, progress=progress)
            pulse = worker.Heartbeat(messages.HeartbeatRequest(items=[item]), timeout=20).pulses[0]
            if pulse != messages.PULSE_OK:
                raise Stop(pulse)

    try:
        result = json.dumps(count_words(json.loads(task.parameters_json), beat))
        done = messages.Completion(**held, result_json=result)
        worker.Complete(messages.CompleteRequest(items=[done]), timeout=20)
    except Stop as stop:
        if stop.args[0] == messages.PULSE_CANCEL:  # who lost the task has nothing to say any more
            worker.Fail(messages.FailRequest(**held, error_message="stopped, as asked"), timeout=20)
    except (KeyError, TypeError, AttributeError) as problem:
        why = f'parameters must be {{"text": "…"}}: {problem!r}'
        worker.Fail(messages.FailRequest(**held, error_message=why, final=True), timeout=20)


def main():
    plain = grpc.insecure_channel(os.environ.get("ESM_WORKER_SERVER", "127.0.0.1:5102"), OPTIONS)
    worker = services.WorkerServiceStub(grpc.intercept_channel(plain, Token()))
    asked = messages.LeaseRequest(worker=NAME, task_types=["count_words"], max=1, wait_ms=30_000)
    wait_s = 1.0
    while True:
        try:
            answer = worker.Lease(asked, timeout=40)
            for task in answer.tasks:
                work_on(task, worker, answer.lease_ms / 1000)
            wait_s = 1.0
        except (grpc.RpcError, requests.RequestException) as problem:
            print(f"worker: {problem}", flush=True)
            time.sleep(wait_s * random.uniform(0.5, 1))
            wait_s = min(wait_s * 2, 30)


if __name__ == "__main__":
    main()
