# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import selectors


@pytest.mark.parametrize(
    "selector, labels, version, matches",
    [
        (None, {"a": "1"}, "v1", False),
        ({}, {"a": "1"}, "v1", True),
        ({}, {"a": "1"}, "v1beta1", False),
        ({"matchLabels": {"a": "1"}}, {"a": "1", "b": "2"}, "v1", True),
        ({"matchLabels": {"a": "1", "b": "3"}}, {"a": "1", "b": "2"}, "v1", False),
        ({"matchLabels": {"a": "1"}}, {}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, {"a": "2"}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]}, {}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {"a": "1"}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, {}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {"a": ""}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {}, "v1", False),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {}, "v1", True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, {"a": ""}, "v1", False),
        (
            {"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
            {"a": "", "b": "2"},
            "v1",
            False,
        ),
    ],
)
def test_selectors(selector, labels, version, matches):
    assert selectors.selects(selector, labels, version) is matches


@pytest.mark.parametrize(
    "text, labels, matches",
    [
        ("app=web", {"app": "web"}, True),
        ("app==web", {"app": "db"}, False),
        ("app!=web", {}, True),
        ("app != web", {"app": "web"}, False),
        ("app = web , tier=a", {"app": "web", "tier": "a"}, True),
        ("app=web,tier=a", {"app": "web"}, False),
        ("env in (a, b),app", {"env": "b", "app": ""}, True),
        ("env in (a,b)", {"env": "c"}, False),
        ("env notin (a,b)", {}, True),
        ("!canary", {"canary": ""}, False),
        ("example.com/part-of=x", {"example.com/part-of": "x"}, True),
        ("app=", {"app": ""}, True),
    ],
)
def test_what_an_operator_writes(text, labels, matches):
    assert selectors.selects(selectors.parse(text), labels) is matches


@pytest.mark.parametrize("text", ["", ",", "app=web,", "a b", "app in a", "app=web;x", "-a=b", "app=(a)"])
def test_what_is_no_selector(text):
    with pytest.raises(selectors.SelectorError, match="is not a label selector"):
        selectors.parse(text)
