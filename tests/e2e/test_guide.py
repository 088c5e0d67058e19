"""The guide's commands are run as they stand, in their order: a newcomer's shell, curl and jq."""

import re
import subprocess

import pytest
from parts.system import ROOT, SERVICES, binary, environment

GUIDES = ROOT / "docs" / "guide"


def commands(guide, system):
    """The guide's shell blocks, at this system's ports and mailbox."""
    text = (GUIDES / guide).read_text()
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    for service in SERVICES.values():
        script = re.sub(rf"http://localhost:{service.http_port}\b", system.url(service.name), script)
        script = re.sub(rf"localhost:{service.grpc_port}\b", system.grpc_target(service.name), script)
    assert "localhost" not in script
    script = script.replace("build/release/app/esm", str(binary()))
    return script.replace("MAILBOX=esm-data/mailbox", f"MAILBOX='{system.mailbox}'")


@pytest.mark.parametrize("guide", ["accounts_and_tokens.md", "workers.md"])
def test_the_guide_works(embedded_system, guide):
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands(guide, embedded_system)],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{done.stdout[-3000:]}"
