"""Schedules on both kinds of systems: every time has its task once, whatever dies, and `esm schedules`."""

import itertools
import json
import time
from datetime import datetime, timedelta, timezone

import pytest
from parts.system import Embedded
from support.client import Client
from support.contract import assert_fits, assert_problem, operation
from support.fixtures import PORT_OFFSET, VISITORS, folder
from support.shell import DONE, REFUSED, Shell
from support.waiting import eventually

SECOND = timedelta(seconds=1)
CREATE = operation("tasks", "POST", "schedules")
GET = operation("tasks", "GET", "schedules/{id}")
LIST = operation("tasks", "GET", "schedules")
PATCH = operation("tasks", "PATCH", "schedules/{id}")
DELETE = operation("tasks", "DELETE", "schedules/{id}")
RUN = operation("tasks", "POST", "schedules/{id}/run")
PREVIEW = operation("tasks", "GET", "schedules/preview")
EVERY_SECOND = "* * * * * *"


def body(**changes):
    task = {"taskType": "for_nobody", "parameters": {"a": 1}}
    return {"name": "test", "cron": EVERY_SECOND, "task": task, **changes}


def create(client, user, **changes):
    answer = client.post("tasks", "schedules", user, json=body(**changes))
    assert answer.status_code == 201, answer.text
    assert_fits(answer, CREATE)
    return answer.json()["schedule"]


def instant(text):
    return datetime.fromisoformat(text)


def tasks_of(client, user, schedule):
    """Every task of the schedule, oldest run first."""
    tag, found, cursor = f"schedule:{schedule['scheduleId']}", [], None
    while True:
        query = {"tag": tag, "limit": 500, **({"cursor": cursor} if cursor else {})}
        answer = client.get("tasks", "tasks", user, params=query)
        assert answer.status_code == 200, answer.text
        found += answer.json()["tasks"]
        cursor = answer.json()["pagination"]["nextCursor"]
        if cursor is None:
            return sorted(found, key=lambda task: task["runAt"])


def runs_of(client, user, schedule):
    return [instant(task["runAt"]) for task in tasks_of(client, user, schedule)]


def assert_each_second_once(runs):
    assert all(after - before == SECOND for before, after in itertools.pairwise(runs)), runs


def patch(client, user, schedule, **changes):
    answer = client.patch("tasks", f"schedules/{schedule['scheduleId']}", user, json=changes)
    assert answer.status_code == 200, answer.text
    assert_fits(answer, PATCH)
    return answer.json()["schedule"]


@pytest.fixture
def ada(client):
    return client.new_user()


def test_one_of_every_second_runs_every_second_until_it_is_paused(client, ada):
    schedule = create(client, ada)
    eventually(lambda: len(tasks_of(client, ada, schedule)) >= 5, 20, "five tasks")
    paused = patch(client, ada, schedule, paused=True)
    assert paused["nextRunAt"] is None
    tasks = tasks_of(client, ada, schedule)
    assert instant(tasks[0]["runAt"]) == instant(schedule["nextRunAt"])
    assert_each_second_once([instant(task["runAt"]) for task in tasks])
    late = [instant(task["createdAt"]) - instant(task["runAt"]) for task in tasks]
    assert max(late) < SECOND, late
    assert {task["userId"] for task in tasks} == {ada.user_id}
    shown = client.get("tasks", f"schedules/{schedule['scheduleId']}", ada)
    assert_fits(shown, GET)
    assert shown.json()["schedule"]["lastTaskId"] == tasks[-1]["taskId"]
    assert shown.json()["schedule"]["lastRunAt"] == tasks[-1]["runAt"]

    begun = time.monotonic()
    other = create(client, ada)
    eventually(lambda: len(tasks_of(client, ada, other)) >= 2, 20, "another one runs")
    assert time.monotonic() - begun < 5
    assert len(tasks_of(client, ada, schedule)) == len(tasks), "the paused one does not"
    resumed = patch(client, ada, schedule, paused=False)
    assert instant(resumed["nextRunAt"]) > instant(tasks[-1]["runAt"]) + SECOND, "nothing is made up for"
    for each in (schedule, other):
        gone = client.delete("tasks", f"schedules/{each['scheduleId']}", ada)
        assert gone.status_code == 204
        assert_fits(gone, DELETE)


def test_built_in_work_is_done_on_schedule(client, ada):
    parameters = {"format": "csv", "csv": "a\n1\n2\n"}
    task = {"taskType": "data_processing", "parameters": parameters, "tags": ["mine"]}
    schedule = create(client, ada, task=task, overlap="skip")
    done = eventually(lambda: tasks_of(client, ada, schedule), 20, "a task")[0]
    assert done["tags"] == ["mine", f"schedule:{schedule['scheduleId']}"]
    assert client.finished_task(ada, done["taskId"])["result"]["rowCount"] == 2
    client.delete("tasks", f"schedules/{schedule['scheduleId']}", ada)


def test_a_schedule_that_overlaps_itself_waits(client, ada):
    schedule = create(client, ada, overlap="skip")
    first = eventually(lambda: tasks_of(client, ada, schedule), 20, "a task")[0]

    def told():
        shown = client.get("tasks", f"schedules/{schedule['scheduleId']}", ada).json()["schedule"]
        return shown["lastError"] == "the task of the run before had not ended"

    eventually(told, 20, "the next run is left out")
    assert len(tasks_of(client, ada, schedule)) == 1
    refused = client.post("tasks", f"schedules/{schedule['scheduleId']}/run", ada)
    assert_problem(refused, 409, "conflict")
    assert_fits(refused, RUN)
    assert client.put("tasks", f"tasks/{first['taskId']}/cancel", ada).status_code == 200
    eventually(lambda: len(tasks_of(client, ada, schedule)) == 2, 20, "the next one comes")
    client.delete("tasks", f"schedules/{schedule['scheduleId']}", ada)


def test_another_version_is_not_changed(client, ada):
    schedule = create(client, ada, cron="@yearly")
    path = f"schedules/{schedule['scheduleId']}"
    etag = client.get("tasks", path, ada).headers["etag"]
    assert client.patch("tasks", path, ada, json={"name": "b"}, headers={"If-Match": etag}).status_code == 200
    for method in ("PATCH", "DELETE"):
        options = {"json": {"name": "c"}} if method == "PATCH" else {}
        stale = client.request(method, "tasks", path, ada, headers={"If-Match": etag}, **options)
        assert_problem(stale, 412, "precondition_failed")
    listed = client.get("tasks", "schedules", ada)
    assert_fits(listed, LIST)
    assert [each["name"] for each in listed.json()["schedules"]] == ["b"]


def test_what_is_wrong_is_said_with_its_place(client, ada):
    answer = client.post("tasks", "schedules", ada, json=body(cron="0 25 * * *", timeZone="Mars/Olympus"))
    problem = assert_problem(answer, 422, "validation_failed", "/cron")
    assert_fits(answer, CREATE)
    assert problem["detail"] == "cron: field 2 (hour): 25 is not within 0–23"
    assert [each["pointer"] for each in problem["errors"]] == ["/cron", "/timeZone"]
    answer = client.get("tasks", "schedules/preview", ada, params={"cron": "0 0 30 2 *"})
    assert_problem(answer, 400, "malformed_request", "cron")
    assert_fits(answer, PREVIEW)


@pytest.fixture
def own_system():
    """A system that is killed and started again; what is late by more than a second was missed."""
    settings = {**VISITORS, "ESM_TASKS_SCHEDULE_LATE_MAX_MS": "1s"}
    system = Embedded(folder("schedules"), PORT_OFFSET + 40, settings)
    try:
        yield system.start()
    finally:
        system.stop()


def test_what_a_halt_missed_is_up_to_each_schedule(own_system):
    client = Client(own_system)
    ada = client.new_user()
    made = {policy: create(client, ada, missedRuns=policy) for policy in ("skip", "run_once", "run_all")}
    eventually(lambda: all(tasks_of(client, ada, each) for each in made.values()), 20, "all run")
    own_system.replica.kill()
    down = datetime.now(timezone.utc)
    time.sleep(6)
    up = datetime.now(timezone.utc)
    own_system.start()
    back = up + 4 * SECOND
    eventually(lambda: runs_of(client, ada, made["skip"])[-1] > back, 30, "they run again")
    client.log_in(ada)
    runs = {policy: runs_of(client, ada, schedule) for policy, schedule in made.items()}
    for each in runs.values():
        assert len(each) == len(set(each)), each
    assert_each_second_once(runs["run_all"])
    gap = [
        sum(down + SECOND < run < up - 2 * SECOND for run in runs[policy])
        for policy in ("skip", "run_once", "run_all")
    ]
    assert gap[0] == 0 and gap[1] <= 1 and gap[2] >= 2, gap
    assert len(runs["skip"]) < len(runs["run_once"]) < len(runs["run_all"])
    client.close()


def test_no_time_is_lost_or_doubled_however_often_it_dies(own_system):
    client = Client(own_system)
    ada = client.new_user()
    made = [create(client, ada, missedRuns="run_all") for _ in range(5)]
    for pause in (1.1, 0.7, 0.3, 1.9):
        time.sleep(pause)
        own_system.replica.kill()
        own_system.start()
    seen = datetime.now(timezone.utc)
    for each in made:
        eventually(lambda: runs_of(client, ada, each)[-1] > seen, 30, "it runs again")  # noqa: B023
        runs = runs_of(client, ada, each)
        assert runs[0] == instant(each["nextRunAt"])
        assert_each_second_once(runs)
    client.close()


def test_one_of_two_replicas_dies_and_no_time_with_it(clustered_system, clustered_client):
    ada = clustered_client.new_user()
    made = [create(clustered_client, ada) for _ in range(3)]
    victim = clustered_system.replicas["tasks"][1]
    for _ in range(2):
        time.sleep(1.3)
        victim.kill()
        time.sleep(1.3)
        victim.start()
    for each in made:
        patch(clustered_client, ada, each, paused=True)
        assert_each_second_once(runs_of(clustered_client, ada, each))
        assert len(runs_of(clustered_client, ada, each)) >= 4


@pytest.fixture
def shell(system, tmp_path):
    return Shell(system, tmp_path)


def test_the_command_line_makes_shows_and_ends_them(shell, client, ada, tmp_path):
    shell.log_in(ada)
    parameters = tmp_path / "parameters.json"
    parameters.write_text(json.dumps({"format": "csv", "csv": "a\n1\n"}))
    arguments = ("nightly", "30 2 * * MON-FRI", "--time-zone", "Europe/Vienna", "--overlap", "skip")
    arguments += ("--type", "data_processing", "--parameters", f"@{parameters}", "--tag", "sums")
    made = shell.json("schedules", "create", *arguments)["schedule"]
    assert made["task"]["parameters"]["format"] == "csv" and made["task"]["tags"] == ["sums"]
    listed = shell.done("schedules", "list").splitlines()
    assert listed[0].startswith("ID") and "NEXT RUN" in listed[0]
    assert "nightly" in listed[1] and "active" in listed[1] and made["nextRunAt"][:10] in listed[1]
    assert "Europe/Vienna" in shell.done("schedules", "get", "nightly")
    assert shell.json("schedules", "pause", "nightly")["schedule"]["paused"] is True
    assert "paused" in shell.done("schedules", "list")
    assert shell.json("schedules", "resume", made["scheduleId"])["schedule"]["nextRunAt"] == made["nextRunAt"]
    task = shell.json("schedules", "run", "nightly")["task"]
    assert client.finished_task(ada, task["taskId"])["status"] == "completed"

    whole = json.dumps({"taskType": "other", "parameters": {}, "priority": "high"})
    for _ in range(2):
        shell.done("schedules", "create", "twice", "@daily", "--task", whole, "--paused")
    several = shell.run("schedules", "get", "twice")
    assert several.returncode == REFUSED and "2 schedules are called twice" in several.stderr
    assert shell.run("schedules", "get", "thrice").returncode == REFUSED
    pages = shell.done("schedules", "list", "--limit", 2, "--all", "--json").splitlines()
    assert [len(json.loads(page)["schedules"]) for page in pages] == [2, 1]
    more = shell.run("schedules", "list", "--limit", 2)
    assert more.returncode == DONE and "--cursor" in more.stderr
    assert "deleted" in shell.done("schedules", "delete", "nightly")
    assert "nightly" not in shell.done("schedules", "list")


def test_the_command_line_previews_and_says_what_is_wrong(shell, ada):
    shell.log_in(ada)
    arguments = ("30 2 * * *", "--time-zone", "Europe/Vienna", "--after", "2026-03-28T12:00:00Z")
    shown = shell.done("schedules", "preview", *arguments, "--count", 2).splitlines()
    assert "Europe/Vienna" in shown[0]
    assert shown[1].split() == ["2026-03-29T03:00:00+02:00", "2026-03-29", "01:00:00"]
    assert shown[2].split() == ["2026-03-30T02:30:00+02:00", "2026-03-30", "00:30:00"]
    wrong = shell.run("schedules", "preview", "* 25 * * *")
    assert wrong.returncode == REFUSED
    assert "cron: field 2 (hour): 25 is not within 0–23" in wrong.stderr
    broken = shell.run("schedules", "create", "x", "@daily", "--task", "{")
    assert broken.returncode == REFUSED and "--task: is no JSON" in broken.stderr
    missing = shell.run("schedules", "create", "x", "@daily", "--type", "a", "--parameters", "@/nowhere")
    assert missing.returncode == REFUSED and "/nowhere: cannot be read" in missing.stderr
    for name in ("list", "create", "get", "pause", "resume", "run", "delete", "preview"):
        shown = shell.done("schedules", name, "--help")
        assert "Example" in shown and f"esm schedules {name}" in shown


def test_a_login_of_before_there_were_schedules_says_what_to_do(shell, ada):
    shell.log_in(ada)
    shell.change_tokens(tasksUrl="")
    old = shell.run("schedules", "list")
    assert old.returncode == 3 and "esm login" in old.stderr


