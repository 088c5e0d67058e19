"""The guide's commands are run as they stand, in their order: a newcomer's shell, curl and jq."""

import re
import subprocess

from parts.system import ROOT, SERVICES

GUIDE = ROOT / "docs" / "guide" / "accounts_and_tokens.md"


def commands(system):
    """The guide's shell blocks, at this system's ports and mailbox."""
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```$", GUIDE.read_text(), re.DOTALL | re.MULTILINE))
    for service in SERVICES.values():
        script = re.sub(rf"http://localhost:{service.http_port}\b", system.url(service.name), script)
    assert "localhost" not in script
    return script.replace("MAILBOX=esm-data/mailbox", f"MAILBOX='{system.mailbox}'")


def test_the_guide_to_accounts_and_tokens_works(embedded_system):
    done = subprocess.run(
        ["bash", "-euxo", "pipefail", "-c", commands(embedded_system)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{done.stdout[-3000:]}"
