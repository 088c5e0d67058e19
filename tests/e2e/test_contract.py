"""The running services are what contracts/openapi says: routes, own pages, the shapes of answers."""

import json
import subprocess

import httpx
import pytest
import yaml
from parts.system import BASE_PATH, ROOT, binary
from support.contract import PROBES, SERVICES, assert_fits, document, operation, operations


@pytest.mark.parametrize("service", SERVICES)
def test_routes_and_contract_are_the_same(service):
    done = subprocess.run([binary(), "routes"], capture_output=True, text=True, check=True, timeout=60)
    rows = {(row["method"], row["path"], row["scope"]) for row in json.loads(done.stdout)[service]}
    stated = {(each.method, each.path, each.scope) for each in operations((service,), probes=True)}
    own = {row for row in stated if row[1] not in PROBES}
    assert {row for row in rows if row[1] not in PROBES} == own
    assert {row[1] for row in stated - own} == set(PROBES)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", PROBES)
def test_operators_routes_answer_as_stated(system, service, path):
    answer = httpx.get(system.url(service) + path, timeout=10.0)
    assert answer.status_code == 200
    assert_fits(answer, operation(service, "GET", path))


@pytest.mark.parametrize("service", SERVICES)
def test_the_served_contract_is_the_contract(embedded_system, service):
    served = httpx.get(embedded_system.url(service) + "/openapi.yaml", timeout=10.0)
    assert yaml.safe_load(served.text) == document(service)


def test_answers_fit_the_contract(client):
    user = client.new_user()

    def check(answer, service, method, path):
        assert_fits(answer, operation(service, method, path))

    check(client.get("users", "users/me", user), "users", "GET", "users/me")
    body = {"taskType": "data_processing", "parameters": {"format": "csv", "csv": "a\n1\n"}}
    created = client.post("tasks", "tasks", user, json=body)
    task_id = created.json()["task"]["taskId"]
    assert created.status_code == 201
    assert created.headers["location"] == f"{BASE_PATH}/tasks/{task_id}"
    check(created, "tasks", "POST", "tasks")
    check(client.get("tasks", f"tasks/{task_id}", user), "tasks", "GET", "tasks/{id}")
    check(client.get("tasks", "tasks?limit=1", user), "tasks", "GET", "tasks")
    check(client.get("tasks", "task-types", user), "tasks", "GET", "task-types")
    check(client.get("notifications", "notifications", user), "notifications", "GET", "notifications")
    check(client.get("auth", "/.well-known/jwks.json"), "auth", "GET", "/.well-known/jwks.json")


@pytest.mark.parametrize(
    "body, status, code",
    [
        (b"{", 400, "malformed_request"),
        (b'{"taskType": "x", "parameters": {}, "nickname": 1}', 400, "malformed_request"),
        (b'{"taskType": 1, "parameters": {}}', 400, "malformed_request"),
        (b'{"taskType": "X y", "parameters": {}}', 422, "validation_failed"),
        (b'{"taskType": "data_processing", "parameters": {"format": "xml"}}', 422, "validation_failed"),
    ],
)
def test_refusals_fit_the_contract(embedded_client, body, status, code):
    user, headers = embedded_client.new_user(), {"Content-Type": "application/json"}
    answer = embedded_client.post("tasks", "tasks", user, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert_fits(answer, operation("tasks", "POST", "tasks"))


def test_task_types_serve_the_schema_files(embedded_client):
    types = embedded_client.get("tasks", "task-types", embedded_client.new_user()).json()["taskTypes"]
    served = {entry["taskType"]: entry["parametersSchema"] for entry in types}
    files = sorted((ROOT / "contracts" / "task_types").glob("*.json"))
    assert served == {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
