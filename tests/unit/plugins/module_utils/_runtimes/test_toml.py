# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TOML as it is written."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import toml

TREE = {"a": {"b.c": {"d": ["x", 1, True]}, "e": False}, "f": 'q"\\'}


def test_values_come_before_tables_and_names_are_quoted_where_needed():
    assert toml.dumps(TREE) == 'f = "q\\"\\\\"\n\n[a]\ne = false\n\n[a."b.c"]\nd = ["x", 1, true]\n'


def test_a_parser_reads_the_same():
    tomllib = pytest.importorskip("tomllib")
    assert tomllib.loads(toml.dumps(TREE)) == TREE


def test_leaves():
    assert dict(toml.leaves(TREE)) == {("a", "b.c", "d"): ["x", 1, True], ("a", "e"): False, ("f",): 'q"\\'}


@pytest.mark.parametrize("text", ["a\nb", "\x7f", "\0"])
def test_control_characters_are_refused(text):
    with pytest.raises(toml.TomlError, match="holds a control character"):
        toml.dumps({"a": [text]})
