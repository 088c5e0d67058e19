"""Every route of every contract refuses what its schema forbids, names the field, and never answers 500.

The cases come out of contracts/openapi, so that a new route or field is tested as soon as it is written down.
"""

import json
import uuid

import pytest
from jsonschema import Draft202012Validator
from parts.system import BASE_PATH
from support.contract import (
    METHODS,
    assert_fits,
    assert_problem,
    document,
    operations,
    types_of,
    wrong_values,
)

ALL = operations()
WITH_BODY = [each for each in ALL if each.body_schema is not None]
FIELDS = [(each, name) for each in WITH_BODY for name in each.fields]
REQUIRED = [(each, name) for each in WITH_BODY for name in each.body_schema.get("required", [])]
PARAMETERS = [(each, name) for each in ALL for name in each.query]
LISTS = [each for each in ALL if "cursor" in each.query]
WITH_ID = [each for each in ALL if "{id}" in each.path]
GUARDED = [each for each in ALL if each.scope]
PATHS = sorted({(each.service, each.path) for each in operations(probes=True)})
REFUSED_FIELD = ("malformed_request", "unknown_field")


def ids(cases):
    return [
        " ".join(str(part) for part in case) if isinstance(case, tuple) else str(case) for case in cases
    ]


def table(argument, cases):
    return pytest.mark.parametrize(argument, cases, ids=ids(cases))


def caller(visitor, of):
    """Somebody who may do it: what is refused is the input alone."""
    return visitor.admin if of.scope.endswith((":admin", ":send")) else visitor.user


def body_of(of):
    """A valid body where the operation takes one."""
    return {"json": of.body()} if of.body_schema else {}


def send(visitor, of, path=None, method=None, **options):
    """The request with a token where the operation wants one; checks that the request id comes back."""
    name = uuid.uuid4().hex
    headers = {"X-Request-Id": name, **options.pop("headers", {})}
    user = caller(visitor, of) if of.scope and "Authorization" not in headers else None
    answer = visitor.client.request(
        method or of.method, of.service, path or of.target(), user, headers=headers, **options
    )
    assert answer.headers["x-request-id"] == name
    assert answer.status_code < 500, answer.text
    return answer


def post_text(visitor, of, text, media="application/json"):
    content = text if isinstance(text, bytes) else text.encode()
    headers = {"Content-Type": media} if media else {}
    return send(visitor, of, content=content, headers=headers)


@table("of, name", FIELDS)
def test_a_field_of_the_wrong_type_is_named(visitor, of, name):
    for value in wrong_values(of.fields[name], document(of.service)):
        answer = send(visitor, of, json={**of.body(having=name), name: value})
        assert_problem(answer, 400, REFUSED_FIELD, f"/{name}")
        assert_fits(answer, of)


@table("of, name", REQUIRED)
def test_a_missing_field_is_named(visitor, of, name):
    body = of.body()
    del body[name]
    answer = send(visitor, of, json=body)
    assert_problem(answer, 400, "malformed_request", f"/{name}")
    assert_fits(answer, of)


@table("of", WITH_BODY)
def test_an_unknown_field_is_named(visitor, of):
    for name in ("nickname", "__proto__", "userid", "a/b~c", "roles", "ünknown"):
        answer = send(visitor, of, json={**of.body(), name: 1})
        assert_problem(answer, 400, REFUSED_FIELD, "/" + name.replace("~", "~0").replace("/", "~1"))
        assert_fits(answer, of)


def break_length(schema):
    """Texts that break minLength, maxLength, pattern or enum of a string's schema."""
    broken = []
    if schema.get("minLength", 0) > 0:
        broken.append("a" * (schema["minLength"] - 1))
    if "maxLength" in schema:
        broken.append("a" * (schema["maxLength"] + 1))
    ruled = "pattern" in schema or "enum" in schema or schema.get("format", "password") != "password"
    if ruled and ("format" in schema or not Draft202012Validator(schema).is_valid("no such thing!")):
        broken.append("no such thing!")
    return broken


@table("of, name", FIELDS)
def test_a_field_that_breaks_its_rule_is_named(visitor, of, name):
    schema = of.fields[name]
    allowed = types_of(schema, document(of.service))
    broken = break_length(schema) if "string" in allowed else []
    if "minimum" in schema:
        broken.append(schema["minimum"] - 1)
    if "maximum" in schema:
        broken.append(schema["maximum"] + 1)
    for value in broken:
        answer = send(visitor, of, json={**of.body(having=name), name: value})
        refusals = (401,) if of.path.endswith("/generateToken") and name == "userId" else (422,)
        # The id of nobody is a rule of the credentials there, and of the owner in a task.
        if name == "userId":
            refusals += (403, 422)
        assert answer.status_code in refusals, answer.text
        assert_problem(answer, answer.status_code, None, f"/{name}" if answer.status_code == 422 else None)
        assert_fits(answer, of)


NOT_AN_OBJECT = [
    "{",
    "",
    " ",
    "nope",
    "null",
    "[]",
    '"text"',
    "7",
    "{} {}",
    "{'a': 1}",
    '{"a": 1,}',
    '{"a": }',
    '{"a" 1}',
    "// {}",
    '{"a": NaN}',
    '{"a": 0x10}',
    '{"a": 01}',
    "\ufeff{}",
]


@table("of", WITH_BODY)
def test_what_is_no_json_object_is_malformed(visitor, of):
    for text in NOT_AN_OBJECT:
        answer = post_text(visitor, of, text)
        assert_problem(answer, 400, "malformed_request")
        assert_fits(answer, of)


@table("of", WITH_BODY)
def test_json_that_parsers_disagree_on_is_malformed(visitor, of):
    body = of.body()
    name = next(iter(body))
    inside = json.dumps(body)[1:-1]
    hostile = [
        f'{{"{name}": 1, {inside}}}',  # a key twice
        f'{{{inside}, "{name}": 1}}',
        f'{{{inside}, "\\u{ord(name[0]):04x}{name[1:]}": 1}}',  # twice, once escaped
        f'{{{inside}, "deep": {"[" * 1000}{"]" * 1000}}}',
        f'{{{inside}, "deep": {chr(123)}"a":' * 40 + "1" + "}" * 41,
        f'{{{inside}, "nul": "a\\u0000b"}}',
        f'{{{inside}, "nul": "a'.encode() + b'\x00b"}',
        f'{{{inside}, "bad": "'.encode() + b'\xff\xfe"}',
        f'{{{inside}, "bad": "'.encode() + b'\xed\xa0\x80"}',  # a surrogate in UTF-8
        f'{{{inside}, "bad": "\\ud800"}}',
        f'{{{inside}, "big": 1e999}}',
    ]
    for text in hostile:
        answer = post_text(visitor, of, text)
        assert_problem(answer, 400, REFUSED_FIELD)
        assert_fits(answer, of)


@table("of", WITH_BODY)
def test_a_body_over_the_limit_is_too_large(visitor, of):
    body = json.dumps(of.body())
    padded = body + " " * (of.spec.get("x-body-max-bytes", 64 * 1024) - len(body) + 1)
    answer = post_text(visitor, of, padded)
    assert_problem(answer, 413, "payload_too_large")
    assert_fits(answer, of)
    headers = {"Content-Type": "application/json"}
    chunks = (part.encode() for part in (padded[:30000], padded[30000:]))  # no Content-Length announces it
    assert_problem(send(visitor, of, content=chunks, headers=headers), 413, "payload_too_large")


@table("of", WITH_BODY)
def test_another_media_type_is_refused(visitor, of):
    for media in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "multipart/form-data",
        "application/jsonx",
        "json",
        "",
        "application/json, text/plain",
    ):
        answer = post_text(visitor, of, json.dumps(of.body()), media)
        assert_problem(answer, 415, "unsupported_media_type")
        assert_fits(answer, of)


@table("of", WITH_BODY)
def test_parameters_of_the_media_type_are_read(visitor, of):
    for media in ("application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        assert_problem(post_text(visitor, of, "{", media), 400, "malformed_request")


def broken_parameters(schema):
    """Texts of a query parameter that its schema forbids."""
    if schema.get("type") == "integer":
        return [
            "x",
            "",
            "1.5",
            "-1",
            str(schema["minimum"] - 1),
            str(schema.get("maximum", 2**63 - 1) + 1),
            "9" * 30,
            "1e1",
        ]
    texts = ["", "no such thing!", "x" * 300, '"', "x" * (schema.get("maxLength", 0) + 1)]
    if "format" in schema:
        return texts
    return [text for text in texts if not Draft202012Validator(schema).is_valid(text)]


@table("of, name", PARAMETERS)
def test_a_bad_query_parameter_is_named(visitor, of, name):
    for value in broken_parameters(of.query[name]):
        answer = send(visitor, of, params={name: value})
        codes = ("malformed_request", "invalid_cursor")
        problem = assert_problem(answer, 400, codes, None if name == "cursor" else name)
        assert name != "cursor" or problem["code"] == "invalid_cursor"
        assert_fits(answer, of)


@table("of", LISTS)
def test_an_unknown_or_doubled_parameter_of_a_list_is_refused(visitor, of):
    assert_problem(send(visitor, of, params={"page": "2"}), 400, "malformed_request", "page")
    twice = [("limit", "1"), ("limit", "2")]
    assert_problem(send(visitor, of, params=twice), 400, "malformed_request", "limit")


@table("of", LISTS)
def test_a_made_up_cursor_is_refused(visitor, of):
    for cursor in ("x", "AAAA", "eyJhIjoxfQ", "eyJhIjoxfQ==", "..", "' OR 1=1 --", "%00", "W10", "bnVsbA"):
        answer = send(visitor, of, params={"cursor": cursor})
        assert_problem(answer, 400, "invalid_cursor")
        assert_fits(answer, of)


@table("of", WITH_ID)
def test_an_unknown_id_is_not_found(visitor, of):
    for identifier in (999_999_999, 2**63 - 1, 1):
        answer = send(visitor, of, of.target(identifier), **body_of(of))
        assert_problem(answer, 404, "not_found")
        assert_fits(answer, of)


@table("of", WITH_ID)
def test_what_is_no_id_is_refused(visitor, of):
    hostile = (
        "abc",
        "0",
        "-1",
        "1000.0",
        "1e3",
        "0x3e8",
        "+1000",
        "1000%20",
        "%31000x",
        2**63,
        "9" * 40,
        "%00",
        "1000%00",
        "..%2f..",
        "%F0%9F%98%80",
        "%ff",
        "1000'--",
        "true",
        "null",
        "{id}",
    )
    for identifier in hostile:
        answer = send(visitor, of, of.target(identifier), **body_of(of))
        assert answer.status_code in (400, 404), f"{identifier}: {answer.text}"
        assert_problem(answer, answer.status_code)
        assert_fits(answer, of)


@table("service, path", PATHS)
def test_a_wrong_method_is_refused_with_those_allowed(visitor, service, path):
    known = {each.method for each in operations((service,), probes=True) if each.path == path}
    allowed = known | {"OPTIONS"} | ({"HEAD"} if "GET" in known else set())
    for method in {*METHODS, "TRACE", "BREW"} - known:
        answer = visitor.client.request(method, service, path.replace("{id}", "1000"), visitor.user)
        assert_problem(answer, 405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("service", sorted({each.service for each in ALL}))
def test_an_unknown_path_is_not_found(visitor, service):
    paths = (
        "/",
        "/nothing",
        BASE_PATH,
        f"{BASE_PATH}/",
        f"{BASE_PATH}/tasks/1000/cancel/now",
        "//health",
        "/health/",
        "/HEALTH",
        "/health%00",
        "/a" * 100,
    )
    for path in paths:
        answer = visitor.client.get(service, path)
        assert answer.status_code in (400, 404), path
        assert_problem(answer, answer.status_code)


GARBAGE = [
    "",
    "Bearer",
    "Bearer x",
    "Bearer a.b.c",
    "Bearer ..",
    "Bearer e30.e30.e30",
    "Basic dXNlcjpwYXNz",
    "bearer",
    "Token x",
    "Bearer x y",
    "Bearer " + "A" * 6000,
    "Bearer esm_rt_x",
]


@table("of", GUARDED)
def test_without_a_good_token_nothing_is_told(visitor, of):
    options = body_of(of)
    answer = visitor.client.request(of.method, of.service, of.target(), **options)
    assert_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    for value in GARBAGE:
        answer = send(visitor, of, headers={"Authorization": value}, **options)
        assert_problem(answer, 401, ("unauthenticated", "invalid_token"))
        assert_fits(answer, of)


@pytest.mark.parametrize("given", ["a b", "a" * 129, "x;y", "a\u00e9", "${jndi}", '"', ""])
def test_a_request_id_that_could_forge_logs_is_replaced(visitor, given):
    for service in sorted({each.service for each in ALL}):
        answer = visitor.client.get(service, "/health", headers={"X-Request-Id": given.encode()})
        assert answer.status_code == 200
        assert len(answer.headers["x-request-id"]) == 32 and answer.headers["x-request-id"].isalnum()
