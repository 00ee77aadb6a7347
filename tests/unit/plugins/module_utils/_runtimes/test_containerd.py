# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a node needs for containerd."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.host_files import BANNER
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.containerd_facts import (
    CONTAINERD,
    HANDLERS,
    RELEASES,
    RUNTIME,
    V1,
    info,
    tree,
    with_handlers,
)


@pytest.mark.parametrize("release", RELEASES)
def test_nothing_declared_is_runc_as_ever(release):
    table = V1 if release.startswith("1.") else RUNTIME
    assert tree(release)["plugins"][table]["containerd"]["runtimes"] == {
        "runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": True}}
    }
    plan = CONTAINERD.plan(info(release))
    assert plan["handlers"] == [{"name": "runc"}] and len(plan["files"]) == 4


def test_gvisors_files_are_part_of_the_plan():
    plan = CONTAINERD.configured({"handlers": HANDLERS}).plan(with_handlers("1.6.20"))
    files = {item["path"]: item["content"] for item in plan["files"]}
    assert files["/etc/containerd/runsc-gvisor.toml"] == BANNER + (
        'binary_name = "/usr/bin/runsc"\n\n[runsc_config]\nplatform = "ptrace"\nsystemd-cgroup = "true"\n'
    )
    assert 'platform = "systrap"' in files["/etc/containerd/runsc.toml"]
    assert plan["handlers"] == [
        {"name": "crun", "runtime": "crun"},
        {"name": "runc", "runtime_class": "runc"},
        {"name": "gvisor", "runtime": "runsc", "runtime_class": "gvisor"},
        {"name": "runsc", "runtime": "runsc", "runtime_class": "runsc"},
    ]


@pytest.mark.parametrize(
    "handlers, words",
    [
        ([{"name": "runc", "runtime": "runc"}], "exactly one handler is the default"),
        ([dict(HANDLERS[0], options={"binary": "/none"})], "this node has no /none"),
    ],
)
def test_handlers_that_cannot_work(handlers, words):
    facts = info(handlers__programs={"crun": None})
    with pytest.raises(RuntimeConfigError, match=words):
        CONTAINERD.configured({"handlers": handlers}).plan(facts)


def test_optional_handlers_are_left_out():
    optional = dict(HANDLERS[2], optional=True)
    facts = with_handlers("1.6.20")
    facts["handlers"]["programs"]["runsc"] = None
    plan = CONTAINERD.configured({"handlers": [HANDLERS[0], optional]}).plan(facts)
    assert [handler["name"] for handler in plan["handlers"]] == ["crun"] and len(plan["files"]) == 4


def test_plan():
    plan = CONTAINERD.plan(info())
    assert [item["path"] for item in plan["files"]] == [
        "/etc/containerd/config.toml",
        "/etc/modules-load.d/cri-switchover.conf",
        "/etc/sysctl.d/99-zz-cri-switchover.conf",
        "/etc/crictl.yaml",
    ]
    assert plan["files"][1]["content"].endswith("\noverlay\nbr_netfilter\n")
    assert plan["files"][2]["content"].count(" = 1\n") == 3
    assert plan["packages"] == ["cri-tools"] and plan["package_manager"] == "apt"
    assert plan["validate"] == [
        ["/usr/bin/containerd", "--config", "{staged}/etc/containerd/config.toml", "config", "dump"]
    ]
    assert plan["version"] == "1.6.20" and plan["pause_image"] == "registry.k8s.io/pause:3.6"


def test_no_ipv6_no_ip6tables():
    facts = info(kernel__modules={"br_netfilter": True}, kernel__sysctl={"net.bridge.bridge-nf-call-ip6tables": None})
    assert "ip6tables" not in CONTAINERD.plan(facts)["files"][2]["content"]


@pytest.mark.parametrize(
    "family, candidates, wanted",
    [
        ("docker.io", {"containerd": "1.6.20~ds1-1"}, "containerd"),
        ("docker-ce", {"containerd.io": "1.7.24-1", "containerd": "1.6.20"}, "containerd.io"),
        (None, {"containerd.io": "1.7.24-1"}, "containerd.io"),
    ],
)
def test_packages_of_the_family(family, candidates, wanted):
    facts = info(
        containerd__installed=False,
        docker__family=family,
        packages__installed={},
        packages__candidates=candidates,
        crictl__installed=True,
    )
    plan = CONTAINERD.plan(facts)
    assert plan["packages"] == [wanted] and plan["version"] == ".".join(
        candidates[wanted].split("-")[0].split("~")[0].split(".")
    )


@pytest.mark.parametrize(
    "text, changes, options",
    [
        ("1.6 is the oldest", {"release": "1.5.9"}, None),
        ("neither installed nor offered", {"release": None}, None),
        ("cgroup driver", {"kubelet__cgroup_driver": None}, None),
        ("set switchover_pause_image", {"kubelet__pause_image": None}, None),
        ("control character", {}, {"snapshotter": "over\nlay"}),
        ("unknown options: colour", {}, {"colour": "red"}),
    ],
)
def test_refusals(text, changes, options):
    with pytest.raises(RuntimeConfigError) as caught:
        CONTAINERD.configured(options or {}).plan(info(**changes))
    assert text in str(caught.value)
