# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a revert. Each gets the work, raises Failure, and may return a short note for the operator.

Each can be done again. Their list, with the seconds that each may take, is at the end of this file. Which of them a
revert takes, revert_plan says.
"""

import contextlib
import glob
import os
import time

from .boot import boot_id
from .cni import drop_netns, is_netns, netns_of
from .docker import broken_checkpoints
from .errors import Failure
from .files import keep_changed, restore
from .guards import container_shims, is_dockers, kill_until_gone, pod_processes
from .kernel import restore_forward_policies, set_sysctl
from .log import say
from .pods import is_alive, is_sandbox, on_host_network
from .revert_plan import BY_CGROUP, FINISHED, pods_ended_by_cgroup, target_ran
from .switch_steps import ASIDE, PAUSE_GRACE
from .systemd import is_running, is_up, needs_reload, unit_commands, unit_file_commands
from .waiting import in_parallel
from .work import shim_units

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Dict, List, Optional, Tuple

    from .node import Node
    from .work import Work

DOCKERSHIM_ROOT = "/var/lib/dockershim"


def revert_check_source(work: "Work") -> str:
    """Before anything is stopped: can Docker still run a container? The target can, and would be given up for it."""
    down = docker_units_down(work)
    try:
        for unit in down:
            work.systemctl("reset-failed", unit, check=False)
            work.systemctl("start", unit, timeout=min(work.left(90), 90))
        listed = work.docker.kubernetes()
        image = work.before.get("pause") or next((entry["ImageID"] for entry in listed if is_sandbox(entry)), None)
        if image is None:
            return "Docker answers"
        work.docker.smoke(image)
    except Failure as exc:
        for unit in down:
            work.systemctl("stop", unit, check=False)
        raise Failure("CRI-REVERT-SOURCE", "Docker cannot run containers: %s" % exc, seen=exc.reason) from exc
    return "Docker runs %s" % image[:19]


def docker_units_down(work: "Work") -> "List[str]":
    """Docker's units that ran before and are not up now, in the order of their start."""
    # Docker first: cri-dockerd does not start without it.
    units = ["docker.socket", "docker.service"] + shim_units(work.plan)[::-1]
    return [
        unit
        for unit in units
        if unit in work.before["units"]
        and not is_up(work.show_units([unit]).get(unit, {}))
        and is_running(work.before["units"][unit])
    ]


def revert_enable_recovery(work: "Work") -> None:
    """It left with the confirmation; a power cut in the middle of the revert needs it, too."""
    work.recovery.enable()


def revert_stop_kubelet(work: "Work") -> None:
    """From here on pods are disturbed."""
    work.kubelet.stop()


def revert_remove_pods(work: "Work") -> "Optional[str]":
    """The target's pods: asked of the runtime, and what it cannot do, by cgroup. Docker's are never touched."""
    began = time.monotonic()
    asked = work.cri.remove_pods(60)
    hangs = not asked and time.monotonic() - began >= 60
    if not hangs and ("start_kubelet" in work.journal.begun() or FINISHED in work.journal.begun()):
        asked, hangs = remove_after_a_new_start(work)
    end_by_cgroup(work, asked)
    if not asked and not hangs:
        # What stood in its way is dead; its records would be left.
        work.cri.remove_pods(30)
    return None if asked else BY_CGROUP


def remove_after_a_new_start(work: "Work") -> "Tuple[bool, bool]":
    """(all sandboxes are removed, the target hangs).

    A sandbox that was being made when kubelet stopped is listed only by a runtime that starts anew; it may be why the
    others could not all be removed, too.
    """
    try:
        work.systemctl("restart", work.plan["to"]["service"], check=False, timeout=work.left(60))
        work.cri.info_until(work.left(30), lambda info: [])
        return work.cri.remove_pods(60), False
    except Failure as exc:
        # It hangs in its start: then by cgroup.
        say("the target does not restart: %s" % exc)
        return False, True


def end_by_cgroup(work: "Work", asked: bool) -> None:
    """What is left of the target's pods; where it could not be asked to remove them, also what watches over them."""
    dockers = set(entry["Id"] for entry in work.docker.kubernetes_if_it_answers())

    def find() -> "List[int]":
        left = [pid for pid, cgroup in pod_processes(work.node).items() if not is_dockers(cgroup, dockers)]
        return left if asked else left + container_shims(work.node, work.plan["to"]["shims"])

    def complaint(left: "Collection[int]") -> Failure:
        return Failure("CRI-REVERT-LEFTOVER", "processes of the target do not end: %s" % sorted(left))

    kill_until_gone(find, 15, complaint)


def revert_release_network(work: "Work") -> None:
    """Addresses and ports of sandboxes that came after the before-image.

    A sandbox that the runtime could not remove has its network namespace still, and a plugin finds only there what it
    has to undo outside. The results are forgotten last: who is killed here has it all done again.
    """
    known = set(work.before["cni"])
    released, spaces = [], set()
    for path in work.cni.results():
        cached = work.cni.cached(path)
        if path not in known and cached is not None:
            netns = netns_of(cached)
            netns = netns if netns and is_netns(work.node, netns) else ""
            if work.cni.delete(cached, netns, must=False):
                released.append(path)
                spaces.add(netns)
    for netns in sorted(spaces - {""}):
        drop_netns(work.node, netns)
    for path in released:
        work.node.remove(path)


def revert_files(work: "Work") -> "Optional[str]":
    """Files, directories, log links and sysctls as they were before."""
    changed = keep_changed(work.node, work.plan["files"], work.images)
    for path, image in sorted(work.before["files"].items()):
        restore(work.node, path, image)
    for directory in work.before["directories"]:
        with contextlib.suppress(OSError):
            os.rmdir(work.node.path(directory))
    for link in glob.glob(work.node.path("/var/log/pods/*/*/*.log" + ASIDE)):
        with contextlib.suppress(OSError):
            os.rename(link, link[: -len(ASIDE)])
    for key, value in work.before["sysctl"].items():
        set_sysctl(work.node, key, value, optional=True)
    if "write_kubelet" in work.journal.begun() and work.plan.get("boot"):
        work.kubelet.forget_memory_state()
    if needs_reload(work.before["files"]):
        work.systemctl("daemon-reload")
    return "kept what others had changed: %s" % ", ".join(changed) if changed else None


def revert_loader(work: "Work") -> None:
    """The boot entry that was to be used once, or already for good."""
    boot = work.plan["boot"]
    for argv in boot["undo"] + (boot["undo_permanent"] if work.journal.get("permanent") else []):
        work.node.run(argv, timeout=work.left(120))


def revert_unit_files(work: "Work") -> None:
    """Enabled, disabled, masked as they were: what a boot reads."""
    for call in unit_file_commands(work.before["units"], work.show_units(work.units)):
        work.systemctl(*call, timeout=60)


def revert_runtimes(work: "Work") -> None:
    """Docker runs, the target as it did before: with its old files, and without records of its pods."""
    service = work.plan["to"]["service"]
    now = work.show_units(work.units)
    done = work.journal.begun()
    fresh = work.journal.get("recovered_boot") == boot_id(work.node)
    restart = [service] if target_ran(done) and not fresh else []
    # kubelet's start is a step of its own.
    before = dict((unit, state) for unit, state in work.before["units"].items() if unit != work.kubelet.unit)
    for call in unit_commands(before, now, restart):
        # In a boot Docker may wait for the network for two minutes before it starts.
        work.systemctl(*call, timeout=work.left(240))
    restore_forward_policies(work.node, work.before.get("forward", {}))
    if target_ran(done) and (fresh or pods_ended_by_cgroup(work.journal)):
        forget_pods(work)
    if "revert_check_source" in done and not work.journal.ended_well("revert_check_source"):
        work.docker.remove_smoke()


def forget_pods(work: "Work") -> None:
    """Records of what a boot or we have ended: Docker's containerd lists them, or, where it has no CRI, still has them.

    Those of a target that does not serve Docker are nobody else's, and its service is down: asking it would wait for
    nothing.
    """
    if not work.plan["to"]["serves_docker"] or work.cri.remove_pods(30):
        return
    containerd_forget(work.node)
    if work.cri.has_pods(30):
        # With Docker's configuration it may not find the CNI plugins, and without them removes no pod; it keeps those
        # in mind until it starts anew.
        work.systemctl("restart", work.plan["to"]["service"], timeout=work.left(240))


def containerd_forget(node: "Node") -> None:
    """The records of containers that were Kubernetes', by containerd's own client."""
    ctr = ["ctr", "--namespace", "k8s.io", "containers"]
    try:
        found = node.run(ctr + ["ls", "-q"])[1].split()
        if found:
            node.run(ctr + ["rm"] + found)
    except Failure as exc:
        say("containerd still has records of the target's containers: %s" % exc)


def revert_stop_sandboxes(work: "Work") -> None:
    """One that has lost its address, and not its life, is of no use to dockershim."""
    results = work.cni.results_by_sandbox()
    useless = [
        entry
        for entry in work.docker.kubernetes()
        if is_sandbox(entry) and is_alive(entry) and not on_host_network(entry) and entry["Id"] not in results
    ]
    in_parallel(lambda entry: work.docker.stop(entry["Id"], PAUSE_GRACE), useless)


def revert_clear_checkpoints(work: "Work") -> "Optional[str]":
    """A checkpoint that the shim cannot read, or of a sandbox that is gone, keeps it from cleaning up for ever."""
    checkpoints = work.plan["from"].get("root_dir", DOCKERSHIM_ROOT) + "/sandbox"
    directory = work.node.path(checkpoints)
    texts: "Dict[str, str]" = {}
    for name in os.listdir(directory) if os.path.isdir(directory) else []:
        with open(os.path.join(directory, name), errors="replace") as stream:
            texts[name] = stream.read()
    known = set(entry["Id"] for entry in work.docker.kubernetes()) if texts else None
    useless = broken_checkpoints(texts, known)
    for name in useless:
        work.node.write("%s/checkpoints/%s" % (work.images.directory, name), texts[name].encode("utf-8", "replace"))
        work.node.remove(checkpoints + "/" + name)
    return "%d put aside" % len(useless) if useless else None


def revert_start_kubelet(work: "Work") -> None:
    """kubelet on Docker, until it is up."""
    work.kubelet.start(work.journal.get("recovered_boot"))


# (step, the seconds it may take)
REVERT = (
    (revert_check_source, 180),
    (revert_enable_recovery, 60),
    (revert_stop_kubelet, 180),
    (revert_remove_pods, 180),
    (revert_release_network, 180),
    (revert_files, 60),
    (revert_loader, 180),
    (revert_unit_files, 60),
    (revert_runtimes, 300),
    (revert_stop_sandboxes, 300),
    (revert_clear_checkpoints, 60),
    (revert_start_kubelet, 240),
)
