# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a node needs for CRI-O."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio, registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import tree
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_settings import POLICY
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.errors import RuntimeConfigError
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.crio_facts import (
    CRIO,
    PACKAGED,
    PACKAGED_POLICY,
    PROGRAMS,
    info,
    settings_of,
)


@pytest.mark.parametrize(
    "release, existing, tables, default, handlers",
    [
        # the packages' default is not there, and they were content with the other one
        ("1.34.0", {"default_runtime": "crun", "runtimes": {
            "crun": {"path": "/usr/bin/crun", "exists": False}, "runc": {"path": "/usr/sbin/runc", "exists": True},
        }}, [], "runc", ["runc"]),
        # whatever else lies about is nobody's handler
        ("1.34.0", {}, ["crun"], "crun", ["crun"]),
        ("1.28.4", {}, ["runc"], "runc", ["runc"]),
        # the package's own table stays; one whose program is not there is nobody's handler
        ("1.34.0", PACKAGED, [], "crun", ["crun"]),
        ("1.34.0", dict(PACKAGED, default_runtime="nvidia", runtimes=dict(
            PACKAGED["runtimes"], nvidia={"path": "/n", "exists": True})), [], "nvidia", ["crun", "nvidia"]),
    ],
)  # fmt: skip
def test_runtimes(release, existing, tables, default, handlers):
    facts = info(release, crio__config=existing)
    runtime = tree(settings_of(facts))["crio"]["runtime"]
    assert sorted(runtime.get("runtimes", {})) == tables and runtime["default_runtime"] == default
    assert CRIO.plan(facts)["handlers"] == [{"name": name} for name in handlers]


def test_before_it_is_installed_nobody_knows_its_runtimes():
    """Docker's runc is there, the packages' crun is not."""
    facts = info(crio__installed=False, crio__programs={"runc": "/usr/sbin/runc"},
                 packages__candidates={"cri-o": "1.34.0-1.1"})  # fmt: skip
    plan = CRIO.plan(facts)
    assert plan["handlers"] == [{"name": "crun"}] and "runtimes" not in tree(plan["settings"])["crio"]["runtime"]


DECLARED = [{"name": "plain", "runtime": "runc", "default": True}, {"name": "crun", "runtime": "crun"}]


def test_declared_handlers_are_all_that_is_meant():
    programs = {name: {"path": path, "version": "1.20"} for name, path in PROGRAMS.items()}
    facts = info(crio__config=PACKAGED, handlers__programs=programs)
    plan = CRIO.configured({"handlers": DECLARED}).plan(facts)
    runtime = tree(plan["settings"])["crio"]["runtime"]
    assert runtime["default_runtime"] == "plain" and sorted(runtime["runtimes"]) == ["crun", "plain"]
    assert runtime["runtimes"]["plain"]["runtime_path"] == "/usr/sbin/runc"
    assert plan["handlers"] == [
        {"name": "plain", "runtime": "runc"}, {"name": "crun", "runtime": "crun", "runtime_class": "crun"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    "options, message",
    [
        ({"handlers": [{"name": "runc"}]}, "switchover_handlers: .*runtime is None"),
        ({"handlers": DECLARED, "default_runtime": "crun"}, "plain as the default, switchover_crio_.* crun"),
        ({"handlers": DECLARED + [{"name": "gvisor", "runtime": "runsc"}]}, "handler gvisor"),
    ],
)
def test_handlers_that_cannot_be(options, message):
    with pytest.raises(RuntimeConfigError, match=message):
        CRIO.configured(options or {}).plan(info())


def test_plan():
    plan = CRIO.plan(info())
    assert [item["path"] for item in plan["files"]] == [
        "/etc/crio/crio.conf.d/90-cri-switchover.conf",
        "/etc/containers/policy.json",
        "/etc/containers/storage.conf",
        "/etc/dpkg/dpkg.cfg.d/cri-switchover",
        "/etc/modules-load.d/cri-switchover.conf",
        "/etc/sysctl.d/99-zz-cri-switchover.conf",
        "/etc/crictl.yaml",
    ]
    assert "unix:///var/run/crio/crio.sock" in plan["files"][-1]["content"]
    assert (plan["runtime"], plan["service"], plan["version_prefix"]) == ("crio", "crio.service", "cri-o://")
    assert plan["files"][3]["content"].endswith("\npath-exclude=/etc/cni/net.d/*crio*\n")
    assert plan["packages"] == ["cri-tools"] and plan["version"] == "1.34.0"
    assert crio.DPKG not in [item["path"] for item in CRIO.plan(info(packages__manager="dnf"))["files"]]


def test_it_has_all_that_containerds_has():
    other = registry.target("containerd").plan(info(containerd__installed=True, containerd__version="1.7.24"))
    assert set(other) == set(CRIO.plan(info()))


def test_files_of_others_stay():
    facts = info(crio__policies=PACKAGED_POLICY, crio__storage={"file": "/usr/share/containers/storage.conf"})
    paths = [item["path"] for item in CRIO.plan(facts)["files"]]
    assert POLICY not in paths and crio.STORAGE not in paths and crio.REGISTRIES not in paths


BOTH_POLICIES = PACKAGED_POLICY + [{"path": "/etc/containers/policy.json", "accepts_all": False}]


@pytest.mark.parametrize(
    "kubelet, release, policies, unset, written",
    [
        # CRI-O's packages set signature_policy, and this kubelet does not pass on what that needs
        ("1.23.17", "1.34.0", [], True, True),
        ("1.27.16", "1.28.0", PACKAGED_POLICY, True, True),
        ("1.23.17", "1.34.0", BOTH_POLICIES, True, False),
        ("1.28.0", "1.34.0", PACKAGED_POLICY, False, False),
        ("1.28.0", "1.34.0", [], False, True),
        ("1.23.17", "1.27.4", PACKAGED_POLICY, False, False),
    ],
)
def test_an_old_kubelet_does_not_pass_on_the_images_names(kubelet, release, policies, unset, written):
    plan = CRIO.plan(info(release, kubelet__version=kubelet, crio__policies=policies))
    image = tree(plan["settings"])["crio"]["image"]
    assert (image.get("signature_policy") == "") is unset
    assert (POLICY in [item["path"] for item in plan["files"]]) is written


def test_short_names_only_if_asked():
    plan = CRIO.configured({"unqualified_registries": ["docker.io"]}).plan(info())
    (file,) = [item for item in plan["files"] if item["path"] == crio.REGISTRIES]
    assert file["content"].endswith('\nunqualified-search-registries = ["docker.io"]\n')


@pytest.mark.parametrize(
    "installed, programs, candidates, wanted",
    [
        (False, {}, {"cri-o": "1.34.0-1.1"}, ["cri-o", "skopeo"]),
        (False, {}, {"cri-o": "1.24.6~0", "cri-o-runc": "1.0.1~2"}, ["cri-o", "cri-o-runc", "skopeo"]),
        (False, {"runc": "/usr/sbin/runc"}, {"cri-o": "1.24.6~0", "cri-o-runc": "1.0.1~2"}, ["cri-o", "skopeo"]),
        (True, {"skopeo": "/usr/bin/skopeo", "crun": "/usr/bin/crun"}, {}, ["conmon"]),
        (True, PROGRAMS, {}, []),
    ],
)
def test_packages(installed, programs, candidates, wanted):
    facts = info(
        crio__installed=installed, crio__programs=programs, crictl__installed=True, packages__candidates=candidates
    )
    plan = CRIO.plan(facts)
    assert plan["packages"] == wanted
    assert bool(plan["validate"]) is installed, "nothing can be validated by what is not there"


@pytest.mark.parametrize(
    "text, changes, options",
    [
        ("1.20 is the oldest", {"release": "1.19.7"}, None),
        ("neither installed nor offered", {"release": None}, None),
        ("cgroup driver", {"kubelet__cgroup_driver": None}, None),
        ("set switchover_pause_image", {"kubelet__pause_image": None}, None),
        ("control character", {}, {"root": "/da\nta"}),
        ("a setting holds a control character", {}, {"unqualified_registries": ["a\nb"]}),
        ("unknown options: colour", {}, {"colour": "red"}),
        ("slice of systemd", {}, {"monitor_slice": "pod"}),
        ("default runtime is youki, CRI-O would have none", {}, {"default_runtime": "youki"}),
    ],
)
def test_refusals(text, changes, options):
    with pytest.raises(RuntimeConfigError) as caught:
        CRIO.configured(options or {}).plan(info(**changes))
    assert text in str(caught.value)
