"""Tasks that fetch URLs lead nowhere inside (SSRF): not by address, name, number, redirect or scheme."""

import pytest
from support.contract import assert_problem
from support.web import reply, serving

SYSTEM = "embedded"
INSIDE = [
    "http://127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://127.0.0.1.nip.io.invalid:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/metadata/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://172.16.0.1/",
    "http://1.1.1.1:25/",
]
MALFORMED = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_HELO",
    "dict://127.0.0.1:11211/stats",
    "ftp://127.0.0.1/",
    "http://user:secret@127.0.0.1/",
    "http://127.0.0.1:{port}@example.com/",
    "http://exa mple/",
    "http://127.0.0.1\r\nHost: x/",
    "//127.0.0.1/",
    "http://127.0.0.1:0/",
    "http://127.0.0.1:65536/",
]


def ended(callers, url):
    task = callers.client.create_task(callers.owner, {"url": url}, taskType="file_upload", maxAttempts=2)
    return callers.client.finished_task(callers.owner, task["taskId"])


@pytest.fixture(scope="module")
def inside():
    """A server on 127.0.0.1 that nobody may be led to."""
    with serving(lambda request: reply(request, 200, b"secret"), host="127.0.0.1") as (root, seen):
        yield root.rsplit(":", 1)[1], seen


@pytest.mark.parametrize("url", INSIDE)
def test_no_url_leads_inside(callers, inside, url):
    port, seen = inside
    task = ended(callers, url.format(port=port))
    assert task["status"] == "failed" and task["attempt"] == 1, task
    # One text for all: whoever asks learns nothing about what is there.
    assert task["errorMessage"].endswith(
        tuple(f"has no public address that may be asked on port {each}" for each in (port, 80, 25))
    )
    assert seen == []


@pytest.mark.parametrize("url", MALFORMED)
def test_no_other_form_of_url_is_taken(callers, inside, url):
    port, seen = inside
    body = {"taskType": "file_upload", "parameters": {"url": url.format(port=port)}}
    answer = callers.client.post("tasks", "tasks", callers.owner, json=body)
    assert_problem(answer, 422, "validation_failed")
    assert answer.json()["errors"][0]["pointer"] == "/parameters/url"
    assert seen == []


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "file:///etc/passwd",
        "http://user:secret@127.0.0.2/",
        "http://169.254.169.254/",
    ],
)
def test_no_redirect_leads_inside(callers, inside, target):
    port, seen = inside

    def answer(request):
        reply(request, 302, Location=target.format(port=port))

    with serving(answer) as (root, asked):
        task = ended(callers, f"{root}/")
    assert task["status"] == "failed" and len(asked) == 1, task
    assert seen == []


def test_redirects_come_to_an_end(callers):
    with serving(lambda request: reply(request, 302, Location=request.path + "x")) as (root, seen):
        task = ended(callers, f"{root}/")
    assert task["errorMessage"] == "more than 5 redirects" and len(seen) == 6


def test_no_credentials_leave(callers):
    heads = []

    def answer(request):
        heads.append({name.lower() for name in request.headers})
        reply(request, 200, b"abc")

    with serving(answer) as (root, _):
        assert ended(callers, f"{root}/")["status"] == "completed"
    assert not heads[0] & {"authorization", "cookie", "proxy-authorization", "x-request-id", "traceparent"}


def test_a_file_is_never_run_in_a_browser(callers):
    page = b"<!DOCTYPE html><script>alert(1)</script>"
    made = callers.client.post(
        "tasks", "files", callers.owner, content=page, params={"name": "x.html"}
    ).json()["file"]
    shown = callers.client.get("tasks", f"files/{made['fileId']}/content", callers.owner)
    assert shown.headers["content-disposition"].startswith("attachment")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a\\b", "..", "", "x" * 256, "a\nb"])
def test_no_name_leads_out_of_the_store(callers, name):
    answer = callers.client.post("tasks", "files", callers.owner, content=b"x", params={"name": name})
    assert answer.status_code == 400, answer.text
