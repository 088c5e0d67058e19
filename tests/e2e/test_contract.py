"""The running services are what contracts/openapi says: routes, own pages, the shapes of answers."""

import json
import subprocess
import sys

import httpx
import jsonschema
import pytest
import yaml
from parts.system import ROOT, binary

sys.path.insert(0, str(ROOT / "tools" / "generate"))
import contract_document  # noqa: E402
import route_table  # noqa: E402

BASE = "/api/v1/eventstreammonitor"
SERVICES = ("users", "auth", "tasks", "notifications")
OPERATIONS = ("/health", "/livez", "/readyz", "/metrics", "/openapi.yaml", "/docs")


def contract(service):
    return contract_document.load(ROOT / "contracts" / "openapi" / f"{service}.yaml")


def resolved(whole, part):
    while "$ref" in part:
        target = whole
        for key in part["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        part = target
    return part


def assert_fits(answer, service, method, path):
    """The status and media type are stated in the contract, and the body fits its schema."""
    whole = contract(service)
    operation = whole["paths"][path][method.lower()]
    assert str(answer.status_code) in operation["responses"], answer.text
    content = resolved(whole, operation["responses"][str(answer.status_code)]).get("content", {})
    if not content:
        assert answer.content == b""
        return
    media = answer.headers["content-type"].split(";")[0]
    assert media in content, answer.text
    if media.endswith("json"):
        rooted = {"components": whole["components"], "allOf": [content[media]["schema"]]}
        jsonschema.Draft202012Validator(rooted).validate(answer.json())


@pytest.mark.parametrize("service", SERVICES)
def test_routes_and_contract_are_the_same(service):
    done = subprocess.run([binary(), "routes"], capture_output=True, text=True, check=True, timeout=60)
    rows = {(row["method"], row["path"], row["scope"]) for row in json.loads(done.stdout)[service]}
    stated = {row[:3] for row in route_table.load(ROOT / "contracts" / "openapi" / f"{service}.yaml")}
    own = {row for row in stated if row[1] not in OPERATIONS}
    assert {row for row in rows if row[1] not in OPERATIONS} == own
    assert {row[1] for row in stated - own} == set(OPERATIONS)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("path", OPERATIONS)
def test_operators_routes_answer_as_stated(embedded_system, service, path):
    answer = httpx.get(embedded_system.url(service) + path, timeout=10.0)
    assert answer.status_code == 200
    assert_fits(answer, service, "GET", path)


@pytest.mark.parametrize("service", SERVICES)
def test_the_served_contract_is_the_contract(embedded_system, service):
    served = httpx.get(embedded_system.url(service) + "/openapi.yaml", timeout=10.0)
    assert yaml.safe_load(served.text) == contract(service)


def test_answers_fit_the_contract(embedded_client):
    client, user = embedded_client, embedded_client.new_user()
    assert_fits(client.get("users", "users/me", user), "users", "GET", f"{BASE}/users/me")
    body = {"taskType": "data_processing", "parameters": {"format": "csv", "csv": "a\n1\n"}}
    created = client.post("tasks", "tasks", user, json=body)
    assert created.status_code == 201 and created.headers["location"].startswith(f"{BASE}/tasks/")
    assert_fits(created, "tasks", "POST", f"{BASE}/tasks")
    task_id = created.json()["task"]["taskId"]
    assert_fits(client.get("tasks", f"tasks/{task_id}", user), "tasks", "GET", f"{BASE}/tasks/{{id}}")
    assert_fits(client.get("tasks", "tasks?limit=1", user), "tasks", "GET", f"{BASE}/tasks")
    assert_fits(client.get("tasks", "task-types", user), "tasks", "GET", f"{BASE}/task-types")
    listed = client.get("notifications", "notifications", user)
    assert_fits(listed, "notifications", "GET", f"{BASE}/notifications")
    assert_fits(client.get("auth", "/.well-known/jwks.json"), "auth", "GET", "/.well-known/jwks.json")


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
    assert_fits(answer, "tasks", "POST", f"{BASE}/tasks")


def test_task_types_serve_the_schema_files(embedded_client):
    types = embedded_client.get("tasks", "task-types", embedded_client.new_user()).json()["taskTypes"]
    served = {entry["taskType"]: entry["parametersSchema"] for entry in types}
    files = sorted((ROOT / "contracts" / "task_types").glob("*.json"))
    assert served == {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
