# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do declared runtime handlers fit the host, the target runtime and each other? Pure: no I/O.

Every floor stands here once, with where it comes from. Private to this collection: there is no promise that it stays
as it is.
"""

import posixpath
import re

from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers as runtime_handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import containerd_version

# gVisor's guide for CRI-O (gvisor.dev/docs/user_guide/containerd/crio): "Minimal version supported: v1.37"; the change
# is cri-o #9974. Below, a sandbox starts and its containers stay in Created for good (gVisor #3283, #10313).
CRIO_WITH_GVISOR = (1, 37)
# gVisor's half of it is #13279, which was still under review on that day.
RUNSC_WITHOUT_CRIO = 20260723
# The shim's own source: "containerd 1.5+" is what hands it TypeUrl and ConfigPath (pkg/shim/v1/runsc/service.go).
CONTAINERD_WITH_RUNSC = (1, 5)
# gVisor's guide to its installation, since its first releases; releases of 2026 say 5.6.
KERNEL_FOR_RUNSC, KERNEL_FOR_NEW_RUNSC, NEW_RUNSC = (4, 14, 77), (5, 6), 20260101
# gVisor's announcement of the platform systrap.
RUNSC_WITH_SYSTRAP = 20230428
# runsc/cgroup/systemd.go: "systemd version %d not supported, please upgrade to at least 244".
SYSTEMD_FOR_RUNSC = 244
# crun's NEWS, 1.14.2 and 1.14.3: before, crun refuses each configuration of a newer version of the OCI runtime spec
# ("unknown version specified"; 1.8.1 runs 1.1.0, and refuses 1.2.0). containerd writes 1.2 from 2.0 on, CRI-O from
# 1.30 on (go.mod of their releases).
CRUN_WITH_NEW_SPEC = (1, 14, 3)
NEW_SPEC = {"containerd": (2, 0), "crio": (1, 30)}
# crun's NEWS, 0.12.2: "fixed several issues with cgroup v2 and the cgroupfs driver"; devices came with 0.7.
CRUN_WITH_CGROUP_V2 = (0, 12, 2)
# runc's docs/cgroup-v2.md: "fully supports cgroup v2 since v1.0.0-rc93".
RUNC_WITH_CGROUP_V2 = (1, 0, 0, 93)

# Where files of the controller wait on the node until they are placed.
COPIES = "/var/lib/cri-switchover/handlers"

TARGET_NAMES = {"containerd": "containerd", "crio": "CRI-O"}


def release_of_runsc(text):
    """20260224 of "release-20260224.0"; None for a build without a release, such as "VERSION_MISSING"."""
    match = re.search(r"(?:^|\D)(20\d{6})(?:\D|$)", str(text or ""))
    return int(match.group(1)) if match else None


def release_of_runc(text):
    """(1, 1, 5, 1000): a release comes after all of its candidates, 1.0.0-rc93 as (1, 0, 0, 93)."""
    found = version(text)
    candidate = re.search(r"[~-]rc\.?(\d+)", str(text or ""))
    return None if found is None else found + (int(candidate.group(1)) if candidate else 1000,)


def program(info, name):
    """{"path", "version", ...} of a program as node_runtime_info found it; {} where it is not there."""
    return dig(info, "handlers.programs", {}).get(name) or {}


def binaries(info):
    """{program: path}"""
    return {name: found["path"] for name, found in dig(info, "handlers.programs", {}).items() if found}


def packages_of(handlers, info):
    """Packages to install. runc and crun only: the gVisor project's package would edit Docker's configuration."""
    names = [handler["runtime"] for handler in handlers if not handler["options"].get("binary")]
    wanted = [name for name in ("runc", "crun") if name in names and not program(info, name)]
    return [name for name in wanted if not _not_offered(info, name)]


def _not_offered(info, name):
    """Of apt alone it is known what no source has."""
    return dig(info, "packages.candidates", {}).get(name, name) is None


def _to_come(handler, info, target):
    """Upstream's packages of CRI-O bring runtimes of their own, which show once they are there: staging looks again."""
    return target == "crio" and dig(info, "crio.installed") is False and not handler["options"].get("binary")


def install_plan(handlers, info):
    """What is to be brought: {packages, manager, gvisor}; gvisor: None, or package or files for handler_binaries, and
    local, what is copied from the controller before."""
    gvisor = None
    for handler in handlers:
        options = handler["options"]
        if handler["runtime"] == "runsc" and options["source"] != "installed":
            gvisor = {"package": options.get("package"), "files": [], "local": []}
            for name, key in (("runsc", "runsc"), (runtime_handlers.SHIM, "shim")):
                if options["source"] == "files":
                    _add_file(gvisor, name, options[key + "_from"], options[key + "_sha512"].lower(), info)
            break
    return {"packages": packages_of(handlers, info), "manager": dig(info, "packages.manager"), "gvisor": gvisor}


def _add_file(gvisor, name, origin, sha512, info):
    if origin.startswith("https://"):
        gvisor["files"].append({"name": name, "sha512": sha512, "url": origin})
        return
    # A folder, with the slash by which copy makes it.
    folder = "%s/%s/" % (COPIES, name)
    source = folder + posixpath.basename(origin)
    gvisor["files"].append({"name": name, "sha512": sha512, "src": source, "consume": True})
    lacking = not program(info, name)
    gvisor["local"].append({"path": origin, "sha512": sha512, "dest": folder, "lacking": lacking})


def judge(handlers, info, target):
    """What keeps handlers from working here: [{handler, runtime, token, blocks, text, remedy}].

    ``handlers``: of _runtime_handlers.parse(); ``info``: node_runtime_info's result, read with these handlers;
    ``target``: containerd or crio. What was not seen is not judged: only a version that is known is too old.
    """
    found = []
    for handler in handlers:
        for token, blocks, text, remedy in _JUDGES[handler["runtime"]](handler, info, target):
            found.append(
                {
                    "handler": handler["name"],
                    "runtime": handler["runtime"],
                    "token": token,
                    # An optional handler is left out, and the node is switched without it.
                    "blocks": blocks and not handler["optional"],
                    "leaves_out": blocks and handler["optional"],
                    "text": "handler %s: %s" % (handler["name"], text),
                    "remedy": remedy,
                }
            )
    return found


def usable(handlers, info, target):
    """(handlers that the target gets, what was found): without the optional ones that cannot work here."""
    found = judge(handlers, info, target)
    left_out = set(item["handler"] for item in found if item["leaves_out"])
    return [handler for handler in handlers if handler["name"] not in left_out], found


def _target_version(info, target):
    if target == "containerd":
        return version(containerd_version(info)[0])
    return version(dig(info, "crio.version") or dig(info, "packages.candidates", {}).get("cri-o"))


def _dotted(numbers):
    return ".".join(str(number) for number in numbers)


def _judge_program(handler, info, target):
    """A program that nobody is going to bring, or that does not even start."""
    name, given = handler["runtime"], handler["options"].get("binary")
    found = program(info, name)
    if found and not found.get("version"):
        yield (
            "HANDLER-BROKEN",
            True,
            "%s --version does not tell a version" % found["path"],
            "run it on the node to see why",
        )
    if found or dig(info, "handlers.programs") is None:
        return
    if given:
        yield (
            "HANDLER-MISSING",
            True,
            "this node has no %s" % given,
            "put it there, or leave option binary out to have the package installed",
        )
    elif _not_offered(info, name):
        unsure = _to_come(handler, info, target)
        yield (
            "HANDLER-MISSING",
            not unsure,
            "this node has no %s, and no package source is known to offer it%s"
            % (name, "; CRI-O's packages may bring it" if unsure else ""),
            "add the source that has it, or refresh it (apt-get update), or name the program by option binary",
        )


def _judge_runc(handler, info, target):
    yield from _judge_program(handler, info, target)
    seen = program(info, "runc").get("version")
    release = release_of_runc(seen)
    if dig(info, "cgroup.version") == 2 and release and release < RUNC_WITH_CGROUP_V2:
        yield (
            "HANDLER-RUNC",
            True,
            "runc %s is older than 1.0.0-rc93, the first to support cgroup v2 fully (its docs/cgroup-v2.md)" % seen,
            "upgrade runc",
        )


def _judge_crun(handler, info, target):
    yield from _judge_program(handler, info, target)
    crun = program(info, "crun")
    text = crun.get("version") or dig(info, "packages.candidates", {}).get("crun")
    seen, runtime = version(text), _target_version(info, target)
    if seen is None:
        return
    if runtime and runtime >= NEW_SPEC[target] and seen < CRUN_WITH_NEW_SPEC:
        unsure = _to_come(handler, info, target)
        yield (
            "HANDLER-CRUN",
            # Seen with CRI-O 1.34.0 and crun 1.8.1: "container create failed: unknown version specified".
            not unsure,
            "crun %s refuses what %s %s writes, a configuration of OCI runtime spec 1.2 (crun's NEWS, 1.14.3)%s"
            % (text, TARGET_NAMES[target], _dotted(runtime), "; CRI-O's packages may bring another" if unsure else ""),
            "install crun 1.14.3 or newer, or name it by option binary",
        )
    if dig(info, "cgroup.version") == 2 and seen < CRUN_WITH_CGROUP_V2:
        yield (
            "HANDLER-CRUN",
            True,
            "crun %s is older than 0.12.2, the first without known faults on cgroup v2 (crun's NEWS)" % text,
            "upgrade crun",
        )
    features = crun.get("features")
    if features and dig(info, "kubelet.cgroup_driver") == "systemd" and "SYSTEMD" not in features:
        yield (
            "HANDLER-CRUN",
            True,
            "crun was built without systemd (it has %s), and kubelet's cgroup driver is systemd" % ", ".join(features),
            "install a crun that `crun --version` shows +SYSTEMD for",
        )


def _judge_runsc(handler, info, target):
    options = handler["options"]
    known = dig(info, "handlers.programs") is not None
    missing = [name for name in ("runsc", runtime_handlers.SHIM) if not program(info, name)]
    if options["source"] == "installed" and known and missing:
        yield (
            "HANDLER-MISSING",
            True,
            "this node has no %s in containerd's PATH (%s)" % (" and no ".join(missing), dig(info, "handlers.path")),
            "install it there, or let it be: option source: files (with checksums) or package",
        )
    if options["source"] == "package" and dig(info, "packages.manager") not in (None, "apt"):
        yield (
            "HANDLER-SOURCE",
            True,
            "gVisor is packaged for apt only, this node has %s" % dig(info, "packages.manager"),
            "use source: files",
        )
    arch = dig(info, "os.arch")
    if arch not in (None, "x86_64", "aarch64"):
        yield (
            "HANDLER-ARCH",
            True,
            "gVisor is built for x86_64 and aarch64, this node is %s" % arch,
            "leave it out here",
        )
    release = release_of_runsc(program(info, "runsc").get("version"))
    for judge_part in (_runsc_and_target, _runsc_and_kernel, _runsc_and_cgroups):
        yield from judge_part(handler, info, target, release)


def _runsc_and_target(_handler, info, target, release):
    runtime = _target_version(info, target)
    if runtime is None:
        return
    if target == "containerd" and runtime < CONTAINERD_WITH_RUNSC:
        yield (
            "HANDLER-GVISOR-TARGET",
            True,
            "containerd %s cannot hand gVisor's shim its settings; 1.5 is the first that can" % _dotted(runtime),
            "upgrade containerd",
        )
    if target == "crio" and runtime < CRIO_WITH_GVISOR:
        yield (
            "HANDLER-GVISOR-TARGET",
            True,
            "gVisor works with CRI-O from 1.37 on, this is %s: sandboxes start, their containers stay in Created"
            % _dotted(runtime),
            "use containerd for nodes that need gVisor, or leave this handler out",
        )
    elif target == "crio" and release and release <= RUNSC_WITHOUT_CRIO:
        yield (
            "HANDLER-GVISOR-TARGET",
            True,
            "gVisor's release %d cannot serve CRI-O: its shim learned that after %d (gVisor #13279)"
            % (release, RUNSC_WITHOUT_CRIO),
            "install a newer gVisor",
        )


def _runsc_and_kernel(handler, info, _target, release):
    kernel = version(dig(info, "os.kernel"))
    wanted = KERNEL_FOR_NEW_RUNSC if release and release >= NEW_RUNSC else KERNEL_FOR_RUNSC
    if kernel and kernel < wanted:
        yield (
            "HANDLER-GVISOR-KERNEL",
            True,
            "gVisor needs Linux %s, this is %s" % (_dotted(wanted), dig(info, "os.kernel")),
            "leave it out here, or move the node to a newer kernel",
        )
    platform = handler["options"]["platform"]
    kvm = dig(info, "handlers.kvm")
    if platform == "kvm" and kvm is not None and not kvm.get("usable"):
        yield (
            "HANDLER-GVISOR-PLATFORM",
            True,
            "platform kvm needs /dev/kvm, and %s"
            % ("it cannot be opened: %s" % kvm.get("error") if kvm.get("exists") else "this node has none"),
            "use platform systrap, or load the module kvm on hardware that has it",
        )
    if platform == "systrap" and release and release < RUNSC_WITH_SYSTRAP:
        yield (
            "HANDLER-GVISOR-PLATFORM",
            True,
            "gVisor's release %d does not know the platform systrap" % release,
            "use platform ptrace, or a newer gVisor",
        )


def _runsc_and_cgroups(_handler, info, _target, _release):
    """gVisor does through systemd only what is on the unified hierarchy (runsc/cgroup/cgroup.go)."""
    if dig(info, "kubelet.cgroup_driver") != "systemd":
        return
    if dig(info, "cgroup.version") == 1:
        yield (
            "HANDLER-GVISOR-CGROUPS",
            True,
            "kubelet's cgroup driver is systemd on cgroup v1: gVisor uses systemd on cgroup v2 only, and would take "
            "kubelet's slices for names of directories (gVisor #7334, #7671)",
            "leave it out until the node is on cgroup v2",
        )
    systemd = dig(info, "os.systemd")
    if isinstance(systemd, int) and systemd < SYSTEMD_FOR_RUNSC:
        yield (
            "HANDLER-GVISOR-CGROUPS",
            True,
            "gVisor needs systemd %d for cgroup driver systemd, this is %d" % (SYSTEMD_FOR_RUNSC, systemd),
            "leave it out here",
        )


_JUDGES = {"runc": _judge_runc, "crun": _judge_crun, "runsc": _judge_runsc}
