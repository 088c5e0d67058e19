#!/usr/bin/python3
"""A real SMTP server on 127.0.0.1 that stores every mail as DIR/mailbox/*.eml and can be told to refuse some.

    tools/parts/smtp.py start --dir DIR --port PORT
    tools/parts/smtp.py refuse --dir DIR --code 451 --text "try in 30 seconds" [--recipient '*@x'] [--times 1]
    tools/parts/smtp.py accept|stop|kill --dir DIR          accept: forgets every refusal
"""

import argparse
import email
import email.policy
import json
import os
import smtplib
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from parts.process import PartError, Process, require_free_ports, wait_until  # noqa: E402

# Debian's interpreter, since python3-aiosmtpd is installed for it alone.
SYSTEM_PYTHON = "/usr/bin/python3"


class Smtp:
    """The server, its mailbox folder and its script of refusals."""

    def __init__(self, directory, port):
        self.directory = Path(directory).resolve()
        self.port = port
        self.url = f"smtp://127.0.0.1:{port}"
        self.mailbox = self.directory / "mailbox"
        self.control = self.directory / "smtp.control.json"
        self.attempts_path = self.directory / "smtp.attempts.jsonl"
        self.process = Process("smtp", self.directory)

    def start(self, detached=False, timeout_s=20.0):
        require_free_ports({self.port: "the SMTP server"})
        self.mailbox.mkdir(parents=True, exist_ok=True)
        (self.directory / "smtp.port").write_text(f"{self.port}\n")
        server = Path(__file__).with_name("smtp_server.py")
        argv = [SYSTEM_PYTHON, server, self.port, self.mailbox, self.control, self.attempts_path]
        self.process.start(argv, detached=detached)
        wait_until(self.ready, timeout_s, f"the SMTP server on port {self.port}", self.process)
        return self

    def ready(self):
        try:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=2.0) as client:
                return client.noop()[0] == 250
        except OSError:
            return False

    def stop(self):
        """Ends it: connections are refused until the next start."""
        self.process.stop()

    def kill(self):
        self.process.kill()

    def refuse(self, code, text, recipient="*", times=None, stage="rcpt"):
        """From now on answers so at the stage (rcpt, data), `times` times or until accept()."""
        rule = {"id": time.time_ns(), "code": code, "text": text, "recipient": recipient, "stage": stage}
        if times is not None:
            rule["times"] = times
        rules = json.loads(self.control.read_text())["rules"] if self.control.exists() else []
        self._write_rules([*rules, rule])

    def accept(self):
        """Forgets every refusal."""
        self._write_rules([])

    def mails(self, recipient=None):
        """The stored mails as EmailMessage, oldest first; only those to `recipient` where given."""
        found = []
        for path in sorted(self.mailbox.glob("*.eml")):
            data = path.read_bytes()
            # Parsing is slow, and a mailbox may hold thousands.
            head = data.partition(b"\r\n\r\n")[0].lower()
            if recipient is not None and recipient.lower().encode() not in head:
                continue
            mail = email.message_from_bytes(data, policy=email.policy.default)
            # The embedded mailbox writes a mail as it is, without the envelope.
            if recipient is None or recipient.lower() in (mail["X-RcptTo"] or mail["To"]).lower():
                found.append(mail)
        return found

    def attempts(self, recipient=None):
        """Every answer given so far: {time, recipient, stage, answer, messageId}."""
        if not self.attempts_path.exists():
            return []
        lines = [json.loads(line) for line in self.attempts_path.read_text().splitlines()]
        return [line for line in lines if recipient is None or line["recipient"].lower() == recipient.lower()]

    def _write_rules(self, rules):
        partial = self.control.with_suffix(".partial")
        partial.write_text(json.dumps({"rules": rules}))
        os.replace(partial, self.control)


def main():
    parser = argparse.ArgumentParser(description="An SMTP server that stores mails as .eml files.")
    parser.add_argument("command", choices=["start", "stop", "kill", "refuse", "accept"])
    parser.add_argument("--dir", required=True, help="folder of the server: mailbox/, log, pid")
    parser.add_argument("--port", type=int, help="TCP port on 127.0.0.1 (for start)")
    parser.add_argument("--code", type=int, default=451)
    parser.add_argument("--text", default="try again in 30 seconds")
    parser.add_argument("--recipient", default="*")
    parser.add_argument("--times", type=int)
    options = parser.parse_args()
    if options.command == "start" and options.port is None:
        parser.error("--port is needed to start")
    server = Smtp(options.dir, options.port or 0)
    if options.command == "start":
        server.start(detached=True)
        print("SMTP", server.url)
        print("MAILBOX", server.mailbox)
    elif options.command == "refuse":
        server.refuse(options.code, options.text, options.recipient, options.times)
    else:
        getattr(server, options.command)()


if __name__ == "__main__":
    try:
        main()
    except PartError as error:
        sys.exit(f"tools/parts/smtp.py: {error}")
