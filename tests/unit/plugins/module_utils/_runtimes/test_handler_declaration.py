# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may be declared as handlers."""

import copy

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import problems
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handlers import DEFAULT, HandlersError, parse

RUNC = {"name": "runc", "runtime": "runc", "default": True}
CRUN = {"name": "crun", "runtime": "crun"}
RUNSC = {"name": "gvisor", "runtime": "runsc"}
FILES = {
    "source": "files",
    "runsc_from": "/tmp/runsc",
    "runsc_sha512": "a" * 128,
    "shim_from": "https://x/shim",
    "shim_sha512": "b" * 128,
}


def entry(base, **changes):
    return dict(copy.deepcopy(base), **changes)


@pytest.mark.parametrize(
    "declared",
    [
        DEFAULT,
        [RUNC, CRUN, RUNSC],
        [entry(RUNC, default=False), entry(CRUN, default="true")],
        [RUNC, entry(RUNSC, optional=True, options=FILES)],
        [RUNC, entry(RUNSC, options={"platform": "kvm", "flags": {"net-raw": True, "fdlimit": 9, "debug-log": "/x"}})],
        [RUNC, entry(RUNSC, runtime_class={"name": "sandboxed.x", "overhead": {"memory": "64Mi", "cpu": 0.1}})],
        [RUNC, entry(CRUN, runtime_class={"scheduling": {"nodeSelector": {"a": "b"}, "tolerations": []}})],
        [RUNC, entry(RUNSC, options={"source": "package", "package": "runsc=20260224.0"})],
    ],
)
def test_fine(declared):
    assert problems(declared) == []
    assert parse(declared)[0]["default"] is True


@pytest.mark.parametrize(
    "declared, words",
    [
        ([], "a list of handlers"),
        ("runc", "a list of handlers"),
        (["runc"], "handler 1 is 'runc', wanted: a mapping"),
        ([RUNC, RUNC], "handler runc is declared twice"),
        ([entry(RUNC, name="Runc")], "a DNS label"),
        ([entry(RUNC, name="x" * 64)], "a DNS label"),
        ([entry(RUNC, runtime="kata")], "wanted: one of runc, crun, runsc"),
        ([CRUN], "none has default: true"),
        ([RUNC, entry(CRUN, default=True)], "here: handler runc, handler crun"),
        ([entry(RUNC, optional=True)], "it cannot be optional"),
        ([entry(RUNC, optional="perhaps")], "optional is 'perhaps', wanted: true or false"),
        ([entry(RUNC, binary="/x")], "handler runc has no binary; it has: name,"),
        ([entry(RUNC, options=["x"])], "wanted: a mapping"),
        ([entry(RUNC, options={"platform": "kvm"})], "runc has no option platform; it has: binary, pod_annotations"),
        ([entry(RUNC, options={"binary": "runc"})], "an absolute path"),
        ([RUNC, entry(RUNSC, options={"platform": "xen"})], "one of systrap, kvm, ptrace"),
        ([RUNC, entry(RUNSC, options={"flags": {"systemd-cgroup": True}})], "follows kubelet's cgroup driver"),
        ([RUNC, entry(RUNSC, options={"flags": {"platform": "kvm"}})], "an option of its own"),
        ([RUNC, entry(RUNSC, options={"flags": {"--debug": True}})], "without dashes"),
        ([RUNC, entry(RUNSC, options={"flags": {"debug-log": "/x\n"}})], "not so: debug-log"),
        ([RUNC, entry(RUNSC, options={"source": "files"})], "needs runsc_from, runsc_sha512, shim_from, shim_sha512"),
        ([RUNC, entry(RUNSC, options=dict(FILES, source="installed"))], "only count with source: files"),
        ([RUNC, entry(RUNSC, options=dict(FILES, runsc_sha512="abc"))], "128 hex digits"),
        ([RUNC, entry(RUNSC, options=dict(FILES, runsc_from="http://x/runsc"))], "an https:// URL"),
        ([RUNC, entry(RUNSC, options={"package": "runsc"})], "only counts with source: package"),
        ([RUNC, entry(CRUN, runtime_class={"handler": "x"})], "nothing but name, overhead and scheduling"),
        ([RUNC, entry(CRUN, runtime_class={"overhead": {"memory": "much"}})], "resources with amounts"),
        ([RUNC, entry(CRUN, runtime_class={"scheduling": {"affinity": {}}})], "nodeSelector and tolerations"),
        ([RUNC, entry(CRUN, runtime_class={"name": "gvisor"}), RUNSC], "both have the RuntimeClass gvisor"),
    ],
)
def test_refused(declared, words):
    assert words in "; ".join(problems(declared))
    with pytest.raises(HandlersError) as caught:
        parse(declared or "x")
    assert caught.value.problems
