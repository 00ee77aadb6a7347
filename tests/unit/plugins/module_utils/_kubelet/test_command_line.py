# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files, unit files and command lines, read as systemd and the kubelet read them."""

import json
import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line as args
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import unit_files as systemd

# Units with their environment files, and the arguments that systemd 252 gave to the program.
with open(os.path.join(os.path.dirname(__file__), "fixtures", "systemd-252.json"), newline="") as stream:
    RECORDED = json.load(stream)


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: repr(case["files"] or case["unit"])[-60:])
def test_as_systemd_does(case):
    command = args.expand([("/u", case["unit"])], case["files"])
    assert [word.text for word in command.words] == case["argv"]


ENVIRONMENT_FILES = [
    ("A=b\n", {"A": "b"}),
    ("A=b", {"A": "b"}),
    ("  A = b c  \n", {"A": "b c"}),
    ("A=\n", {"A": ""}),
    ("A=''\nB=\"\"\n", {"A": "", "B": ""}),
    ("# A=x\n;B=x\nC=1\n", {"C": "1"}),
    ("A=b # no comment\n", {"A": "b # no comment"}),
    ('A="b c" # dropped blanks\n', {"A": "b c# dropped blanks"}),
    ("A='b \"c\" \\d'\n", {"A": 'b "c" \\d'}),
    ('A="b \\"c\\" \\d \\$e \\\\"\n', {"A": 'b "c" \\d $e \\'}),
    ("A=b \\\n  c\n", {"A": "b   c"}),
    ('A="b \\\nc"\n', {"A": "b c"}),
    ('A="b\nc"\nD=e\n', {"A": "b\nc", "D": "e"}),
    ("A='b'\"c\"\n", {"A": "bc"}),
    ("A=b'c'\n", {"A": "b'c'"}),
    ("A=b\\ c\n", {"A": "b c"}),
    ("A=1\nA=2\n", {"A": "2"}),
    ("A=b\r\nC=d\r\n", {"A": "b", "C": "d"}),
    ("\n\n", {}),
]


@pytest.mark.parametrize("text, wanted", ENVIRONMENT_FILES)
def test_environment_file(text, wanted):
    parsed = systemd.parse_environment_file(text, "/e")
    assert {place.variable: place.value.text for place in parsed.assignments} == wanted
    assert parsed.oddities == []


ODD = [
    ("export A=b\n", "not a variable's name"),
    ("nothing\n", "without an assignment"),
    ("A='b\n", "never closed"),
    ("# a comment \\\nA=b\n", "ends with a backslash"),
]


@pytest.mark.parametrize("text, part", ODD)
def test_odd_environment_file(text, part):
    assert part in systemd.parse_environment_file(text, "/e").oddities[0]


SPLIT = [
    ("A=--a --b\n", ["--a", "--b"]),
    ("A=\"--a 'b c'  --d\"\n", ["--a", "b c", "--d"]),
    ("A='--a=\"b c\"'\n", ["--a=b c"]),
    ("A='--a \\\"b'\n", ["--a", '"b']),
    ('A="\n--a\n--b\n"\n', ["--a", "--b"]),
    ("A=\"--a ''\"\n", ["--a", ""]),
]


@pytest.mark.parametrize("text, wanted", SPLIT)
def test_words_of_a_variable(text, wanted):
    place = systemd.parse_environment_file(text, "/e").assignments[0]
    assert [word.text for word in place.words] == wanted
    for word in place.words:
        if word.text and not set("\"'\\") & set(text[word.start : word.end]):
            assert text[word.start : word.end] == word.text


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
    assert systemd.environment_files(texts) == [("/e1", True), ("/e2", False)]
    found = args.effective_flags(texts, {"/e1": "A=4\n", "/e2": "A=5\n"})
    assert found["argv"] == ["/opt/kubelet", "--a=5", "--c=3"]
    assert found["flags"] == [
        {"name": "a", "value": "5", "source": "/e2", "variable": None},
        {"name": "c", "value": "3", "source": "/d/1.conf", "variable": None},
    ]
    assert found["oddities"] == []


FLAGS = [
    (["--a=b"], [("a", "b")], 0),
    (["--a", "b"], [("a", "b")], 0),
    (["--a", "--b"], [("a", None), ("b", None)], 0),
    (["--a_b=c_d"], [("a-b", "c_d")], 0),
    (["-v=2", "-v", "3", "-v4", "--v=5"], [("v", "2"), ("v", "3"), ("v", "4"), ("v", "5")], 0),
    (["--a="], [("a", "")], 0),
    (["--a=b=c"], [("a", "b=c")], 0),
    (["x", "--a=b", "y"], [("a", "b")], 2),
    (["-x"], [], 1),
]


@pytest.mark.parametrize("words, wanted, odd", FLAGS)
def test_flags(words, wanted, odd):
    oddities = []
    assert [(flag.name, flag.value) for flag in args.parse_flags(words, oddities)] == wanted
    assert len(oddities) == odd


def test_running_process_and_files():
    texts = [
        ("/u", "[Service]\nEnvironmentFile=/e\nExecStart=/usr/bin/kubelet $A --hostname-override=%H --v=1 --v=2\n")
    ]
    running = ["/usr/bin/kubelet", "--network-plugin=cni", "--hostname-override=n1", "--v=2", "--v=1", "--late=x"]
    found = args.effective_flags(texts, {"/e": "A='--network-plugin=cni --new=y'\n"}, running)
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
    assert part in " ".join(args.effective_flags([("/u", text)], {})["oddities"])
