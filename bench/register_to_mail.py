"""From the 201 of a registration to the welcome mail in the SMTP server: 20 registrations a second for 30 s.

The whole way: users, its outbox and relay, Kafka, notifications, SMTP. Each request goes out at its time."""

import http.client
import json
import statistics
import threading
import time

from bench_system import PASSWORD, BenchSystem, wait_until
from figures import TimeFigure, judged
from parts.process import PartError
from parts.system import BASE_PATH

RATE = 20
SECONDS = 30
THREADS = 16
GOALS_MS = {"p50": 15, "p99": 60}


class Registrations:
    """An open loop of them; `answered` says when each address had its 201."""

    def __init__(self, port, run):
        self.answered = {}
        self._port, self._run = port, run
        self._lock = threading.Lock()
        self._refused = []

    def go(self):
        begun = time.monotonic() + 0.1
        self._due = ((index, begun + index / RATE) for index in range(RATE * SECONDS))
        threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._refused:
            raise PartError(f"registrations were refused: {self._refused[:3]}")

    def _work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._refused:
            with self._lock:
                index, moment = next(self._due, (None, None))
            if index is None:
                break
            time.sleep(max(0.0, moment - time.monotonic()))
            name = f"r{self._run}x{index}"
            body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
            body |= {"firstName": "Bench", "lastName": "Mark"}
            headers = {"Content-Type": "application/json"}
            headers["X-Forwarded-For"] = f"10.{self._run}.0.{index % 250}"
            connection.request("POST", f"{BASE_PATH}/users/register", json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 201:
                self.answered[body["email"]] = time.time()
            else:
                self._refused.append(f"{answer.status} {text}")
        connection.close()


def one_round(system, index):
    """{50, 99: milliseconds} from the 201 to the mail stored."""
    smtp = system.system.smtp
    driver = Registrations(system.replica("users").http_port, index)
    driver.go()
    wanted = set(driver.answered)
    wait_until(
        lambda: wanted <= {each["recipient"] for each in smtp.attempts()}, 30, "the last mail", pause_s=1.0
    )
    spans = {}
    for each in smtp.attempts():
        if each["recipient"] in wanted:
            if each["recipient"] in spans:
                raise PartError(f"two mails to {each['recipient']}")
            # A mail may be there before its registration has been answered.
            spans[each["recipient"]] = max(0.0, each["time"] - driver.answered[each["recipient"]]) * 1000
    cuts = statistics.quantiles(spans.values(), n=100)
    print(
        f"round {index}: {len(spans)} mails, p50 {cuts[49]:.1f}, p95 {cuts[94]:.1f}, p99 {cuts[98]:.1f},"
        f" max {max(spans.values()):.1f} ms",
        flush=True,
    )
    return {"p50": cuts[49], "p99": cuts[98]}


def run(args, folder):
    with BenchSystem(folder, args.port_offset) as system:
        system.keep_only("users", "notifications")
        rounds = [one_round(system, index) for index in range(1, args.rounds + 1)]
        memory = system.rss_mb("notifications")
    middle = {name: statistics.median(each[name] for each in rounds) for name in GOALS_MS}
    for name, goal in GOALS_MS.items():
        values = [each[name] for each in rounds]
        print(judged(f"{name} ≤ {goal} ms", middle[name] <= goal))
        figure = TimeFigure(
            f"register-to-mail-{name}",
            middle[name],
            "ms",
            goal,
            middle["p50"],
            middle["p99"],
            memory,
            (min(values), max(values)),
        )
        print(figure.json_line())
