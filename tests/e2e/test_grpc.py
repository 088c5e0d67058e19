"""The internal gRPC interfaces with grpcio: the seed's calls, errors by name, health and reflection."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from parts.system import SERVICES
from support import forged, rpc
from support.client import OWN_SCOPES, small_job
from support.contract import errors
from support.waiting import eventually

SERVICE_NAMES = {
    "users": "eventstreammonitor.users.v1.UserService",
    "auth": "eventstreammonitor.auth.v1.TokenService",
    "tasks": "eventstreammonitor.tasks.v1.TaskService",
    "notifications": "eventstreammonitor.notifications.v1.NotificationService",
}
TIMEOUT_S = 10.0


def call(method, request, **options):
    return method(request, timeout=TIMEOUT_S, **options)


def refused(code, method, request, **options):
    """The call fails with that code of contracts/errors.yaml: its gRPC status, its name in the trailers."""
    with pytest.raises(grpc.RpcError) as failure:
        call(method, request, **options)
    trailers = dict(failure.value.trailing_metadata() or ())
    assert trailers.get("esm-error-code") == code, failure.value
    assert failure.value.code().name == errors()[code]["grpc"]
    return failure.value


@pytest.fixture(params=list(SERVICES))
def channel(request, system):
    with grpc.insecure_channel(system.grpc_target(request.param)) as made:
        yield request.param, made


def test_every_service_says_it_serves(channel):
    _, made = channel
    answer = health_pb2_grpc.HealthStub(made).Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_every_service_describes_itself(channel):
    service, made = channel
    database = ProtoReflectionDescriptorDatabase(made)
    assert SERVICE_NAMES[service] in database.get_services()
    described = database.FindFileContainingSymbol(SERVICE_NAMES[service])
    ours = rpc.messages(service).DESCRIPTOR.services_by_name[SERVICE_NAMES[service].rpartition(".")[2]]
    named = next(each for each in described.service if each.name == ours.name)
    assert [each.name for each in named.method] == [each.name for each in ours.methods]


@pytest.fixture
def users(system):
    return rpc.stub(system, "users", "UserService"), rpc.messages("users")


def test_credentials_are_checked(visitor, users):
    stub, messages = users
    user = visitor.user
    for identifier in (user.username, user.email, user.username.upper()):
        request = messages.ValidateCredentialsRequest(identifier=identifier, password=user.password)
        found = call(stub.ValidateCredentials, request).user
        assert (found.user_id, found.username, list(found.roles)) == (user.user_id, user.username, ["user"])
    for identifier, password in (
        (user.username, "wrong"),
        ("nobody", user.password),
        ("", ""),
        (user.username, ""),
    ):
        request = messages.ValidateCredentialsRequest(identifier=identifier, password=password)
        refused("invalid_credentials", stub.ValidateCredentials, request)


def test_users_are_found_by_id(visitor, users):
    stub, messages = users
    user = visitor.user
    found = call(stub.GetUser, messages.GetUserRequest(user_id=user.user_id)).user
    assert (found.username, found.email, found.version) == (user.username, user.email, 1)
    refused("not_found", stub.GetUser, messages.GetUserRequest(user_id=2**62))
    wanted = messages.BatchGetUsersRequest(user_ids=[2**62, user.user_id, user.user_id, -1])
    assert [each.user_id for each in call(stub.BatchGetUsers, wanted).users] == [user.user_id]
    refused(
        "validation_failed", stub.BatchGetUsers, messages.BatchGetUsersRequest(user_ids=range(1000, 1501))
    )


@pytest.fixture
def tokens(system):
    return rpc.stub(system, "auth", "TokenService"), rpc.messages("auth")


def test_a_good_token_is_active(visitor, tokens):
    stub, messages = tokens
    answer = call(stub.ValidateToken, messages.ValidateTokenRequest(access_token=visitor.user.access_token))
    assert (
        answer.active
        and answer.user_id == visitor.user.user_id
        and answer.username == visitor.user.username
    )
    assert set(answer.scopes) == OWN_SCOPES
    assert list(answer.roles) == ["user"] and uuid.UUID(answer.session_id) and answer.expires_at_us > 0


def test_a_bad_token_is_inactive_and_nothing_else(visitor, tokens):
    stub, messages = tokens
    key = forged.Key()
    bad = [
        "",
        "x",
        "a.b.c",
        visitor.user.refresh_token,
        key.token(),
        visitor.user.access_token + "x",
        "A" * 8192,
    ]
    bad.append(forged.hmac_token(key.header(alg="HS256"), forged.good_claims(), b"secret"))
    for token in bad:
        answer = call(stub.ValidateToken, messages.ValidateTokenRequest(access_token=token))
        assert answer == messages.ValidateTokenResponse(active=False), token


def test_a_token_of_an_ended_session_is_inactive(client, tokens):
    stub, messages = tokens
    user = client.new_user()
    request = messages.ValidateTokenRequest(access_token=user.access_token)
    assert call(stub.ValidateToken, request).active
    assert client.post("auth", "auth/logout", json={"refreshToken": user.refresh_token}).status_code == 204
    eventually(lambda: not call(stub.ValidateToken, request).active, 1.0, "the session is over")


@pytest.fixture
def tasks(system):
    return rpc.stub(system, "tasks", "TaskService"), rpc.messages("tasks")


def new_task(messages, user, **fields):
    given = {"task_type": "data_processing", "parameters_json": json.dumps(small_job()), **fields}
    return messages.CreateRequest(user_id=user.user_id, **given)


def test_a_task_goes_through_grpc_and_rest_alike(visitor, tasks):
    stub, messages = tasks
    user = visitor.user
    made = call(stub.Create, new_task(messages, user, tags=["over", "grpc"])).task
    assert made.status == messages.TASK_STATUS_PENDING and made.user_id == user.user_id
    shown = visitor.client.finished_task(user, made.task_id)
    assert shown["taskReference"] == made.task_reference and shown["tags"] == ["over", "grpc"]
    found = call(stub.Get, messages.GetRequest(task_id=made.task_id, user_id=user.user_id)).task
    assert found.status == messages.TASK_STATUS_COMPLETED and found.progress == 100 and found.version == 3
    assert json.loads(found.result_json) == shown["result"]
    assert found.created_at_us <= found.started_at_us <= found.completed_at_us
    refused("not_found", stub.Get, messages.GetRequest(task_id=made.task_id, user_id=user.user_id + 1))
    refused("not_found", stub.Get, messages.GetRequest(task_id=2**62))
    refused("task_already_terminal", stub.Cancel, messages.CancelRequest(task_id=made.task_id))


def test_bad_tasks_are_refused_with_the_field(visitor, tasks):
    stub, messages = tasks
    bad = [
        ({"task_type": ""}, "/taskType"),
        ({"task_type": "No Good"}, "/taskType"),
        ({"parameters_json": "{"}, "parameters"),
        ({"parameters_json": "[]"}, "parameters"),
        ({"parameters_json": '{"format": "xml"}'}, "/parameters/format"),
        ({"queue": "No Good"}, "/queue"),
        ({"timeout_seconds": 0}, "/timeoutSeconds"),
        ({"max_attempts": 26}, "/maxAttempts"),
        ({"tags": ["a", "a"]}, "/tags"),
        ({"priority": 77}, "priority"),
        ({"run_at_us": 2**62}, "/runAt"),
        ({"on_conflict": 9, "unique_key": "k"}, "/onConflict"),
        ({"on_conflict": 1}, "/onConflict"),
        ({"on_parent_failure": 9}, "/onParentFailure"),
        ({"concurrency_limit": 2}, "/concurrencyLimit"),
        ({"depends_on": [999_999_999]}, "/dependsOn"),
    ]
    for fields, named in bad:
        with pytest.raises(grpc.RpcError) as failure:
            call(stub.Create, new_task(messages, visitor.user, **fields))
        assert failure.value.code() == grpc.StatusCode.INVALID_ARGUMENT, fields
        assert named in failure.value.details(), failure.value.details()


def test_a_scheduled_task_is_cancelled(visitor, tasks):
    stub, messages = tasks
    later = call(stub.Create, new_task(messages, visitor.user, run_at_us=1_798_761_600_000_000)).task
    assert later.status == messages.TASK_STATUS_SCHEDULED
    request = messages.CancelRequest(task_id=later.task_id, user_id=visitor.user.user_id)
    assert call(stub.Cancel, request).task.status == messages.TASK_STATUS_CANCELLED


def test_lists_are_paged(client, tasks):
    stub, messages = tasks
    user = client.new_user()
    made = [
        call(stub.Create, new_task(messages, user, task_type="elsewhere")).task.task_id for _ in range(5)
    ]
    seen, cursor = [], ""
    while True:
        page = call(stub.List, messages.ListRequest(user_id=user.user_id, limit=2, cursor=cursor))
        seen += [each.task_id for each in page.tasks]
        cursor = page.next_cursor
        if not cursor:
            break
    assert seen == made[::-1]
    page = call(stub.List, messages.ListRequest(user_id=user.user_id, limit=2))
    other = messages.ListRequest(user_id=user.user_id, task_type="another", cursor=page.next_cursor)
    refused("invalid_cursor", stub.List, other)


def test_keys_and_dependencies_go_through_grpc_and_rest_alike(visitor, tasks):
    stub, messages = tasks
    user, key = visitor.user, uuid.uuid4().hex

    def create(**fields):
        return call(stub.Create, new_task(messages, user, task_type="elsewhere", **fields)).task

    first = create(unique_key=key, concurrency_key="few", concurrency_limit=3)
    assert (first.unique_key, first.concurrency_key, first.concurrency_limit) == (key, "few", 3)
    assert not first.HasField("worker") and not first.HasField("retry_of") and not first.depends_on
    assert create(unique_key=key).task_id == first.task_id
    reject = {"unique_key": key, "on_conflict": messages.UNIQUE_CONFLICT_REJECT}
    refused("unique_key_in_use", stub.Create, new_task(messages, user, task_type="elsewhere", **reject))
    parents = [first.task_id]
    child = create(depends_on=parents, on_parent_failure=messages.PARENT_FAILURE_RUN)
    assert child.status == messages.TASK_STATUS_BLOCKED and list(child.depends_on) == parents
    assert child.on_parent_failure == messages.PARENT_FAILURE_RUN
    shown = visitor.client.task(user, child.task_id)
    assert shown["dependsOn"] == parents and shown["onParentFailure"] == "run"
    replaced = create(unique_key=key, on_conflict=messages.UNIQUE_CONFLICT_REPLACE)
    assert visitor.client.task(user, first.task_id)["status"] == "cancelled"
    assert visitor.client.task(user, child.task_id)["status"] == "pending"
    again = visitor.client.put("tasks", f"tasks/{replaced.task_id}/cancel", user)
    assert again.status_code == 200
    retried = visitor.client.post("tasks", f"tasks/{replaced.task_id}/retry", user)
    assert retried.status_code == 201, retried.text
    found = call(stub.Get, messages.GetRequest(task_id=retried.json()["task"]["taskId"])).task
    assert found.retry_of == replaced.task_id and found.unique_key == key


def test_one_key_makes_one_task(visitor, tasks):
    stub, messages = tasks
    request = new_task(messages, visitor.user, idempotency_key=uuid.uuid4().hex)
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: call(stub.Create, request).task.task_id, range(20)))
    assert len(set(made)) == 1
    request.queue = "another"
    refused("idempotency_key_reused", stub.Create, request)


def test_a_notification_is_found(client, system):
    user = client.new_user()
    stub, messages = rpc.stub(system, "notifications", "NotificationService"), rpc.messages("notifications")

    def sent():
        query = {"channel": "email"}
        page = client.get("notifications", "notifications", user, params=query).json()["notifications"]
        return page[0] if page and page[0]["status"] == "sent" else None

    shown = eventually(sent, what="the welcome is sent")
    request = messages.GetRequest(notification_id=shown["notificationId"], user_id=user.user_id)
    found = call(stub.Get, request).notification
    assert found.status == messages.NOTIFICATION_STATUS_SENT
    assert (found.recipient, found.subject, found.channel) == (user.email, shown["subject"], "email")
    assert [each.outcome for each in found.attempt_log] == ["sent"]
    assert found.correlation_id == user.correlation_id
    request.user_id += 1
    refused("not_found", stub.Get, request)


def test_a_request_id_goes_along(visitor, tasks, system):
    stub, messages = tasks
    name = f"grpc-{uuid.uuid4().hex}"
    made = call(stub.Create, new_task(messages, visitor.user), metadata=(("x-request-id", name),)).task
    visitor.client.finished_task(visitor.user, made.task_id)

    def logged():
        return any(name in path.read_text(errors="replace") for path in system.directory.glob("*.log"))

    eventually(logged, what="the log line of the task's end")


def test_an_unknown_method_and_an_oversized_message_are_refused(system, tasks):
    stub, messages = tasks
    with grpc.insecure_channel(system.grpc_target("tasks")) as made:
        unknown = made.unary_unary("/eventstreammonitor.tasks.v1.TaskService/DropEverything")
        with pytest.raises(grpc.RpcError) as failure:
            unknown(b"", timeout=TIMEOUT_S)
        assert failure.value.code() == grpc.StatusCode.UNIMPLEMENTED
        garbage = made.unary_unary("/eventstreammonitor.tasks.v1.TaskService/Get")
        with pytest.raises(grpc.RpcError) as failure:
            garbage(b"\xff\xff\xff\xff", timeout=TIMEOUT_S)
        # gRPC's own answer to what is no message; its callback API says UNIMPLEMENTED.
        assert failure.value.code() in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNIMPLEMENTED)
    huge = messages.CreateRequest(user_id=1000, task_type="x", parameters_json="x" * (1024 * 1024 + 1))
    with pytest.raises(grpc.RpcError) as failure:
        call(stub.Create, huge)
    assert failure.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
