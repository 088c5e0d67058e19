"""50,000 task events from Kafka until each is a mail taken by smtp-sink, and logged.

The clock runs from the first notification's row to the last mail's sent_at, both of the service."""

import re
import signal
import subprocess
import time

import load
from bench_system import BenchSystem, wait_until
from figures import Figure, Round, judged
from parts.process import PartError, Process
from parts.system import SMTP_PORT

EVENTS = 50_000
SINK_OFFSET = 26  # above SMTP_PORT: nobody else's
GOAL = 3_500
MEMORY_MB = 60
MAILS = "channel = 'email'"


class Sink:
    """Postfix's smtp-sink: takes every mail, keeps none, counts them."""

    def __init__(self, folder, port):
        self.port = port
        self.url = f"smtp://127.0.0.1:{port}"
        self.process = Process("smtp-sink", folder)

    def __enter__(self):
        # As root it wants an account to become, and then outlives us unless it is stopped.
        self.process.start(["smtp-sink", "-c", "-u", "nobody", f"127.0.0.1:{self.port}", "1024"])
        return self

    def __exit__(self, *_):
        self.process.stop()

    def taken(self):
        """Mails so far: its counter is written over itself with carriage returns, the mails last."""
        with open(self.process.log_path, "rb") as log:
            log.seek(max(0, self.process.log_path.stat().st_size - 200))
            counts = re.findall(rb"mesg=(\d+)\s", log.read())
        return int(counts[-1]) if counts else 0


def limit_of(sink):
    """Mails a second of Postfix's own generator into the same sink, over as many connections as ours."""
    begun = time.monotonic()
    command = ["smtp-source", "-s", "4", "-m", "20000", "-l", "3000", "-d", f"127.0.0.1:{sink.port}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"smtp-source: {done.stderr.strip()}")
    return 20_000 / (time.monotonic() - begun)


def count(database, condition):
    return int(load.query(database, f"SELECT count(*) FROM notification WHERE {condition}"))


def one_round(system, sink, index):
    """Fills Kafka while the service is away, then lets it at the backlog; answers mails a second."""
    database = system.database_url("NOTIFICATIONS")
    service = system.replica("notifications")
    if service.process.running():
        service.stop()
    load.query(database, "TRUNCATE notification, notification_attempt")
    tasks = system.replica("tasks")
    tasks.start()
    load.script(system.database_url("TASK_PROCESSING"), "fill_task_events.sql")
    load.wait_published(system.database_url("TASK_PROCESSING"))
    tasks.stop()
    load.query(database, "VACUUM ANALYZE")
    limit = limit_of(sink)
    before = sink.taken()
    service.start()
    # Asking the database all the time would take a third of a core from what is measured.
    wait_until(lambda: sink.taken() - before >= EVENTS, 180, "the last mail")
    sent = f"{MAILS} AND status = 'sent'"
    wait_until(lambda: count(database, sent) == EVENTS, 20, "the last mail's row", 0.5)
    memory = system.rss_mb("notifications")
    span = load.query(database, f"SELECT max(sent_at) - min(created_at) FROM notification WHERE {MAILS}")
    per_second = EVENTS / (int(span) / 1e6)
    logged = int(load.query(database, "SELECT count(*) FROM notification_attempt WHERE outcome = 'sent'"))
    if logged < EVENTS:
        raise PartError(f"{logged} of {EVENTS} mails are logged")
    if sink.taken() - before != EVENTS:
        raise PartError(f"the sink took {sink.taken() - before} mails instead of {EVENTS}")
    print(
        f"round {index}: {per_second:,.0f} mails/s, peak {memory:.1f} MB; smtp-source {limit:,.0f}/s",
        flush=True,
    )
    return Round(per_second, limit), memory


def run(args, folder):
    sink = Sink(folder, SMTP_PORT + args.port_offset + SINK_OFFSET)
    figure = Figure("notify", "mails/s", "smtp-source, 4 sessions", GOAL)
    settings = {"ESM_NOTIFICATIONS_SMTP_URL": sink.url}
    with BenchSystem(folder, args.port_offset, settings) as system, sink:
        system.keep_only()
        load.script(system.database_url("NOTIFICATIONS"), "fill_contacts.sql")
        for index in range(1, args.rounds + 1):
            measured, memory = one_round(system, sink, index)
            figure.rounds.append(measured)
            figure.rss_mb = max(figure.rss_mb, memory)
    print(figure.table())
    print(judged(f"peak memory ≤ {MEMORY_MB} MB", figure.rss_mb <= MEMORY_MB))
    print(figure.json_line())
