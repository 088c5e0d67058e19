"""The image: what the Dockerfile promises, and the root folder that its build collects, run in a chroot."""

import json
import os
import re
import shutil
import subprocess

import pytest
from parts.system import ROOT, binary

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
# Half of it is what libvips needs to read and write seven formats (ICU, x265, librsvg, HDF5 …).
LIMIT_BYTES = 180 * 1024 * 1024


def test_final_stage_is_empty_and_not_root():
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    assert final.startswith("\nFROM scratch\n")
    assert "USER 10001:10001" in final
    assert "RUN" not in final


def test_no_secret_is_built_in():
    assert not re.search(r"PASSWORD|SECRET|TOKEN|MASTER_KEY", DOCKERFILE)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "deploy/.env" in ignored and ".git" in ignored


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The collected root folder, as the Dockerfile's build stage makes it."""
    root = tmp_path_factory.mktemp("image") / "root"
    subprocess.run([ROOT / "deploy" / "collect_image", binary(), root], check=True)
    yield root
    shutil.rmtree(root)


def test_is_small_and_holds_no_shell(image):
    files = [path for path in image.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in files) < LIMIT_BYTES
    programs = [path.name for path in files if os.access(path, os.X_OK) and ".so" not in path.name]
    assert sorted(programs) == ["esm", "esm-image"]


def test_runs_in_it_as_an_unprivileged_user(image):
    """chroot is as near to the container as a machine without a container engine gets."""
    command = ["chroot", "--userspec=10001:10001", image, "/usr/bin/esm", "version"]
    if os.geteuid() != 0:
        command = ["sudo", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "esm" in done.stdout.lower() or re.search(r"\d+\.\d+", done.stdout)


def test_pictures_are_decoded_in_it(image):
    """Every library of esm-image is there, and its sandbox holds for an unprivileged user."""
    command = ["chroot", "--userspec=10001:10001", image, "/usr/bin/esm-image", "check"]
    if os.geteuid() != 0:
        command = ["sudo", *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["both"]["allowed"] == []
    assert list(image.glob("usr/lib/*/vips-modules-*/vips-heif.so"))
