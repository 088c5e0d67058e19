"""The guide's commands are run as they stand, in their order: a newcomer's shell, curl and jq."""

import re
import subprocess

import pytest
from parts.system import ROOT, SERVICES, binary, environment

GUIDES = ROOT / "docs" / "guide"


def commands(guide, system):
    """A guide's shell blocks, at this system's ports and mailbox."""
    text = (GUIDES / guide).read_text()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    for service in SERVICES.values():
        script = re.sub(rf"http://localhost:{service.http_port}\b", system.url(service.name), script)
        script = re.sub(rf"localhost:{service.grpc_port}\b", system.grpc_target(service.name), script)
    assert "localhost" not in script
    script = script.replace("$PWD/build/release/app", str(binary().parent))
    script = script.replace("esm login", f"esm login --port-offset {system.port_offset}")
    return script.replace("MAILBOX=esm-data/mailbox", f"MAILBOX='{system.mailbox}'")


@pytest.mark.parametrize(
    "guide", ["accounts_and_tokens.md", "notifications.md", "schedules.md", "workers.md"]
)
def test_the_commands_of_a_guide_work(embedded_system, guide, tmp_path):
    folders = {"HOME": tmp_path, "XDG_CONFIG_HOME": tmp_path, "TMPDIR": tmp_path}
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands(guide, embedded_system)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment(folders),
    )
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{done.stdout[-3000:]}"
