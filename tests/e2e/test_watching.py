"""Watching tasks over REST and gRPC: streams that resume, end and are many, long polls, across replicas."""

import contextlib
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import httpx
import pytest
from support import rpc
from support.contract import assert_fits, assert_problem, operation
from support.external_worker import ExternalWorker, work_token
from support.sse import Stream, follow
from support.waiting import eventually

ONE = operation("tasks", "GET", "tasks/{id}/events")
ALL = operation("tasks", "GET", "tasks/events")
GET = operation("tasks", "GET", "tasks/{id}")
ELSEWHERE = "external_work"
STREAMS = 500
# A poll of the database, and what a busy machine adds to it.
SEEN_WITHIN_S = 0.3 + 0.7


@pytest.fixture
def user(client):
    return client.new_user()


def waiting_task(client, user, **fields):
    """A task that stays as it is until somebody cancels it."""
    return client.create_task(user, {}, taskType=ELSEWHERE, **fields)["taskId"]


def cancel(client, user, task_id):
    answer = client.put("tasks", f"tasks/{task_id}/cancel", user)
    assert answer.status_code == 200, answer.text


def later(pause_s, function, *arguments):
    timer = threading.Timer(pause_s, function, arguments)
    timer.start()
    return timer


def test_a_task_is_followed_from_its_creation_to_its_end(client, user):
    task_id = client.create_task(user)["taskId"]
    with follow(client, user, f"tasks/{task_id}/events") as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream"
        assert stream.response.headers["cache-control"] == "no-store"
        events = list(stream)
    assert stream.retry_ms == 2000
    assert events[-1].type == "completed" and events[-1].task == client.task(user, task_id)
    assert [int(each.id) for each in events] == [each.task["version"] for each in events]
    versions = [int(each.id) for each in events]
    assert versions == sorted(set(versions))


def test_a_client_that_comes_back_is_told_of_what_is_newer(client, user):
    task_id = waiting_task(client, user)
    path = f"tasks/{task_id}/events"
    with follow(client, user, path) as stream:
        first = next(stream)
    assert (first.type, first.id) == ("pending", "1")
    with follow(client, user, path, first.id) as stream:
        cancel(client, user, task_id)
        assert [each.type for each in stream] == ["cancelled"]
    with follow(client, user, path, first.id) as stream:
        assert [each.id for each in stream] == ["2"]
    with follow(client, user, path, 2) as stream:
        assert stream.response.status_code == 204


def test_a_change_at_another_replica_is_seen_soon(clustered_client):
    client, user = clustered_client, clustered_client.new_user()
    task_id = waiting_task(client, user)
    for replica in (0, 1):
        with follow(client, user, f"tasks/{task_id}/events", replica=replica) as stream:
            assert next(stream).type == "pending"
    with follow(client, user, f"tasks/{task_id}/events", replica=0) as stream:
        next(stream)
        url = f"{client.system.url('tasks', 1)}/api/v1/eventstreammonitor/tasks/{task_id}/cancel"
        assert httpx.put(url, headers=user.bearer).status_code == 200
        began = time.monotonic()
        assert next(stream).type == "cancelled"
        assert time.monotonic() - began < SEEN_WITHIN_S


def test_what_a_worker_reports_is_told(client, user, system, admin):
    task_type = f"work_{uuid.uuid4().hex[:8]}"
    task_id = client.create_task(user, {}, taskType=task_type)["taskId"]
    with ExternalWorker(system, work_token(client, admin)) as worker, contextlib.ExitStack() as stack:
        one = stack.enter_context(follow(client, user, f"tasks/{task_id}/events"))
        every = stack.enter_context(follow(client, user, "tasks/events"))
        assert [each.type for each in every.until("current")] == ["pending", "current"]
        held = worker.lease_one(task_type)
        assert [each.type for each in one.until("running")] == ["pending", "running"]
        assert next(every).type == "running"
        for progress in (40, 70):
            assert worker.heartbeat(held, progress=progress) == ["OK"]
            for stream in (one, every):
                event = next(stream)
                assert (event.type, event.task["progress"]) == ("progress", progress)
        with follow(client, user, "tasks/events") as late:
            shown = late.until("current")[0].task
            assert (shown["status"], shown["progress"]) == ("running", 70)
        assert worker.complete(held, result={"a": 1}) == ["OK"]
        last = next(one)
        assert last.type == next(every).type == "completed"
        assert last.task == client.task(user, task_id) and last.task["result"] == {"a": 1}
        assert int(last.id) > 3 and not list(one)


def test_all_tasks_of_a_user_are_followed(client, user, admin):
    stranger = client.new_user()
    theirs = waiting_task(client, stranger)
    first = waiting_task(client, user)
    with follow(client, user, "tasks/events") as stream:
        assert [each.task["taskId"] for each in stream.until("current")[:-1]] == [first]
        second = waiting_task(client, user)
        assert next(stream).task["taskId"] == second
        cancel(client, stranger, theirs)
        cancel(client, user, first)
        event = next(stream)
        assert (event.type, event.task["taskId"]) == ("cancelled", first)
    cancel(client, user, second)
    third = waiting_task(client, user)
    with follow(client, user, "tasks/events", event.id) as stream:
        told = {each.task["taskId"]: each.type for each in stream.until("current")[:-1]}
        assert told[second] == "cancelled" and told[third] == "pending"
    path = f"tasks/events?userId={user.user_id}"
    with follow(client, admin, path) as stream:
        assert third in [each.task["taskId"] for each in stream.until("current")[:-1]]
    assert_problem(client.get("tasks", path, stranger), 403, "forbidden")


def test_refusals_fit_the_contract(client, user):
    task_id, stranger = waiting_task(client, user), client.new_user()
    for answer, of, status, code in (
        (client.get("tasks", f"tasks/{task_id}/events", stranger), ONE, 404, "not_found"),
        (client.get("tasks", "tasks/77777777777/events", user), ONE, 404, "not_found"),
        (client.get("tasks", f"tasks/{task_id}/events"), ONE, 401, "unauthenticated"),
        (client.get("tasks", "tasks/events?userId=x", user), ALL, 400, "malformed_request"),
        (
            client.get("tasks", "tasks/events", user, headers={"Last-Event-ID": "x"}),
            ALL,
            400,
            "malformed_request",
        ),
        (client.get("tasks", f"tasks/{task_id}?wait=61s", user), GET, 400, "malformed_request"),
    ):
        assert_problem(answer, status, code)
        assert_fits(answer, of)
    head = client.request("HEAD", "tasks", f"tasks/{task_id}/events", user)
    assert head.status_code == 200 and head.headers["content-type"] == "text/event-stream"


def test_a_stream_ends_with_its_session(client, user):
    task_id = waiting_task(client, user)
    with follow(client, user, f"tasks/{task_id}/events") as stream:
        next(stream)
        answer = client.post("auth", "auth/logout", json={"refreshToken": user.refresh_token})
        assert answer.status_code == 204
        began = time.monotonic()
        events = list(stream)
        assert time.monotonic() - began < 3.0
    assert [(each.type, each.reason) for each in events] == [("end", "session_revoked")]


def test_clients_that_leave_make_room(client, user, system):
    task_id = waiting_task(client, user)
    path = f"tasks/{task_id}/events"

    def watchers():
        found = 0
        for index in range(len(system.replicas["tasks"])):
            text = httpx.get(f"{system.url('tasks', index)}/metrics").text
            found += sum(
                int(line.split()[-1]) for line in text.splitlines() if line.startswith("task_watchers")
            )
        return found

    eventually(lambda: watchers() == 0, what="nobody else watches")
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(follow(client, user, path)) for _ in range(20)]
        assert {next(stream).type for stream in streams} == {"pending"}
        assert watchers() == 20
    eventually(lambda: watchers() == 0, 5, "all have left")


def test_five_hundred_streams_at_once(client, user):
    task_id = waiting_task(client, user)
    url = client.url("tasks", f"tasks/{task_id}/events")
    limits = httpx.Limits(max_connections=STREAMS, max_keepalive_connections=0)
    with contextlib.ExitStack() as stack:
        http = stack.enter_context(httpx.Client(timeout=60.0, limits=limits, headers=user.bearer))
        streams = []
        for _ in range(STREAMS):
            response = stack.enter_context(http.stream("GET", url))
            assert response.status_code == 200
            streams.append(Stream(response))
        assert {next(stream).type for stream in streams} == {"pending"}
        began = time.monotonic()
        assert client.task(user, task_id)["status"] == "pending"
        assert time.monotonic() - began < 2.0
        cancel(client, user, task_id)
        for stream in streams:
            assert [each.type for each in stream] == ["cancelled"]
        assert time.monotonic() - began < 15.0


def test_a_long_poll_waits_for_a_change(client, user):
    task_id = waiting_task(client, user)

    def poll(wait, known=None):
        headers = {"If-None-Match": known} if known else {}
        began = time.monotonic()
        answer = client.get("tasks", f"tasks/{task_id}?wait={wait}", user, headers=headers)
        assert_fits(answer, GET)
        return answer, time.monotonic() - began

    answer, took = poll("1s", '"1"')
    assert answer.status_code == 304 and answer.content == b"" and 0.9 < took < 3
    answer, took = poll("1s")
    assert answer.status_code == 200 and 0.9 < took < 3
    answer, took = poll("20s", '"0"')
    assert answer.status_code == 200 and took < 2
    timer = later(0.5, cancel, client, user, task_id)
    answer, took = poll("20s", answer.headers["etag"])
    timer.join()
    assert answer.json()["task"]["status"] == "cancelled" and answer.headers["etag"] == '"2"'
    assert 0.4 < took < 0.5 + SEEN_WITHIN_S + 1
    assert poll("20s", '"2"')[0].status_code == 304
    answer, took = poll("20s")
    assert answer.status_code == 200 and took < 2


def test_a_long_poll_outlasts_the_deadline_of_requests(embedded_client):
    client, user = embedded_client, embedded_client.new_user()
    task_id = waiting_task(client, user)
    began = time.monotonic()
    answer = client.get("tasks", f"tasks/{task_id}?wait=12s", user, headers={"If-None-Match": '"1"'})
    assert answer.status_code == 304 and 11.9 < time.monotonic() - began < 14


def test_many_that_wait_hold_nobody_up(embedded_client):
    client, user = embedded_client, embedded_client.new_user()
    task_id = waiting_task(client, user)
    url, headers = client.url("tasks", f"tasks/{task_id}?wait=30s"), {**user.bearer, "If-None-Match": '"1"'}
    with httpx.Client(timeout=60.0, limits=httpx.Limits(max_connections=400)) as http, ThreadPoolExecutor(
        400
    ) as pool:
        polls = [pool.submit(http.get, url, headers=headers) for _ in range(400)]
        time.sleep(3)
        began = time.monotonic()
        for _ in range(20):
            assert client.task(user, task_id)["status"] == "pending"
        assert time.monotonic() - began < 3
        cancel(client, user, task_id)
        assert {each.result().status_code for each in polls} == {200}


@pytest.fixture
def tasks(system):
    return rpc.stub(system, "tasks", "TaskService"), rpc.messages("tasks")


def token_of(system):
    return (("authorization", f"Bearer {rpc.service_token(system)}"),)


def test_grpc_watch_tells_each_change_to_the_end(client, user, system, tasks):
    stub, messages = tasks
    task_id = waiting_task(client, user)
    request = messages.WatchRequest(task_id=task_id, user_id=user.user_id)
    stream = stub.Watch(request, timeout=30, metadata=token_of(system))
    assert next(stream).task.status == messages.TASK_STATUS_PENDING
    cancel(client, user, task_id)
    assert [each.task.status for each in stream] == [messages.TASK_STATUS_CANCELLED]
    request.after_version = 1
    assert [each.task.version for each in stub.Watch(request, timeout=30, metadata=token_of(system))] == [2]
    request.after_version = 2
    assert not list(stub.Watch(request, timeout=30, metadata=token_of(system)))


def test_grpc_watch_of_a_user(client, user, system, tasks):
    stub, messages = tasks
    first = waiting_task(client, user)
    request = messages.WatchRequest(user_id=user.user_id)
    stream = stub.Watch(request, timeout=30, metadata=token_of(system))
    assert next(stream).task.task_id == first
    assert next(stream).current
    second = waiting_task(client, user)
    assert next(stream).task.task_id == second
    stream.cancel()


def test_grpc_watch_is_refused_as_other_calls_are(client, user, system, tasks):
    stub, messages = tasks
    task_id = waiting_task(client, user)
    for request, metadata, code in (
        (messages.WatchRequest(task_id=2**62), token_of(system), grpc.StatusCode.NOT_FOUND),
        (messages.WatchRequest(), token_of(system), grpc.StatusCode.INVALID_ARGUMENT),
        (
            messages.WatchRequest(task_id=task_id, user_id=user.user_id + 1),
            token_of(system),
            grpc.StatusCode.NOT_FOUND,
        ),
        (messages.WatchRequest(task_id=task_id), (), grpc.StatusCode.UNAUTHENTICATED),
        (
            messages.WatchRequest(task_id=task_id),
            (("authorization", f"Bearer {user.access_token}"),),
            grpc.StatusCode.PERMISSION_DENIED,
        ),
    ):
        with pytest.raises(grpc.RpcError) as failure:
            next(stub.Watch(request, timeout=10, metadata=metadata))
        assert failure.value.code() == code, failure.value
