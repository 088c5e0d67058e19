"""The servers and processes of tools/parts do what the tests that stand on them take for granted."""

import os
import smtplib
import socket
import subprocess
import sys
import threading

import pytest
from confluent_kafka import Consumer, Producer
from parts.kafka import Kafka
from parts.postgres import DATABASES, Postgres
from parts.process import PartError, Process, port_is_free, require_free_ports
from parts.s3 import ACCESS_KEY, BUCKET, S3
from parts.smtp import Smtp
from parts.system import REPLICAS_MAX, ROOT, Clustered, DirectoryLock

PORT_OFFSET = int(os.environ.get("ESM_TEST_PORT_OFFSET", "3000")) + 500
SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(taken_port):
    with pytest.raises(PartError) as failure:
        require_free_ports({taken_port: "the door"})
    assert f"port {taken_port} (the door) is in use by" in str(failure.value)
    assert f"pid {os.getpid()}" in str(failure.value)
    assert "--port-offset" in str(failure.value)


def test_a_port_shared_by_so_reuseport_counts_as_taken():
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("0.0.0.0", 0))
        listener.listen()
        assert not port_is_free(listener.getsockname()[1])


def test_a_data_folder_has_one_user_at_a_time(tmp_path):
    lock = DirectoryLock(tmp_path)
    with pytest.raises(PartError, match="in use by another run"):
        DirectoryLock(tmp_path)
    lock.release()
    DirectoryLock(tmp_path).release()


def test_a_process_is_found_again_by_its_pid_file_and_stopped(tmp_path):
    first = Process("sleeper", tmp_path)
    first.start(SLEEPER)
    later = Process("sleeper", tmp_path)
    assert later.running() and later.pid() == first.pid()
    with pytest.raises(PartError, match="already runs"):
        later.start(SLEEPER)
    later.kill()
    assert not first.running()


def test_a_stale_pid_file_is_nobody(tmp_path):
    process = Process("sleeper", tmp_path)
    process.pid_path.write_text(f"{os.getpid()} 1\n")
    assert not process.running() and process.pid() is None


def test_a_process_started_by_a_thread_outlives_the_thread(tmp_path):
    process = Process("sleeper", tmp_path)
    thread = threading.Thread(target=process.start, args=(SLEEPER,))
    thread.start()
    thread.join()
    assert process.running()
    assert process.stop() == -15


@pytest.mark.parametrize("replicas", [0, REPLICAS_MAX + 1])
def test_replicas_are_bounded(tmp_path, replicas):
    with pytest.raises(PartError, match="--replicas must be"):
        Clustered(tmp_path, 0, replicas)


def test_no_two_parts_of_a_clustered_system_want_the_same_port(tmp_path):
    system = Clustered(tmp_path, 0, REPLICAS_MAX)
    assert len(system._ports()) == 4 + 4 * 2 * REPLICAS_MAX
    assert max(system._ports()) < 32768  # Below the ports that the kernel gives to clients.


def test_an_offset_into_the_ports_of_clients_is_refused(tmp_path):
    with pytest.raises(PartError, match="is the most"):
        Clustered(tmp_path, 20000, 1)._check_ports()


@pytest.fixture(scope="module")
def postgres():
    cluster = Postgres(ROOT / "build" / "tests" / "parts", 25432 + PORT_OFFSET)
    cluster.remove()
    yield cluster.start()
    cluster.remove()


def test_postgres_keeps_what_it_committed_through_kill_9(postgres):
    found = postgres.sql("SELECT datname FROM pg_database")
    assert set(DATABASES) <= set(found.splitlines())
    assert postgres.sql("SHOW fsync") == "on"
    postgres.sql("CREATE TABLE kept(n int)", "REGISTRATIONS")
    postgres.sql("INSERT INTO kept VALUES (7)", "REGISTRATIONS")
    postgres.kill()
    assert not postgres.process.running()
    postgres.start()
    assert postgres.sql("SELECT n FROM kept", "REGISTRATIONS") == "7"


def test_postgres_wants_its_password(postgres):
    url = postgres.url("postgres").replace(postgres.password, "wrong")
    done = subprocess.run(["psql", url, "-c", "SELECT 1"], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "password authentication failed" in done.stderr


def test_kafka_keeps_what_it_acknowledged_through_kill_9():
    broker = Kafka(ROOT / "build" / "tests" / "parts", 29092 + PORT_OFFSET)
    broker.remove()
    broker.start()
    try:
        producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all"})
        producer.produce("kept", b"7")
        assert producer.flush(30) == 0
        broker.kill()
        broker.start()
        consumer = Consumer(
            {"bootstrap.servers": broker.bootstrap, "group.id": "g", "auto.offset.reset": "earliest"}
        )
        consumer.subscribe(["kept"])
        message = consumer.poll(30)
        assert message is not None and message.value() == b"7"
        assert len(consumer.list_topics("kept").topics["kept"].partitions) == 4
        consumer.close()
    finally:
        broker.remove()


def test_smtp_stores_mails_and_refuses_as_told(tmp_path):
    server = Smtp(tmp_path, 20025 + PORT_OFFSET)
    server.start()
    try:
        mail = "Message-ID: <1@test>\r\nSubject: hello\r\n\r\nbody\r\n"
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            server.refuse(451, "try again in 30 seconds", recipient="ada@*", times=1)
            with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
                client.sendmail("a@example.org", "ada@example.org", mail)
            assert refused.value.recipients["ada@example.org"] == (451, b"try again in 30 seconds")
            client.sendmail("a@example.org", "ada@example.org", mail)
            server.refuse(550, "no such user", stage="data")
            with pytest.raises(smtplib.SMTPDataError):
                client.sendmail("a@example.org", "bob@example.org", mail)
            server.accept()
            client.sendmail("a@example.org", "bob@example.org", mail)
        assert [stored["Subject"] for stored in server.mails("ada@example.org")] == ["hello"]
        answers = [line["answer"][:3] for line in server.attempts()]
        assert answers == ["451", "250", "550", "250"]
        assert server.attempts("bob@example.org")[0]["messageId"] == "<1@test>"
    finally:
        server.stop()


def test_s3_keeps_objects_and_knows_who_signs(tmp_path):
    server = S3(tmp_path, 29000 + PORT_OFFSET)
    server.start()
    try:
        signed = ["--aws-sigv4", "aws:amz:us-east-1:s3", "--user", f"{ACCESS_KEY}:{server.secret_key}"]
        url = f"{server.url}/{BUCKET}/object"
        (tmp_path / "object").write_text("hello")
        put = ["curl", "-sf", *signed, "-T", tmp_path / "object", url]
        subprocess.run(put, check=True, capture_output=True)
        server.stop()
        server.start()
        get = subprocess.run(["curl", "-sf", *signed, url], check=True, capture_output=True, text=True)
        assert get.stdout == "hello"
        stranger = subprocess.run(["curl", "-sf", url], check=False, capture_output=True)
        assert stranger.returncode != 0
    finally:
        server.remove()
    assert not server.data.exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--replicas", "2"], "--replicas needs --clustered"),
        (["--port-offset", "x"], "--port-offset needs a number"),
        (["demo", "--data", "x"], "folder of its own"),
        (["tests"], "unknown argument 'tests'"),
    ],
)
def test_run_refuses_what_it_does_not_understand(arguments, complaint):
    done = subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert complaint in done.stderr and "./run --help" in done.stderr


@pytest.mark.parametrize("script", ["run", "test"])
def test_scripts_explain_themselves(script):
    done = subprocess.run([ROOT / script, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and done.stdout.startswith(f"usage: ./{script}")
