"""`esm tasks` as a person types it: creating, listing, the live table at a terminal, lines elsewhere."""

import contextlib
import json
import re
import time

import pytest
from support.client import small_job
from support.shell import DONE, INTERRUPTED, NOT_LOGGED_IN, REFUSED, WRONG_COMMAND_LINE, Shell, Terminal

ELSEWHERE = "external_work"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def user(client):
    return client.new_user()


@pytest.fixture
def shell(system, tmp_path, user):
    made = Shell(system, tmp_path)
    made.log_in(user)
    yield made
    made.close()


def created(shell, *arguments):
    return int(shell.done("tasks", "create", ELSEWHERE, *arguments))




def test_a_task_is_created_listed_read_and_cancelled(shell, tmp_path):
    file = tmp_path / "job.json"
    file.write_text('{"a": 1}')
    arguments = ("--priority", "high", "--queue", "nightly", "--tag", "one", "--tag", "two", "--timeout", 60)
    task_id = created(shell, "-p", f"@{file}", *arguments, "--max-attempts", 5)
    task = shell.json("tasks", "get", task_id)["task"]
    assert task["parameters"] == {"a": 1} and task["tags"] == ["one", "two"]
    assert (task["priority"], task["queue"], task["timeoutSeconds"]) == ("high", "nightly", 60)
    assert task["maxAttempts"] == 5
    assert re.search(rf"^taskId +{task_id}$", shell.done("tasks", "get", task_id), re.MULTILINE)
    other = created(shell, "-p", '{"b": 2}', "--run-at", "2027-01-01T00:00:00Z")
    piped = shell.done("tasks", "create", ELSEWHERE, "-p", "@-", stdin='{"c": 3}').strip()
    assert shell.json("tasks", "get", piped)["task"]["parameters"] == {"c": 3}

    lines = shell.done("tasks", "list").splitlines()
    assert lines[0].split()[:4] == ["ID", "TYPE", "STATUS", "PROGRESS"]
    assert [line.split()[0] for line in lines[1:]] == [piped, str(other), str(task_id)]
    listed = shell.done("tasks", "list", "--status", "scheduled").splitlines()
    assert [line.split()[0] for line in listed[1:]] == [str(other)]
    pages = shell.done("tasks", "list", "--limit", 1, "--all", "--json").splitlines()
    ids = [task["taskId"] for page in pages for task in json.loads(page)["tasks"]]
    assert ids == [int(piped), other, task_id]
    assert "--cursor" in shell.run("tasks", "list", "--limit", 1).stderr

    assert "cancelled" in shell.done("tasks", "cancel", task_id)
    again = shell.run("tasks", "cancel", task_id)
    assert again.returncode == REFUSED and "cancelled" in again.stderr


def test_one_key_makes_one_task(shell):
    first = created(shell, "--idempotency-key", "monthly-2026-01")
    assert created(shell, "--idempotency-key", "monthly-2026-01") == first


def test_tasks_are_tied_to_others(shell):
    first = created(shell, "--unique-key", "feed-7", "--concurrency-key", "feeds", "--concurrency-limit", 2)
    assert created(shell, "--unique-key", "feed-7") == first
    refused = shell.run("tasks", "create", ELSEWHERE, "--unique-key", "feed-7", "--on-conflict", "reject")
    assert refused.returncode == REFUSED and "unique key" in refused.stderr
    follower = created(shell, "--after", first, "--on-parent-failure", "skip")
    task = shell.json("tasks", "get", follower)["task"]
    assert (task["status"], task["dependsOn"]) == ("blocked", [first])
    shell.done("tasks", "cancel", first)
    assert shell.json("tasks", "get", follower)["task"]["status"] == "cancelled"
    alone = shell.run("tasks", "create", ELSEWHERE, "--on-conflict", "reject")
    assert alone.returncode == WRONG_COMMAND_LINE and "--unique-key" in alone.stderr


def test_what_became_of_a_task_is_shown(shell, tmp_path):
    rows = {"from": "data", "format": "json", "rows": [{"a": 1}], "output": {"format": "csv"}}
    made = shell.done("tasks", "create", "data_export", "-p", json.dumps(rows), "--wait", "--json")
    task = json.loads(made.splitlines()[-1])["task"]
    assert task["status"] == "completed", task
    (attempt,) = shell.json("tasks", "attempts", task["taskId"])["attempts"]
    assert (attempt["attempt"], attempt["outcome"]) == (1, "completed")
    shell.done("tasks", "logs", task["taskId"])
    shell.done("tasks", "artifacts", task["taskId"], "--save", tmp_path / "left")
    assert (tmp_path / "left" / "data.csv").read_text() == "a\n1\n"
    again = int(shell.done("tasks", "retry", task["taskId"], "--wait").splitlines()[0])
    assert shell.json("tasks", "get", again)["task"]["retryOf"] == task["taskId"]


def test_task_types_are_shown_with_their_schema(shell):
    assert "data_processing" in shell.done("tasks", "types")
    assert json.loads(shell.done("tasks", "types", "data_processing"))["type"] == "object"
    unknown = shell.run("tasks", "types", ELSEWHERE)
    assert unknown.returncode == REFUSED and "worker" in unknown.stderr


def test_what_is_wrong_is_named(shell, tmp_path):
    missing = shell.run("tasks", "create", "a", "-p", f"@{tmp_path}/none.json")
    assert missing.returncode == REFUSED and "none.json" in missing.stderr
    for text in ("{", "[1]", "nonsense"):
        broken = shell.run("tasks", "create", "a", "-p", text)
        assert broken.returncode == REFUSED and "--parameters" in broken.stderr, broken.stderr
    refused = shell.run("tasks", "create", "data_processing", "-p", '{"format": "xml"}')
    assert refused.returncode == REFUSED and "/parameters/format" in refused.stderr
    assert shell.run("tasks", "create", "a", "--priority", "huge").returncode == WRONG_COMMAND_LINE
    assert shell.run("tasks", "get", "12").returncode == WRONG_COMMAND_LINE
    assert shell.run("tasks", "watch").returncode == WRONG_COMMAND_LINE
    assert shell.run("tasks", "watch", "1000", "--all").returncode == WRONG_COMMAND_LINE
    assert shell.run("tasks", "get", "77777777777").returncode == REFUSED
    assert shell.run("tasks", "watch", "77777777777").returncode == REFUSED
    result = shell.run("tasks", "get", created(shell), "--result")
    assert result.returncode == REFUSED and "pending" in result.stderr
    kept = shell.tokens()
    shell.change_tokens(tasksUrl="")
    early = shell.run("tasks", "list")
    assert early.returncode == NOT_LOGGED_IN and "esm login" in early.stderr
    shell.change_tokens(**kept)


def test_create_waits_for_the_end(shell):
    job = json.dumps(small_job())
    ended = shell.run("tasks", "create", "data_processing", "-p", job, "--wait")
    assert ended.returncode == DONE, ended.stderr
    assert ended.stdout.splitlines()[-1].endswith("data_processing completed")
    task = shell.json("tasks", "create", "data_processing", "-p", job, "--wait")["task"]
    assert task["status"] == "completed"
    assert json.loads(shell.done("tasks", "get", task["taskId"], "--result")) == task["result"]


def test_lines_without_a_terminal(shell, client, user):
    one, two = created(shell), created(shell)
    watching = shell.start("tasks", "watch", one, two)
    seen = sorted(watching.stdout.readline() for _ in range(2))
    assert seen == sorted(f"{each} {ELSEWHERE} pending\n" for each in (one, two))
    shell.done("tasks", "cancel", one)
    assert watching.stdout.readline() == f"{one} {ELSEWHERE} cancelled\n"
    shell.done("tasks", "cancel", two)
    rest, errors = watching.communicate(timeout=30)
    assert rest == f"{two} {ELSEWHERE} cancelled\n"
    assert watching.returncode == REFUSED and "2 of 2 tasks did not complete" in errors


def test_json_lines_for_machines(shell):
    task_id = created(shell)
    watching = shell.start("tasks", "watch", task_id, "--json")
    assert json.loads(watching.stdout.readline())["task"]["status"] == "pending"
    shell.done("tasks", "cancel", task_id)
    assert json.loads(watching.stdout.readline())["task"]["status"] == "cancelled"
    assert watching.wait(30) == REFUSED


def test_all_tasks_until_none_is_left(shell):
    assert shell.done("tasks", "watch", "--all") == ""
    one = created(shell)
    watching = shell.start("tasks", "watch", "--all")
    assert watching.stdout.readline() == f"{one} {ELSEWHERE} pending\n"
    two = created(shell)
    assert watching.stdout.readline() == f"{two} {ELSEWHERE} pending\n"
    shell.done("tasks", "cancel", one)
    shell.done("tasks", "cancel", two)
    watching.communicate(timeout=30)
    assert watching.returncode == REFUSED


def test_a_live_table_at_a_terminal(shell):
    one, two = created(shell), created(shell)
    terminal = Terminal(shell, "tasks", "watch", one, two)
    terminal.read_until("2 pending")
    shell.done("tasks", "cancel", one)
    terminal.read_until("1 cancelled")
    shell.done("tasks", "cancel", two)
    seen, status = terminal.ended()
    assert status == REFUSED
    assert "\x1b[?25l" in seen and seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")
    last = ESCAPES.sub("", seen[seen.rindex("PROGRESS") :])
    assert "✗" in last and "░" in last and "2 cancelled" in last
    assert "\x1b[33mcancelled" in seen
    assert "2 of 2 tasks did not complete" in seen
    calm = Terminal(shell, "tasks", "watch", one, NO_COLOR="1", LANG="C")
    seen, _ = calm.ended()
    assert "\x1b[33m" not in seen and "░" not in seen and "x " in seen


def test_a_full_terminal_does_not_scroll(shell):
    ids = [created(shell) for _ in range(15)]
    terminal = Terminal(shell, "tasks", "watch", *ids, rows=10, columns=60)
    until = time.monotonic() + 10
    while (frames := terminal.seen.split("\x1b[J")) and "8 not shown" not in "".join(frames[-3:-1]):
        assert time.monotonic() < until, terminal.seen
        terminal.read_some()
    assert all(frame.count("\n") <= 9 for frame in frames)
    assert all(len(ESCAPES.sub("", line)) <= 60 for line in frames[-2].splitlines())
    terminal.interrupt()
    seen, status = terminal.ended()
    assert status == INTERRUPTED and "\x1b[?25h" in seen and "go on" in seen


def test_a_token_that_ends_meanwhile_is_renewed(shell, client, user):
    task_id = created(shell)
    shell.change_tokens(accessToken="not.a.token")
    watching = shell.start("tasks", "watch", task_id)
    assert watching.stdout.readline() == f"{task_id} {ELSEWHERE} pending\n"
    tokens = shell.tokens()
    assert tokens["accessToken"] != "not.a.token" and tokens["expiresAt"] > time.time() + 60
    answer = client.post("auth", "auth/logout", json={"refreshToken": tokens["refreshToken"]})
    assert answer.status_code == 204
    _, errors = watching.communicate(timeout=30)
    assert watching.returncode == NOT_LOGGED_IN and "esm login" in errors


def restart_under_a_watch(shell, system):
    task_id = created(shell)
    watching = shell.start("tasks", "watch", task_id)
    assert watching.stdout.readline() == f"{task_id} {ELSEWHERE} pending\n"
    began = time.monotonic()
    assert system.stop() == 0
    assert time.monotonic() - began < 5, "an open stream holds no stop up"
    system.start()
    shell.done("tasks", "cancel", task_id)
    assert watching.stdout.readline() == f"{task_id} {ELSEWHERE} cancelled\n"
    assert watching.wait(30) == REFUSED


def test_a_server_that_is_away_for_a_while_is_no_end(embedded_system, embedded_client, tmp_path):
    shell = Shell(embedded_system, tmp_path)
    shell.log_in(embedded_client.register())
    with contextlib.closing(shell):
        restart_under_a_watch(shell, embedded_system)
