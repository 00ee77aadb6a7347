# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Field case 10: pods that run on Docker by a handler that the target would not have."""

import pytest
from unit.plugins.plugin_utils.preflight.good_node import CLUSTER, INFO, POD, SETTINGS, changed, tokens

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_declaration, registry
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


CRIO = {
    "installed": True,
    "version": "1.31.2",
    "programs": {"crun": "/usr/libexec/crio/crun"},
    "config": {
        "default_runtime": "crun",
        "runtimes": {"crun": {"path": "/usr/libexec/crio/crun", "exists": True}, "nvidia": {"exists": False}},
    },
}


@pytest.mark.parametrize(
    "name, handlers, present",
    [
        ("crun", None, True),
        ("nvidia", None, False),  # its program is not there: CRI-O leaves it out
        ("runc", None, False),  # CRI-O's packages brought crun alone
        ("runc", [{"name": "runc", "runtime": "runc", "default": True}], True),
        ("crun", [{"name": "runc", "runtime": "runc", "default": True}], False),
    ],
)
def test_handlers_that_crio_will_have(name, handlers, present):
    info = changed(
        INFO, {"crio": CRIO, "handlers": {"programs": {"runc": {"path": "/usr/bin/runc", "version": "1.1.5"}}}}
    )
    cluster = changed(
        CLUSTER,
        {
            "nodes/node1/pods": [dict(POD, runtime_class="x")],
            "runtime_classes": [{"name": "x", "handler": name}],
        },
    )
    settings = dict(SETTINGS, handlers=handlers)
    assert tokens(pod_handlers.judge("node1", info, cluster, settings, registry.target("crio"))) == (
        [] if present else ["CRI-PF-POD-HANDLERS"]
    )


@TARGETS
def test_an_optional_handler_may_be_left_out(target):
    handlers = [declared("nvidia")[0], dict(declared("nvidia")[1], optional=True)]
    (item,) = judged([{"runtime_class": "gpu"}], target, handlers=handlers)
    assert "the declared one is optional" in item["message"] and "not as optional" in item["remedy"]
    assert judged([{"runtime_class": "gpu"}], target, handlers=declared("nvidia")) == []


RUNTIMES = {
    "nvidia": {"path": "/usr/bin/nvidia-container-runtime"},
    "tuned": {"path": "/opt/crun"},
    "odd": {"path": "odd"},
}


@pytest.mark.parametrize(
    "handler, default, declaration",
    [
        ("docker", None, "{name: docker, runtime: runc}"),
        ("nvidia", None, "{name: nvidia, runtime: runc, options: {binary: /usr/bin/nvidia-container-runtime}}"),
        ("docker", "nvidia", "{name: docker, runtime: runc, options: {binary: /usr/bin/nvidia-container-runtime}}"),
        ("tuned", None, "{name: tuned, runtime: crun}"),
        ("odd", None, "{name: odd, runtime: runc, options: {binary: the path of odd}}"),
    ],
)
def test_the_remedy_names_the_declaration(handler, default, declaration):
    settings = {"runtimes": {"value": RUNTIMES}, "default-runtime": {"value": default}}
    info = changed(INFO, {"docker/settings": settings})
    cluster = changed(
        CLUSTER,
        {
            "nodes/node1/pods": [dict(POD, runtime_class="x")],
            "runtime_classes": [{"name": "x", "handler": handler}],
        },
    )
    (item,) = pod_handlers.judge("node1", info, cluster, SETTINGS, registry.target("containerd"))
    assert declaration in item["remedy"]


@pytest.mark.parametrize("target, facts", [("containerd", {}), ("crio", {"crio": CRIO})])
def test_the_declaration_of_the_remedy_is_accepted_and_rendered(target, facts):
    """What dockershim calls docker is runc under another name."""
    handlers = [{"name": "runc", "runtime": "runc", "default": True}, {"name": "docker", "runtime": "runc"}]
    assert handler_declaration.problems(handlers) == []
    programs = {"runc": {"path": "/usr/bin/runc", "version": "1.1.5"}}
    info = changed(INFO, dict(facts, handlers={"programs": programs}))
    plan = registry.target(target).configured({"handlers": handlers}).plan(info)
    assert {"name": "docker", "runtime": "runc", "runtime_class": "docker"} in plan["handlers"]
    (config,) = [item["content"] for item in plan["files"] if "runtimes.docker]" in item["content"].replace('"', "")]
    assert "runc" in config
    assert judged([{"runtime_class": "legacy"}], target, info, handlers=handlers) == []
