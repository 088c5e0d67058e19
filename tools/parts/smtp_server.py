"""The SMTP server process behind smtp.py: aiosmtpd storing each mail as one .eml file.

Run by Debian's own python3, which sees python3-aiosmtpd: smtp_server.py PORT MAILBOX CONTROL ATTEMPTS
"""

import asyncio
import fnmatch
import json
import os
import sys
import time
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Mailbox:
    """Keeps the mails. Every decision on a recipient or a mail is one line in the attempts file."""

    def __init__(self, folder, control, attempts):
        self.folder = Path(folder)
        self.control = Path(control)
        self.attempts = Path(attempts)
        self.used = {}
        self.count = 0

    def rule_for(self, stage, recipient):
        """The first rule of the control file that fits and still has a turn left."""
        try:
            rules = json.loads(self.control.read_text())["rules"]
        except FileNotFoundError:
            return None
        for rule in rules:
            if rule["stage"] != stage or not fnmatch.fnmatch(recipient, rule["recipient"]):
                continue
            key = rule["id"]
            if self.used.get(key, 0) < rule.get("times", sys.maxsize):
                self.used[key] = self.used.get(key, 0) + 1
                return rule
        return None

    def note(self, recipient, stage, answer, message_id=None):
        line = {"time": time.time(), "recipient": recipient, "stage": stage, "answer": answer}
        with self.attempts.open("a") as out:
            out.write(json.dumps({**line, "messageId": message_id}) + "\n")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        rule = self.rule_for("rcpt", address)
        if rule is not None:
            answer = f"{rule['code']} {rule['text']}"
            self.note(address, "rcpt", answer)
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 (aiosmtpd's name)
        recipient = envelope.rcpt_tos[0]
        message_id = next(
            (
                line.split(b":", 1)[1].strip().decode(errors="replace")
                for line in envelope.content.split(b"\r\n\r\n", 1)[0].splitlines()
                if line.lower().startswith(b"message-id:")
            ),
            None,
        )
        rule = self.rule_for("data", recipient)
        if rule is not None:
            answer = f"{rule['code']} {rule['text']}"
            self.note(recipient, "data", answer, message_id)
            return answer
        self.count += 1
        name = f"{time.time_ns()}-{self.count:06}.eml"
        partial = self.folder / f".{name}.partial"
        headers = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {', '.join(envelope.rcpt_tos)}\r\n"
        partial.write_bytes(headers.encode() + envelope.content)
        os.rename(partial, self.folder / name)
        self.note(recipient, "data", "250 stored", message_id)
        return "250 stored"


async def serve(port, mailbox):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=8 * 1024 * 1024),
        host="127.0.0.1",
        port=port,
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Mailbox(*sys.argv[2:5])))
