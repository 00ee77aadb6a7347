# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each release's own binary made of our file."""

import os

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import containerd_check, toml
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.containerd_facts import (
    HANDLERS,
    RELEASES,
    RUNTIME,
    V1,
    info,
    settings_of,
    with_handlers,
)

# What each release's own binary made of our file: `containerd --config FILE config dump`.
DUMPS = os.path.join(os.path.dirname(__file__), "containerd_dumps")
# The same with runtime handlers: of those releases whose binaries were at hand.
WITH_HANDLERS = ["1.6.20", "1.7.24", "2.1.9"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_releases_own_binary_reads_it_as_meant(release):
    with open(os.path.join(DUMPS, release + ".toml")) as stream:
        dump = stream.read()
    settings = settings_of(info(release))
    assert containerd_check.check(dump, settings) == []
    assert containerd_check.check(dump, dict(settings, systemd_cgroup=False)) == [
        "plugins.%s.containerd.runtimes.runc.options.SystemdCgroup is True, wanted False"
        % (V1 if release.startswith("1.") else RUNTIME)
    ]


@pytest.mark.parametrize("release", WITH_HANDLERS)
def test_the_releases_own_binary_reads_handlers_as_meant(release):
    with open(os.path.join(DUMPS, "handlers-%s.toml" % release)) as stream:
        dump = stream.read()
    settings = settings_of(with_handlers(release), {"handlers": HANDLERS})
    assert containerd_check.check(dump, settings) == []
    runtimes = ("plugins", V1 if release.startswith("1.") else RUNTIME, "containerd", "runtimes")
    seen = {
        path[len(runtimes) :]: value for path, value in containerd_check.read_dump(dump).items() if path[:4] == runtimes
    }
    assert {path[0] for path in seen} == {"crun", "runc", "gvisor", "runsc"}
    assert seen["crun", "options", "BinaryName"] == "/usr/bin/crun"
    assert seen["crun", "options", "SystemdCgroup"] is seen["runc", "options", "SystemdCgroup"] is True
    assert seen["gvisor", "runtime_type"] == "io.containerd.runsc.v1"
    assert seen["gvisor", "options", "ConfigPath"] == "/etc/containerd/runsc-gvisor.toml"
    assert seen["gvisor", "pod_annotations"] == ["dev.gvisor.*"]
    assert seen["runsc", "runtime_path"] == "/opt/containerd-shim-runsc-v1"
    # A dump that has not got them all is a file that was not understood.
    assert len(containerd_check.check(dump.replace("ConfigPath", "Configpath"), settings)) == 2


@pytest.mark.parametrize("release", RELEASES)
def test_dumps_are_read_like_toml(release):
    tomllib = pytest.importorskip("tomllib")
    with open(os.path.join(DUMPS, release + ".toml")) as stream:
        text = stream.read()
    leaves = dict(toml.leaves(tomllib.loads(text)))
    seen = containerd_check.read_dump(text)
    assert {path: value for path, value in seen.items() if path in leaves and value != leaves[path]} == {}
    assert {path for path in leaves if path not in seen and not isinstance(leaves[path], list)} == set()
