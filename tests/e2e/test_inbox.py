"""Inboxes and messages sent by hand, over REST and gRPC: streams, read states, across replicas."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial

import grpc
import httpx
import pytest
from support import rpc
from support.contract import assert_fits, assert_problem, operation
from support.sse import follow as follow_stream
from support.waiting import eventually

STREAM = operation("notifications", "GET", "notifications/stream")
READ = operation("notifications", "PUT", "notifications/{id}/read")
UNREAD = operation("notifications", "DELETE", "notifications/{id}/read")
READ_UP_TO = operation("notifications", "POST", "notifications/read")
SEND = operation("notifications", "POST", "notifications")
RESEND = operation("notifications", "POST", "notifications/{id}/resend")
LIST = operation("notifications", "GET", "notifications")
WELCOME = "user.registered.v1"
# What a busy machine adds to 50 ms.
AT_ONCE_S = 0.5

follow = partial(follow_stream, path="notifications/stream", service="notifications")


def inbox(client, user, **query):
    query = {"channel": "in_app", **query}
    answer = client.get("notifications", "notifications", user, params=query)
    assert answer.status_code == 200, answer.text
    assert_fits(answer, LIST)
    return answer.json()["notifications"]


@pytest.fixture
def user(client):
    """A user whose welcome is in the inbox."""
    made = client.new_user()
    eventually(lambda: inbox(client, made), what="the welcome in the inbox")
    return made


def send(client, admin, replica=None, **message):
    url = client.url("notifications", "notifications")
    if replica is not None:
        url = f"{client.system.url('notifications', replica)}/api/v1/eventstreammonitor/notifications"
    answer = httpx.post(url, headers=admin.bearer, json=message)
    assert answer.status_code == 201, answer.text
    assert_fits(answer, SEND)
    return answer.json()["notification"]


def put_in(client, admin, user, title="News", replica=None):
    message = {"channel": "in_app", "userId": user.user_id, "subject": title, "text": f"Body of {title}."}
    return send(client, admin, replica=replica, **message)


def get(client, admin, notification_id):
    answer = client.get("notifications", f"notifications/{notification_id}", admin)
    assert answer.status_code == 200, answer.text
    return answer.json()["notification"]


def ended(client, admin, notification_id):
    def probe():
        shown = get(client, admin, notification_id)
        return shown if shown["status"] not in ("pending", "sending", "retrying") else None

    return eventually(probe, what="the end of the delivery")


def test_a_message_is_told_as_it_comes(client, admin, user):
    with follow(client, user) as stream:
        assert stream.response.status_code == 200
        assert stream.response.headers["content-type"] == "text/event-stream"
        assert stream.response.headers["cache-control"] == "no-store"
        made = put_in(client, admin, user)
        sent_at = time.monotonic()
        event = next(stream)
    if client.system.kind == "embedded":
        assert time.monotonic() - sent_at < AT_ONCE_S
    assert stream.retry_ms == 2000
    assert (event.type, event.id) == ("notification", str(made["notificationId"]))
    assert event.data == made == inbox(client, user)[0]
    assert (event.data["title"], event.data["body"]) == ("News", "Body of News.")
    assert event.data["readAt"] is None and event.data["recipient"] == ""


def test_what_a_task_leads_to_is_told(client, user):
    with follow(client, user) as stream:
        task = client.create_task(user)
        event = next(stream)
    assert event.data["eventType"] == "task.completed.v1"
    assert event.data["title"] and event.data["body"]
    assert client.finished_task(user, task["taskId"])["status"] == "completed"


def test_who_comes_back_is_told_of_what_came_meanwhile(client, admin, user):
    with follow(client, user) as stream:
        first = put_in(client, admin, user, "first")
        assert next(stream).id == str(first["notificationId"])
    missed = [put_in(client, admin, user, f"missed {i}") for i in range(3)]
    with follow(client, user, last_id=stream.last_id) as stream:
        assert [next(stream).data for _ in missed] == missed
        live = put_in(client, admin, user, "live")
        assert next(stream).data == live


def test_another_replica_tells_within_a_second(clustered_client, clustered_system):
    client = clustered_client
    admin = client.log_in(clustered_system.administrator)
    user = client.new_user()
    eventually(lambda: inbox(client, user), what="the welcome in the inbox")
    with follow(client, user, replica=1) as stream:
        time.sleep(0.2)
        for i in range(3):
            made = put_in(client, admin, user, f"news {i}", replica=0)
            sent_at = time.monotonic()
            assert next(stream).data == made
            assert time.monotonic() - sent_at < 1.0


def test_two_tabs_agree_on_what_was_read(client, admin, user):
    made = put_in(client, admin, user)
    path = f"notifications/{made['notificationId']}/read"
    with follow(client, user) as one, follow(client, user) as other:
        answer = client.put("notifications", path, user)
        assert_fits(answer, READ)
        read_at = answer.json()["notification"]["readAt"]
        assert read_at is not None
        for tab in (one, other):
            event = next(tab)
            assert event.type == "read"
            assert event.data == {"notificationId": made["notificationId"], "readAt": read_at}
        assert client.put("notifications", path, user).json() == answer.json()
        unread = client.delete("notifications", path, user, headers={"If-Match": answer.headers["etag"]})
        assert_fits(unread, UNREAD)
        assert next(one).data["readAt"] is next(other).data["readAt"] is None


def test_all_up_to_one_are_marked(client, admin, user):
    made = [put_in(client, admin, user, f"news {i}")["notificationId"] for i in range(3)]
    unread = [each["notificationId"] for each in inbox(client, user, unread="true")]
    assert unread[:3] == made[::-1]
    answer = client.post("notifications", "notifications/read", user, json={"upTo": made[1]})
    assert_fits(answer, READ_UP_TO)
    assert answer.json() == {"marked": len(unread) - 1}
    assert [each["notificationId"] for each in inbox(client, user, unread="true")] == [made[2]]
    assert all(each["readAt"] for each in inbox(client, user)[1:])


def test_an_inbox_is_ones_own(client, admin, user):
    stranger = client.new_user()
    made = put_in(client, admin, user)
    path = f"notifications/{made['notificationId']}/read"
    for who in (stranger, admin):
        answer = client.put("notifications", path, who)
        assert_problem(answer, 404, "not_found")
        assert_fits(answer, READ)
    with follow(client, stranger, last_id=0) as stream:
        assert next(stream).data["eventType"] == WELCOME
        theirs = put_in(client, admin, stranger)
        assert next(stream).data == theirs


def test_a_stream_ends_with_its_session(client, user):
    with follow(client, user) as stream:
        answer = client.post("auth", "auth/logout", json={"refreshToken": user.refresh_token})
        assert answer.status_code == 204
        event = next(stream)
        assert (event.type, event.reason) == ("end", "session_revoked")
        assert not list(stream)


STREAMS_OF_A_USER = 10


def test_many_streams_are_told(client, admin):
    users = [client.new_user() for _ in range(6)]
    streams = len(users) * STREAMS_OF_A_USER

    def first_event(index):
        with follow(client, users[index % len(users)], last_id=0) as stream:
            for event in stream:
                if event.data.get("title") == "For all":
                    return event.data

    with ThreadPoolExecutor(streams) as pool:
        told = pool.map(first_event, range(streams))
        made = [put_in(client, admin, user, "For all") for user in users]
        assert list(told) == made * STREAMS_OF_A_USER


def test_one_user_leaves_places_for_others(client, user):
    with ExitStack() as open_ones:
        for _ in range(STREAMS_OF_A_USER):
            assert open_ones.enter_context(follow(client, user, replica=0)).response.status_code == 200
        with follow(client, user, replica=0) as refused:
            refused.response.read()
            assert_problem(refused.response, 429, "rate_limited")
        with follow(client, client.new_user(), last_id=0, replica=0) as stream:
            assert next(stream).data["eventType"] == WELCOME


def test_a_mail_in_the_senders_words(client, admin):
    address = f"{uuid.uuid4().hex[:12]}@example.org"
    made = send(
        client,
        admin,
        channel="email",
        address=address,
        subject="Your invoice",
        text="It is attached.",
        html="<p>It is <b>attached</b>.</p>",
    )
    assert made["userId"] is None and made["eventType"] == "message.direct.v1"
    shown = ended(client, admin, made["notificationId"])
    assert shown["status"] == "sent" and shown["attemptLog"][0]["provider"] == "primary"
    mail = eventually(lambda: client.system.mails(address), what="the mail")[0]
    assert mail["Subject"] == "Your invoice"
    assert re.fullmatch(r"<https?://[^>]+/notifications/unsubscribe\?token=[^>]+>", mail["List-Unsubscribe"])
    assert "<b>attached</b>" in mail.get_body(("html",)).get_content()

    again = client.post("notifications", f"notifications/{made['notificationId']}/resend", admin)
    assert_fits(again, RESEND)
    assert again.json()["notification"]["resendOf"] == made["notificationId"]
    eventually(lambda: len(client.system.mails(address)) == 2, what="the second mail")


def test_a_message_that_is_due_later(client, admin, user):
    due = datetime.now(UTC) + timedelta(seconds=1)
    message = {"channel": "in_app", "userId": user.user_id, "subject": "Later", "text": "It is time."}
    with follow(client, user) as stream:
        made = send(client, admin, **message, deliverAt=due.isoformat().replace("+00:00", "Z"))
        assert made["status"] == "pending" and made["scheduledAt"] is not None
        event = next(stream)
    assert datetime.now(UTC) >= due
    assert event.id == str(made["notificationId"]) and event.data["body"] == "It is time."


def test_a_request_with_a_key_counts_once(client, admin, user):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    message = {"channel": "in_app", "userId": user.user_id, "text": "once"}
    answers = [
        client.post("notifications", "notifications", admin, json=message, headers=headers) for _ in range(3)
    ]
    assert len({answer.text for answer in answers}) == 1
    assert len(inbox(client, user)) == 2, "the welcome and this one"


def test_over_grpc(client, admin, user):
    proto = rpc.messages("notifications")
    stub = rpc.stub(client.system, "notifications", "NotificationService")
    asked = proto.SendRequest(
        channel="in_app", user_id=user.user_id, subject="Hi", text="there", idempotency_key=uuid.uuid4().hex
    )
    first = stub.Send(asked, timeout=10).notifications[0]
    assert (first.title, first.body) == ("Hi", "there")
    assert stub.Send(asked, timeout=10).notifications[0] == first
    assert inbox(client, user)[0]["notificationId"] == first.notification_id
    fields = '{"taskId": 77, "taskReference": "TASK77", "taskType": "demo"}'
    event = proto.SendRequest(event_type="task.completed.v1", user_id=user.user_id, fields_json=fields)
    assert {each.channel for each in stub.Send(event, timeout=10).notifications} == {"email", "in_app"}
    with pytest.raises(grpc.RpcError) as refused:
        stub.Send(proto.SendRequest(channel="sms", address="0664"), timeout=10)
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT


def test_refusals_fit_the_contract(client, admin, user):
    nobody = {"eventType": "nobody.knows.v1", "userId": user.user_id, "fields": {}}
    last_id = {"Last-Event-ID": "x"}
    for answer, of, status, code in (
        (client.get("notifications", "notifications/stream"), STREAM, 401, "unauthenticated"),
        (
            client.get("notifications", "notifications/stream", user, headers=last_id),
            STREAM,
            400,
            "malformed_request",
        ),
        (client.post("notifications", "notifications", user, json=nobody), SEND, 403, "forbidden"),
        (client.post("notifications", "notifications", admin, json=nobody), SEND, 422, "validation_failed"),
        (client.post("notifications", "notifications", admin, json={}), SEND, 400, "malformed_request"),
        (
            client.post("notifications", "notifications/read", user, json={}),
            READ_UP_TO,
            400,
            "malformed_request",
        ),
        (client.post("notifications", "notifications/1000/resend", user), RESEND, 403, "forbidden"),
        (client.post("notifications", "notifications/77777777/resend", admin), RESEND, 404, "not_found"),
    ):
        assert_problem(answer, status, code)
        assert_fits(answer, of)
