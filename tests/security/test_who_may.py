"""Who may do what, object by object: every route of every contract against every kind of caller.

The matrix is made from the contracts, so that a new route joins by itself; a route with a new kind of object
fails until OBJECTS says how one comes to be.
"""

import uuid

import jwt
import pytest
from parts.system import BASE_PATH
from support.contract import assert_problem, operations
from support.grants import make_api_key, make_client
from support.waiting import eventually

SYSTEM = "embedded"
MUTATING = ("PUT", "POST", "DELETE", "PATCH")


def own_session(client, user):
    again = client.log_in(client.register()) if user is None else user
    return jwt.decode(again.access_token, options={"verify_signature": False})["sid"]


def first_notification(client, user):
    def probe():
        return client.get("notifications", "notifications", user).json()["notifications"]

    return eventually(probe, 20.0, "the owner's first notification")[0]["notificationId"]


def own_schedule(client, owner):
    task = {"taskType": "someone_else", "parameters": {}}
    body = {"name": "yearly", "cron": "@yearly", "task": task}
    return client.post("tasks", "schedules", owner, json=body).json()["schedule"]["scheduleId"]


def own_upload(client, user):
    begun = client.post("tasks", "files/uploads", user, json={"name": "a", "bytes": 3})
    return begun.json()["upload"]["uploadId"]


def own_file(client, user):
    return client.post("tasks", "files", user, content=b"abc").json()["file"]["fileId"]


def own_webhook(client, user):
    body = {"url": "https://example.org/hook", "eventTypes": ["task.completed.v1"]}
    answer = client.post("notifications", "notifications/webhooks", user, json=body)
    return answer.json()["webhook"]["webhookId"]


def own_device(client, user):
    body = {"kind": "fcm", "token": uuid.uuid4().hex}
    return client.post("notifications", "notifications/devices", user, json=body).json()["device"]["deviceId"]


# The path before the first parameter: how its owner comes to have such an object.
OBJECTS = {
    "/tasks/": lambda client, owner, admin: client.create_task(owner)["taskId"],
    "/queues/": lambda client, owner, admin: "nightly",
    "/files/": lambda client, owner, admin: own_file(client, owner),
    "/files/uploads/": lambda client, owner, admin: own_upload(client, owner),
    "/schedules/": lambda client, owner, admin: own_schedule(client, owner),
    "/notifications/": lambda client, owner, admin: first_notification(client, owner),
    "/notifications/webhooks/": lambda client, owner, admin: own_webhook(client, owner),
    "/notifications/devices/": lambda client, owner, admin: own_device(client, owner),
    # Administrators' alone: whether there is one is not for others to hear.
    "/notifications/templates/": lambda client, owner, admin: 1000,
    "/notifications/rules/": lambda client, owner, admin: "task.failed.v1",
    "/notifications/suppressions/": lambda client, owner, admin: 1000,
    "/notifications/dead-letters/": lambda client, owner, admin: 1000,
    "/auth/sessions/": lambda client, owner, admin: own_session(client, owner),
    "/auth/api-keys/": lambda client, owner, admin: make_api_key(client, owner, ["tasks:read"]).identifier,
    "/auth/mfa/users/": lambda client, owner, admin: client.register().user_id,
    "/auth/clients/": lambda client, owner, admin: make_client(client, admin, ["tasks:read"]).client_id,
    "/users/": lambda client, owner, admin: client.register().user_id,
}
GUARDED = [each for each in operations() if each.scope]
WITH_OBJECT = [each for each in GUARDED if "{" in each.path]
ADMINISTRATIVE = [each for each in GUARDED if each.scope.endswith(":admin") or each.scope.endswith(":send")]


def collection(operation):
    return operation.path.removeprefix(BASE_PATH).split("{")[0]


def call(client, operation, who, identifier=1000, **options):
    """One request of the operation with a body that would be taken."""
    path = operation.target(identifier).removeprefix(f"{BASE_PATH}/")
    if "application/json" in operation.spec.get("requestBody", {}).get("content", {}):
        options.setdefault("json", operation.body())
    return client.request(operation.method, operation.service, path, who, **options)


def snapshot(client, operation, identifier, owner):
    """What the object's owner sees of it; None where the contract has no GET for it."""
    for each in operations((operation.service,)):
        if each.method == "GET" and each.path == operation.path.split("}")[0] + "}":
            answer = call(client, each, owner, identifier)
            seen = answer.json()
            return seen.get("task", seen) if answer.status_code == 200 else answer.status_code
    return None


def told(answer, identifier):
    """What a refusal says, but for the request and the object that it names."""
    return {
        name: str(value).replace(str(identifier), "{id}")
        for name, value in answer.json().items()
        if name != "instance"
    }


@pytest.mark.parametrize("operation", WITH_OBJECT, ids=str)
def test_every_kind_of_object_is_known(operation):
    assert collection(operation) in OBJECTS, f"say in OBJECTS how a {operation.path} comes to be"


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_nobody_comes_in_without_a_token(callers, operation):
    answer = call(callers.client, operation, None)
    assert_problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize("operation", [each for each in WITH_OBJECT if each not in ADMINISTRATIVE], ids=str)
def test_a_stranger_finds_nothing_of_somebody_elses(callers, operation):
    """BOLA: the object is not there for others, and their try changes nothing; its owner has it."""
    client, owner = callers.client, callers.client.new_user()
    identifier = OBJECTS[collection(operation)](client, owner, callers.admin)
    before = snapshot(client, operation, identifier, owner)
    refused = call(client, operation, callers.stranger, identifier)
    assert_problem(refused, 404, "not_found")
    nobodys = 1 << 40 if isinstance(identifier, int) else "01890000-0000-7000-8000-000000000000"
    unknown = call(client, operation, callers.stranger, nobodys)
    assert unknown.status_code == 404
    assert told(refused, identifier) == told(unknown, nobodys), "tells that the object exists"
    after = snapshot(client, operation, identifier, owner)
    if isinstance(before, dict) and "status" in before:
        assert after["taskId" if "taskId" in after else "notificationId"] == identifier
        assert after["status"] != "cancelled"
    allowed = call(client, operation, owner, identifier)
    assert allowed.status_code not in (401, 403, 404), allowed.text


@pytest.mark.parametrize("operation", ADMINISTRATIVE, ids=str)
def test_administration_is_closed_to_users(callers, operation):
    """BFLA: a user's token, an API key and a client that may little are refused, whatever the object."""
    client = callers.client
    identifier = 1000
    if "{" in operation.path:
        identifier = OBJECTS[collection(operation)](client, callers.owner, callers.admin)
    for who in (callers.owner, callers.weak_key, callers.weak_client):
        assert_problem(call(client, operation, who, identifier), 403, "forbidden")


@pytest.mark.parametrize("operation", [each for each in GUARDED if each.scope != "*"], ids=str)
def test_a_token_without_the_scope_is_refused(callers, operation):
    if operation.scope == "notifications:read":
        weak = make_api_key(callers.client, callers.stranger, ["tasks:read"])
        assert_problem(call(callers.client, operation, weak), 403, "forbidden")
        return
    for who in (callers.weak_key, callers.weak_client):
        assert_problem(call(callers.client, operation, who), 403, "forbidden")


@pytest.mark.parametrize(
    "operation", [each for each in GUARDED if each.scope == "*" and each.method in MUTATING], ids=str
)
def test_no_grant_can_widen_itself(callers, operation):
    """Sessions, second factors, keys and passwords are a logged-in person's alone."""
    for who in (callers.weak_key, callers.weak_client):
        answer = call(callers.client, operation, who)
        assert answer.status_code in (403, 404), answer.text


FOREIGN_FIELDS = {
    "roles": ["admin"],
    "userId": 1,
    "status": "completed",
    "state": "active",
    "emailVerified": True,
    "credentialEpoch": 99,
    "isAdmin": True,
    "createdAt": "2020-01-01T00:00:00Z",
}
WRITING = [each for each in operations() if each.method in MUTATING and each.body_schema]


@pytest.mark.parametrize("operation", WRITING, ids=str)
def test_fields_that_are_not_the_callers_are_refused(callers, operation):
    """BOPLA: what a body may not set is refused by name, and never silently taken or dropped."""
    client, identifier = callers.client, 1000
    administrative = operation in ADMINISTRATIVE
    owner = callers.admin if administrative else client.new_user() if operation.scope else None
    if "{" in operation.path:
        identifier = OBJECTS[collection(operation)](client, owner, callers.admin)
    for name, value in FOREIGN_FIELDS.items():
        if name in operation.fields:
            continue
        answer = call(client, operation, owner, identifier, json={**operation.body(having=name), name: value})
        assert answer.status_code in (400, 422), f"{name}: {answer.status_code} {answer.text}"
        assert any(each["pointer"] == f"/{name}" for each in answer.json()["errors"]), answer.text


def test_a_client_gets_no_scope_that_its_maker_has_not(callers):
    client = callers.client
    key = make_api_key(client, callers.admin, ["auth:admin"])
    for scope in ("users:admin", "internal:users", "introspect"):
        body = {"name": "wider", "scopes": [scope]}
        assert_problem(client.post("auth", "auth/clients", key, json=body), 403, "forbidden")
    body = {"name": "as wide", "scopes": ["auth:admin", "users:admin", "internal:users"]}
    assert client.post("auth", "auth/clients", callers.admin, json=body).status_code == 201


def test_a_task_cannot_be_given_to_somebody_else(callers):
    body = {"taskType": "someone_else", "parameters": {}, "userId": callers.owner.user_id}
    assert_problem(callers.client.post("tasks", "tasks", callers.stranger, json=body), 403, "forbidden")
    given = callers.client.post("tasks", "tasks", callers.admin, json=body)
    assert given.status_code == 201 and given.json()["task"]["userId"] == callers.owner.user_id


def test_there_is_no_administrator_but_the_one_that_was_made(callers):
    listed = callers.client.get("users", "users?role=admin", callers.admin)
    assert listed.status_code == 200, listed.text
    assert [each["username"] for each in listed.json()["users"]] == ["root"]
    for password in ("admin", "root", "password", "administrator", ""):
        for name in ("admin", "administrator", "root"):
            body = {"username": name, "password": password or "x"}
            answer = callers.client.post("auth", "auth/login", json=body)
            assert answer.status_code in (401, 429), answer.text
