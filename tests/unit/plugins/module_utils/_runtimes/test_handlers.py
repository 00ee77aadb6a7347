# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import copy

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as core

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
        core.DEFAULT,
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
    assert core.problems(declared) == []
    assert core.parse(declared)[0]["default"] is True


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
    assert words in "; ".join(core.problems(declared))
    with pytest.raises(core.HandlersError) as caught:
        core.parse(declared or "x")
    assert caught.value.problems


def test_nothing_declared_is_runc():
    assert core.parse(None) == core.parse([]) == core.parse(core.DEFAULT)
    only = core.parse(None)
    assert [handler["name"] for handler in only] == ["runc"] and only[0]["runtime_class"] is None


def test_the_default_comes_first():
    handlers = core.parse([RUNSC, RUNC, CRUN])
    assert [handler["name"] for handler in handlers] == ["runc", "gvisor", "crun"]


@pytest.mark.parametrize("systemd, word", [(True, "true"), (False, "false")])
def test_containerd(systemd, word):
    handlers = core.parse([RUNC, CRUN, entry(RUNSC, options={"flags": {"net-raw": True}})])
    tables = core.containerd_runtimes(handlers, systemd, {"crun": "/usr/bin/crun", "runc": "/usr/sbin/runc"})
    assert tables == {
        "default_runtime_name": "runc",
        "runtimes": {
            "runc": {"runtime_type": "io.containerd.runc.v2", "options": {"SystemdCgroup": systemd}},
            "gvisor": {
                "runtime_type": "io.containerd.runsc.v1",
                "options": {
                    "TypeUrl": "io.containerd.runsc.v1.options",
                    "ConfigPath": "/etc/containerd/runsc-gvisor.toml",
                },
            },
            "crun": {
                "runtime_type": "io.containerd.runc.v2",
                "options": {"SystemdCgroup": systemd, "BinaryName": "/usr/bin/crun"},
            },
        },
    }
    assert core.runsc_toml(handlers[2], systemd, "/usr/local/bin/runsc") == {
        "binary_name": "/usr/local/bin/runsc",
        "runsc_config": {"net-raw": "true", "platform": "systrap", "systemd-cgroup": word},
    }


def test_two_gvisors_have_a_file_each():
    handlers = core.parse([RUNC, RUNSC, entry(RUNSC, name="runsc", options={"platform": "kvm"})])
    paths = [core.containerd_runtime(handler, True)["options"].get("ConfigPath") for handler in handlers]
    assert paths == [None, "/etc/containerd/runsc-gvisor.toml", "/etc/containerd/runsc.toml"]
    assert core.runsc_toml(handlers[2], True)["runsc_config"]["platform"] == "kvm"


def test_a_binary_of_ones_own():
    handlers = core.parse([entry(RUNC, options={"binary": "/opt/runc", "pod_annotations": ["a.b/*"]})])
    assert core.containerd_runtime(handlers[0], False) == {
        "runtime_type": "io.containerd.runc.v2",
        "pod_annotations": ["a.b/*"],
        "options": {"SystemdCgroup": False, "BinaryName": "/opt/runc"},
    }


def test_crio():
    handlers = core.parse([entry(RUNC, default=False), entry(CRUN, default=True), RUNSC])
    assert core.crio_runtimes(handlers, {"runc": "/usr/sbin/runc", "conmon": "/usr/bin/conmon"}) == {
        "default_runtime": "crun",
        "runtimes": {
            "crun": {
                "runtime_type": "oci",
                "runtime_path": "/usr/bin/crun",
                "runtime_root": "/run/crun",
                "monitor_path": "/usr/bin/conmon",
            },
            "runc": {
                "runtime_type": "oci",
                "runtime_path": "/usr/sbin/runc",
                "runtime_root": "/run/runc",
                "monitor_path": "/usr/bin/conmon",
            },
            "gvisor": {
                "runtime_type": "vm",
                "runtime_path": "/usr/local/bin/containerd-shim-runsc-v1",
                "runtime_root": "/run/runsc",
                "runtime_config_path": "/etc/crio/runsc-gvisor.toml",
            },
        },
    }
    assert core.runsc_toml(handlers[2], True, "/r", grouping=True)["grouping"] is True


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
