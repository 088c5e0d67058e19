"""Workers outside the service: the examples in each language and `esm worker run`, against the real binary. A
task is created over REST, the worker does it, REST shows how it went."""

import subprocess
import time
import uuid

import grpc
import pytest
from parts.system import Embedded, binary, environment
from support import administrator, rpc, workers
from support.client import Client
from support.fixtures import PORT_OFFSET, VISITORS, folder
from support.grants import client_token, make_client
from support.waiting import eventually

# A worker that is gone is noticed after its lease: a short one keeps the tests short.
FAST = {
    **VISITORS,
    "ESM_TASKS_LEASE_MS": "3s",
    "ESM_TASKS_RESCUE_EVERY_MS": "500ms",
    "ESM_TASKS_BACKOFF_FIRST_MS": "100ms",
}
TEXT = "the cat\nthe hat\nthe end"
LONG = "\n".join(["one two three"] * 200)


@pytest.fixture(scope="module")
def system():
    made = Embedded(folder("workers"), PORT_OFFSET + 50, FAST)
    made.administrator = administrator.create(made)
    try:
        yield made.start()
    finally:
        made.stop()


@pytest.fixture(scope="module")
def client(system):
    visitor = Client(system)
    yield visitor
    visitor.close()


@pytest.fixture(scope="module")
def user(client):
    return client.new_user()


@pytest.fixture(scope="module")
def worker_client(system, client):
    return make_client(client, client.log_in(system.administrator), ["tasks:work"], "thumbnails")


@pytest.fixture
def start(system, worker_client):
    """Starts a worker by its command line; all that still run at the end of the test are killed."""
    started = []

    def run(argv, name=None):
        process = workers.start(name or f"worker-{len(started)}", argv, system, worker_client)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.running():
            process.kill()


@pytest.fixture
def own_type():
    """A task type that no other test's worker takes."""
    return f"t{uuid.uuid4().hex[:12]}"


def program(own_type, script, *options):
    return [binary(), "worker", "run", "--type", own_type, "--exec", script, *options]


def running(client, user, task, attempt=1, progress=0):
    """The task once it runs as the given attempt and has come so far."""

    def probe():
        now = client.task(user, task["taskId"])
        come_far = now["attempt"] >= attempt and now["progress"] >= progress
        return now if now["status"] == "running" and come_far else None

    return eventually(probe, what="the task runs")


@pytest.mark.parametrize("kind", workers.KINDS)
def test_a_worker_completes_a_task(client, user, start, kind):
    start(workers.command(kind))
    task = client.create_task(user, {"text": TEXT}, taskType="count_words")
    done = client.finished_task(user, task["taskId"])
    assert done["status"] == "completed", done
    assert done["result"]["words"] == 6 and done["attempt"] == 1 and done["progress"] == 100


@pytest.mark.parametrize("kind", workers.KINDS)
def test_a_worker_obeys_cancellation(client, user, start, kind):
    process = start(workers.command(kind))
    task = client.create_task(user, {"text": LONG, "pausePerLineMs": 100}, taskType="count_words")
    running(client, user, task, progress=1)
    assert client.put("tasks", f"tasks/{task['taskId']}/cancel", user).status_code == 200
    assert client.finished_task(user, task["taskId"], 10.0)["status"] == "cancelled"
    assert process.running()
    another = client.create_task(user, {"text": TEXT}, taskType="count_words")
    assert client.finished_task(user, another["taskId"])["status"] == "completed"


@pytest.mark.parametrize("kind", workers.KINDS)
def test_bad_parameters_fail_for_good(client, user, start, kind):
    start(workers.command(kind))
    task = client.create_task(user, {"text": 7}, taskType="count_words")
    done = client.finished_task(user, task["taskId"])
    assert (done["status"], done["attempt"]) == ("failed", 1) and "text" in done["errorMessage"], done


@pytest.mark.parametrize("kind", workers.KINDS)
def test_another_worker_takes_over_from_a_killed_one(client, user, start, kind):
    argv = workers.command(kind)
    first = start(argv)
    task = client.create_task(user, {"text": LONG, "pausePerLineMs": 50}, taskType="count_words")
    before = running(client, user, task, progress=1)
    first.kill()
    start(argv)
    running(client, user, task, attempt=before["attempt"] + 1)
    done = client.finished_task(user, task["taskId"])
    assert done["status"] == "completed" and done["result"]["words"] == 600, done


def test_workers_find_a_server_that_was_away(system, client, user, start):
    waiting = [start(workers.command(kind)) for kind in workers.KINDS]
    system.stop()
    system.start()
    parameters = {"text": LONG, "pausePerLineMs": 5}
    tasks = [client.create_task(user, parameters, taskType="count_words") for _ in range(8)]
    for task in tasks:
        assert client.finished_task(user, task["taskId"], 60.0)["status"] == "completed"
    assert all(process.running() for process in waiting)


def test_a_failure_is_tried_again(client, user, start, own_type):
    script = """if [ "$ESM_ATTEMPT" = 1 ]; then
        echo '{"retryAfterSeconds":1}'; echo 'the printer is on fire' >&2; exit 3
    fi
    echo '{"result":'"$ESM_ATTEMPT"'}'"""
    start(program(own_type, script))
    task = client.create_task(user, {}, taskType=own_type)

    def retrying():
        now = client.task(user, task["taskId"])
        return now if now["status"] == "retrying" else None

    assert "the printer is on fire" in eventually(retrying, what="the first attempt fails")["errorMessage"]
    done = client.finished_task(user, task["taskId"])
    assert (done["status"], done["result"], done["attempt"]) == ("completed", 2, 2)


def test_many_at_once(client, user, start, own_type):
    start(program(own_type, 'read -r given; echo "{\\"result\\":$given}"', "--concurrency", "8"))
    tasks = [client.create_task(user, {"n": n}, taskType=own_type) for n in range(40)]
    for n, task in enumerate(tasks):
        assert client.finished_task(user, task["taskId"])["result"] == {"n": n}


def test_what_a_program_says_is_in_the_log(client, user, start, own_type):
    script = """echo '{"log":"page 3","severity":"error"}'; echo plain; echo oops >&2"""
    start(program(own_type, script))
    task = client.create_task(user, {}, taskType=own_type)
    client.finished_task(user, task["taskId"])
    answer = client.get("tasks", f"tasks/{task['taskId']}/logs", user)
    assert answer.status_code == 200, answer.text
    said = {(line["severity"], line["message"]) for line in answer.json()["logs"]}
    assert said == {("error", "page 3"), ("info", "plain"), ("warn", "oops")}


def test_a_result_over_the_limit_fails_the_task(client, user, start, own_type):
    start(program(own_type, """printf '{"result":"%01048570d"}' 0"""))
    task = client.create_task(user, {}, taskType=own_type)
    done = client.finished_task(user, task["taskId"])
    assert done["status"] == "failed" and "result" in done["errorMessage"], done


def test_a_worker_that_is_told_to_end_finishes(client, user, start, own_type):
    process = start(program(own_type, "sleep 2; echo '{\"result\":1}'"))
    task = client.create_task(user, {}, taskType=own_type)
    running(client, user, task)
    assert process.stop() == 0
    assert client.task(user, task["taskId"])["result"] == 1


def test_or_gives_back_what_takes_too_long(client, user, start, own_type):
    process = start(program(own_type, "exec sleep 60", "--drain-seconds", "0"))
    task = client.create_task(user, {}, taskType=own_type, maxAttempts=1)
    running(client, user, task)
    assert process.stop() == 0
    assert client.task(user, task["taskId"])["status"] != "failed"
    start(program(own_type, "echo '{\"result\":1}'"))
    assert client.finished_task(user, task["taskId"])["status"] == "completed"


def test_only_the_given_queues(client, user, start, own_type):
    start(program(own_type, "true", "--queue", "nightly"))
    other = client.create_task(user, {}, taskType=own_type, queue="daily")
    task = client.create_task(user, {}, taskType=own_type, queue="nightly")
    assert client.finished_task(user, task["taskId"])["status"] == "completed"
    assert client.task(user, other["taskId"])["status"] == "pending"


def refused_worker(system, secret, *options, **changes):
    known = {**workers.settings(system, secret), **changes}
    argv = [str(each) for each in program("resize", "true", *options)]
    done = subprocess.run(argv, env=environment(known), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stderr


def test_a_worker_says_why_it_may_not(system, client, worker_client):
    status, said = refused_worker(system, worker_client, ESM_WORKER_CLIENT_SECRET="wrong" * 10)
    assert status == 1 and "invalid_client" in said, said
    reader = make_client(client, client.log_in(system.administrator), ["tasks:read"])
    status, said = refused_worker(system, reader)
    assert status == 1 and "scope" in said, said
    status, said = refused_worker(system, worker_client, "--type", "data_processing")
    assert status == 1 and "/task_types/1" in said and "built in" in said, said
    status, said = refused_worker(system, worker_client, ESM_WORKER_CLIENT_SECRET="")
    assert status == 1 and "--client-secret-file" in said, said
    status, said = refused_worker(system, worker_client, "--tls-cert", "w.crt")
    assert status == 1 and "go together" in said, said


def test_programs_do_not_see_the_workers_secret(client, user, start, own_type):
    start(program(own_type, 'printf \'{"result":"%s"}\' "$(env | grep -c ESM_WORKER)"'))
    task = client.create_task(user, {}, taskType=own_type)
    assert client.finished_task(user, task["taskId"])["result"] == "0"


@pytest.fixture
def calls(system, client, worker_client):
    token = client_token(client, worker_client).token
    return rpc.worker_stub(system, token), rpc.messages("tasks", "workers")


def status_of(method, request):
    with pytest.raises(grpc.RpcError) as failure:
        method(request, timeout=10)
    return failure.value.code(), failure.value.details()


def test_a_worker_that_lies_changes_nothing(client, user, calls, own_type):
    stub, messages = calls
    task = client.create_task(user, {}, taskType=own_type)
    asked = messages.LeaseRequest(worker="liar", task_types=[own_type], max=1, wait_ms=5000)
    held = stub.Lease(asked, timeout=10).tasks[0]
    mine = {"task_id": held.task_id, "lease_token": held.lease_token}
    forged = {"task_id": held.task_id, "lease_token": held.lease_token + 1}
    before = client.task(user, task["taskId"])

    beat = messages.HeartbeatRequest(items=[messages.Beat(**mine, progress=200)])
    code, said = status_of(stub.Heartbeat, beat)
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "/items/0/progress" in said
    huge = messages.Completion(**mine, result_json='"' + "x" * 10_000_000 + '"')
    code, _ = status_of(stub.Complete, messages.CompleteRequest(items=[huge]))
    assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
    code, said = status_of(
        stub.Complete, messages.CompleteRequest(items=[messages.Completion(**mine, result_json="{")])
    )
    assert code == grpc.StatusCode.INVALID_ARGUMENT and "/items/0/result_json" in said
    code, _ = status_of(stub.Fail, messages.FailRequest(**forged, error_message="not mine"))
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    lines = [messages.LogLine(text="not mine")]
    code, _ = status_of(stub.AppendLog, messages.AppendLogRequest(**forged, lines=lines))
    assert code == grpc.StatusCode.FAILED_PRECONDITION
    lost = [messages.PULSE_LOST]
    beat = messages.HeartbeatRequest(items=[messages.Beat(**forged, progress=50)])
    assert stub.Heartbeat(beat, timeout=10).pulses == lost
    done = messages.CompleteRequest(items=[messages.Completion(**forged, result_json="1")])
    assert stub.Complete(done, timeout=10).pulses == lost
    release = messages.ReleaseRequest(items=[messages.HeldTask(**forged)])
    assert stub.Release(release, timeout=10).pulses == lost
    assert client.task(user, task["taskId"]) == before

    done = messages.CompleteRequest(items=[messages.Completion(**mine, result_json="1")])
    assert stub.Complete(done, timeout=10).pulses == [messages.PULSE_OK]
    assert stub.Complete(done, timeout=10).pulses == lost
    assert client.task(user, task["taskId"])["result"] == 1


def test_a_late_outcome_of_a_lost_lease_is_not_taken(client, user, calls, own_type):
    stub, messages = calls
    task = client.create_task(user, {}, taskType=own_type)
    asked = messages.LeaseRequest(worker="slow", task_types=[own_type], max=1, wait_ms=20_000)
    first = stub.Lease(asked, timeout=30).tasks[0]
    second = stub.Lease(asked, timeout=30).tasks[0]  # once the first one's lease has run out
    assert second.task_id == first.task_id and second.lease_token > first.lease_token

    def complete(held, text):
        item = messages.Completion(task_id=held.task_id, lease_token=held.lease_token, result_json=text)
        return stub.Complete(messages.CompleteRequest(items=[item]), timeout=10).pulses[0]

    assert complete(first, '"first"') == messages.PULSE_LOST
    assert complete(second, '"second"') == messages.PULSE_OK
    assert client.task(user, task["taskId"])["result"] == "second"


def test_a_worker_has_no_say_in_built_in_work(client, user, calls):
    """The token of a task that runs here is small and may be guessed: it is no worker's all the same."""
    stub, messages = calls
    task = client.create_task(user)
    items = [messages.Completion(task_id=task["taskId"], lease_token=1, result_json='"forged"')]
    for _ in range(20):
        answer = stub.Complete(messages.CompleteRequest(items=items), timeout=10)
        assert answer.pulses == [messages.PULSE_LOST]
    assert client.finished_task(user, task["taskId"])["result"] != "forged"


def test_a_stop_does_not_wait_for_workers_that_wait(system, start, own_type):
    start(program(own_type, "true"))
    eventually(lambda: "worker started" in (system.directory / "worker-0.log").read_text(), what="it waits")
    begun = time.monotonic()
    system.stop()
    took_s = time.monotonic() - begun
    system.start()
    assert took_s < 6.0
