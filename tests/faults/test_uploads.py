"""A process killed in the middle of an upload: what it had said to be safe is, and another one goes on."""

import hashlib
import random
import threading

import httpx
from parts.system import BASE_PATH
from support.client import Client
from support.waiting import eventually

BODY = random.Random(11).randbytes(6_000_000)
HALF = 3_000_000


def slowly(reached, go_on):
    """Half of the body, then nothing more until it is told to go on."""
    yield BODY[:HALF]
    reached.set()
    go_on.wait(30.0)
    yield BODY[HALF : HALF + 1]


def send_half(url, headers, reached, go_on):
    try:
        httpx.patch(url, headers=headers, content=slowly(reached, go_on), timeout=60.0)
    except httpx.HTTPError:
        pass  # its server was killed


def test_an_upload_survives_the_process_that_received_it(breakable_system):
    first, second = breakable_system.replicas["tasks"]
    client = Client(breakable_system)
    user = client.new_user()
    announced = {"name": "big.bin", "bytes": len(BODY), "sha256": hashlib.sha256(BODY).hexdigest()}
    upload_id = client.post("tasks", "files/uploads", user, json=announced).json()["upload"]["uploadId"]
    path = f"{BASE_PATH}/files/uploads/{upload_id}"

    def offset():
        shown = httpx.head(f"{second.url}{path}", headers=user.bearer, timeout=10.0)
        return int(shown.headers["upload-offset"])

    reached, go_on = threading.Event(), threading.Event()
    sender = threading.Thread(
        target=send_half,
        args=(f"{first.url}{path}", {**user.bearer, "Upload-Offset": "0"}, reached, go_on),
    )
    sender.start()
    try:
        assert reached.wait(30.0)
        eventually(lambda: offset() > 0, 30.0, "progress that is safe")
        first.kill()
    finally:
        go_on.set()
        sender.join()
    at = offset()
    assert 0 < at <= HALF

    def appended():
        answer = httpx.patch(
            f"{second.url}{path}",
            headers={**user.bearer, "Upload-Offset": str(at)},
            content=BODY[at:],
            timeout=60.0,
        )
        assert answer.status_code in (200, 409), answer.text
        return answer.json()["upload"]["fileId"] if answer.status_code == 200 else None

    # The killed process holds the upload until its time is over.
    file_id = eventually(appended, 90.0, "the rest of the upload")
    first.start()
    for replica in (first, second):
        content = httpx.get(
            f"{replica.url}{BASE_PATH}/files/{file_id}/content", headers=user.bearer, timeout=60.0
        )
        assert content.content == BODY
    client.close()
