# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field case 10: pods that run on Docker by a handler that the target would not have."""

import pytest
from unit.plugins.plugin_utils.preflight.good_node import CLUSTER, INFO, POD, SETTINGS, changed, tokens

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.checks import pod_handlers

CLASSES = [{"name": "legacy", "handler": "docker"}, {"name": "gpu", "handler": "nvidia"}]
TARGETS = pytest.mark.parametrize("target", ["containerd", "crio"])


def judged(pods, target="containerd", info=INFO, **settings):
    cluster = changed(CLUSTER, {"nodes/node1/pods": [dict(POD, **pod) for pod in pods], "runtime_classes": CLASSES})
    chosen = dict(SETTINGS, **settings)
    return list(pod_handlers.judge("node1", info, cluster, chosen, registry.target(target)))


def declared(name):
    return [
        {"name": "runc", "runtime": "runc", "default": True},
        {"name": name, "runtime": "runc", "runtime_class": {"name": "legacy"}},
    ]


@TARGETS
@pytest.mark.parametrize("runtime_class, handler", [("legacy", "docker"), ("gpu", "nvidia")])
def test_a_pod_whose_handler_would_be_missing(target, runtime_class, handler):
    (item,) = judged([{"runtime_class": runtime_class}, {"name": "other"}], target)
    assert (item["level"], item["token"], item["allow"]) == ("blocker", "CRI-PF-POD-HANDLERS", "pod-handlers")
    assert "no handler %s" % handler in item["message"] and "shop/web-1" in item["message"]
    assert "shop/other" not in item["message"] and registry.target(target).title in item["remedy"]
    assert judged([{"runtime_class": runtime_class}], target, handlers=declared(handler)) == []
    allowed = judged([{"runtime_class": runtime_class}], target, allow=["pod-handlers"])
    assert tokens(allowed, "warning") == ["CRI-PF-POD-HANDLERS"]


@pytest.mark.parametrize(
    "pod",
    [
        {},
        {"runtime_class": "unknown"},  # the class is gone, or the credentials may not list them
        {"runtime_class": "legacy", "phase": "Succeeded"},
        {"runtime_class": "legacy", "phase": "Pending"},  # dockershim refused its handler, so it does not run now
    ],
)
def test_pods_that_ask_for_nothing(pod):
    assert judged([pod]) == []


def test_handlers_of_packages_are_there_without_a_declaration():
    info = changed(INFO, {"crio": {"config": {"runtimes": {"nvidia": {"exists": True}}}}})
    assert judged([{"runtime_class": "gpu"}], "crio", info) == []
    assert tokens(judged([{"runtime_class": "gpu"}], "containerd", info)) == ["CRI-PF-POD-HANDLERS"]


def test_an_alias_of_the_default_handler(monkeypatch):
    monkeypatch.setattr(type(registry.target("containerd")), "aliases", frozenset({"docker"}))
    assert judged([{"runtime_class": "legacy"}]) == []
