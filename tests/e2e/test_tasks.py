"""Tasks as many clients use them: keys used twice, pages that hold still, others' tasks, failures told."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.contract import assert_fits, assert_problem, operation
from support.waiting import eventually

CREATE = operation("tasks", "POST", "tasks")
LIST = operation("tasks", "GET", "tasks")
ELSEWHERE = {"taskType": "external_work", "parameters": {}}


@pytest.fixture(scope="module")
def other(visitor):
    return visitor.client.new_user()


def test_a_key_belongs_to_one_user_and_one_request(visitor, other):
    client, key = visitor.client, {"Idempotency-Key": str(uuid.uuid4())}
    first = client.post("tasks", "tasks", visitor.user, json=ELSEWHERE, headers=key)
    theirs = client.post("tasks", "tasks", other, json=ELSEWHERE, headers=key)
    assert first.status_code == theirs.status_code == 201
    assert first.json()["task"]["taskId"] != theirs.json()["task"]["taskId"]
    changed = client.post(
        "tasks", "tasks", visitor.user, json={**ELSEWHERE, "priority": "low"}, headers=key
    )
    assert_problem(changed, 422, "idempotency_key_reused")
    assert_fits(changed, CREATE)


def test_a_refused_request_leaves_its_key_free(visitor):
    key = {"Idempotency-Key": str(uuid.uuid4())}
    bad = visitor.client.post(
        "tasks", "tasks", visitor.user, json={**ELSEWHERE, "queue": "No"}, headers=key
    )
    assert_problem(bad, 422, "validation_failed", "/queue")
    good = visitor.client.post("tasks", "tasks", visitor.user, json=ELSEWHERE, headers=key)
    assert good.status_code == 201


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "naïve"])
def test_what_is_no_key_is_refused(visitor, key):
    answer = visitor.client.post(
        "tasks", "tasks", visitor.user, json=ELSEWHERE, headers={"Idempotency-Key": key.encode()}
    )
    assert_problem(answer, 400, "malformed_request", "Idempotency-Key")


def test_other_peoples_tasks_do_not_exist(visitor, other):
    client = visitor.client
    task = client.create_task(visitor.user, runAt="2027-01-01T00:00:00Z")
    path = f"tasks/{task['taskId']}"
    assert_problem(client.get("tasks", path, other), 404, "not_found")
    assert_problem(client.put("tasks", f"{path}/cancel", other), 404, "not_found")
    mine = client.get("tasks", "tasks", other, params={"limit": "500"}).json()["tasks"]
    assert task["taskId"] not in [each["taskId"] for each in mine]
    assert client.task(visitor.user, task["taskId"])["status"] == "scheduled"
    made_for = client.post("tasks", "tasks", other, json={**ELSEWHERE, "userId": visitor.user.user_id})
    assert_problem(made_for, 403, "forbidden")
    assert_fits(made_for, CREATE)
    own = client.post("tasks", "tasks", other, json={**ELSEWHERE, "userId": other.user_id})
    assert own.status_code == 201


def test_other_peoples_notifications_do_not_exist(visitor, other):
    client = visitor.client

    def welcome():
        return client.get("notifications", "notifications", visitor.user).json()["notifications"]

    found = eventually(welcome, what="a notification")[0]
    path = f"notifications/{found['notificationId']}"
    assert client.get("notifications", path, visitor.user).status_code == 200
    assert_problem(client.get("notifications", path, other), 404, "not_found")


def all_pages(client, user, **filters):
    """The ids of every page, following nextCursor, and the pages' Link headers."""
    found, cursor = [], None
    while True:
        params = {**filters, **({"cursor": cursor} if cursor else {})}
        answer = client.get("tasks", "tasks", user, params=params)
        assert_fits(answer, LIST)
        page = answer.json()
        found += [each["taskId"] for each in page["tasks"]]
        cursor = page["pagination"]["nextCursor"]
        assert page["pagination"]["hasMore"] == (cursor is not None)
        assert ("link" in answer.headers) == (cursor is not None)
        if cursor is None:
            return found
        link = answer.headers["link"]
        assert link.startswith("</api/v1/") and link.endswith('>; rel="next"')
        followed = client.get("tasks", link[1 : link.index(">")], user)
        assert followed.json()["pagination"]["limit"] == page["pagination"]["limit"]


def test_pages_hold_still_while_tasks_are_added(client):
    user = client.new_user()
    made = [client.create_task(user, {}, taskType="external_work")["taskId"] for _ in range(12)]
    first = client.get("tasks", "tasks", user, params={"limit": "5"}).json()
    added = [client.create_task(user, {}, taskType="external_work")["taskId"] for _ in range(3)]
    cursor = first["pagination"]["nextCursor"]
    seen = [each["taskId"] for each in first["tasks"]]
    while cursor:
        page = client.get("tasks", "tasks", user, params={"limit": "5", "cursor": cursor}).json()
        seen += [each["taskId"] for each in page["tasks"]]
        cursor = page["pagination"]["nextCursor"]
    assert seen == made[::-1]
    assert all_pages(client, user, limit="4") == (made + added)[::-1]


def test_a_cursor_of_another_filter_is_refused(client):
    user = client.new_user()
    for _ in range(3):
        client.create_task(user, {}, taskType="external_work")
    cursor = client.get("tasks", "tasks", user, params={"limit": "1"}).json()["pagination"]["nextCursor"]
    for more in ({"status": "pending"}, {"priority": "high"}, {"tag": "x"}):
        answer = client.get("tasks", "tasks", user, params={"limit": "1", "cursor": cursor, **more})
        assert_problem(answer, 400, "invalid_cursor")
    stranger = client.new_user()
    theirs = client.get("tasks", "tasks", stranger, params={"cursor": cursor})
    assert theirs.status_code == 400 or theirs.json()["tasks"] == []


def test_filters_combine(client):
    user = client.new_user()
    wanted = client.create_task(
        user, {}, taskType="external_work", priority="critical", queue="q1", tags=["red", "blue"]
    )
    client.create_task(user, {}, taskType="external_work", priority="low", queue="q1", tags=["red"])
    client.create_task(user, {}, taskType="another_type", priority="critical", queue="q2", tags=["reddish"])
    later = client.create_task(
        user, {}, taskType="external_work", runAt="2027-01-01T00:00:00Z", tags=["red"]
    )

    def found(**filters):
        return all_pages(client, user, **filters)

    assert found(priority="critical", queue="q1") == [wanted["taskId"]]
    assert found(tag="blue") == [wanted["taskId"]]
    assert len(found(tag="red")) == 3 and len(found(type="external_work")) == 3
    assert found(status="scheduled") == [later["taskId"]]
    assert found(tag="nobody") == [] == found(status="timed_out")
    assert later["taskId"] in found(createdAfter=later["createdAt"])
    assert later["taskId"] not in found(createdBefore=later["createdAt"])
    assert wanted["taskId"] in found(createdBefore=later["createdAt"], tag="red")


def test_a_task_that_cannot_work_fails_with_its_message(client, system, events):
    user = client.new_user(firstName="Ada")
    broken = {
        "format": "json",
        "rows": [{"a": "text"}],
        "steps": [{"op": "group", "by": [], "aggregates": [{"column": "a", "function": "sum"}]}],
    }
    task = client.create_task(user, broken)
    ended = client.finished_task(user, task["taskId"])
    assert (ended["status"], ended["result"]) == ("failed", None)
    assert "sum" in ended["errorMessage"] or "step" in ended["errorMessage"], ended["errorMessage"]
    event = events.wait_for(lambda each: each.type == "task.failed.v1" and each.key == str(task["taskId"]))
    assert event.data["errorMessage"] == ended["errorMessage"]
    subject = f"Task {task['taskReference']} failed"
    mails = eventually(
        lambda: [m for m in system.mails(user.email) if m["Subject"] == subject], what="the mail"
    )
    assert len(mails) == 1
    text = " ".join(mails[0].get_body(("plain",)).get_content().split())
    assert " ".join(ended["errorMessage"].split()) in text


@pytest.mark.parametrize(
    "parameters, pointer",
    [
        ({"format": "xml"}, "/parameters/format"),
        ({"format": "json"}, "/parameters/rows"),
        ({"format": "csv"}, "/parameters/csv"),
        ({"format": "csv", "csv": "a\n1\n", "rows": []}, "/parameters/rows"),
        ({"format": "json", "rows": [{"a": [1]}]}, "/parameters/rows/0/a"),
        ({"format": "json", "rows": [], "steps": [{"op": "explode"}]}, "/parameters/steps/0"),
        (
            {"format": "json", "rows": [], "steps": [{"op": "limit", "count": -1}]},
            "/parameters/steps/0/count",
        ),
        ({"format": "json", "rows": [], "surprise": 1}, "/parameters/surprise"),
    ],
)
def test_parameters_that_break_the_schema_are_named(visitor, parameters, pointer):
    body = {"taskType": "data_processing", "parameters": parameters}
    answer = visitor.client.post("tasks", "tasks", visitor.user, json=body)
    assert_problem(answer, 422, "validation_failed", pointer)
    assert_fits(answer, CREATE)


def test_many_tasks_at_once_all_run(client):
    user = client.new_user()
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: client.create_task(user)["taskId"], range(100)))
    assert len(set(made)) == 100

    def ended():
        page = client.get("tasks", "tasks", user, params={"limit": "500", "status": "completed"}).json()
        return len(page["tasks"]) == 100

    eventually(ended, 30.0, "all hundred complete")


def test_tasks_keep_what_they_were_given(client):
    user = client.new_user()
    given = {
        "taskType": "external_work",
        "parameters": {
            "text": 'Zoë \U0001f680 " \\ / \u2028',
            "deep": {"list": [1, -2.5, 1e-7, True, None]},
        },
        "priority": "low",
        "queue": "a.b-c_d",
        "timeoutSeconds": 86400,
        "maxAttempts": 25,
        "tags": ["Größe", "x" * 64],
    }
    task = client.create_task(
        user, given["parameters"], **{k: v for k, v in given.items() if k != "parameters"}
    )
    shown = client.task(user, task["taskId"])
    assert {name: shown[name] for name in given} == given
    big = {"number": 2**63 - 1, "small": -(2**63)}
    assert client.task(user, client.create_task(user, big, taskType="big")["taskId"])["parameters"] == big
