"""The main job of the product, from a visitor's registration to the mail about the finished task, on
both systems."""

import json
import re
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from support.contract import (
    assert_fits,
    assert_problem,
    events as event_contract,
    operation,
    resolved,
    validate,
)
from support.stored import one
from support.waiting import eventually

TASK = operation("tasks", "GET", "tasks/{id}")
CANCEL = operation("tasks", "PUT", "tasks/{id}/cancel")
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
UUID7 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
SALES = 'city,amount,note\nGraz,12.5,a\nLinz,30,"b, c"\nGraz,7.5,\nWien,1,"d""e"\n'
BY_CITY = [
    {"op": "filter", "column": "amount", "operator": "gt", "value": 5},
    {"op": "group", "by": ["city"], "aggregates": [{"column": "amount", "function": "sum", "as": "total"}]},
    {"op": "sort", "by": [{"column": "total", "direction": "desc"}]},
]
TOTALS = [{"city": "Linz", "total": 30}, {"city": "Graz", "total": 20}]


def of_key(kind, key):
    return lambda event: event.type == kind and event.key == str(key)


def assert_event(event, source, version=None):
    """The event is what contracts/asyncapi.yaml says, headers and payload."""
    whole = event_contract()
    message = next(
        each for each in whole["components"]["messages"].values() if each["name"] == event.headers["type"]
    )
    plain = ("content-type",)
    headers = {name if name in plain else f"ce_{name}": value for name, value in event.headers.items()}
    validate(headers, resolved(whole, message["headers"]), whole)
    validate(event.data, resolved(whole, message["payload"]), whole)
    assert event.headers["source"] == source
    assert event.headers["subject"] == event.key
    assert UUID7.match(event.headers["id"]) and INSTANT.match(event.headers["time"])
    if version is not None:
        assert event.headers["aggregateversion"] == str(version)


def log_lines(system):
    for path in system.directory.glob("*.log"):
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                yield json.loads(line)


def test_registering_writes_a_row_and_an_event(client, system, events):
    user = client.register(firstName="Ada", lastName="Lovelace", dateOfBirth="1990-12-10")
    row = one(
        system, "users", "SELECT username, email, version FROM account WHERE user_id = ?", user.user_id
    )
    assert tuple(row) == (user.username, user.email, 1)
    event = events.wait_for(of_key("user.registered.v1", user.user_id))
    assert event.topic == "user-registration-events"
    assert_event(event, "/users", version=1)
    assert event.correlation_id == user.correlation_id
    assert (event.data["username"], event.data["dateOfBirth"]) == (user.username, "1990-12-10")


def test_a_welcome_mail_arrives_and_is_noted_as_sent(client, system):
    user = client.new_user(firstName="Zoë", lastName="Åström")
    mail = eventually(lambda: system.mails(user.email), what="the welcome mail")[0]
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["Subject"] == "Welcome, Zoë"
    assert parseaddr(mail["To"])[1] == user.email
    assert parseaddr(mail["From"])[1] == "no-reply@eventstreammonitor.local"
    assert re.fullmatch(r"<[^<>@\s]+@eventstreammonitor\.local>", mail["Message-ID"])
    assert parsedate_to_datetime(mail["Date"]).tzinfo is not None
    assert mail["Auto-Submitted"] == "auto-generated" and mail["MIME-Version"] == "1.0"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "Hello Zoë" in plain.get_content() and user.username in plain.get_content()
    assert "Welcome, Zoë" in html.get_content() and "<html" in html.get_content()

    def sent():
        page = client.get(
            "notifications",
            "notifications",
            user,
            params={"eventType": "user.registered.v1", "channel": "email"},
        )
        assert_fits(page, operation("notifications", "GET", "notifications"))
        (found,) = page.json()["notifications"]
        return found if found["status"] == "sent" else None

    found = eventually(sent, what="the notification is sent")
    assert (found["recipient"], found["subject"], found["attempts"]) == (user.email, "Welcome, Zoë", 1)
    statement = "SELECT status, correlation_id FROM notification WHERE notification_id = ?"
    row = one(system, "notifications", statement, found["notificationId"])
    assert tuple(row) == ("sent", user.correlation_id)
    answer = client.get("notifications", f"notifications/{found['notificationId']}", user)
    assert_fits(answer, operation("notifications", "GET", "notifications/{id}"))
    assert [each["outcome"] for each in answer.json()["notification"]["attemptLog"]] == ["sent"]


def test_a_name_cannot_forge_a_mail(client, system):
    hostile = "Eve <b>bold</b> {{user.email}} Bcc: victim@example.org"
    user = client.register(firstName=hostile)
    mail = eventually(lambda: system.mails(user.email), what="the welcome mail")[0]
    assert mail["Bcc"] is None and mail["To"] == user.email
    assert mail["Subject"] == f"Welcome, {hostile}"
    assert "<b>bold</b>" not in mail.get_body(("html",)).get_content()
    assert "&lt;b&gt;" in mail.get_body(("html",)).get_content()
    assert hostile in mail.get_body(("plain",)).get_content()


@pytest.mark.parametrize("path", ["auth/login", "auth/generateToken"])
def test_logging_in_gives_tokens(client, path, events):
    user = client.register()
    body = {"username": user.username, "password": user.password}
    if path == "auth/generateToken":
        body["userId"] = user.user_id
    answer = client.post("auth", path, json=body)
    assert answer.status_code == 200
    assert_fits(answer, operation("auth", "POST", path))
    given = answer.json()
    assert (given["tokenType"], given["expiresIn"]) == ("Bearer", 600)
    assert ("refreshToken" in given) == (path == "auth/login")
    assert answer.headers["cache-control"] == "no-store"
    event = events.wait_for(
        lambda each: each.type == "auth.login_succeeded.v1" and each.data["userId"] == user.user_id
    )
    assert event.topic == "auth-events"
    assert_event(event, "/auth", version=1)
    user.access_token = given["accessToken"]
    assert client.get("users", "users/me", user).json()["user"]["userId"] == user.user_id


def test_one_can_log_in_by_address_and_in_any_case(client):
    user = client.register()
    for body in ({"email": user.email.upper()}, {"username": user.username.upper()}):
        assert (
            client.post("auth", "auth/login", json={**body, "password": user.password}).status_code == 200
        )


def test_wrong_credentials_look_alike(client, events):
    user = client.register()
    login, by_id = ("auth/login", {}), ("auth/generateToken", {"userId": user.user_id})
    tries = [
        (login, user.username, "wrong-" + user.password),
        (login, "nobody-" + user.username, user.password),
        (by_id, user.username, "wrong"),
        (("auth/generateToken", {"userId": user.user_id + 1}), user.username, user.password),
    ]
    seen = set()
    for (path, more), username, password in tries:
        answer = client.post("auth", path, json={**more, "username": username, "password": password})
        problem = assert_problem(answer, 401, "invalid_credentials")
        assert_fits(answer, operation("auth", "POST", path))
        seen.add((problem["title"], problem.get("detail")))
    assert len(seen) == 1
    event = events.wait_for(lambda each: each.type == "auth.login_failed.v1")
    assert_event(event, "/auth")
    assert user.username not in json.dumps(event.data)


@pytest.mark.parametrize(
    "source",
    [
        {"format": "csv", "csv": SALES},
        {
            "format": "json",
            "rows": [
                {"city": "Graz", "amount": 12.5},
                {"city": "Linz", "amount": 30},
                {"city": "Graz", "amount": 7.5},
                {"city": "Wien", "amount": 1},
            ],
        },
    ],
    ids=["csv", "json"],
)
def test_a_task_runs_to_a_real_result(client, events, source):
    user = client.new_user()
    task = client.create_task(user, {**source, "steps": BY_CITY}, priority="high", tags=["monthly"])
    assert task["status"] == "pending" and task["progress"] == 0 and task["version"] == 1
    done = client.finished_task(user, task["taskId"])
    assert done["status"] == "completed", done
    assert done["result"] == {"rows": TOTALS, "rowCount": 2, "inputRows": 4}
    assert (done["progress"], done["attempt"], done["errorMessage"]) == (100, 1, None)
    assert done["createdAt"] <= done["startedAt"] <= done["completedAt"]
    assert 0 <= done["processingTime"] < 10
    assert_fits(client.get("tasks", f"tasks/{task['taskId']}", user), TASK)
    kinds = ("task.created.v1", "task.started.v1", "task.completed.v1")
    for version, kind in enumerate(kinds, start=1):
        event = events.wait_for(of_key(kind, task["taskId"]))
        assert event.topic == "task-processing-events"
        assert_event(event, "/tasks", version)
    events.read_until_quiet(0.3)
    of_task = [
        each for each in events.events if each.key == str(task["taskId"]) and each.type.startswith("task.")
    ]
    assert [each.type for each in of_task] == list(kinds)
    assert of_task[-1].data["result"] == done["result"]
    assert of_task[-1].data["version"] == done["version"] == 3


def test_the_completion_arrives_as_a_mail(client, system):
    user = client.new_user(firstName="Ada")
    task = client.create_task(user)
    client.finished_task(user, task["taskId"])
    subject = f"Task {task['taskReference']} is complete"
    found = eventually(
        lambda: [m for m in system.mails(user.email) if m["Subject"] == subject], what="the mail"
    )
    assert len(found) == 1
    assert task["taskReference"] in found[0].get_body(("plain",)).get_content()


def test_a_scheduled_task_is_cancelled_at_once(client, events):
    user = client.new_user()
    task = client.create_task(user, runAt="2027-01-01T00:00:00Z")
    assert task["status"] == "scheduled" and task["runAt"] == "2027-01-01T00:00:00.000000Z"
    answer = client.put("tasks", f"tasks/{task['taskId']}/cancel", user)
    assert_fits(answer, CANCEL)
    assert answer.status_code == 200 and answer.json()["task"]["status"] == "cancelled"
    assert_event(events.wait_for(of_key("task.cancelled.v1", task["taskId"])), "/tasks", version=2)
    again = client.put("tasks", f"tasks/{task['taskId']}/cancel", user)
    assert_problem(again, 409, "task_already_terminal")
    assert_fits(again, CANCEL)


def long_job():
    """Parameters within 64 KiB whose steps take seconds: sorting the same rows over and over."""
    rows = [{"a": (index * 7919) % 10007} for index in range(4200)]
    sort = [{"op": "sort", "by": [{"column": "a", "direction": order}]} for order in ("asc", "desc")]
    return {"format": "json", "rows": rows, "steps": sort * 16}


def test_a_waiting_task_for_elsewhere_is_cancelled(client):
    user = client.new_user()
    task = client.create_task(user, {"any": "thing"}, taskType="external_work")
    assert task["status"] == "pending"
    answer = client.put("tasks", f"tasks/{task['taskId']}/cancel", user)
    assert answer.json()["task"]["status"] == "cancelled"
    assert client.task(user, task["taskId"])["status"] == "cancelled"


def test_cancelling_while_it_may_run_ends_in_one_final_state(client, events):
    user = client.new_user()
    task = client.create_task(user, long_job())
    answer = client.put("tasks", f"tasks/{task['taskId']}/cancel", user)
    assert_fits(answer, CANCEL)
    ended = client.finished_task(user, task["taskId"])
    if answer.status_code == 409:
        assert ended["status"] == "completed"
    else:
        assert answer.json()["task"]["status"] in ("cancelled", "running")
        assert ended["status"] in ("cancelled", "completed")
    final = events.wait_for(of_key(f"task.{ended['status']}.v1", task["taskId"]))
    assert_event(final, "/tasks")


def test_one_correlation_id_leads_through_everything(client, system, events):
    user = client.new_user()
    headers = {"X-Request-Id": f"trace-{user.username}", "Traceparent": f"00-{'4b' * 16}-{'00f0' * 4}-01"}
    body = {"taskType": "data_processing", "parameters": {"format": "csv", "csv": "a\n1\n"}}
    answer = client.post("tasks", "tasks", user, json=body, headers=headers)
    assert answer.headers["x-request-id"] == headers["X-Request-Id"]
    client.finished_task(user, answer.json()["task"]["taskId"])
    chain = {"task.created.v1", "task.started.v1", "task.completed.v1", "notification.sent.v1"}
    trace = headers["X-Request-Id"]
    for kind in chain:
        events.wait_for(
            lambda each, kind=kind: each.type == kind and each.correlation_id == trace, what=kind
        )
    found = {each.type: each for each in events.of(trace)}
    assert set(found) == chain
    assert found["notification.sent.v1"].headers["causationid"] == found["task.completed.v1"].headers["id"]
    assert {each.headers["traceparent"][3:35] for each in found.values()} == {"4b" * 16}
    told = {"attempt ended", "a delivery was attempted"}

    def logged():
        return told <= {each["message"] for each in log_lines(system) if each.get("correlationId") == trace}

    eventually(logged, what="the log lines of tasks and notifications")
    mail = eventually(
        lambda: [m for m in system.mails(user.email) if m["X-Correlation-Id"] == trace],
        what="the mail of the chain",
    )
    assert len(mail) == 1
