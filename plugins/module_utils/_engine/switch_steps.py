# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a switch. Each gets the work, raises Failure, and may return a short note for the operator.

Each can be done again. Their list, with the seconds that each may take, is at the end of this file.
"""

import glob
import os
import shutil
import time

from .boot import cgroup_version, restart_machine
from .cni import TARGET_RESULTS
from .cri import has_image, judge_info, need
from .errors import Failure
from .files import differing, images_of, write_files
from .guards import kill_until_gone, pod_processes
from .kernel import forward_policies, load_modules, set_sysctl, sysctls
from .names import STATE
from .pods import is_alive, is_sandbox, pods_in_waves
from .smoke import Smoke, pod_cgroup
from .systemd import is_running
from .waiting import in_parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Collection, Dict, List, Optional, Sequence, Tuple

    from .work import Work

    # The step, and the seconds that it may take.
    Steps = Sequence[Tuple[Callable[[Work], Optional[str]], int]]

# Seconds for a sandbox's own process, which does nothing but wait.
PAUSE_GRACE = 10
# Behind the name of a log that leads into Docker's.
ASIDE = ".docker"


def take_before_images(work: "Work") -> str:
    """What there is now, kept for a revert. Failure: it is not what was assessed, or does not work now."""
    files = work.plan["files"]
    seen = images_of(work.node, files)
    changed = differing(files, seen)
    if changed:
        raise Failure(
            "CRI-CUTOVER-DRIFT",
            "changed since it was assessed: %s" % ", ".join(item["path"] for item in changed),
            files=changed,
        )
    units = work.show_units(work.units)
    if not is_running(units.get(work.kubelet.unit, {})):
        text = "%s does not run: nothing shows that this node works now" % work.kubelet.unit
        raise Failure("CRI-CUTOVER-KUBELET", text)
    # It answers now, or this is not the node that was assessed, and no revert would be possible either.
    listed = work.docker.kubernetes()
    directories = copy_files(work, seen)
    work.images.save(
        {
            "files": seen,
            "units": units,
            "directories": directories,
            "sysctl": sysctls_now(work),
            "forward": forward_policies(work.node),
            "cni": work.cni.results(),
            "cgroup": cgroup_version(work.node),
            "pause": next((entry["ImageID"] for entry in listed if is_sandbox(entry)), None),
        }
    )
    forget_earlier_runs(work)
    return "%d files" % len(seen)


def copy_files(work: "Work", seen: "Dict[str, Dict[str, Any]]") -> "List[str]":
    """Copy the files, and write into their images where; returns the directories that the switch will make."""
    directories = set()
    for number, item in enumerate(work.plan["files"]):
        image = seen[item["path"]]
        directories.update(work.node.missing_parents(item["path"]))
        if image["kind"] == "file":
            image["copy"] = "%s/%d" % (work.images.directory, number)
            work.node.write(image["copy"], work.node.read(item["path"]))
    return sorted(directories, key=len, reverse=True)


def sysctls_now(work: "Work") -> "Dict[str, str]":
    """{path below /proc/sys: value} of the sysctls that the switch will set."""
    found = {}
    for key, _value, _optional in sysctls(work.node, work.plan):
        if os.path.exists(work.node.path("/proc/sys/" + key)):
            found[key] = work.node.read("/proc/sys/" + key).decode("ascii").strip()
    return found


def forget_earlier_runs(work: "Work") -> None:
    """Those of earlier runs describe a Docker that is no more: this one was set up anew since, or reverted."""
    for name in os.listdir(work.node.path(STATE + "/before")):
        if name != work.plan["run_id"]:
            shutil.rmtree(work.node.path("%s/before/%s" % (STATE, name)), ignore_errors=True)


def enable_recovery(work: "Work") -> None:
    """From now on a boot reverts the node."""
    work.recovery.enable()


def arm_watchdog(work: "Work") -> str:
    """From now on the node reverts by itself when nobody confirms."""
    work.recovery.arm(work.plan["watch"]["watchdog_s"])
    return "%d s" % work.plan["watch"]["watchdog_s"]


def stop_kubelet(work: "Work") -> None:
    """The window begins: from here on pods are disturbed."""
    work.kubelet.stop()
    work.journal["times"]["kubelet_stopped"] = time.time()
    work.kubelet_stopped = time.monotonic()


def stop_pods(work: "Work") -> str:
    """Pod by pod, as dockershim does it: containers, then the address, then the sandbox.

    The address while the sandbox lives, for a plugin finds in its network namespace what to undo outside; and before
    the agents end, which some plugins ask.
    """
    results = work.cni.results_by_sandbox()
    listed = work.docker.kubernetes()
    # What no sandbox in dockershim's own directory belongs to is a leak of earlier days.
    for identifier in set(results) - set(entry["Id"] for entry in listed):
        for path, cached in results[identifier]:
            if not path.startswith(TARGET_RESULTS):
                work.cni.release(path, cached, "", must=False)
    waves = pods_in_waves(listed)
    for wave in waves:
        in_parallel(lambda pod: end_pod(work, pod, results), wave)
    return "%d pods" % sum(any(map(is_alive, pod["sandboxes"])) for wave in waves for pod in wave)


def end_pod(work: "Work", pod: "Dict[str, Any]", results: "Dict[str, List[Tuple[str, Dict[str, Any]]]]") -> None:
    """A pod as pods_in_waves() has it; results: the cached CNI results, by sandbox."""
    in_parallel(lambda item: work.docker.stop(*item), pod["containers"])
    for sandbox in pod["sandboxes"]:
        alive, mine = is_alive(sandbox), results.get(sandbox["Id"], [])
        netns = "/proc/%d/ns/net" % work.docker.pid(sandbox["Id"]) if alive and mine else ""
        for path, cached in mine:
            work.cni.release(path, cached, netns, must=alive)
        if alive:
            work.docker.stop(sandbox["Id"], PAUSE_GRACE)


def write_target(work: "Work") -> None:
    """The target's files, kernel modules and sysctls."""
    write_files(work.node, work.plan, work.images, "target")
    load_modules(work.node, work.plan["modules"])
    for key, value, optional in sysctls(work.node, work.plan):
        set_sysctl(work.node, key, value, optional)


def start_target(work: "Work") -> None:
    """The target's service with its new files, until it answers."""
    service = work.plan["to"]["service"]
    unit = work.show_units([service]).get(service, {})
    if unit.get("UnitFileState") == "disabled":
        work.systemctl("enable", service)
    if not is_running(unit):
        work.systemctl("reset-failed", service, check=False)
    work.systemctl("restart", service)
    work.info = need(work.cri.info_until(work.left(60), lambda info: []))


def verify_target(work: "Work") -> str:
    """With kubelet still down, which would remove sandboxes that it does not know."""
    handlers, image = work.plan["handlers"], work.plan["pause_image"]
    needed = [handler["name"] for handler in handlers if not handler.get("optional")]

    def judge(info: "Dict[str, Any]") -> "List[Dict[str, Any]]":
        return judge_info(info, needed, pause_image=image)

    if judge(work.info):
        need(work.cri.info_until(work.left(30), judge))
    in_parallel(lambda check: check(work), [find_pause_image, run_each_handler])
    seen = work.journal["handlers"]
    lacking = ["%s DOES NOT WORK and is left out (%s)" % item for item in sorted(seen["left_out"].items())]
    return ", ".join([handler["name"] for handler in handlers if handler["name"] in seen["verified"]] + lacking)


def find_pause_image(work: "Work") -> None:
    """It must be there: while kubelet starts, nobody can wait for a registry."""
    image = work.plan["pause_image"]
    if not has_image(work.cri.json("images", "--output", "json"), image):
        raise Failure("CRI-PAUSE-MISSING", "the target has no image %s" % image, wanted=image)


def run_each_handler(work: "Work") -> None:
    """A container of each; the journal keeps what was seen."""
    # On its way into cgroup v2 the node's driver becomes systemd; kubelet's own cgroups are not of it yet.
    parent = pod_cgroup(work.node, systemd=bool(work.plan.get("boot")))
    smoke = Smoke(work.node, work.cri, work.plan["pause_image"], parent, int(work.left(90)))
    verified, left_out = smoke.verify(work.plan["handlers"])
    work.journal["handlers"] = {"verified": verified, "left_out": left_out}


def write_kubelet(work: "Work") -> None:
    """kubelet's files."""
    # Before Kubernetes 1.22 a new runtime counts from 0.log again, which still leads into Docker's own log.
    for link in glob.glob(work.node.path("/var/log/pods/*/*/*.log")):
        if os.path.islink(link) and "/containers/" in os.readlink(link):
            os.rename(link, link + ASIDE)
    if work.plan.get("boot"):
        work.kubelet.forget_memory_state()
    write_files(work.node, work.plan, work.images, "kubelet")


def check_leftovers(work: "Work") -> "Optional[str]":
    """Nothing may be left in a pod's cgroup now: neither runtime has a pod."""

    def complaint(left: "Collection[int]") -> Failure:
        text = "processes do not leave the pods' cgroups: %s" % sorted(left)
        return Failure("CRI-CUTOVER-LEFTOVER", text, cgroups=left)

    killed = kill_until_gone(lambda: pod_processes(work.node), work.left(10), complaint)
    return "%d processes killed" % len(killed) if killed else None


def set_next_boot(work: "Work") -> None:
    """For the next boot only: any further one, whatever ends this, is of the entry that the node always had."""
    write_files(work.node, work.plan, work.images, "boot")
    for argv in work.plan["boot"]["once"]:
        work.node.run(argv, timeout=work.left(120))
    # Nobody but us starts it in a boot that is not verified.
    work.systemctl("disable", work.kubelet.unit)


def reboot(work: "Work") -> None:
    """Its end is the boot that follows; recovery then has the rest done."""
    work.journal["times"]["rebooted"] = time.time()
    work.save()
    restart_machine(work.node)
    raise Failure("CRI-CUTOVER-REBOOT", "the node was asked to reboot, but it did not")


def check_boot(work: "Work") -> str:
    """Behind the reboot: is it the boot that was wanted, and does the target work in it?"""
    seen, wanted = cgroup_version(work.node), work.plan["boot"]["cgroup"]
    if seen != wanted:
        raise Failure("CRI-CUTOVER-CGROUP", "the node came up on cgroup v%d" % seen, seen=seen, wanted=wanted)
    # What was verified before was another kernel's; the target comes up by itself.
    work.info = need(work.cri.info_until(work.left(120), lambda info: []))
    return "cgroup v%d; verified there: %s" % (seen, verify_target(work))


def start_kubelet(work: "Work") -> None:
    """kubelet on the target, until it is up and the runtime's network is ready."""
    if work.plan.get("boot") is not None:
        work.systemctl("enable", work.kubelet.unit)
    times = work.journal["times"]
    times["kubelet_started"] = time.time()
    if work.kubelet_stopped:
        times["kubelet_down_s"] = round(time.monotonic() - work.kubelet_stopped, 1)
    elif "kubelet_stopped" in times:
        # Of an earlier boot: there is only the clock on the wall.
        times["kubelet_down_s"] = round(time.time() - times["kubelet_stopped"], 1)
    seconds = work.left(120)

    def network_is_ready() -> None:
        need(work.cri.info_until(seconds, lambda info: judge_info(info, network=True)))

    in_parallel(
        lambda check: check(),
        [lambda: work.kubelet.start(work.journal.get("recovered_boot")), network_is_ready],
    )


def finish_offline(work: "Work") -> None:
    """At boot, when the operator chose to go on: nothing runs yet, so the files are all there is to do."""
    for path in work.cni.results():
        cached = work.cni.cached(path)
        if cached is not None:
            work.cni.release(path, cached, "", must=False)
    write_target(work)
    service = work.plan["to"]["service"]
    if work.show_units([service]).get(service, {}).get("UnitFileState") == "disabled":
        work.systemctl("enable", service)
    # This boot may have been planned without it. It is ordered behind us.
    work.systemctl("start", "--no-block", service)
    write_kubelet(work)


def switch_steps_of(plan: "Dict[str, Any]") -> "Steps":
    """The steps that this plan asks for, in their order."""
    return [(step, seconds) for step, seconds in SWITCH if plan.get("boot") or step not in BOOT_STEPS]


# (step, the seconds it may take)
SWITCH = (
    (take_before_images, 60),
    (enable_recovery, 60),
    (arm_watchdog, 60),
    (stop_kubelet, 180),
    (stop_pods, 600),
    (write_target, 60),
    (start_target, 150),
    (verify_target, 240),
    (write_kubelet, 60),
    (check_leftovers, 60),
    (set_next_boot, 180),
    (reboot, 300),
    (check_boot, 300),
    (start_kubelet, 240),
)
# Only for a plan with another boot in it.
BOOT_STEPS = (set_next_boot, reboot, check_boot)
