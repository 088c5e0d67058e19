"""Behaviours 3 and 5: many at once. Fifty claimers run each task once, a hundred requests make one."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
from support.contract import assert_fits, assert_problem, operation
from support.stored import one, rows

CREATE = operation("tasks", "POST", "tasks")
CLAIMERS, TASKS, AT_ONCE = 50, 100_000, 200


def test_3_fifty_claimers_run_each_of_100_000_tasks_once(engine):
    kind = f"claim_{uuid.uuid4().hex[:8]}"
    engine.queue_many(engine.user, TASKS, taskType=kind)

    def claim(index):
        taken = []
        with engine.worker(f"claimer {index}", index % (engine.reached + 1)) as worker:
            while held := worker.lease(kind, AT_ONCE, wait_s=1.0):
                taken += [(each.task_id, each.attempt) for each in held]
                assert set(worker.complete(*held)) == {"OK"}
        return taken

    with ThreadPoolExecutor(CLAIMERS) as pool:
        taken = [each for of_one in pool.map(claim, range(CLAIMERS)) for each in of_one]
    assert len(taken) == TASKS == len({task_id for task_id, _ in taken})
    assert {attempt for _, attempt in taken} == {1}
    once = "SELECT count(*) FROM task WHERE type = ? AND status = 'completed' AND attempt = 1"
    assert one(engine.system, "tasks", once, kind) == (TASKS,)


def test_5_a_hundred_requests_with_one_key_make_one_task(engine):
    client, user = engine.all_replicas, engine.user
    marker = f"one-{uuid.uuid4().hex[:8]}"
    headers = {**user.bearer, "Idempotency-Key": str(uuid.uuid4())}
    body = {"taskType": "external_work", "parameters": {}, "tags": [marker]}
    with httpx.Client(timeout=30.0, limits=httpx.Limits(max_connections=100)) as http:

        def attempt(index):
            return http.post(client.url("tasks", "tasks"), json=body, headers=headers)

        with ThreadPoolExecutor(100) as pool:
            answers = list(pool.map(attempt, range(100)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "idempotency_in_flight")
    made = {answer.json()["task"]["taskId"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    replay = client.post("tasks", "tasks", json=body, headers=headers)
    assert_fits(replay, CREATE)
    assert replay.status_code == 201 and replay.json()["task"]["taskId"] in made
    assert replay.headers["location"].endswith(f"/tasks/{made.copy().pop()}")
    assert len(rows(engine.system, "tasks", "SELECT id FROM task WHERE tags LIKE ?", f"%{marker}%")) == 1
    assert len(engine.events("task.created.v1", made.pop())) == 1
