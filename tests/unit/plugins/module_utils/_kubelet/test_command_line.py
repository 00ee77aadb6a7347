# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines of unit files, expanded as systemd and the kubelet expand them."""

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line as args
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.effective_flags import effective_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import environment_files

# Units with their environment files, and the arguments that systemd 252 gave to the program.
with open(os.path.join(os.path.dirname(__file__), "fixtures", "systemd-252.json"), newline="") as stream:
    RECORDED = json.load(stream)


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: repr(case["files"] or case["unit"])[-60:])
def test_as_systemd_does(case):
    command = args.expand([("/u", case["unit"])], case["files"])
    assert [word.text for word in command.words] == case["argv"]


EXEC = [
    ("/usr/bin/kubelet --a b --c=d", ["--a", "b", "--c=d"]),
    ("-/usr/bin/kubelet '--a=b c' \"--d\"", ["--a=b c", "--d"]),
    ("@/usr/bin/kubelet other --a", ["--a"]),
    ("/usr/bin/kubelet --a \\\n # a comment\n  --b", ["--a", "--b"]),
    ("/usr/bin/kubelet --a=\\x41\\t\\q", ["--a=A\t\\q"]),
    ("/usr/bin/kubelet $A ${A} --x=${A}${B} --y=$$A", ["1", "2", "1 2", "--x=1 2b", "--y=$A"]),
    ("/usr/bin/kubelet $NONE ${NONE} --x=${NONE}", ["", "--x="]),
    (":/usr/bin/kubelet $A", ["$A"]),
    ("/usr/bin/nice -n 5 /usr/bin/kubelet --a", ["--a"]),
]


@pytest.mark.parametrize("line, wanted", EXEC)
def test_exec_start(line, wanted):
    text = '[Service]\nEnvironment="A=1 2" B=b\nExecStart=%s\n' % line
    command = args.expand([("/u", text)], {})
    assert [word.text for word in command.words] == wanted
    assert command.binary == "/usr/bin/kubelet"


def test_resets_and_order():
    texts = [
        ("/u", "[Service]\nExecStart=/usr/bin/kubelet --old\nEnvironment=A=1\nEnvironmentFile=/gone\n"),
        ("/d/1.conf", "[Service]\nEnvironmentFile=\nEnvironmentFile=-/e1\nEnvironmentFile=/e2\nEnvironment=A=2 C=3\n"),
        ("/d/2.conf", "[Service]\nExecStart=\nExecStart=/opt/kubelet --a=${A} --c=${C}\n"),
    ]
    assert environment_files(texts) == [("/e1", True), ("/e2", False)]
    found = effective_flags(texts, {"/e1": "A=4\n", "/e2": "A=5\n"})
    assert found["argv"] == ["/opt/kubelet", "--a=5", "--c=3"]
    assert found["flags"] == [
        {"name": "a", "value": "5", "source": "/e2", "variable": None},
        {"name": "c", "value": "3", "source": "/d/1.conf", "variable": None},
    ]
    assert found["oddities"] == []


def test_running_process_and_files():
    texts = [
        ("/u", "[Service]\nEnvironmentFile=/e\nExecStart=/usr/bin/kubelet $A --hostname-override=%H --v=1 --v=2\n")
    ]
    running = ["/usr/bin/kubelet", "--network-plugin=cni", "--hostname-override=n1", "--v=2", "--v=1", "--late=x"]
    found = effective_flags(texts, {"/e": "A='--network-plugin=cni --new=y'\n"}, running)
    assert [(flag["name"], flag["value"], flag["source"], flag["variable"]) for flag in found["flags"]] == [
        ("network-plugin", "cni", "/e", "A"),
        ("hostname-override", "n1", "/u", None),
        ("v", "2", "/u", None),
        ("v", "1", "/u", None),
        ("late", "x", None, None),
    ]
    assert len(found["oddities"]) == 2
    assert "--late" in found["oddities"][0] and "--new" in found["oddities"][1]


ODD_UNITS = [
    ("[Service]\nExecStart=/bin/start-kubelet\n", "wrapper"),
    ("[Service]\nExecStart=/usr/bin/kubelet --a=$B\n", "stand alone"),
    ("[Service]\nEnvironmentFile=/missing\nExecStart=/usr/bin/kubelet\n", "does not exist"),
    ("[Service]\nEnvironmentFile=-/etc/kube*\nExecStart=/usr/bin/kubelet\n", "patterns"),
    ("[Service]\nEnvironment=A\nExecStart=/usr/bin/kubelet\n", "no assignment"),
    ("[Service]\nExecStart=/usr/bin/kubelet ; /bin/true\n", "several commands"),
    ("[Service]\nstray\nExecStart=/usr/bin/kubelet\n", "without an assignment"),
    ("[Service]\n", "no ExecStart="),
]


@pytest.mark.parametrize("text, part", ODD_UNITS)
def test_odd_units(text, part):
    assert part in " ".join(effective_flags([("/u", text)], {})["oddities"])
