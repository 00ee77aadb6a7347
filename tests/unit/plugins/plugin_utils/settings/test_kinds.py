# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One parser for data and for text."""

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.settings import kinds
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.texts import WrongValue, plain_path

HOSTS, COUNT = kinds.Words("hosts"), kinds.Whole(1, 10, "nodes")
PATH = kinds.Text("a path", form=plain_path)
PAIRS = kinds.Mappings("pairs", lambda pairs: None if all("name" in pair for pair in pairs) else "no name")

SAME = [
    (kinds.Text(), "a b", ["a b", " a b\n"]),
    (kinds.Text(), "1234", ["1234", 1234]),
    (PATH, "/a/b", ["/a/b", "/a/b/", "//a//b", "/a/./b/."]),
    (PATH, "/", ["/", "//"]),
    (kinds.Choice(("one", "two")), "two", ["two", " two "]),
    (kinds.Flag(), True, [True, "true", "True", " TRUE "]),
    (kinds.Flag(), False, [False, "false", "False"]),
    (COUNT, 7, [7, "7", " 07 "]),
    (HOSTS, ["a", "b"], [["a", "b"], "a,b", "a, b,", "a\nb\n", "a,\r\nb", '["a", "b"]', "[a, b]", "- a\n- b"]),
    (HOSTS, ["a", "b"], ['["a",\n\t"b"]', [" a ", "b\n"], '[" a", "b "]', "[ a , 'b ' ]"]),
    (HOSTS, ["5"], [5, "5", ["5"], [5], "[5]", "- 5"]),
    (kinds.Words("paths", form=plain_path), ["/a", "/b/*"], [["/a/", "/b//*"], "/a,/b/*"]),
    (HOSTS, [], [[], "[]", ","]),
    (kinds.Batches(), [1, "25%"], [[1, "25%"], ["1", "25%"], "1,25%", "1\n25%", '[1, "25%"]', "[1, 25%]"]),
    (kinds.Batches(), [3], [3, "3", [3]]),
    (kinds.Batches(), [1, 2], [[1, 2], "[1,2]", "1,2", "[\n\t1,\n\t2\n]", '["1 ", 2]']),
    (
        PAIRS,
        [{"name": "x"}],
        ['[\n\t{\n\t\t"name": "x"\n\t}\n]', [{"name": "x"}], '[{"name": "x"}]', "- name: x\n", "[{name: x}]"],
    ),
    (PAIRS, [], [[], "[]"]),
]
WRONG = [
    (kinds.Text(), [1.5, None, True, [], {}]),
    (kinds.Text("a path", lambda text: text.startswith("/")), ["x"]),
    (kinds.Choice(("one",)), ["two", 1, None, ["one"]]),
    (kinds.Flag(), ["yes", "1", 1, 0, None, []]),
    (COUNT, [0, 11, "0", "11", "-1", "1.5", 1.5, "7m", True, None, [], "1" * 4301]),
    (HOSTS, [None, True, {"a": 1}, [1.5], [""], [" "], ["a b"], ["a", None], [["a"]], "[a", "- a\n b: c: d"]),
    # Python raises something else than YAML's own errors for these.
    (HOSTS, ["[%s]" % ("1" * 4301), "[2024-99-99]", "[" * 5000, "[!!bool x]", "[!!int '']", "[!!timestamp x]"]),
    (kinds.Batches(), [[], [0], "0", "101%", ["x"], [None], {}, None, True, 1.5, "1" * 4301]),
    (PAIRS, [None, 1, {"name": "x"}, "name: x", "x", '[{"nam": "x"}]', [{"nam": "x"}], "[{"]),
]


@pytest.mark.parametrize("kind, value, given", SAME)
def test_data_and_text_are_read_as_the_same(kind, value, given):
    for one in given:
        read = kind.read(one)
        assert read == value and type(read) is type(value), one
    assert kind.read(kind.text(value)) == value


@pytest.mark.parametrize("kind, given", WRONG)
def test_what_is_wrong_is_refused(kind, given):
    for one in given:
        with pytest.raises(WrongValue):
            kind.read(one)


def test_what_is_wrong_is_shown_in_short():
    assert kinds.Flag().shown("x" * 1000).count("x") < 110
    assert PAIRS.shown([{"password": "x"}]) == "a list" and PAIRS.shown("password") == "text"
    assert PAIRS.shown({"password": "x"}) == "no list"
