# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible sends of the engine to a node, and that the engine's one file can be made out of it there."""

import base64
import glob
import io
import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import archive

PACKAGE = "ansible_collections/cri/switchover/plugins/module_utils/_engine/"
COLLECTIONS = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4, "collections"))
# As the controller does it; in a process of its own, for its loaders stay.
SEND = """
import sys
from ansible.plugins.loader import init_plugin_loader, module_loader
init_plugin_loader([sys.argv[1]])
from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
name = "cri.switchover." + sys.argv[2]
path = module_loader.find_plugin_with_context(name).plugin_resolved_path
given = {"ansible_python_interpreter": sys.executable}
made = modify_module(
    module_name=name, module_path=path, module_args={}, templar=Templar(loader=DataLoader()), task_vars=given
)
sys.stdout.buffer.write(getattr(made, "b_module_data", None) or made[0])
"""
BUILD = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.cri.switchover.plugins.module_utils._engine import archive
with open(sys.argv[2], "wb") as stream:
    stream.write(archive.build(sys.argv[2]))
with open(sys.argv[2] + ".command", "w") as stream:
    stream.write(archive.launcher(where=sys.argv[2]))
print(archive.digest())
"""


def sent(name, folder):
    """Path of the zip that a module's wrapper carries."""
    path = os.path.join(str(folder), name + ".zip")
    wrapper = subprocess.check_output([sys.executable, "-c", SEND, COLLECTIONS, name])
    found = max(re.findall(rb"[\"']([A-Za-z0-9+/=]{1000,})[\"']", wrapper), key=len)
    with open(path, "wb") as stream:
        stream.write(base64.b64decode(found))
    return path


def members(path):
    with zipfile.ZipFile(path) as payload:
        return {name[len(PACKAGE) : -3] for name in payload.namelist() if name.startswith(PACKAGE)} - {"__init__"}


@pytest.fixture(scope="module")
def cutover(tmp_path_factory):
    return sent("cutover", tmp_path_factory.mktemp("payload"))


def test_the_whole_engine_travels_with_the_module_that_installs_it(cutover):
    assert members(cutover) == set(archive.MEMBERS)


@pytest.mark.parametrize(
    "name, without",
    [
        ("cri_health", {"machine", "commands", "switch_steps", "revert_steps", "journal", "recovery", "docker"}),
        ("docker_removal", {"machine", "commands", "switch_steps", "revert_steps", "smoke", "docker", "archive"}),
    ],
)
def test_others_take_what_they_need(tmp_path, name, without):
    there = members(sent(name, tmp_path))
    assert "node" in there and not there & without


@pytest.mark.parametrize(
    "python", [sys.executable] + sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.6.*/bin/python")))
)
def test_out_of_a_payload_a_node_makes_the_engine_and_runs_it(cutover, tmp_path, python):
    where = str(tmp_path / "engine.zip")
    said = subprocess.check_output([python, "-I", "-S", "-c", BUILD, cutover, where])
    assert said.decode().strip() == archive.digest()
    steps = subprocess.check_output([python, "-I", "-S", where + ".command", "steps"])
    assert json.loads(steps.decode())["switch"][0] == "take_before_images"
    with zipfile.ZipFile(where) as whole, zipfile.ZipFile(io.BytesIO(archive.build())) as own:
        sources = [name for name in own.namelist() if name.endswith(".py")]
        assert [whole.read(name) for name in sources] == [own.read(name) for name in sources]
