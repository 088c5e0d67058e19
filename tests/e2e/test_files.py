"""Files as clients use them: uploaded, listed, downloaded in ranges, taken in by tasks, fetched from afar."""

import hashlib
import random

import pytest
from support.contract import assert_fits, assert_problem, operation
from support.web import reply, serving

BODY = random.Random(7).randbytes(3_000_000)
DIGEST = hashlib.sha256(BODY).hexdigest()


def call(visitor, method, path, contract_path, **options):
    """A request whose answer fits the contract."""
    answer = visitor.client.request(method, "tasks", path, visitor.user, **options)
    assert_fits(answer, operation("tasks", method, contract_path))
    return answer


def upload(visitor, content, **options):
    answer = call(visitor, "POST", "files", "files", content=content, **options)
    assert answer.status_code == 201, answer.text
    return answer.json()["file"]


def content(visitor, file_id, **options):
    return call(visitor, "GET", f"files/{file_id}/content", "files/{id}/content", **options)


def outcome(visitor, parameters):
    """The ended task of the type file_upload."""
    task = visitor.client.create_task(visitor.user, parameters, taskType="file_upload", maxAttempts=1)
    return visitor.client.finished_task(visitor.user, task["taskId"])


def test_a_file_comes_back_as_it_went_in(visitor):
    made = upload(visitor, BODY, params={"name": "böse \"x\".bin"})
    assert (made["bytes"], made["sha256"], made["name"]) == (len(BODY), DIGEST, 'böse "x".bin')
    file_id = made["fileId"]
    assert call(visitor, "GET", f"files/{file_id}", "files/{id}").json()["file"] == made
    assert made in call(visitor, "GET", "files", "files").json()["files"]
    whole = content(visitor, file_id)
    assert whole.content == BODY
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-disposition"].startswith("attachment;")
    part = content(visitor, file_id, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, BODY[1000:2000])
    beyond = content(visitor, file_id, headers={"Range": "bytes=9999999-"})
    assert_problem(beyond, 416, "range_not_satisfiable")
    assert content(visitor, file_id, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    assert call(visitor, "DELETE", f"files/{file_id}", "files/{id}").status_code == 204
    assert_problem(call(visitor, "GET", f"files/{file_id}", "files/{id}"), 404, "not_found")


def test_streams_and_forms_are_taken(visitor):
    chunks = (BODY[at : at + 100_000] for at in range(0, len(BODY), 100_000))
    assert upload(visitor, chunks)["sha256"] == DIGEST
    form = {"file": ("dir/rows.csv", b"a,b,c\n1,2,3\n4,5,6\n", "image/png")}
    answer = call(visitor, "POST", "files", "files", files=form, data={})
    assert answer.status_code == 201, answer.text
    made = answer.json()["file"]
    assert (made["name"], made["mediaType"]) == ("rows.csv", "text/csv"), "its content counts"


def test_an_upload_goes_on_where_it_stopped(visitor):
    begun = call(
        visitor,
        "POST",
        "files/uploads",
        "files/uploads",
        json={"name": "big.bin", "bytes": len(BODY), "sha256": DIGEST},
    ).json()["upload"]
    path = f"files/uploads/{begun['uploadId']}"
    offset = 0
    for end in (1_000_000, 1_000_000, len(BODY)):
        answer = call(
            visitor,
            "PATCH",
            path,
            "files/uploads/{id}",
            content=BODY[offset:end],
            headers={"Upload-Offset": str(offset)},
        )
        assert answer.status_code == 200, answer.text
        offset = end
        assert call(visitor, "GET", path, "files/uploads/{id}").headers["upload-offset"] == str(offset)
    made = call(visitor, "GET", path, "files/uploads/{id}").json()["upload"]
    assert content(visitor, made["fileId"]).content == BODY


def test_a_task_adopts_a_file_that_is_as_expected(visitor):
    file_id = upload(visitor, b"a,b\n1,2\n", params={"name": "rows.csv"})["fileId"]
    done = outcome(visitor, {"source": {"fileId": file_id}, "mediaTypes": ["text/*"]})
    assert done["status"] == "completed", done
    assert done["result"]["fileId"] == file_id
    refused = outcome(visitor, {"source": {"fileId": file_id}, "sha256": "0" * 64})
    assert refused["status"] == "failed" and "SHA-256" in refused["errorMessage"]
    stranger = visitor.client.new_user()
    task = visitor.client.create_task(
        stranger, {"source": {"fileId": file_id}}, taskType="file_upload", maxAttempts=1
    )
    refused = visitor.client.finished_task(stranger, task["taskId"])
    assert refused["errorMessage"] == f"there is no file {file_id}"


def test_a_task_fetches_from_the_web_over_a_dropped_connection(visitor):
    def answer(request):
        if request.path == "/moved":
            return reply(request, 302, Location="/rows.bin?x=1")
        asked = request.headers.get("Range")
        first = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        request.send_response(206 if asked else 200)
        request.send_header("ETag", '"v1"')
        request.send_header("Content-Length", str(len(BODY) - first))
        if asked:
            assert request.headers["If-Range"] == '"v1"'
            request.send_header("Content-Range", f"bytes {first}-{len(BODY) - 1}/{len(BODY)}")
        request.end_headers()
        request.wfile.write(BODY[first:] if asked else BODY[:1_000_000])

    with serving(answer) as (root, seen):
        done = outcome(visitor, {"url": f"{root}/moved", "sha256": DIGEST, "name": "rows.bin"})
    assert done["status"] == "completed", done
    assert seen == ["/moved", "/rows.bin?x=1", "/rows.bin?x=1"]
    assert done["result"]["artifact"] == "rows.bin" and done["result"]["sha256"] == DIGEST
    listed = call(visitor, "GET", f"tasks/{done['taskId']}/artifacts", "tasks/{id}/artifacts")
    (artifact,) = listed.json()["artifacts"]
    assert artifact["taskId"] == done["taskId"] and artifact["bytes"] == len(BODY)
    assert content(visitor, artifact["fileId"]).content == BODY
    other = outcome(visitor, {"source": {"taskId": done["taskId"], "artifact": "rows.bin"}, "sha256": DIGEST})
    assert other["status"] == "completed", other


@pytest.mark.parametrize("status, again", [(503, True), (429, True), (404, False), (403, False)])
def test_what_may_pass_is_tried_again_and_the_rest_is_not(visitor, status, again):
    with serving(lambda request: reply(request, status, Retry_After="1")) as (root, seen):
        task = visitor.client.create_task(
            visitor.user, {"url": f"{root}/"}, taskType="file_upload", maxAttempts=2
        )
        ended = visitor.client.finished_task(visitor.user, task["taskId"])
    assert ended["status"] == "failed"
    assert ended["errorMessage"] == f"the server answered {status}"
    assert len(seen) == (2 if again else 1)
