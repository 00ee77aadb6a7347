# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine as a node gets it: one zip, whole, run by the node's own interpreter; and what its members may import."""

import ast
import glob
import io
import json
import os
import subprocess
import sys
import zipfile

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import archive, names, revert_plan, switch_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.node import Node

FOLDER = os.path.dirname(os.path.abspath(archive.__file__))
# This one, and where there are some, the oldest that nodes have and the one of the lab's nodes.
PYTHONS = [sys.executable] + sorted(
    path for minor in (6, 11) for path in glob.glob(os.path.expanduser("~/.pyenv/versions/3.%d.*/bin/python" % minor))
)
# What the package is made of: a new member is named here, too, and in archive.MEMBERS.
MEMBERS = """
    archive before_images boot cli cni commands cri docker errors files forget guards journal kernel kubelet launch
    live_files log machine names next_boot node node_lock pods recovery refusals revert_plan revert_steps smoke sockets
    store switch_steps systemd views waiting work
""".split()
# All that it takes of the standard library; each more costs a start of the command some time.
STANDARD = set(
    "base64 contextlib errno fcntl glob grp hashlib importlib.util io json marshal os pwd re shutil signal socket "
    "subprocess sys syslog threading time zipfile".split()
)
BUILD = """
import sys
sys.path.append(sys.argv[1])
from _engine import archive
where = sys.argv[2]
with open(where, "wb") as stream:
    stream.write(archive.build(where))
with open(where + ".command", "w") as stream:
    stream.write(archive.launcher(where=where))
"""


def output(argv, **more):
    env = dict((key, value) for key, value in os.environ.items() if not key.startswith("PYTHON"))
    done = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(env, **more))
    out, err = done.communicate()
    assert done.returncode == 0, err.decode()
    return out.decode()


@pytest.fixture(
    params=PYTHONS, ids=lambda path: "pyenv" + path.split("versions/")[-1][:3] if "pyenv" in path else "own"
)
def built(request, tmp_path):
    """(interpreter, path of the zip, the command) as that interpreter makes them."""
    path = str(tmp_path / "engine.zip")
    output([request.param, "-B", "-c", BUILD, os.path.dirname(FOLDER), path])
    os.chmod(path + ".command", 0o755)
    return request.param, path, path + ".command"


def python(built, program, *args):
    """What a program prints that has the zip in its path."""
    return output(
        [built[0], "-I", "-S", "-c", "import sys; sys.path.append(sys.argv[1])\n" + program, built[1]] + [*args]
    )


def test_members_are_the_same_on_disk_in_the_list_and_in_the_zip(built):
    on_disk = sorted(name[:-3] for name in os.listdir(FOLDER) if name.endswith(".py"))
    assert on_disk == sorted(["__init__"] + MEMBERS) and sorted(archive.MEMBERS) == MEMBERS
    assert [name for name in os.listdir(FOLDER) if not name.endswith(".py")] in ([], ["__pycache__"])
    with zipfile.ZipFile(built[1]) as whole:
        files = ["engine/%s.%s" % (name, kind) for name in on_disk for kind in ("py", "pyc")]
        assert sorted(whole.namelist()) == sorted(["__main__.py"] + files)
        for name in on_disk:
            with open(os.path.join(FOLDER, name + ".py"), "rb") as stream:
                assert whole.read("engine/%s.py" % name) == stream.read()


def test_its_command_answers(built):
    steps = json.loads(output([built[2], "steps"]))
    assert steps["switch"] == [step.__name__ for step, _seconds in switch_steps.switch_steps_of({})]
    assert steps["revert"][-1] == "revert_start_kubelet"
    assert json.loads(output([built[2], "status", "--json"]))["phase"] is None
    assert json.loads(output([built[0], "-I", "-S", built[1], "steps"])) == steps, "the zip runs by itself, too"


def poisoned(path):
    """The same zip, but for its sources: who compiles one of them fails."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(made, "w") as copy:
        for info in whole.infolist():
            poison = info.filename.startswith("engine/") and info.filename.endswith(".py")
            copy.writestr(info, b"raise SystemExit('it was compiled again')\n" if poison else whole.read(info))
    with open(path, "wb") as stream:
        stream.write(made.getvalue())


def test_nothing_is_compiled_when_it_starts(built):
    poisoned(built[1])
    assert json.loads(output([built[2], "steps"]))["switch"]


def test_another_time_zone_or_interpreter_costs_time_and_no_more(built):
    assert json.loads(output([built[2], "steps"], TZ="Asia/Tokyo"))["switch"]
    for other in PYTHONS:
        assert json.loads(output([other, "-I", "-S", built[2], "steps"]))["switch"]


def test_all_is_read_at_the_start(built):
    """A zip that is replaced under a running process, as by the next run's staging, is not read again."""
    program = """
from engine import cli
with open(sys.argv[1], "wb") as stream:
    stream.write(b"another")
for words in (["steps"], ["status", "--json"], ["revert", "--run-id", "none", "--watchdog"]):
    cli.main(words)
"""
    lines = python(built, program).splitlines()
    assert len(lines) == 3 and all(isinstance(json.loads(line), dict) for line in lines)


def test_a_start_imports_all_members_and_nothing_that_costs(built):
    program = """
before = set(sys.modules)
from engine import cli
import json
print(json.dumps([[name, getattr(sys.modules[name], "__file__", None)] for name in set(sys.modules) - before]))
"""
    found = dict(json.loads(python(built, program)))
    assert "typing" not in found and "argparse" not in found and "zipfile" not in found
    ours = [name.partition(".")[2] for name in found if name.startswith("engine.")]
    assert sorted(ours + ["archive"]) == MEMBERS, "archive is for who makes the zip"
    for name, path in found.items():
        inside = name.split(".")[0] == "engine"
        assert not path or (path.startswith(built[1]) if inside else "site-packages" not in path), (name, path)


def test_it_is_distinguished_from_others_by_its_members(built, monkeypatch):
    assert python(built, "from engine import archive; print(archive.digest())").strip() == archive.digest()
    changed = dict(archive.sources(), views=b"# another\n")
    before = archive.digest()
    monkeypatch.setattr(archive, "sources", lambda: changed)
    assert archive.digest() != before


def test_it_is_installed_for_root_only_and_by_renames(tmp_path):
    node, writes = Node(str(tmp_path)), []

    def write(path, data, mode=0o600):
        writes.append((path, mode))
        Node.write(node, path, data, mode, os.getuid(), os.getgid())

    node.write = write
    archive.install(node)
    assert writes == [(names.ARCHIVE, 0o600), (names.LAUNCHER, 0o755)]
    assert os.readlink(node.path(names.COMMAND)) == names.LAUNCHER
    assert node.read(names.LAUNCHER).decode().startswith("#!%s -IS\n" % sys.executable)


# ---- what members may import -----------------------------------------------------------------------------------------


def imports(member):
    """([names it imports absolutely, by where: "top", "types" or "inside"], [members it imports, for types too])."""
    with open(os.path.join(FOLDER, member + ".py"), encoding="utf-8") as stream:
        tree = ast.parse(stream.read())
    absolute, relative = [], []

    def visit(node, where):
        for child in ast.iter_child_nodes(node):
            inner = where
            if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
                inner = "types"
            elif isinstance(child, (ast.FunctionDef, ast.Lambda)):
                inner = "inside"
            if isinstance(child, ast.Import):
                absolute.extend((where, alias.name) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.level == 0:
                absolute.append((where, child.module))
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 1 and where != "inside", "%s line %d" % (member, child.lineno)
                relative.extend([child.module] if child.module else [alias.name for alias in child.names])
            visit(child, inner)

    visit(tree, "top")
    return absolute, relative


@pytest.mark.parametrize("member", MEMBERS)
def test_it_imports_nothing_but_itself_and_the_standard_library(member):
    absolute, relative = imports(member)
    assert set(relative) <= set(MEMBERS)
    assert set(name for where, name in absolute if where != "types") <= STANDARD
    assert set(name for where, name in absolute if where == "types") <= {"typing"}
    assert set(name for where, name in absolute if where == "inside") <= {"grp", "pwd"}


def test_there_is_no_circle():
    """Neither for types."""
    needs = dict((member, set(imports(member)[1])) for member in MEMBERS)
    while needs:
        free = [member for member, others in needs.items() if not others & set(needs)]
        assert free, needs
        for member in free:
            del needs[member]


def test_its_init_is_empty():
    assert os.path.getsize(os.path.join(FOLDER, "__init__.py")) == 0


def test_the_step_that_stands_for_others_has_its_name():
    assert revert_plan.FINISHED == switch_steps.finish_offline.__name__
