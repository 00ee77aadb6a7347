# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CRI-O's own binary makes of our file, as recorded, and where the lab has built one."""

import glob
import os
import shutil
import subprocess

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts.crio import FOLDER
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import crio_check, registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.crio_config import CONFIG
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.crio_facts import (
    LOCAL,
    PACKAGED,
    PROGRAMS,
    info,
    settings_of,
)

CACHE = os.environ.get("CRI_SWITCHOVER_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "cri-switchover"
)
BINARIES = sorted(glob.glob(os.path.join(CACHE, "artefacts", "cri-o-*", "bin", "crio")))
CRIO = BINARIES[-1] if BINARIES else shutil.which("crio")
# What real binaries made of our file: `printed_by(crio, meant(release, options=...), folder)`.
PRINTED_BY = os.path.join(os.path.dirname(__file__), "crio_configs")
RELEASES = ["1.27.1", "1.34.0"]
HANDLERS = [
    {"name": "runc", "runtime": "runc", "default": True},
    {"name": "fast", "runtime": "crun", "options": {"pod_annotations": ["run.oci.keep_original_groups"]}},
]
RECORDED = {"": None, "handlers-": {"handlers": HANDLERS}}
PRINTED = """
[crio]

# Path to the "root directory". CRI-O stores all of its data, including
# root = "/var/lib/containers/storage"

# internal_repair = true

[crio.runtime]

# default_ulimits = [
# ]

conmon_cgroup = "pod"
# cgroup_manager = "systemd"

# # a remark = "no value"
# default_capabilities = [
# \t"CHOWN",
# \t"NET_BIND_SERVICE",
# ]
pids_limit = -1

# [crio.runtime.runtimes.runtime-handler]
# runtime_path = "/path/to/the/executable"

[crio.runtime.runtimes.crun]
runtime_path = "/usr/bin/crun"
allowed_annotations = [
\t"io.containers.trace-syscall",
]

[crio.image]
# pause_image = "registry.k8s.io/pause:3.10"
"""


def test_values_and_defaults_are_read():
    seen = crio_check.read_config(PRINTED)
    runtime = ("crio", "runtime")
    assert seen[("crio", "root")] == "/var/lib/containers/storage" and seen[("crio", "internal_repair")] is True
    assert seen[runtime + ("default_ulimits",)] == [] and seen[runtime + ("conmon_cgroup",)] == "pod"
    assert seen[runtime + ("default_capabilities",)] == ["CHOWN", "NET_BIND_SERVICE"]
    assert seen[runtime + ("pids_limit",)] == -1 and seen[runtime + ("cgroup_manager",)] == "systemd"
    assert seen[runtime + ("runtimes", "crun", "runtime_path")] == "/usr/bin/crun"
    assert seen[("crio", "image", "pause_image")] == "registry.k8s.io/pause:3.10"
    assert not [path for path in seen if "remark" in path]


def test_what_is_not_as_meant_is_named():
    settings = settings_of(info(crio__config=PACKAGED), {"keep_docker_defaults": False, "root": "/data"})
    assert crio_check.check(PRINTED, settings) == [
        "crio.root is '/var/lib/containers/storage', wanted '/data'",
        "crio.runtime.conmon_cgroup is 'pod', wanted 'system.slice'",
        "crio.runtime.default_runtime is None, wanted 'crun'",
        "crio.image.pause_image is 'registry.k8s.io/pause:3.10', wanted 'registry.k8s.io/pause:3.6'",
        "crio.network.network_dir is None, wanted '/etc/cni/net.d'",
        "crio.network.plugin_dirs is None, wanted ['/opt/cni/bin']",
    ]


@pytest.mark.parametrize("code", [0, 3])
def test_the_command_that_validates(tmp_path, code):
    """It lays the staged file beside the live ones, keeps what has values, and ends as CRI-O does."""
    crio = tmp_path / "crio"
    printed = tmp_path / "printed"
    kept = ["[crio]", '# root = "/r"', "default_ulimits = [", '\t"a",', "]"]
    printed.write_text("\n".join(["# All about it."] + kept + ["", "#", "# See this."]) + "\n")
    check = '[ "$1$2$3" = "--config--config-dir" ] && [ "$5" = config ] && ls "$4" >&2'
    crio.write_text("#!/bin/sh\n%s\ncat %s\nexit %d\n" % (check, printed, code))
    crio.chmod(0o755)
    staged = tmp_path / CONFIG.lstrip("/")
    staged.parent.mkdir(parents=True)
    staged.write_text("")
    argv = [word.replace("{staged}", str(tmp_path)) for word in crio_check.validation(str(crio))]
    answer = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert answer.returncode == code and "90-cri-switchover.conf" in answer.stderr.splitlines()
    assert answer.stdout.splitlines() == (kept if code == 0 else [])


def meant(release="1.34.0", driver="systemd", options=None):
    limits = {"nofile": {"soft": 1024, "hard": 65536}}
    facts = info(release, kubelet__cgroup_driver=driver, kubelet__version="1.23.17",
                 docker__images=LOCAL, docker__default_ulimits=limits, handlers__programs={
                     name: {"path": PROGRAMS[name], "version": "1.21"} for name in ("crun", "runc")})  # fmt: skip
    return registry.target("crio").configured(options or {}).plan(facts)


def printed_by(crio, plan, folder):
    """By the command that validates on a node, beside what a package and an operator may have left there."""
    for item in plan["files"]:
        target = folder / item["path"].lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(item["content"])
    packaged = folder / FOLDER.lstrip("/") / "10-crio.conf"
    packaged.write_text('[crio.image]\nsignature_policy = "/etc/crio/policy.json"\n')
    argv = [word.replace("{staged}", str(folder)) for word in crio_check.validation(crio)]
    answer = subprocess.run(argv, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    return answer.stdout


def assert_read_as_meant(printed, settings):
    assert crio_check.check(printed, settings) == [] and len(printed) < 32768
    driver = settings["cgroup_manager"]
    other = dict(settings, cgroup_manager="cgroupfs" if driver == "systemd" else "systemd")
    assert any("cgroup_manager" in problem for problem in crio_check.check(printed, other))


@pytest.mark.skipif(CRIO is None, reason="the lab has not built CRI-O: ./lab serve repo-crio does")
@pytest.mark.parametrize("driver", ["systemd", "cgroupfs"])
@pytest.mark.parametrize(
    "options", [None, {"keep_docker_defaults": False, "root": "/data/storage", "default_runtime": "runc"}]
)
def test_the_real_binary_reads_it_as_meant(tmp_path, driver, options):
    plan = meant(driver=driver, options=options)
    assert_read_as_meant(printed_by(CRIO, plan, tmp_path), plan["settings"])


@pytest.mark.parametrize("what", RECORDED)
@pytest.mark.parametrize("release", RELEASES)
def test_each_release_read_it_as_meant(release, what):
    with open(os.path.join(PRINTED_BY, what + release + ".toml")) as stream:
        assert_read_as_meant(stream.read(), meant(release, options=RECORDED[what])["settings"])
