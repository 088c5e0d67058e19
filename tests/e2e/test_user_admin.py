"""Administrators search, read, change and lock accounts, set roles and read the audit, on every replica."""

import time
from urllib.parse import urlparse

import pytest
from support import stored
from support.contract import assert_fits, assert_problem, operation
from support.waiting import eventually

BASE = "/api/v1/eventstreammonitor/users"
LIST, AUDIT = operation("users", "GET", BASE), operation("users", "GET", f"{BASE}/audit")
GET, PATCH = operation("users", "GET", f"{BASE}/{{id}}"), operation("users", "PATCH", f"{BASE}/{{id}}")
LOCK, UNLOCK = (
    operation("users", "POST", f"{BASE}/{{id}}/lock"),
    operation("users", "POST", f"{BASE}/{{id}}/unlock"),
)
ROLES = operation("users", "PUT", f"{BASE}/{{id}}/roles")


def search(client, admin, **filters):
    """Every account that fits, page by page along the Link headers."""
    answer = client.get("users", "users", admin, params=filters)
    found = []
    while True:
        assert answer.status_code == 200, answer.text
        assert_fits(answer, LIST)
        found += answer.json()["users"]
        if answer.json()["nextCursor"] is None:
            assert "link" not in answer.headers
            return found
        assert len(answer.json()["users"]) <= int(filters.get("limit", 50))
        link = answer.headers["link"]
        assert link.endswith('>; rel="next"')
        target = link.removeprefix("<").split(">")[0]
        assert not urlparse(target).netloc
        answer = client.request("GET", "users", target, admin)


def lock(client, admin, user, **body):
    return client.post("users", f"users/{user.user_id}/lock", admin, json=body)


def entries(client, admin, **filters):
    answer = client.get("users", "users/audit", admin, params=filters)
    assert answer.status_code == 200, answer.text
    assert_fits(answer, AUDIT)
    return answer.json()["entries"]


def test_a_search_by_the_beginning_of_a_name_or_address(client, admin):
    ada = client.register()
    for prefix in (ada.username, ada.username[:-1], ada.username.upper(), ada.email, ada.email[:-2]):
        found = [each["userId"] for each in search(client, admin, q=prefix)]
        assert found.count(ada.user_id) == 1, prefix
    assert search(client, admin, q="no-such-name-anywhere") == []


def test_pages_hold_everybody_once_newest_first(client, admin):
    users = [client.register() for _ in range(5)]
    first = client.get("users", f"users/{users[0].user_id}", admin).json()["user"]["createdAt"]
    found = search(client, admin, createdAfter=first, limit=2)
    assert [each["createdAt"] for each in found] == sorted(
        (each["createdAt"] for each in found), reverse=True
    )
    ids = [each["userId"] for each in found]
    assert len(ids) == len(set(ids)) and {user.user_id for user in users} <= set(ids)
    older = search(client, admin, createdBefore=first, limit=500)
    assert not {user.user_id for user in users} & {each["userId"] for each in older}


def test_a_cursor_of_other_filters_is_refused(client, admin):
    client.register()
    page = client.get("users", "users", admin, params={"limit": 1}).json()
    for filters in ({"state": "active"}, {"q": "u"}, {"role": "admin"}):
        answer = client.get("users", "users", admin, params={**filters, "cursor": page["nextCursor"]})
        assert_problem(answer, 400, "invalid_cursor")
        assert_fits(answer, LIST)


@pytest.mark.parametrize(
    "path, query",
    [
        ("users", "q="),
        ("users", "q=%20"),
        ("users", "q=ad;a"),
        ("users", "q=" + "a" * 255),
        ("users", "role=root"),
        ("users", "state=gone"),
        ("users", "createdAfter=yesterday"),
        ("users", "limit=0"),
        ("users", "limit=501"),
        ("users", "name=ada"),
        ("users", "q=a&q=b"),
        ("users", "cursor=x"),
        ("users/audit", "subject=1"),
        ("users/audit", "actor=ada"),
        ("users/audit", "action=DROP"),
        ("users/audit", "cursor=x"),
    ],
)
def test_bad_queries_are_named(client, admin, path, query):
    answer = client.get("users", f"{path}?{query}", admin)
    assert answer.status_code == 400, answer.text
    assert_fits(answer, LIST if path == "users" else AUDIT)


def test_an_administrator_reads_and_changes_a_profile(client, admin, events):
    ada = client.register()
    path = f"users/{ada.user_id}"
    shown = client.get("users", path, admin)
    assert_fits(shown, GET)
    assert shown.json()["user"]["state"] == "active"
    etag = shown.headers["etag"]
    changed = client.patch("users", path, admin, json={"lastName": "King"}, headers={"If-Match": etag})
    assert changed.status_code == 200, changed.text
    assert_fits(changed, PATCH)
    assert changed.json()["user"]["lastName"] == "King" and changed.headers["etag"] != etag
    stale = client.patch("users", path, admin, json={"lastName": "Byron"}, headers={"If-Match": etag})
    assert_problem(stale, 412, "precondition_failed")
    assert_fits(stale, PATCH)
    assert client.get("users", path, admin).json()["user"]["lastName"] == "King"
    event = events.wait_for(lambda each: each.type == "user.updated.v1" and each.key == str(ada.user_id))
    assert event.data["lastName"] == "King"
    newest = entries(client, admin, subject=ada.user_id)[0]
    assert (newest["action"], newest["actorId"]) == ("user.updated", admin.user_id)
    assert "King" not in str(newest)


@pytest.mark.parametrize("field", ["roles", "state", "emailVerified", "email", "userId", "credentialEpoch"])
def test_a_profile_change_sets_nothing_else(client, admin, field):
    ada = client.register()
    before = client.get("users", f"users/{ada.user_id}", admin).json()
    answer = client.patch("users", f"users/{ada.user_id}", admin, json={field: "admin"})
    assert answer.status_code == 400, answer.text
    assert client.get("users", f"users/{ada.user_id}", admin).json() == before


def test_a_lock_shuts_the_user_out_at_once_and_an_unlock_lets_in_again(client, admin, events):
    ada = client.new_user()
    answer = lock(client, admin, ada, reason="asked by phone")
    assert answer.status_code == 200, answer.text
    assert_fits(answer, LOCK)
    assert answer.json()["user"]["state"] == "locked"
    begun = time.monotonic()
    for service, path in (("users", "users/me"), ("tasks", "tasks"), ("notifications", "notifications")):
        eventually(lambda: client.get(service, path, ada).status_code == 401, 5, f"{service} refuses")
    assert time.monotonic() - begun < 2
    refused = client.post("auth", "auth/login", json={"username": ada.username, "password": ada.password})
    assert_problem(refused, 401, "invalid_credentials")
    renewed = client.post("auth", "auth/refresh", json={"refreshToken": ada.refresh_token})
    assert_problem(renewed, 401, "invalid_token")
    assert [each["userId"] for each in search(client, admin, state="locked", q=ada.username)] == [
        ada.user_id
    ]
    again = lock(client, admin, ada)
    assert again.headers["etag"] == answer.headers["etag"]

    unlocked = client.post("users", f"users/{ada.user_id}/unlock", admin)
    assert unlocked.status_code == 200, unlocked.text
    assert_fits(unlocked, UNLOCK)
    client.log_in(ada)
    assert client.get("users", "users/me", ada).status_code == 200
    seen = [
        events.wait_for(lambda each: each.type == kind and each.key == str(ada.user_id))
        for kind in ("user.locked.v1", "user.unlocked.v1")
    ]
    assert [each.data["state"] for each in seen] == ["locked", "active"]
    actions = [each["action"] for each in entries(client, admin, subject=ada.user_id, actor=admin.user_id)]
    assert actions == ["user.unlocked", "user.locked"]
    assert entries(client, admin, subject=ada.user_id, action="user.locked")[0]["details"] == {
        "reason": "asked by phone"
    }


def test_roles_come_and_go_with_the_tokens(client, admin):
    ada = client.new_user()
    path = f"users/{ada.user_id}/roles"
    raised = client.put("users", path, admin, json={"roles": ["admin", "user"]})
    assert raised.status_code == 200, raised.text
    assert_fits(raised, ROLES)
    assert raised.json()["user"]["roles"] == ["user", "admin"]
    eventually(lambda: client.get("users", "users/me", ada).status_code == 401, 5, "the old token ends")
    client.log_in(ada)
    assert client.get("users", "users", ada).status_code == 200
    lowered = client.put("users", path, admin, json={"roles": ["user"]})
    assert lowered.status_code == 200
    eventually(
        lambda: client.get("users", "users", ada).status_code == 401, 5, "the administrator's token ends"
    )
    client.log_in(ada)
    assert_problem(client.get("users", "users", ada), 403, "forbidden")
    newest = entries(client, admin, subject=ada.user_id, action="user.roles_changed")[0]
    assert newest["details"] == {"before": ["user", "admin"], "after": ["user"]}


@pytest.mark.parametrize(
    "body, status",
    [
        ({}, 400),
        ({"roles": "admin"}, 400),
        ({"roles": [1]}, 400),
        ({"roles": ["user"], "state": "locked"}, 400),
        ({"roles": []}, 422),
        ({"roles": ["admin"]}, 422),
        ({"roles": ["root", "user"]}, 422),
        ({"roles": ["user", "user"]}, 422),
        ({"roles": ["user", "admin", "user"]}, 422),
    ],
)
def test_bad_roles_change_nothing(client, admin, body, status):
    ada = client.register()
    answer = client.put("users", f"users/{ada.user_id}/roles", admin, json=body)
    assert answer.status_code == status, answer.text
    assert_fits(answer, ROLES)
    assert client.get("users", f"users/{ada.user_id}", admin).json()["user"]["roles"] == ["user"]


def test_an_administrator_is_never_the_last_to_go(client, admin):
    own = lock(client, admin, admin)
    assert_problem(own, 409, "conflict")
    assert_fits(own, LOCK)
    others = [each for each in search(client, admin, role="admin", state="active")]
    if [each["userId"] for each in others] == [admin.user_id]:
        answer = client.put("users", f"users/{admin.user_id}/roles", admin, json={"roles": ["user"]})
        assert_problem(answer, 409, "conflict")
        assert_fits(answer, ROLES)
    assert client.get("users", "users/me", admin).status_code == 200


def test_users_who_do_not_exist(client, admin):
    for method, path, body, known in (
        ("GET", "users/999999999", None, GET),
        ("PATCH", "users/999999999", {}, PATCH),
        ("POST", "users/999999999/lock", {}, LOCK),
        ("POST", "users/999999999/unlock", {}, UNLOCK),
        ("PUT", "users/999999999/roles", {"roles": ["user"]}, ROLES),
        ("GET", "users/0", None, GET),
        ("GET", "users/99999999999999999999", None, GET),
    ):
        answer = client.request(method, "users", path, admin, json=body)
        assert_problem(answer, 404, "not_found")
        assert_fits(answer, known)


def test_none_of_it_is_for_users(client):
    ada, bob = client.new_user(), client.register()
    for method, path, body in (
        ("GET", "users", None),
        ("GET", "users/audit", None),
        ("GET", f"users/{bob.user_id}", None),
        ("GET", f"users/{ada.user_id}", None),
        ("PATCH", f"users/{bob.user_id}", {"lastName": "X"}),
        ("POST", f"users/{bob.user_id}/lock", {}),
        ("POST", f"users/{bob.user_id}/unlock", {}),
        ("PUT", f"users/{ada.user_id}/roles", {"roles": ["user", "admin"]}),
    ):
        assert_problem(client.request(method, "users", path, ada, json=body), 403, "forbidden")
        assert client.request(method, "users", path, json=body).status_code == 401


def test_the_database_itself_keeps_the_audit(client, admin, system):
    ada = client.register()
    assert lock(client, admin, ada, reason="for the audit").status_code == 200
    before = entries(client, admin, subject=ada.user_id)
    statements = ["UPDATE audit_entry SET actor_id = 1", "DELETE FROM audit_entry"]
    if system.kind == "clustered":
        statements.append("TRUNCATE audit_entry")
    for statement in statements:
        assert "append-only" in stored.refusal(system, "users", statement), statement
    assert entries(client, admin, subject=ada.user_id) == before
