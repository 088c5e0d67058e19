"""`esm notifications templates` as an administrator uses it: pull, edit, push; mails show the change."""

import time

import pytest
from parts.system import ROOT
from support.contract import assert_fits, assert_problem, operation
from support.shell import REFUSED, WRONG_COMMAND_LINE, Shell
from support.waiting import eventually

SHIPPED = ROOT / "services" / "notifications" / "templates" / "shipped"
WELCOME = "user.registered.v1"
# A language without shipped texts: nobody else's mails change.
LOCALE = "nl"
TEMPLATE = f"notifications/templates/{WELCOME}/email/{LOCALE}"
# Until every replica has read a change.
HEARD_OF_S = 1.0
CHANNELS = ["email", "sms", "push", "in_app"]
COMMANDS = ("list", "pull", "push", "preview")


@pytest.fixture
def shell(system, tmp_path):
    made = Shell(system, tmp_path)
    made.log_in(system.administrator)
    yield made
    made.close()


@pytest.fixture
def texts(shell, tmp_path):
    """A folder of what is in force."""
    folder = tmp_path / "texts"
    shell.done("notifications", "templates", "pull", folder)
    return folder


@pytest.fixture
def dutch(texts, client, admin):
    """The welcome in another language, not pushed yet; taken back after the test."""
    file = texts / f"{WELCOME}.{LOCALE}.mustache"
    text = (texts / f"{WELCOME}.en.mustache").read_text()
    file.write_text(text.replace("Welcome", "Welkom"))
    yield file
    for each in CHANNELS:
        client.delete("notifications", f"notifications/templates/{WELCOME}/{each}/{LOCALE}", admin)


def templates(shell, *arguments):
    return shell.run("notifications", "templates", *arguments)


def test_what_is_pulled_is_what_is_in_force(shell, texts):
    shipped = {file.name: file.read_text() for file in SHIPPED.glob("*.mustache")}
    assert {file.name: file.read_text() for file in texts.iterdir()} == shipped
    again = templates(shell, "pull", texts)
    assert again.returncode == 0 and again.stdout == "" and "0 of" in again.stderr
    nothing = templates(shell, "push", texts)
    assert nothing.returncode == 0 and nothing.stdout == "" and "nothing differs" in nothing.stderr
    listed = shell.json("notifications", "templates", "list", "--event-type", WELCOME)["templates"]
    assert {each["locale"] for each in listed} == {"de", "en"} and all(each["shipped"] for each in listed)
    lines = shell.done("notifications", "templates", "list").splitlines()
    assert lines[0].split() == ["EVENT", "TYPE", "CHANNEL", "LOCALE", "VERSION"]
    assert lines[1].split()[-1] == "shipped"


def test_a_mail_shows_what_was_pushed(shell, texts, dutch, client, admin, system):
    would = templates(shell, "push", texts, "--dry-run")
    assert would.returncode == 0 and f"would change {WELCOME} email {LOCALE}\n" in would.stdout
    assert len(would.stdout.splitlines()) == 4, "each channel"
    assert_problem(client.get("notifications", TEMPLATE, admin), 404, "not_found")

    done = templates(shell, "push", texts)
    assert done.returncode == 0, done.stderr
    assert f"changed {WELCOME} email {LOCALE} (version " in done.stdout
    assert templates(shell, "push", texts).stdout == ""
    shown = client.get("notifications", TEMPLATE, admin)
    path = "notifications/templates/{eventType}/{channel}/{locale}"
    assert_fits(shown, operation("notifications", "GET", path))
    assert shown.json()["template"]["createdBy"] is not None
    time.sleep(HEARD_OF_S)
    user = client.register(locale=f"{LOCALE}-BE")
    (mail,) = eventually(lambda: system.mails(user.email), what="the welcome")
    assert mail["Subject"] == "Welkom, Ada"

    dutch.write_text(dutch.read_text().replace("Welkom", "Dag"))
    changed = templates(shell, "push", texts)
    told = [line.rpartition(" (")[0] for line in changed.stdout.splitlines()]
    assert told == [f"changed {WELCOME} {each} {LOCALE}" for each in CHANNELS]
    time.sleep(HEARD_OF_S)
    other = client.register(locale=LOCALE)
    (mail,) = eventually(lambda: system.mails(other.email), what="the welcome")
    assert mail["Subject"] == "Dag, Ada"
    versions = client.get("notifications", f"{TEMPLATE}/versions", admin)
    assert_fits(versions, operation("notifications", "GET", f"{path}/versions"))
    assert len(versions.json()["versions"]) >= 2


def test_a_broken_template_is_refused_with_its_place(shell, texts, dutch, client, admin):
    before = dutch.read_text()
    lines = before.splitlines()
    line = next(number for number, text in enumerate(lines) if "</h1>" in text)
    lines[line] = "<h1>{{event.userNam}}</h1>"
    dutch.write_text("\n".join(lines) + "\n")
    refused = templates(shell, "push", texts)
    assert refused.returncode == REFUSED and refused.stdout == ""
    told = f"{dutch}:{line + 1}:5: event.userNam is no field of {WELCOME}; did you mean event.username?"
    assert told in refused.stderr.splitlines(), refused.stderr
    assert "nothing was changed" in refused.stderr
    assert_problem(client.get("notifications", TEMPLATE, admin), 404, "not_found")
    assert templates(shell, "push", texts, "--dry-run").returncode == REFUSED
    previewed = templates(shell, "preview", WELCOME, "email", LOCALE, "--file", dutch)
    assert previewed.returncode == REFUSED and f"{dutch}:{line + 1}:5: " in previewed.stderr

    dutch.write_text("Hello\n" + before)
    assert f"{dutch}:1:1: the text belongs to no part" in templates(shell, "push", texts).stderr
    dutch.write_text(before)
    unknown = texts / "invoice.paid.v1.en.mustache"
    unknown.write_text("{{! sms.text }}\nPaid\n")
    early = templates(shell, "push", texts)
    assert early.returncode == REFUSED and f"{unknown}:1:1: " in early.stderr
    assert "make a rule first: PUT /notifications/rules/invoice.paid.v1" in early.stderr
    unknown.rename(texts / "Invoice.mustache")
    misnamed = templates(shell, "push", texts)
    assert "Invoice.mustache is not named EVENT_TYPE.LOCALE.mustache" in misnamed.stderr


def test_messages_are_looked_at_before_anybody_gets_them(shell, texts, dutch, tmp_path, client, admin):
    shown = shell.done("notifications", "templates", "preview", WELCOME, "email", "en")
    assert shown.splitlines()[:3] == ["Welcome, Ada", "", "Hello Ada,"]
    page = tmp_path / "page.html"
    arguments = ("--html", page, "--file", dutch)
    mine = shell.done("notifications", "templates", "preview", WELCOME, "email", LOCALE, *arguments)
    assert mine.startswith("Welkom, Ada\n") and "<html" in page.read_text()
    sms = templates(shell, "preview", WELCOME, "sms", "en", "--html", page)
    assert sms.returncode == REFUSED and "no HTML" in sms.stderr
    assert shell.json("notifications", "templates", "preview", WELCOME, "push", "de")["html"] is None
    missing = templates(shell, "preview", WELCOME, "email", LOCALE)
    assert missing.returncode == REFUSED and f"no template of {WELCOME}" in missing.stderr
    assert templates(shell, "preview", WELCOME, "pigeon", "en").returncode == WRONG_COMMAND_LINE

    path = f"notifications/templates/{WELCOME}/email/en/preview"
    answer = client.post("notifications", path, admin, json={}, headers={"Accept": "text/html"})
    stated = "notifications/templates/{eventType}/{channel}/{locale}/preview"
    assert_fits(answer, operation("notifications", "POST", stated))
    assert answer.headers["content-type"].startswith("text/html")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_only_administrators_may(system, tmp_path, client):
    home = tmp_path / "ada"
    home.mkdir()
    shell = Shell(system, home)
    shell.log_in(client.register())
    for arguments in (("list",), ("pull", home / "texts"), ("preview", WELCOME, "sms", "en")):
        refused = templates(shell, *arguments)
        assert refused.returncode == REFUSED and "notifications:admin" in refused.stderr, refused.stderr
    missing = templates(shell, "push", home / "nowhere")
    assert missing.returncode == REFUSED and "nowhere" in missing.stderr


def test_every_command_explains_itself(shell):
    for command in COMMANDS:
        shown = shell.done("notifications", "templates", command, "--help")
        assert "Example" in shown and f"esm notifications templates {command}" in shown
