# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared handlers, read and passed on to others."""

import copy

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as core

RUNC = {"name": "runc", "runtime": "runc", "default": True}
CRUN = {"name": "crun", "runtime": "crun"}
RUNSC = {"name": "gvisor", "runtime": "runsc"}


def entry(base, **changes):
    return dict(copy.deepcopy(base), **changes)


def test_nothing_declared_is_runc():
    assert core.parse(None) == core.parse([]) == core.parse(core.DEFAULT)
    only = core.parse(None)
    assert [handler["name"] for handler in only] == ["runc"] and only[0]["runtime_class"] is None


def test_the_default_comes_first():
    handlers = core.parse([RUNSC, RUNC, CRUN])
    assert [handler["name"] for handler in handlers] == ["runc", "gvisor", "crun"]


def test_runtime_classes_of_all_hosts():
    given = {"overhead": {"memory": "64Mi"}, "scheduling": {"nodeSelector": {"a": "b"}}}
    first = [RUNC, entry(RUNSC, runtime_class=given)]
    objects, wrong = core.runtime_classes([first, [RUNC, CRUN], first, None])
    assert wrong == []
    assert objects == [
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": "crun", "labels": {"app.kubernetes.io/managed-by": "cri.switchover"}},
            "handler": "crun",
        },
        {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": "gvisor", "labels": {"app.kubernetes.io/managed-by": "cri.switchover"}},
            "handler": "gvisor",
            "overhead": {"podFixed": {"memory": "64Mi"}},
            "scheduling": {"nodeSelector": {"a": "b"}},
        },
    ]
    objects, wrong = core.runtime_classes([first, [RUNC, RUNSC]])
    assert wrong == ["the hosts' handlers give two different RuntimeClasses gvisor"] and len(objects) == 1
