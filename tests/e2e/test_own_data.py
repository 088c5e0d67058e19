"""A user's own data: the export shows everything that every service holds on a person, the deletion leaves an
id."""

import json
import uuid

import pytest
from support import stored
from support.contract import assert_fits, assert_problem, operation
from support.grants import make_api_key
from support.waiting import eventually

BASE = "/api/v1/eventstreammonitor"
EXPORT = operation("users", "GET", f"{BASE}/users/me/export")
PAGES = (("users", "users/me"), ("tasks", "tasks"), ("notifications", "notifications"))
SERVICES = ("users", "auth", "tasks", "notifications")
# Of a deleted user the user service keeps the audit, which has ids alone; the others, whose id is gone.
KEPT = {"audit_entry", "erased_user", "user_epoch"}


def export(client, user):
    return client.get("users", "users/me/export", user)


def person(client):
    """A user whose every name is found nowhere else, with something in each service."""
    mark = uuid.uuid4().hex[:12]
    user = client.new_user(
        username=f"u{mark}", email=f"mail{mark}@example.org", firstName=f"First{mark}", lastName=f"Last{mark}"
    )
    make_api_key(client, user, ["tasks:read"])
    task = client.create_task(user, tags=[f"tag{mark}"])
    assert client.finished_task(user, task["taskId"])["status"] == "completed"
    waiting = client.create_task(user, parameters={"note": f"Note{mark}"}, taskType="external_thing")

    def told():
        found = client.get("notifications", "notifications", user).json()["notifications"]
        sent = [each for each in found if each["status"] == "sent"]
        return len(sent) == len(found) == 4  # the welcome and the task's end, each a mail and in the inbox

    eventually(told, 30.0, "both mails")
    return user, mark, {task["taskId"], waiting["taskId"]}


def tables(system, service):
    if system.kind == "embedded":
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        named = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    return [name for (name,) in stored.rows(system, service, named)]


def rows_with(system, service, mark):
    """Rows of any table of the service's database that have the text in any column."""
    return [
        (service, table, row)
        for table in tables(system, service)
        for row in stored.rows(system, service, f"SELECT * FROM {table}")
        if any(mark.lower() in str(cell).lower() for cell in row)
    ]


def tables_about(system, service, user_id):
    """Tables that have a row of the user."""
    if system.kind == "embedded":
        named = "SELECT name FROM pragma_table_info(?) WHERE name IN ('user_id', 'subject_id', 'actor_id')"
    else:
        named = (
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = ? AND column_name IN ('user_id', 'subject_id', 'actor_id')"
        )
    return {
        table
        for table in tables(system, service)
        for (column,) in stored.rows(system, service, named, table)
        if stored.rows(system, service, f"SELECT 1 FROM {table} WHERE {column} = ?", user_id)
    }


def delete_account(client, user):
    answer = client.delete("users", "users/me", user, json={"password": user.password})
    assert answer.status_code == 204, answer.text


def test_the_export_shows_everything_and_nothing_of_others(client):
    user, mark, tasks = person(client)
    _, other, _ = person(client)
    answer = export(client, user)
    assert answer.status_code == 200, answer.text
    assert_fits(answer, EXPORT)
    assert answer.headers["cache-control"] == "no-store"
    name = f"eventstreammonitor-export-{user.user_id}.json"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    document = answer.json()
    account = document["users"]["account"]
    assert (account["username"], account["email"]) == (user.username, user.email)
    assert account["firstName"] == f"First{mark}" and account["state"] == "active"
    assert [entry["action"] for entry in document["users"]["audit"]] == ["user.registered"]
    assert len(document["auth"]["sessions"]) == 1 and document["auth"]["secondFactor"] == {"on": False}
    assert [key["scopes"] for key in document["auth"]["apiKeys"]] == [["tasks:read"]]
    assert {task["taskId"] for task in document["tasks"]["tasks"]} == tasks
    done = next(task for task in document["tasks"]["tasks"] if task["status"] == "completed")
    assert done == client.task(user, done["taskId"])
    assert document["notifications"]["contact"]["email"] == user.email
    messages = document["notifications"]["notifications"]
    mails = [each for each in messages if each["channel"] == "email"]
    assert {mail["recipient"] for mail in mails} == {user.email} and len(mails) == 2
    assert sorted(each["channel"] for each in messages if each not in mails) == ["in_app", "in_app"]
    assert all(mail["attemptLog"][-1]["outcome"] == "sent" for mail in mails)
    assert other not in answer.text
    for secret in ("password", "esm_pat_", "esm_rt_", "hash", "argon2"):
        assert secret not in answer.text.lower(), secret


def test_a_large_export_is_whole(client):
    user = client.new_user()
    rows = [{"text": "x" * 500, "n": n} for n in range(100)]
    ids = [
        client.create_task(user, parameters={"format": "json", "rows": rows})["taskId"] for _ in range(60)
    ]
    for task_id in ids:
        assert client.finished_task(user, task_id)["status"] == "completed"
    document = export(client, user).json()
    assert sorted(task["taskId"] for task in document["tasks"]["tasks"]) == sorted(ids)
    assert all(len(task["result"]["rows"]) == 100 for task in document["tasks"]["tasks"])
    assert len(json.dumps(document)) > 6_000_000, "more than a gRPC message carries"


def test_only_a_persons_own_login_exports(client):
    user = client.new_user()
    key = make_api_key(client, user, ["users:read"])
    answer = export(client, key)
    assert_problem(answer, 403, "forbidden")
    assert_fits(answer, EXPORT)
    assert_problem(export(client, None), 401, "unauthenticated")
    answer = client.get("users", "users/me/export", user, params={"userId": 1000})
    assert_problem(answer, 400, "malformed_request")


def test_a_deleted_user_is_gone_from_every_service(client, system):
    user, mark, _ = person(client)
    kept, other, tasks = person(client)
    stolen = make_api_key(client, user, ["tasks:read", "tasks:write"])
    for service in SERVICES:
        assert rows_with(system, service, mark), f"{service} held nothing: the search would find nothing"
        assert not tables_about(system, service, user.user_id) <= KEPT, service
    delete_account(client, user)

    def nothing_left():
        left = [found for service in SERVICES for found in rows_with(system, service, mark)]
        assert not left, left
        return True

    eventually(nothing_left, 30.0, "the erasure in every service")
    for service in SERVICES:
        assert tables_about(system, service, user.user_id) <= KEPT, service
    audit = stored.rows(
        system, "users", "SELECT action FROM audit_entry WHERE subject_id = ? ORDER BY at", user.user_id
    )
    assert ("user.deleted",) in audit

    def refused(who):
        return all(
            client.get(service, path, who).status_code == 401
            for service, path in PAGES
            for _ in system.replicas[service]
        )

    eventually(lambda: refused(user), 10.0, "the end of the user's token")
    eventually(lambda: refused(stolen), 10.0, "the end of the user's API key")
    answer = client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token})
    assert_problem(answer, 401, "invalid_token")
    login = client.post("auth", "auth/login", json={"username": user.username, "password": user.password})
    assert_problem(login, 401, "invalid_credentials")

    document = export(client, kept).json()
    assert {task["taskId"] for task in document["tasks"]["tasks"]} == tasks
    assert len(document["notifications"]["notifications"]) == 4 and other in json.dumps(document)


def test_nobody_can_make_tasks_for_a_deleted_user(client, admin):
    user = client.new_user()
    delete_account(client, user)

    def closed():
        body = {"taskType": "external_thing", "parameters": {}, "userId": user.user_id}
        answer = client.post("tasks", "tasks", admin, json=body)
        return answer.status_code == 403 and answer.json()["code"] == "forbidden"

    eventually(closed, 20.0, "the task service knows of the deletion")

    def erased():
        answer = client.get("tasks", "tasks", admin, params={"type": "external_thing", "limit": 500})
        return user.user_id not in {task["userId"] for task in answer.json()["tasks"]}

    eventually(erased, 20.0, "those made before are gone")


def test_the_name_and_address_are_free_again(client):
    user, mark, _ = person(client)
    delete_account(client, user)
    again = client.new_user(username=user.username, email=user.email, firstName="Another", lastName="One")
    assert again.user_id != user.user_id
    document = export(client, again).json()
    assert document["tasks"]["tasks"] == []
    assert document["users"]["account"]["firstName"] == "Another"
    assert f"First{mark}" not in json.dumps(document)


@pytest.mark.parametrize("away", ["tasks", "notifications"])
def test_without_one_service_there_is_no_export(clustered_client, clustered_system, away):
    """The gap is never filled with less: 503 names who is away; once it is back the export is whole again."""
    user = clustered_client.new_user()
    # Each replica of the user service finds one that was away again on its own.
    eventually(lambda: export(clustered_client, user).status_code == 200, 30.0, "an export")
    replicas = clustered_system.replicas[away]
    for replica in replicas:
        replica.stop()
    try:
        answer = export(clustered_client, user)
        assert_problem(answer, 503, "unavailable")
        assert_fits(answer, EXPORT)
        assert away in answer.json()["detail"] and "retry-after" in answer.headers
    finally:
        for replica in replicas:
            replica.start(wait=False)
        clustered_system.wait_ready()
    eventually(lambda: export(clustered_client, user).status_code == 200, 30.0, "the export is back")
