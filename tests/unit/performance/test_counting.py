"""What the baseline counts, in tables of small sources."""

from __future__ import annotations

import ast

import pytest
from performance import baseline, collected, playbooks, sources


def function(text: str) -> sources.Function:
    return sources.functions_in(ast.parse(text))[0]


@pytest.mark.parametrize(
    "path, area",
    [
        ("plugins/module_utils/_engine/cli.py", "plugins/module_utils"),
        ("tests/run", "tests"),
        ("lab", "top"),
        ("tests/unit/house/test_house.py", "tests/unit"),
        ("molecule/shared/tests/test_node.py", "molecule"),
    ],
)
def test_area(path, area):
    assert sources.area_of(path) == area


@pytest.mark.parametrize(
    "values, share, wanted", [([], 95, 0), ([7], 95, 7), (range(1, 101), 95, 95), ([3, 1, 2], 50, 2)]
)
def test_percentile(values, share, wanted):
    assert sources.percentile(values, share) == wanted


def test_all_but_one_is_not_all():
    assert (sources.percent(9999, 10000), sources.percent(3, 3), sources.percent(0, 0)) == (99.9, 100.0, 100.0)


@pytest.mark.parametrize(
    "head, annotated",
    [
        ("f() -> None", True),
        ("f()", False),
        ("f(self, a: int) -> int", True),
        ("f(self, a) -> int", False),
        ("f(a: int)", False),
        ("f(*a, **b: int) -> int", False),
        ("f(*a: int, b: 'str' = '', **c: int) -> int", True),
        ("f(a, /, b: int) -> int", False),
        ("f(*, a) -> int", False),
        ("f(cls) -> int", True),
    ],
)
def test_annotated(head, annotated):
    assert sources.is_annotated(function(f"def {head}: pass")) == annotated


@pytest.mark.parametrize(
    "body, lines, statements",
    [
        (" pass", 1, 1),
        ("\n '''text'''\n return 1", 3, 1),
        ("\n if a:\n  b = (1,\n       2)\n return b", 5, 3),
        ("\n def g():\n  return 1\n return g", 4, 3),
    ],
)
def test_size(body, lines, statements):
    found = function(f"def f():{body}")
    assert (sources.lines_in(found), sources.statements_in(found)) == (lines, statements)


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("", []),
        ("'''text'''", [("module", True)]),
        ("DOCUMENTATION = ''", [("module", True)]),
        ("def f(): 'text'\ndef _g(): pass", [("module", False), ("function", True)]),
        ("def f():\n def g(): pass", [("module", False), ("function", False)]),
        (
            "class A:\n def f(self): 'text'\nclass _B:\n def g(self): pass",
            [("module", False), ("class", False), ("function", True)],
        ),
        ("if 1:\n def f(): pass", [("module", False), ("function", False)]),
    ],
)
def test_public(text, wanted):
    assert list(sources.public_in(ast.parse(text))) == wanted


def test_filters():
    plugin = "class FilterModule:\n def filters(self):\n  return "
    assert sources.filters_in(ast.parse(plugin + "{'a': 1, 'b': 2}")) == ["a", "b"]
    assert sources.filters_in(ast.parse("class Other: pass")) == []
    with pytest.raises(ValueError, match="literal"):
        sources.filters_in(ast.parse(plugin + "dict(found)"))


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("none", []),
        ("a {{ b\n   | c }} d {{ {'e': {'f': 1}} }}", ["{{ b | c }}", "{{ {'e': {'f': 1}} }}"]),
        ("{% if a %}{{- '}}' -}}{% endif %}", ["{{- '}}' -}}"]),
        ("{# {{ a }} #}{% raw %}{{ b }}{% endraw %}", []),
    ],
)
def test_expressions(text, wanted):
    assert playbooks.expressions_in(text) == wanted


def test_yaml():
    long = " | b".join("a" * 40)
    text = f"""
- hosts: "{{{{ hostvars.a }}}}"   # hostvars
  serial: ["{{{{ hostvars.b }}}}"]
  vars: {{hosts: "{{{{ hostvars.c + hostvars.d }}}}", one: &one "{{{{ {long} }}}}", again: *one, plain: {long}}}
  tasks: [{{when: !unsafe "{long}"}}, {{when: a}}]
"""
    assert list(playbooks.yaml_figures([text]).values()) == [3, 4, 2, 2, 1, 1]


def test_names_of_tests():
    printed = (
        "a/test_a.py::test_one[1-::]\na/test_a.py::test_one[2]\nb/test_b.py::Kind::test_two\n\n3 tests collected\n"
    )
    assert collected.by_name(printed) == {"Kind::test_two": 1, "test_one": 2}
    assert baseline.fewer({"one": 2, "two": 1, "same": 3}, {"one": 1, "same": 4}) == ["one: 2 -> 1", "two: 1 -> 0"]


def test_roots():
    paths = ["tests/unit/a/test_a.py", "tests/unit/b/c/test_c.py", "tests/lab/x.py", "molecule/shared/tests/test_n.py"]
    assert collected.roots(paths) == {"molecule": "molecule/shared/tests", "tests/unit": "tests/unit"}


def test_only_the_same_commit_keeps_other_sections():
    old = {"commit": "a", "sections": {"code": 1, "start": 2}}
    assert baseline.merged(old, {"commit": "a", "sections": {"code": 3}})["sections"] == {"code": 3, "start": 2}
    assert baseline.merged(old, {"commit": "b", "sections": {"code": 3}})["sections"] == {"code": 3}


def test_rows():
    then = {"sections": {"code": {"figures": {"a": {"b": 1}, "gone": None}}, "start": {"figures": {"c": 1}}}}
    today = {"sections": {"code": {"figures": {"a": {"b": 2345, "new": 0.5}}}}}
    assert baseline.rows(then, today) == [("a: b", "1", "2,345"), ("a: new", "-", "0.5"), ("gone", "-", "-")]
