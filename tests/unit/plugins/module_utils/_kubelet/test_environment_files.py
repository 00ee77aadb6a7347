# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environment files, read as systemd reads them."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.environment_files import parse_environment_file

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
    parsed = parse_environment_file(text, "/e")
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
    assert part in parse_environment_file(text, "/e").oddities[0]


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
    place = parse_environment_file(text, "/e").assignments[0]
    assert [word.text for word in place.words] == wanted
    for word in place.words:
        if word.text and not set("\"'\\") & set(text[word.start : word.end]):
            assert text[word.start : word.end] == word.text
