# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runtime handler proven by what runs, not by what is configured. Runs on the node, for module cri_health.

- gVisor: the kernel's own words inside a container. The pause image has no program that could tell them, so the host's
  own are mounted into it, read-only.
- runc and crun: what they leave in their state directory differs. It is theirs, and needs no process more.

judge_words() and runtime_of() are pure. The engine proves its target on its own, by Cri.smoke: it is one file.
"""

import os
import shutil
import time

from ansible_collections.cri.switchover.plugins.module_utils import _engine

END = "cri-switchover-end"
# What /bin/sh, uname, cat and dmesg need of the host, with merged /usr and without.
HOST_FOLDERS = ("/bin", "/lib", "/lib64", "/sbin", "/usr")
# Each may be lacking or forbidden; together they are enough.
COMMAND = ["/bin/sh", "-c", "uname -sr; cat /proc/version; dmesg; echo %s; trap exit TERM; sleep 3600 & wait" % END]
# Where the runtimes keep a container's state: containerd's shim has one place for all, CRI-O one for each.
STATE_FOLDERS = ("/run/containerd/runc/k8s.io/%s", "/run/runc/%s", "/run/crun/%s")
DIRECTORY = "/run/cri-switchover"
POLL = 0.3


def runtime_of(names):
    """Which runtime left these files in the state directory of a container; None where it is neither."""
    if "state.json" in names:
        return "runc"  # libcontainer's
    return "crun" if "status" in names else None


def words_of(log):
    """What a container said, out of its log in CRI's form: "TIME stdout F text"."""
    texts = []
    for line in log.splitlines():
        parts = line.split(" ", 3)
        texts.append(parts[3] if len(parts) == 4 and parts[1] in ("stdout", "stderr") else line)
    return texts


def judge_words(words, host_release):
    """None when a kernel of gVisor's spoke, else why that is not so. ``host_release``: uname -r of the host."""
    if any("gVisor" in word for word in words):
        return None
    first = next((word for word in words if word.startswith("Linux ")), "nothing")
    if host_release and any(host_release in word for word in words):
        return "the kernel inside is the host's (%s)" % first
    return "the kernel inside does not say that it is gVisor's (it says %s)" % first


def configs(handler, runtime, image, parent, stamp, folders):
    """(sandbox, container) as the engine has them; for gVisor with a command that tells which kernel it is on."""
    sandbox, container = _engine.smoke_configs(handler, image, parent, stamp)
    if runtime == "runsc":
        mounts = [{"host_path": path, "container_path": path, "readonly": True} for path in folders]
        container = dict(container, command=COMMAND[:1], args=COMMAND[1:], mounts=mounts)
    return sandbox, container


def prove(node, cri, handlers, image, parent, seconds):
    """{handler: {"runtime", "evidence"}} of each; ``handlers``: {name: runc, crun or runsc}. Raises Failure.

    Only while kubelet is down, which removes what it does not know.
    """
    stamp = "%d-%d" % (os.getpid(), int(time.monotonic() * 1000))
    label = "%s=%s" % (_engine.SMOKE_LABEL, stamp)
    directory = node.path(DIRECTORY)
    if not os.path.isdir(directory):
        os.mkdir(directory, 0o700)
    folders = [path for path in HOST_FOLDERS if os.path.isdir(node.path(path))]

    def start(handler):
        paths = []
        made = configs(handler, handlers[handler], image, parent, stamp, folders)
        for number, config in enumerate(made):
            paths.append(os.path.join(directory, "%s-%s-%d.json" % (handler, stamp, number)))
            with open(paths[-1], "w") as stream:
                _engine.json.dump(config, stream)
        cri.run("run", "--no-pull", "--runtime", handler, paths[1], paths[0], timeout=seconds)

    try:
        _engine.in_parallel(start, sorted(handlers), workers=4)
        listed = cri.json("ps", "--label", label, "--output", "json", timeout=seconds).get("containers") or []
        running = dict((c["metadata"]["name"], c["id"]) for c in listed if c.get("state") == "CONTAINER_RUNNING")
        missing = sorted(set(handlers) - set(running))
        if missing:
            raise _engine.Failure("CRI-SMOKE", "the container does not run with handler %s" % ", ".join(missing))
        found = dict((name, _evidence(node, name, handlers[name], running[name], stamp, seconds)) for name in handlers)
        cri.run("rmp", "--force", *[c["podSandboxId"] for c in listed], timeout=seconds)
        return found
    except _engine.Failure as exc:
        cri.remove_pods(seconds, "--label", label)
        if exc.reason == "CRI-HANDLER-OTHER":
            raise
        raise _engine.Failure("CRI-SMOKE", str(exc), handlers=sorted(handlers), image=image) from exc
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _evidence(node, name, runtime, container, stamp, seconds):
    if runtime == "runsc":
        log = node.path("%s/cri-switchover-%s-%s.log" % (DIRECTORY, name, stamp))
        words = _wait_for_words(log, seconds)
        wrong = judge_words(words, os.uname().release)
        if wrong:
            raise _engine.Failure(
                "CRI-HANDLER-OTHER", "handler %s: %s" % (name, wrong), handler=name, wanted=runtime, seen=words[:5])
        told = [word for word in words if word.startswith("Linux ") or "gVisor" in word]
        return {"runtime": runtime, "evidence": "; ".join(told[:3])}
    for folder in STATE_FOLDERS:
        path = node.path(folder % container)
        if os.path.isdir(path):
            seen = runtime_of(os.listdir(path))
            if seen == runtime:
                return {"runtime": seen, "evidence": "state in %s" % (folder % container)}
            raise _engine.Failure(
                "CRI-HANDLER-OTHER",
                "handler %s: its container was made by %s, wanted %s"
                % (name, seen or "neither runc nor crun", runtime),
                handler=name, wanted=runtime, seen=seen)
    raise _engine.Failure(
        "CRI-HANDLER-OTHER", "handler %s: no state of %s for its container %s" % (name, runtime, container[:13]),
        handler=name, wanted=runtime, seen=None)


def _wait_for_words(path, seconds):
    """gVisor's first words come some seconds after its container counts as running, on a busy node."""
    end = time.monotonic() + seconds
    while True:
        try:
            with open(path, encoding="utf-8", errors="replace") as stream:
                words = words_of(stream.read())
        except OSError:
            words = []
        if END in words or time.monotonic() >= end:
            return words
        time.sleep(POLL)
