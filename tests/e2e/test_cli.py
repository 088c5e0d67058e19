"""The client commands of `esm` as a person types them: the real binary, its prompts, its exit statuses."""

import json
import re
import stat
import subprocess
import time

import pyotp
import pytest
from parts.system import binary
from support.shell import DONE, NOT_LOGGED_IN, REFUSED, WRONG_COMMAND_LINE, Shell, Terminal
from support.waiting import eventually

TASKS = (
    *("create", "list", "get", "cancel", "watch", "retry", "attempts", "logs", "artifacts", "types"),
    "queues",
)


def type_at_prompts(shell, arguments, answers):
    """Runs a command on a terminal and types each answer at its prompt; what was seen, and the status."""
    terminal = Terminal(shell, *arguments)
    for prompt, answer in answers:
        terminal.read_until(prompt)
        terminal.type(answer)
    return terminal.ended()


@pytest.fixture
def shell(system, tmp_path):
    return Shell(system, tmp_path)


@pytest.fixture
def ada(client):
    return client.register()


@pytest.fixture
def administrator(shell, system):
    shell.log_in(system.administrator)
    return shell


def test_the_password_typed_at_the_prompt_is_not_shown(shell, ada):
    arguments = ["login", "--port-offset", shell.offset]
    answers = [("Username or e-mail address: ", ada.email), ("Password: ", ada.password)]
    seen, status = type_at_prompts(shell, arguments, answers)
    assert status == DONE, seen
    assert ada.password not in seen and f"logged in as {ada.email}" in seen
    assert shell.json("whoami")["user"]["userId"] == ada.user_id


def test_the_second_factor_is_asked_for(shell, client):
    ada = client.new_user()
    enrolled = client.post("auth", "auth/mfa/totp", ada, json={"password": ada.password})
    assert enrolled.status_code in (200, 201), enrolled.text
    code = pyotp.TOTP(enrolled.json()["secret"]).now()
    confirmed = client.post("auth", "auth/mfa/totp/confirm", ada, json={"code": code})
    assert confirmed.status_code == 200, confirmed.text
    recovery = confirmed.json()["recoveryCodes"]
    arguments = ["login", "--port-offset", shell.offset, "-u", ada.username]
    answers = [("Password: ", ada.password), ("or a recovery code: ", recovery[0])]
    seen, status = type_at_prompts(shell, arguments, answers)
    assert status == DONE and ada.password not in seen, seen
    assert shell.json("whoami")["user"]["userId"] == ada.user_id
    shell.done("logout")
    used = shell.run(*arguments, stdin=f"{ada.password}\n{recovery[0]}\n")
    assert used.returncode == REFUSED and shell.run("whoami").returncode == NOT_LOGGED_IN
    shell.done(*arguments, stdin=f"{ada.password}\n{recovery[1]}\n")


def test_a_login_lasts_and_its_file_is_nobody_elses(shell, ada):
    assert "logged in" in shell.log_in(ada)
    assert stat.S_IMODE(shell.token_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(shell.token_file.parent.stat().st_mode) == 0o700
    assert ada.password not in shell.token_file.read_text()
    shown = shell.done("whoami")
    assert str(ada.user_id) in shown and ada.username in shown
    shell.token_file.chmod(0o644)
    refused = shell.run("whoami")
    assert refused.returncode == REFUSED and "chmod 600" in refused.stderr


def test_a_wrong_password_leaves_nothing(shell, ada):
    arguments = ("login", "--port-offset", shell.offset, "-u", ada.username)
    refused = shell.run(*arguments, stdin="wrong horse battery\n")
    assert refused.returncode == REFUSED and refused.stderr.startswith("esm: ")
    assert not shell.token_file.exists()
    assert shell.run("whoami").returncode == NOT_LOGGED_IN


def test_a_token_is_renewed_by_itself_also_by_commands_at_once(shell, ada):
    shell.log_in(ada)
    before = shell.tokens()
    shell.change_tokens(expiresAt=0)
    commands = [
        subprocess.Popen([binary(), "whoami"], env=shell.environment, stdout=subprocess.DEVNULL)
        for _ in range(8)
    ]
    assert {each.wait(60) for each in commands} == {DONE}
    after = shell.tokens()
    assert after["refreshToken"] != before["refreshToken"] and after["expiresAt"] > time.time() + 60
    shell.done("whoami")
    assert shell.tokens() == after


def test_a_refused_token_is_renewed_and_an_ended_session_says_so(shell, ada, client):
    shell.log_in(ada)
    shell.change_tokens(accessToken="not.a.token")
    assert shell.json("whoami")["user"]["userId"] == ada.user_id
    answer = client.post("auth", "auth/logout", json={"refreshToken": shell.tokens()["refreshToken"]})
    assert answer.status_code == 204
    shell.change_tokens(expiresAt=0)
    ended = shell.run("whoami")
    assert ended.returncode == NOT_LOGGED_IN and "esm login" in ended.stderr


def test_logging_out_ends_the_session(shell, ada, client):
    shell.log_in(ada)
    refresh_token = shell.tokens()["refreshToken"]
    assert "logged out" in shell.done("logout")
    assert client.post("auth", "auth/refresh", json={"refreshToken": refresh_token}).status_code == 401
    assert refresh_token not in shell.token_file.read_text()
    assert shell.run("whoami").returncode == NOT_LOGGED_IN
    assert "nobody" in shell.done("logout")


def test_the_url_may_come_from_the_environment_and_name_a_gateway(shell, ada, system):
    gone = shell.run("login", "-u", ada.username, stdin="x\n", ESM_URL="http://127.0.0.1:1")
    assert gone.returncode == REFUSED and "http://127.0.0.1:1" in gone.stderr
    wrong = shell.run("login", "-u", ada.username, "--url", "ftp://example.org", stdin="x\n")
    assert wrong.returncode == REFUSED and "ftp://example.org" in wrong.stderr
    assert shell.run("login", "--password", "x").returncode == WRONG_COMMAND_LINE
    config = shell.run("config", ESM_URL="http://127.0.0.1")
    assert config.returncode == DONE, config.stderr


def test_administrators_find_lock_and_promote(administrator, ada, client):
    shell = administrator
    listed = shell.done("users", "list", "--q", ada.username)
    assert listed.splitlines()[0].split() == ["ID", "USERNAME", "E-MAIL", "STATE", "ROLES", "CREATED"]
    assert listed.splitlines()[1].split()[:5] == [
        str(ada.user_id),
        ada.username,
        ada.email,
        "active",
        "user",
    ]
    assert shell.json("users", "get", ada.username)["user"]["userId"] == ada.user_id
    assert shell.json("users", "get", ada.user_id)["user"]["email"] == ada.email

    locked = shell.json("users", "lock", ada.email, "--reason", "asked by phone")
    assert locked["user"]["state"] == "locked"
    refused = client.post("auth", "auth/login", json={"username": ada.username, "password": ada.password})
    assert refused.status_code == 401
    assert "active" in shell.done("users", "unlock", ada.username)
    assert shell.json("users", "set-roles", ada.username, "user", "admin")["user"]["roles"] == [
        "user",
        "admin",
    ]
    shell.done("users", "set-roles", ada.username, "user")

    audit = shell.done("users", "audit", "--subject", ada.user_id)
    rows = [line.split()[2] for line in audit.splitlines()[1:]]
    assert rows[:4] == ["user.roles_changed", "user.roles_changed", "user.unlocked", "user.locked"]
    assert "asked by phone" in audit
    entry = shell.json("users", "audit", "--subject", ada.user_id, "--action", "user.locked")["entries"][0]
    assert entry["details"] == {"reason": "asked by phone"}


def test_a_lost_second_factor_is_reset(administrator, client):
    shell = administrator
    eve = client.new_user()
    body = {"password": eve.password}
    secret = client.post("auth", "auth/mfa/totp", eve, json=body).json()["secret"]
    code = pyotp.TOTP(secret).now()
    assert client.post("auth", "auth/mfa/totp/confirm", eve, json={"code": code}).status_code == 200
    assert eve.username in shell.done("users", "reset-second-factor", eve.username)
    client.log_in(eve)
    again = shell.run("users", "reset-second-factor", eve.username)
    assert again.returncode == REFUSED and "no second factor" in again.stderr


def test_lists_go_on_page_by_page(administrator, client):
    shell = administrator
    users = [client.register() for _ in range(3)]
    first = shell.run("users", "list", "--limit", 1)
    cursor = re.search(r"--cursor (\S+),", first.stderr).group(1)
    second = shell.done("users", "list", "--limit", 1, "--cursor", cursor)
    assert second.splitlines()[1] != first.stdout.splitlines()[1]
    after = shell.json("users", "get", users[0].user_id)["user"]["createdAt"]
    pages = shell.done("users", "list", "--created-after", after, "--limit", 2, "--all", "--json")
    ids = [user["userId"] for page in pages.splitlines() for user in json.loads(page)["users"]]
    assert {user.user_id for user in users} <= set(ids) and len(ids) == len(set(ids))


def test_refusals_name_what_is_wrong(administrator, shell, ada):
    missing = administrator.run("users", "get", "nobody-is-called-so")
    assert missing.returncode == REFUSED and "nobody-is-called-so" in missing.stderr
    wrong = administrator.run("users", "set-roles", ada.username, "root")
    assert wrong.returncode == REFUSED and "/roles" in wrong.stderr
    assert administrator.run("users", "list", "--limit", "many").returncode == REFUSED
    assert administrator.run("users").returncode == WRONG_COMMAND_LINE
    shell.log_in(ada)
    forbidden = shell.run("users", "list")
    assert forbidden.returncode == REFUSED and forbidden.stdout == ""


def test_api_keys_are_made_listed_and_revoked(shell, ada, client):
    shell.log_in(ada)
    token = shell.done("api-keys", "create", "ci", "--scope", "users:read", "--days", 1).strip()
    assert token.startswith("esm_pat_")
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("users", "users/me", headers=bearer).json()["user"]["userId"] == ada.user_id
    key = shell.json("api-keys", "list")["apiKeys"][0]
    assert key["name"] == "ci" and token not in json.dumps(key)
    assert "ci" in shell.done("api-keys", "list")
    shell.done("api-keys", "revoke", key["apiKeyId"])
    eventually(
        lambda: client.get("users", "users/me", headers=bearer).status_code == 401, 5, "the key ends"
    )


def test_the_key_that_signs_is_rotated(administrator, client):
    def published():
        return {key["kid"] for key in client.get("auth", "/.well-known/jwks.json").json()["keys"]}

    before = published()
    assert "key" in administrator.done("admin", "rotate-keys")
    eventually(lambda: published() > before, 20, "a key more is published")


def test_every_command_explains_itself(shell):
    for command in (
        ["login"],
        ["logout"],
        ["whoami"],
        ["users"],
        *(["users", name] for name in ("list", "get", "lock", "unlock", "set-roles", "audit")),
        ["tasks"],
        *(["tasks", name] for name in TASKS),
        *(["tasks", "queues", name] for name in ("pause", "resume", "set")),
        ["api-keys"],
        *(["api-keys", name] for name in ("create", "list", "revoke")),
        ["admin", "rotate-keys"],
    ):
        shown = shell.done(*command, "--help")
        assert "Example" in shown and f"esm {' '.join(command)}" in shown


def test_a_shell_completes_the_words_of_every_command(shell, tmp_path):
    script = tmp_path / "completion.bash"
    script.write_text(shell.done("completion", "bash"))

    def complete(*words):
        typed = " ".join(f"'{word}'" for word in words)
        state = f"COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}"
        command = f'source {script}; {state}; _esm; echo "${{COMPREPLY[@]}}"'
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
        return done.stdout.split()

    assert complete("esm", "who") == ["whoami"]
    assert complete("esm", "users", "set") == ["set-roles"]
    assert complete("esm", "users", "list", "--st") == ["--state"]
    assert complete("esm", "users", "--json", "un") == ["unlock"]
    assert complete("esm", "tasks", "wa") == ["watch"]
    assert complete("esm", "tasks", "create", "--pri") == ["--priority"]
    assert complete("esm", "tasks", "queues", "pa") == ["pause"]
    assert complete("esm", "serve", "not") == ["notifications"]
    assert set(complete("esm", "api-keys", "")) >= {"create", "list", "revoke"}
