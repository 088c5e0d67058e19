"""Many tasks in one request: each is answered by itself, refs tie them, a key counts for the whole."""

import uuid
from dataclasses import replace

import pytest
from support.contract import assert_fits, assert_problem, operation

BATCH = operation("tasks", "POST", "tasks/batch")


def elsewhere(**fields):
    """A task that waits for a worker of its type, which there is none of."""
    return {"taskType": "batch_work", "parameters": {}, **fields}


def noop(**fields):
    return {"taskType": "noop", "parameters": {}, **fields}


@pytest.fixture
def batch(visitor):
    """Sends a batch and answers its results."""

    def send(*tasks, user=visitor.user, **options):
        answer = visitor.client.post("tasks", "tasks/batch", user, json={"tasks": tasks}, **options)
        assert answer.status_code == 200, answer.text
        assert_fits(answer, BATCH)
        results = answer.json()["results"]
        assert len(results) == len(tasks)
        return results

    return send


def statuses(results):
    return [each["status"] for each in results]


def problem(result):
    """The first named field of a refusal: its pointer, code and message."""
    named = result["problem"]["errors"][0]
    return named["pointer"], named["code"], named["message"]


def test_each_is_answered_in_order_and_none_fails_another(visitor, batch):
    results = batch(
        elsewhere(tags=["first"]),
        elsewhere(maxAttempts=99),
        {"taskType": "batch_work"},
        7,
        elsewhere(nickname=1),
        elsewhere(userId=visitor.admin.user_id),
        noop(parameters={"sleepMs": "long"}),
        noop(tags=["last"]),
    )
    assert statuses(results) == [201, 422, 400, 400, 400, 403, 422, 201]
    assert [each["problem"]["status"] for each in results[1:7]] == statuses(results)[1:7]
    assert problem(results[1])[0] == "/maxAttempts" and problem(results[2])[0] == "/parameters"
    assert results[0]["task"]["tags"] == ["first"] and results[7]["task"]["tags"] == ["last"]
    for made in (results[0], results[7]):
        shown = visitor.client.task(visitor.user, made["task"]["taskId"])
        assert {**shown, "worker": ""}.keys() == {**made["task"], "worker": ""}.keys()
    done = visitor.client.finished_task(visitor.user, results[7]["task"]["taskId"])
    assert done["status"] == "completed"


def test_a_thousand_are_made_at_once(visitor, batch):
    user = visitor.client.new_user()
    results = batch(*(elsewhere(parameters={"n": n}) for n in range(1000)), user=user)
    assert statuses(results) == [201] * 1000
    assert [each["task"]["parameters"]["n"] for each in results] == list(range(1000))
    assert len({each["task"]["taskId"] for each in results}) == 1000


@pytest.mark.parametrize("count, code", [(0, "item_count"), (1001, "too_many")])
def test_too_few_and_too_many_are_refused(visitor, count, code):
    body = {"tasks": [elsewhere()] * count}
    answer = visitor.client.post("tasks", "tasks/batch", visitor.user, json=body)
    assert assert_problem(answer, 422, "validation_failed", "/tasks")["errors"][0]["code"] == code
    assert_fits(answer, BATCH)


def test_too_many_dependencies_are_refused(visitor):
    parents = list(range(1000, 1100))
    body = {"tasks": [elsewhere(dependsOn=parents)] * 101}
    answer = visitor.client.post("tasks", "tasks/batch", visitor.user, json=body)
    assert_problem(answer, 422, "validation_failed", "/tasks")


def test_children_run_after_their_parents_whatever_their_order(visitor, batch):
    outside = visitor.client.create_task(visitor.user, taskType="batch_work", parameters={})
    results = batch(
        noop(ref="last", dependsOn=["left", "right"]),
        noop(ref="left", dependsOn=["first"]),
        noop(ref="first", parameters={"sleepMs": 50}),
        noop(ref="right", dependsOn=["first"]),
        noop(dependsOn=[outside["taskId"], "first"]),
    )
    assert statuses(results) == [201] * 5
    last, left, first, right, held = (each["task"] for each in results)
    assert last["dependsOn"] == sorted([left["taskId"], right["taskId"]]) and last["status"] == "blocked"
    assert first["status"] == "pending" and "ref" not in first
    done = {
        each["taskId"]: visitor.client.finished_task(visitor.user, each["taskId"])
        for each in (last, left, first, right)
    }
    assert {each["status"] for each in done.values()} == {"completed"}
    assert done[first["taskId"]]["completedAt"] <= done[left["taskId"]]["startedAt"]
    assert done[right["taskId"]]["completedAt"] <= done[last["taskId"]]["startedAt"]
    assert visitor.client.task(visitor.user, held["taskId"])["status"] == "blocked"


def test_a_chain_of_a_thousand(batch):
    chain = [elsewhere(ref=f"n{n}", dependsOn=[f"n{n - 1}"] if n else []) for n in range(1000)]
    results = batch(*reversed(chain))
    assert statuses(results) == [201] * 1000
    assert results[0]["task"]["dependsOn"] == [results[1]["task"]["taskId"]]


def test_cycles_are_named_and_who_waits_for_them_is_refused(batch):
    results = batch(
        elsewhere(ref="a", dependsOn=["b"]),
        elsewhere(ref="b", dependsOn=["c"]),
        elsewhere(ref="c", dependsOn=["a"]),
        elsewhere(dependsOn=["c"]),
        elsewhere(ref="self", dependsOn=["self"]),
        elsewhere(ref="good"),
        elsewhere(dependsOn=["good"]),
    )
    assert statuses(results) == [422, 422, 422, 422, 422, 201, 201]
    pointer, code, message = problem(results[1])
    assert (pointer, code) == ("/dependsOn", "cycle")
    assert '"a" → "b" → "c" → "a"' in message
    assert problem(results[3])[1:] == ("parent_refused", 'the task "c" of this batch was refused')
    assert '"self" → "self"' in problem(results[4])[2]


def test_refs_that_are_wrong_are_refused(batch):
    results = batch(
        elsewhere(ref="twice"),
        elsewhere(ref="twice"),
        elsewhere(dependsOn=["twice"]),
        elsewhere(dependsOn=["nobody"]),
        elsewhere(ref="no name"),
        elsewhere(ref="bad", queue="No"),
        elsewhere(ref="child", dependsOn=["bad"]),
        elsewhere(dependsOn=["child"]),
        elsewhere(dependsOn=[999_999_999]),
        elsewhere(dependsOn=[1.5]),
        elsewhere(dependsOn=["x"], onParentFailure="often"),
    )
    assert statuses(results) == [422] * 9 + [400, 422]
    assert problem(results[0])[:2] == problem(results[1])[:2] == ("/ref", "duplicate")
    assert problem(results[2])[1] == "parent_refused"
    assert problem(results[3])[:2] == ("/dependsOn/0", "not_found") and "nobody" in problem(results[3])[2]
    assert problem(results[4])[:2] == ("/ref", "pattern")
    assert problem(results[6])[1] == problem(results[7])[1] == "parent_refused"
    assert problem(results[8])[:2] == ("/dependsOn", "not_found")
    assert problem(results[9])[:2] == ("/dependsOn/0", "wrong_type")


def test_a_ref_that_stands_twice_in_a_list_is_named(batch):
    results = batch(elsewhere(ref="a"), elsewhere(dependsOn=[1000, "a", "a"]))
    assert statuses(results) == [201, 422]
    assert problem(results[1])[:2] == ("/dependsOn/2", "duplicate")


def test_unique_keys_hold_within_the_batch_and_against_what_was_there(visitor, batch):
    key, other = uuid.uuid4().hex, uuid.uuid4().hex
    there = visitor.client.create_task(visitor.user, taskType="batch_work", parameters={}, uniqueKey=key)
    results = batch(
        elsewhere(ref="old", uniqueKey=key),
        elsewhere(dependsOn=["old"]),
        elsewhere(uniqueKey=other),
        elsewhere(ref="again", uniqueKey=other),
        elsewhere(uniqueKey=other, onConflict="reject", ref="no"),
        elsewhere(dependsOn=["no"]),
        elsewhere(ref="new", uniqueKey=other, onConflict="replace"),
        elsewhere(dependsOn=["again", "old"], onParentFailure="run"),
    )
    assert statuses(results) == [200, 201, 201, 200, 409, 422, 201, 201]
    assert results[0]["task"]["taskId"] == there["taskId"]
    assert results[1]["task"]["dependsOn"] == [there["taskId"]]
    first = results[2]["task"]["taskId"]
    assert results[3]["task"]["taskId"] == first
    assert results[4]["problem"]["code"] == "unique_key_in_use"
    assert results[7]["task"]["dependsOn"] == sorted([there["taskId"], first])
    for each in (results[1], results[7]):
        shown = visitor.client.task(visitor.user, each["task"]["taskId"])
        assert shown["dependsOn"] == each["task"]["dependsOn"]
    assert visitor.client.task(visitor.user, first)["status"] == "cancelled", "it was replaced"
    assert visitor.client.task(visitor.user, results[6]["task"]["taskId"])["status"] == "pending"


def test_a_key_makes_the_whole_batch_once(visitor):
    headers, body = {"Idempotency-Key": str(uuid.uuid4())}, {"tasks": [elsewhere(), elsewhere(queue="No")]}

    def send(sent):
        return visitor.client.post("tasks", "tasks/batch", visitor.user, json=sent, headers=headers)

    first, second = send(body), send(body)
    assert first.status_code == second.status_code == 200
    assert first.text == second.text and second.headers["idempotent-replayed"] == "true"
    other = send({"tasks": [elsewhere()]})
    assert_problem(other, 422, "idempotency_key_reused")
    assert_fits(other, BATCH)


def test_tasks_of_two_users_do_not_know_each_other(visitor, batch):
    admin = replace(visitor.admin)
    results = batch(
        elsewhere(ref="mine", userId=visitor.user.user_id),
        elsewhere(dependsOn=["mine"], userId=visitor.user.user_id),
        elsewhere(dependsOn=["mine"]),
        user=admin,
    )
    assert statuses(results) == [201, 201, 422]
    assert results[0]["task"]["userId"] == visitor.user.user_id
    assert problem(results[2])[:2] == ("/dependsOn/0", "not_found")


def test_a_batch_may_be_larger_than_a_task(visitor, batch):
    results = batch(*(elsewhere(parameters={"text": "x" * 30_000}) for _ in range(60)))
    assert statuses(results) == [201] * 60
