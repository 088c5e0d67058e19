"""What people wish to hear of: kinds of mail turned off and on again, unsubscribing by the link of a mail,
which needs no login, and addresses that bounce."""

from urllib.parse import urlsplit

import httpx
import pytest
from parts.system import BASE_PATH
from support.contract import assert_fits, assert_problem, operation
from support.waiting import eventually

GET = operation("notifications", "GET", "notifications/preferences")
PUT = operation("notifications", "PUT", "notifications/preferences")
SHOW = operation("notifications", "GET", "notifications/unsubscribe")
POST = operation("notifications", "POST", "notifications/unsubscribe")
SUPPRESS = operation("notifications", "POST", "notifications/suppressions")
LIFT = operation("notifications", "DELETE", "notifications/suppressions/{channel}/{address}")

COMPLETED_OFF = {"task.completed.v1": {"email": {"enabled": False}}}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def user(client):
    """Somebody whose address the notification service knows: the welcome is out."""
    made = client.new_user()
    eventually(lambda: mails_in_log(client, made, status="sent"), what="the welcome mail")
    return made


def mails_in_log(client, user, **filters):
    query = {"channel": "email", **filters}
    return client.get("notifications", "notifications", user, params=query).json()["notifications"]


def preferences(client, user):
    answer = client.get("notifications", "notifications/preferences", user)
    assert answer.status_code == 200, answer.text
    assert_fits(answer, GET)
    return answer


def put(client, user, body, **headers):
    answer = client.put("notifications", "notifications/preferences", user, json=body, headers=headers)
    assert_fits(answer, PUT)
    return answer


def task_mails(system, user):
    return [mail for mail in system.mails(user.email) if mail["Subject"].startswith("Task ")]


def status_of_mail(client, user, task):
    """How the mail about the end of a task ended, once it has."""
    client.finished_task(user, task["taskId"])

    def probe():
        page = mails_in_log(client, user, eventType="task.completed.v1", limit="1")
        after = [each for each in page if each["createdAt"] > task["createdAt"]]
        return after and after[0]["status"] not in ("pending", "sending") and after[0]["status"]

    return eventually(probe, what=f"the mail about task {task['taskId']}")


def test_task_mails_are_turned_off_and_on_again(client, system, user):
    first = preferences(client, user)
    assert (first.headers["etag"], first.json()["events"]) == ('"0"', {})
    assert put(client, user, {"events": COMPLETED_OFF}).json()["events"] == COMPLETED_OFF
    assert status_of_mail(client, user, client.create_task(user)) == "skipped"
    assert task_mails(system, user) == []

    assert_problem(put(client, user, {}, **{"If-Match": '"0"'}), 412, "precondition_failed")
    read = preferences(client, user)
    changed = {**read.json(), "events": {}}
    assert put(client, user, changed, **{"If-Match": read.headers["etag"]}).status_code == 200
    assert status_of_mail(client, user, client.create_task(user)) == "sent"
    eventually(lambda: len(task_mails(system, user)) == 1, what="the mail about the task")


def link_of(mail, system):
    """The link of the header, at this system: the host that it names is in no name server."""
    link = mail["List-Unsubscribe"].removeprefix("<").removesuffix(">")
    assert link.startswith(f"https://monitor.example.org{BASE_PATH}/notifications/unsubscribe?token="), link
    assert link in mail.get_body(("plain",)).get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    parts = urlsplit(link)
    return f"{system.url('notifications')}{parts.path}?{parts.query}"


def test_one_click_unsubscribes_without_a_login(client, system, user):
    assert status_of_mail(client, user, client.create_task(user)) == "sent"
    mail = eventually(lambda: task_mails(system, user), what="the mail about the task")[0]
    link = link_of(mail, system)

    shown = httpx.get(link, headers={"Accept": "text/html", "Accept-Language": "de"})
    assert shown.status_code == 200 and "abgeschlossene Aufgaben" in shown.text
    assert_fits(shown, SHOW)
    assert shown.headers["content-security-policy"].startswith("default-src 'none'")
    assert preferences(client, user).headers["etag"] == '"0"', "looking changes nothing"

    for body in ({"data": ONE_CLICK}, {"files": {"List-Unsubscribe": (None, "One-Click")}}, {}):
        done = httpx.post(link, **body)
        assert done.status_code == 200 and "no more messages about completed tasks" in done.text
        assert_fits(done, POST)
    assert preferences(client, user).json()["events"] == COMPLETED_OFF
    assert status_of_mail(client, user, client.create_task(user)) == "skipped"
    assert len(task_mails(system, user)) == 1


def test_a_link_that_is_not_ours_does_nothing(client):
    forged = "u1000.email.all.AAAAAAAAAAAAAAAAAAAAAA"
    url = client.url("notifications", f"notifications/unsubscribe?token={forged}")
    refused = httpx.post(url, data=ONE_CLICK)
    assert_problem(refused, 401, "invalid_token")
    assert_fits(refused, POST)
    page = httpx.get(url, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 401 and "This link does not work" in page.text
    assert_fits(page, SHOW)


def test_an_address_that_bounced_gets_nothing_until_it_is_lifted(client, system, user, admin):
    welcome = mails_in_log(client, user)[0]
    body = {"channel": "email", "address": user.email.upper(), "reason": "bounced"}
    made = client.post(
        "notifications",
        "notifications/suppressions",
        admin,
        json={**body, "notificationId": welcome["notificationId"]},
    )
    assert made.status_code == 201 and made.json()["notificationBounced"], made.text
    assert_fits(made, SUPPRESS)
    own = client.get("notifications", f"notifications/{welcome['notificationId']}", user).json()
    assert own["notification"]["status"] == "bounced"
    assert status_of_mail(client, user, client.create_task(user)) == "suppressed"
    assert task_mails(system, user) == []

    place = f"notifications/suppressions/email/{user.email}"
    assert_problem(client.delete("notifications", place, user), 403, "forbidden")
    lifted = client.delete("notifications", place, admin)
    assert lifted.status_code == 204
    assert_fits(lifted, LIFT)
    assert_problem(client.delete("notifications", place, admin), 404, "not_found")
    assert status_of_mail(client, user, client.create_task(user)) == "sent"
