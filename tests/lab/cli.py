"""The lab's command line: one help page, short commands."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable

from . import artefacts, host, inventory, netns, procs, profiles, record, servers, ssh, start
from .cluster import Cluster
from .nodewatch import table
from .paths import ROOT, cache_dir
from .say import LabError, say, step
from .switch import PROBER, answered, environment, play, start_prober, stop_prober, switch

HELP = """\
A real Kubernetes cluster on Docker (dockershim) in virtual machines on this machine, and what to do with it.

  ./lab up                start the cluster; the first time builds everything (about 25 min), later under 1 min
  ./lab switch [ARGS]     up if needed, run switch-runtime.yml on it, show the nodes before and after
  ./lab test [ARGS]       all tests: fast ones first, then real switches and failures (--list)
  ./lab pytest ARGS       one test file in seconds, in the project's own environment; needs no lab
  ./lab status            nodes, workloads, processes, snapshots
  ./lab kubectl ARGS      kubectl as the cluster's admin
  ./lab ssh N [COMMAND]   a shell, or one command, on node N
  ./lab restore [NAME]    back to the untouched Docker cluster, or to a snapshot of your own
  ./lab down              end it all; the cache stays

More, for tests and for the curious:
  ./lab up --restore      up; a lab that was up already is restored to the untouched Docker cluster
  ./lab play ARGS         ansible-playbook with the lab's inventory, inside its network
  ./lab exec COMMAND      any command inside the lab's network, with KUBECONFIG and the tools in PATH
  ./lab snapshot NAME     keep the running cluster under a name, until down
  ./lab power-cut N       node N loses power and boots again
  ./lab reboot N          node N reboots in good order
  ./lab unplug N, plug N  pull node N's network cable, put it back
  ./lab wait              until all nodes have been heard of again and all workloads are ready
  ./lab probe start, probe stop, probe report
                          a client of the Service in the background; `report` prints what it has seen, as JSON
  ./lab serve NAME        serve to the nodes, beside the rest: {extras}
  ./lab record            note what Docker is like on the nodes, for a comparison
  ./lab faults [ARGS]     the fault matrix: the engine killed, interrupted and failed at every step (--list, --help)

  --profile NAME          which cluster (before the command): {profiles}
                          otherwise the one that is up, or 'default'
Cache: {cache} (set CRI_SWITCHOVER_CACHE to put it elsewhere)
"""


def _up(profile: str | None) -> Cluster:
    if profile is None:
        profile = _running_profile() or "default"
    return start.up(profiles.load(profile))


def _running_profile() -> str | None:
    try:
        return Cluster.running().profile.name
    except LabError:
        return None


def _locked(work: Callable[[], object]) -> int:
    with host.lock():
        work()
    return 0


def _number(word: str) -> int:
    """Nodes may be given as 1 or as node1."""
    digits = word.removeprefix("node")
    if not digits.isdigit():
        raise LabError(f"{word!r} is not a node: 1, 2, ... or node1, node2, ...")
    Cluster.running().vm(int(digits))
    return int(digits)


def _exec(argv: list[str], env: dict[str, str] | None = None) -> int:
    sys.stdout.flush()
    os.execvpe(argv[0], argv, env or dict(os.environ))


def _in_venv(argv: list[str]) -> int:
    """A command in the project's own environment, outside of the lab's network."""
    venv = host.venv()
    path = f"{venv}/bin:{os.environ['PATH']}"
    return _exec(argv, {**os.environ, "PATH": path, "VIRTUAL_ENV": str(venv), "LC_ALL": "C.UTF-8"})


def _restored(profile: str | None) -> None:
    """Up and untouched, whatever an earlier user of the lab has left."""
    was_up = _running_profile() is not None
    cluster = _up(profile)
    if was_up:
        cluster.restore()
    cluster.wait_workloads(300)


def _status() -> int:
    cluster = Cluster.running()
    print(f"profile {cluster.profile.name}: {cluster.profile.about}")
    print(f"virtual machines: {'KVM' if 'kvm' in cluster.accel else 'emulated (TCG)'}, inventory {inventory.path()}")
    dead = [name for name in procs.names() if not procs.pid_of(name)]
    print(f"processes: {len(procs.names()) - len(dead)} running{', ended: ' + ', '.join(dead) if dead else ''}")
    print(f"snapshots: {', '.join(cluster.snapshots())}")
    print(f"apt repository: {servers.URL}/repo\n\n{table(cluster.get('nodes'))}\n")
    missing = cluster.unready_workloads()
    print("workloads: " + (f"not ready: {', '.join(missing)}" if missing else "all ready"))
    return 1 if dead or missing else 0


def _one(arguments: list[str], what: str) -> str:
    if len(arguments) != 1:
        raise LabError(f"give one {what}")
    return arguments[0]


def _probe(arguments: list[str]) -> int:
    what = _one(arguments, "of start, stop, report")
    if what == "start":
        # one that runs goes on: a second start must not lose what it has seen
        if not procs.pid_of(PROBER):
            start_prober()
    elif what == "stop":
        print(json.dumps(stop_prober()))
    elif what == "report":
        print(json.dumps(answered()))
    else:
        raise LabError("probe start, probe stop or probe report")
    return 0


def _wait(cluster: Cluster) -> None:
    with step("waiting for the nodes and their pods", "30 s"):
        cluster.wait_nodes(300, time.time())
        cluster.wait_workloads(300)


def _serve(name: str) -> None:
    if name not in artefacts.EXTRAS:
        raise LabError(f"no {name!r} to serve; there are: {', '.join(artefacts.EXTRAS)}")
    if netns.within():
        raise LabError(f"there is no way to the internet from in here: run ./lab serve {name} outside of ./lab exec")
    servers.serve(name, artefacts.extra(name, say))
    say(f"served at {servers.URL}/{name}")


def run(profile: str | None, command: str, arguments: list[str]) -> int:
    if command == "up":
        if arguments not in ([], ["--restore"]):
            raise LabError("up, or up --restore")
        _locked(lambda: _restored(profile) if arguments else _up(profile))
        return _status()
    if command == "switch":
        with host.lock():
            cluster = _up(profile)
        return switch(cluster, arguments)
    if command == "test":
        return _in_venv([str(ROOT / "tests" / "run"), *arguments])
    if command == "pytest":
        return _in_venv(["pytest", *arguments])
    if command == "down":
        return _locked(start.down)
    if command == "status":
        return _status()
    if command == "faults":
        from faults.matrix import faults  # the tests' own, beside the lab

        return faults(arguments)
    cluster = Cluster.running()
    if command == "restore":
        return _locked(lambda: cluster.restore(*arguments[:1]))
    if command == "snapshot":
        return _locked(lambda: cluster.snapshot(_one(arguments, "name")))
    if command == "wait":
        return _locked(lambda: _wait(cluster))
    if command == "probe":
        return _probe(arguments)
    if command == "serve":
        return _locked(lambda: _serve(_one(arguments, "name")))
    if command == "record":
        return _locked(lambda: record.record(cluster))
    if command == "play":
        return play(cluster, arguments)
    if command == "exec" and arguments:
        return _exec(netns.inside(arguments), environment(cluster))
    if command == "kubectl":
        return _exec(netns.inside([str(cluster.bin / "kubectl"), *arguments]), environment(cluster))
    if command == "ssh" and arguments:
        remote = " ".join(arguments[1:])
        return _exec(ssh.argv(_number(arguments[0]), remote or None, terminal=not remote))
    nodes: dict[str, Callable[[int], None]] = {
        "power-cut": cluster.power_cut,
        "reboot": cluster.reboot,
        "unplug": lambda n: cluster.plug(n, False),
        "plug": lambda n: cluster.plug(n, True),
    }
    if command in nodes:
        nodes[command](_number(_one(arguments, "node")))
        return 0
    raise LabError(f"unknown or incomplete command: {command} {' '.join(arguments)}\nSee ./lab help")


def main() -> int:
    text = HELP.format(profiles=", ".join(profiles.names()), extras=", ".join(artefacts.EXTRAS), cache=cache_dir())
    parser = argparse.ArgumentParser(prog="./lab", add_help=False)
    parser.add_argument("--profile")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("command", nargs="?", default="help")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if args.help or args.command == "help":
        print(text, end="")
        return 0
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:{host.SBIN}"
    try:
        return run(args.profile, args.command, args.arguments)
    except LabError as error:
        say(f"ERROR: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; what was started so far is cleaned up by the next ./lab up or ./lab down")
        return 130
