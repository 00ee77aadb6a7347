# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether declared handlers fit a node."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_checks as core
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import parse
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.handler_facts import (
    CRUN,
    RUNC,
    RUNSC,
    info,
)

CONTAINERD = registry.target("containerd")
OFFERED = {"candidates": {"cri-o": "1.34.0"}}


def judge(declared, target="containerd", **changes):
    return core.judge(parse(declared), info(**changes), registry.target(target))


@pytest.mark.parametrize("target, crun", [("containerd", "1.8.1"), ("crio", "1.14.3")])
def test_what_fits(target, crun):
    assert judge([RUNC, CRUN, RUNSC], target, handlers__programs__crun__version=crun) == []


SHIM = "containerd-shim-runsc-v1"


@pytest.mark.parametrize(
    "entry, target, changes, token, words",
    [
        (
            RUNC, "containerd", {"handlers__programs__runc": {"path": "/r", "version": "1.0.0~rc92"}},
            "CRI-PF-HANDLER-RUNC", "rc93",
        ),
        (
            CRUN, "containerd", {"containerd__version": "2.0.4"},
            "CRI-PF-HANDLER-CRUN", "crun 1.8.1 refuses what containerd 2.0.4",
        ),
        (CRUN, "crio", {"crio__version": "1.34.0"}, "CRI-PF-HANDLER-CRUN", "crun 1.8.1 refuses what CRI-O 1.34.0"),
        (
            CRUN, "containerd", {"handlers__programs__crun": {"path": "/c", "version": "0.12.1"}},
            "CRI-PF-HANDLER-CRUN", "0.12.2",
        ),
        (
            CRUN, "containerd",
            {"handlers__programs__crun": {"path": "/c", "version": "1.8.1", "features": ["SECCOMP"]}},
            "CRI-PF-HANDLER-CRUN", "built without systemd (it has SECCOMP)",
        ),
        (
            CRUN, "containerd",
            {"containerd__version": "2.1", "handlers__programs__crun": None, "packages__candidates": {"crun": "1.8.2"}},
            "CRI-PF-HANDLER-CRUN", "crun 1.8.2 refuses",
        ),
        (
            dict(CRUN, options={"binary": "/opt/crun"}), "containerd", {"handlers__programs__crun": None},
            "CRI-PF-HANDLER-MISSING", "no /opt/crun",
        ),
        (
            CRUN, "containerd", {"handlers__programs__crun": None, "packages__candidates": {"crun": None}},
            "CRI-PF-HANDLER-MISSING", "no package source is known to offer it",
        ),
        (
            RUNC, "containerd", {"handlers__programs__runc": {"path": "/r", "version": None}}, "CRI-PF-HANDLER-BROKEN",
            "/r --version does not print a version",
        ),
        (
            CRUN, "crio", {"handlers__programs__crun": {"path": "/c", "version": None}},
            "CRI-PF-HANDLER-BROKEN", "/c --version does",
        ),
        (RUNSC, "containerd", {"handlers__programs": {}}, "CRI-PF-HANDLER-MISSING", "no runsc and no " + SHIM),
        (
            RUNSC, "containerd", {"handlers__programs__" + SHIM: None},
            "CRI-PF-HANDLER-MISSING", "no " + SHIM + " in containerd's PATH",
        ),
        (
            dict(RUNSC, options={"source": "package"}), "containerd", {"packages__manager": "dnf"},
            "CRI-PF-HANDLER-SOURCE", "apt only",
        ),
        (RUNSC, "containerd", {"os__arch": "ppc64le"}, "CRI-PF-HANDLER-ARCH", "ppc64le"),
        (RUNSC, "containerd", {"containerd__version": "1.4.13"}, "CRI-PF-HANDLER-GVISOR-TARGET", "containerd 1.4.13"),
        (RUNSC, "crio", {"crio__version": "1.34.0"}, "CRI-PF-HANDLER-GVISOR-TARGET", "from 1.37 on, this is 1.34.0"),
        (
            RUNSC, "crio", {"handlers__programs__runsc": {"path": "/r", "version": "release-20260224.0"}},
            "CRI-PF-HANDLER-GVISOR-TARGET", "cannot serve CRI-O",
        ),
        (
            RUNSC, "containerd", {"os__kernel": "5.4.0-100-generic"},
            "CRI-PF-HANDLER-GVISOR-KERNEL", "needs Linux 5.6, this is 5.4.0",
        ),
        (
            RUNSC, "containerd",
            {"os__kernel": "4.14.70", "handlers__programs__runsc": {"path": "/r", "version": "release-20240101.0"}},
            "CRI-PF-HANDLER-GVISOR-KERNEL", "needs Linux 4.14.77",
        ),
        (
            dict(RUNSC, options={"platform": "kvm"}), "containerd", {},
            "CRI-PF-HANDLER-GVISOR-PLATFORM", "this node has none",
        ),
        (
            dict(RUNSC, options={"platform": "kvm"}), "containerd",
            {"handlers__kvm": {"exists": True, "usable": False, "error": "No such device"}},
            "CRI-PF-HANDLER-GVISOR-PLATFORM", "cannot be opened: No such device",
        ),
        (
            RUNSC, "containerd", {"handlers__programs__runsc": {"path": "/r", "version": "release-20221219.0"}},
            "CRI-PF-HANDLER-GVISOR-PLATFORM", "does not know the platform systrap",
        ),
        (RUNSC, "containerd", {"cgroup__version": 1}, "CRI-PF-HANDLER-GVISOR-CGROUPS", "systemd on cgroup v1"),
        (RUNSC, "containerd", {"os__systemd": 239}, "CRI-PF-HANDLER-GVISOR-CGROUPS", "systemd 244"),
    ],
)  # fmt: skip
def test_what_does_not_fit(entry, target, changes, token, words):
    declared = [entry] if entry.get("default") else [RUNC, entry]
    (found,) = judge(declared, target, **changes)
    assert found["token"] == token and words in found["message"]
    assert found["blocks"] and found["remedy"] and found["handler"] == entry["name"]
    if not entry.get("default"):
        (found,) = judge([RUNC, dict(entry, optional=True)], target, **changes)
        assert found["token"] == token and found["leaves_out"] and not found["blocks"]


def runsc(release):
    return {"handlers__programs__runsc": {"path": "/r", "version": "release-%d.0" % release}}


@pytest.mark.parametrize(
    "entry, target, changes",
    [
        (RUNC, "containerd", {"handlers__programs__runc": {"path": "/r", "version": "1.0.0~rc93"}}),
        (RUNC, "containerd", {"handlers__programs__runc": {"path": "/r", "version": "1.0.0"}}),
        # Of cgroup v2 only.
        (
            RUNC, "containerd",
            {"handlers__programs__runc": {"path": "/r", "version": "1.0.0~rc92"}, "cgroup__version": 1},
        ),
        # To be installed: not broken.
        (RUNC, "containerd", {"handlers__programs__runc": None}),
        (dict(RUNSC, options={"source": "package"}), "containerd", {"packages__manager": "apt"}),
        (dict(RUNSC, options={"source": "package"}), "containerd", {"packages__manager": None}),
        (RUNSC, "containerd", {"packages__manager": "dnf"}),
        (RUNSC, "containerd", {"os__arch": "aarch64"}),
        (RUNSC, "containerd", {"os__arch": None}),
        (RUNSC, "containerd", {"containerd__version": "1.5.0"}),
        (RUNSC, "containerd", {"containerd__version": None}),
        (RUNSC, "crio", {"crio__version": "1.37.0", **runsc(20260724)}),
        # A build without a release.
        (RUNSC, "crio", {"handlers__programs__runsc": {"path": "/r", "version": "VERSION_MISSING"}}),
        (RUNSC, "containerd", {"os__kernel": "5.6.0-1-amd64"}),
        (RUNSC, "containerd", {"os__kernel": "4.14.77", **runsc(20251231)}),
        (
            dict(RUNSC, options={"platform": "kvm"}), "containerd",
            {"handlers__kvm": {"exists": True, "usable": True, "error": None}},
        ),
        (dict(RUNSC, options={"platform": "kvm"}), "containerd", {"handlers__kvm": None}),
        (RUNSC, "containerd", runsc(20230428)),
        (dict(RUNSC, options={"platform": "ptrace"}), "containerd", runsc(20221219)),
    ],
)  # fmt: skip
def test_what_just_fits(entry, target, changes):
    assert judge([entry] if entry.get("default") else [RUNC, entry], target, **changes) == []


def test_before_crio_is_there_its_packages_may_bring_another_crun():
    (found,) = judge([RUNC, CRUN], "crio", crio={"installed": False}, packages=OFFERED)
    assert found["token"] == "CRI-PF-HANDLER-CRUN" and "may contain another" in found["message"]
    assert not found["blocks"] and not found["leaves_out"]
    nowhere = {"handlers__programs__crun": None, "packages__candidates": {"crun": None}}
    (found,) = judge([RUNC, CRUN], "crio", crio={"installed": False}, **nowhere)
    assert found["token"] == "CRI-PF-HANDLER-MISSING" and "may contain it" in found["message"] and not found["blocks"]
    named = dict(CRUN, options={"binary": "/usr/bin/crun"})
    (found,) = judge([RUNC, named], "crio", crio={"installed": False}, packages=OFFERED)
    assert found["blocks"]


@pytest.mark.parametrize(
    "changes",
    [
        {"kubelet__cgroup_driver": "cgroupfs", "cgroup__version": 1, "os__systemd": 239},
        {"handlers__programs__runsc": {"path": "/r", "version": None}},
        {"os__kernel": "4.15.0", "handlers__programs__runsc": {"path": "/r", "version": "release-20240101.0"}},
    ],
)
def test_what_is_not_known_or_not_concerned_is_no_reason(changes):
    assert judge([RUNC, RUNSC], **changes) == []


def test_without_facts_nothing_is_judged():
    assert core.judge(parse([RUNC, CRUN, RUNSC]), {}, CONTAINERD) == []


def test_an_optional_handler_is_left_out():
    handlers = parse([RUNC, dict(RUNSC, optional=True)])
    kept, found = core.usable(handlers, info(cgroup__version=1), CONTAINERD)
    assert [handler["name"] for handler in kept] == ["runc"]
    assert [(item["blocks"], item["leaves_out"]) for item in found] == [(False, True)]
    assert core.usable(handlers, info(), CONTAINERD)[0] == handlers
