# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which programs of handlers are to be installed."""

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handler_programs as core
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import parse
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._runtimes.handler_facts import (
    CRUN,
    RUNC,
    RUNSC,
    info,
)


def test_packages():
    handlers = parse([RUNC, CRUN, dict(RUNSC, options={"source": "package"})])
    assert core.packages_of(handlers, info()) == []
    assert core.packages_of(handlers, info(handlers__programs={})) == ["runc", "crun"]
    own = parse([RUNC, dict(CRUN, options={"binary": "/opt/crun"})])
    assert core.packages_of(own, info(handlers__programs={})) == ["runc"]


def test_what_is_brought():
    files = {
        "source": "files",
        "runsc_from": "/here/gvisor-1",
        "runsc_sha512": "A" * 128,
        "shim_from": "https://x/shim",
        "shim_sha512": "b" * 128,
    }
    handlers = parse([RUNC, dict(RUNSC, options=files)])
    plan = core.install_plan(handlers, info(handlers__programs={}))
    assert plan["packages"] == ["runc"] and plan["manager"] == "apt" and plan["gvisor"]["package"] is None
    folder = "/var/lib/cri-switchover/handlers/runsc/"
    assert plan["gvisor"]["files"] == [
        {"name": "runsc", "sha512": "a" * 128, "src": folder + "gvisor-1", "consume": True},
        {"name": "containerd-shim-runsc-v1", "sha512": "b" * 128, "url": "https://x/shim"},
    ]
    assert plan["gvisor"]["local"] == [{"path": "/here/gvisor-1", "sha512": "a" * 128, "dest": folder, "lacking": True}]
    assert core.install_plan(handlers, info())["gvisor"]["local"][0]["lacking"] is False
    packaged = parse([RUNC, dict(RUNSC, options={"source": "package"})])
    assert core.install_plan(packaged, info())["gvisor"] == {"package": "runsc", "files": [], "local": []}
    assert core.install_plan(parse([RUNC, RUNSC]), info())["gvisor"] is None


def test_a_package_that_no_source_has_is_not_asked_for():
    handlers = parse([RUNC, CRUN])
    lacking = info(handlers__programs__crun=None)
    assert core.packages_of(handlers, lacking) == ["crun"]
    assert core.packages_of(handlers, dict(lacking, packages={"candidates": {"crun": "1.8.1"}})) == ["crun"]
    assert core.packages_of(handlers, dict(lacking, packages={"candidates": {"crun": None}})) == []
