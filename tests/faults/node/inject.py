"""The fault beside the engine: at one place of one step it is killed, loses its machine's power, or fails.

Nothing of the product knows of it. Engine.perform and the effects of Node and Docker are wrapped; case.json says where
to act:
  at     before   the step is about to begin, its predecessor is not yet written down as ended
         journal  the journal's line of its begin is being written
         effect   number k of its effects (a file written, linked or removed, a command, a request to Docker)
         begun, after    its function is entered, has returned
         phase    the journal is being written with this new phase
  side   before or after the write, for journal, effect and phase
  act    kill, cut (the host cuts the power: it reads the serial console), torn (half a file, then cut), fail, hang
  boot   0: where it was set up; 1: in the next boot
Where it has been is in /run/cri-faults/trace, one line each.
"""

import errno
import json
import os
import signal
import threading
import time

from engine.docker import Docker
from engine.errors import Failure
from engine.machine import Engine
from engine.names import STATE
from engine.node import Node

HOME = "/opt/cri-faults"
RUN = "/run/cri-faults"
CONSOLE = "/dev/ttyS0"
READS = ("show", "is-active", "info", "images", "ps", "pods", "version", "inspect", "-S")


def only_reads(argv):
    """Does this command only read? Such are made again and again while something is waited for."""
    return os.path.basename(argv[0]) == "journalctl" or any(word in READS for word in argv[1:8])


class Injector(object):
    def __init__(self, faults):
        self.faults = faults
        self.lock = threading.RLock()
        self.step, self.count, self.entering = None, 0, None
        self.boot = self.boot_number()

    def boot_number(self):
        """Written down at once, so that no sync of ours falls between the engine's own effects."""
        with open("/proc/sys/kernel/random/boot_id") as stream:
            now = stream.read().strip()
        path = HOME + "/boots"
        boots = []
        if os.path.exists(path):
            with open(path) as stream:
                boots = stream.read().split()
        if now not in boots:
            boots.append(now)
            with open(path, "w") as stream:
                stream.write("\n".join(boots) + "\n")
                stream.flush()
                os.fsync(stream.fileno())
        return boots.index(now)

    def reach(self, step, at, side=None, k=None, name="", tear=None):
        """Pass this place: note it, and act when a fault waits here."""
        with self.lock:
            with open(RUN + "/trace", "a") as stream:
                stream.write(json.dumps({"step": step, "at": at, "side": side, "k": k, "name": name}) + "\n")
            for number, fault in enumerate(self.faults):
                spent = "%s/spent-%d" % (RUN, number)
                here = (fault["step"], fault["at"], fault.get("side"), fault.get("k"), fault.get("boot", 0))
                if here == (step, at, side, k, self.boot) and not os.path.exists(spent):
                    open(spent, "w").close()
                    self.act(fault["act"], at, tear)

    def act(self, what, at, tear):
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "torn" and tear:
            tear()
        if what in ("cut", "torn"):
            with open(CONSOLE, "w") as console:
                console.write("\n@@SWITCH@@\n")
            while True:
                os.kill(os.getpid(), signal.SIGSTOP)
        if what == "hang":
            time.sleep(100000)
        if what == "fail":
            if at in ("before", "begun", "after"):
                raise Failure("CRI-TEST-FAULT", "made to fail")
            raise Made()

    def effect(self, name, call, failure, tear=None):
        """One effect, with a place before and one behind it."""
        if self.step is None:
            return call()
        with self.lock:
            self.count += 1
            step, k = self.step, self.count
        try:
            self.reach(step, "effect", "before", k, name, tear)
            answer = call()
            self.reach(step, "effect", "after", k, name)
        except Made as exc:
            raise failure() from exc
        return answer

    def journal(self, data, call, tear):
        """The journal is written: at the begin of a step, or between steps for a new phase."""
        step, at = self.entering, "journal"
        if step is None:
            step, at = json.loads(data.decode("utf-8"))["phase"], "phase"
        try:
            self.reach(step, at, "before", tear=tear)
            answer = call()
            self.reach(step, at, "after")
        except Made as exc:
            raise OSError(errno.ENOSPC, "made to fail") from exc
        return answer


class Made(Exception):
    """A fault on its way to become what the effect itself would raise."""


def install():
    case = HOME + "/case.json"
    if not os.path.exists(case):
        return
    with open(case) as stream:
        faults = json.load(stream)["faults"]
    if not os.path.isdir(RUN):
        os.mkdir(RUN)
    injector = Injector(faults)
    plain = {}
    for name in ("write", "link", "remove", "run"):
        plain[name] = getattr(Node, name)
    request, perform = Docker.request, Engine.perform

    def files(name):
        def changed(self, path, *args, **kwargs):
            def call():
                return plain[name](self, path, *args, **kwargs)

            def tear():
                """The new file lies there half written, under its temporary name."""
                data = args[0] if args else kwargs.get("data", b"")
                self.make_parents(path)
                with open(self.temporary(path), "wb") as half:
                    half.write(data[: len(data) // 2])
                    half.flush()
                    os.fsync(half.fileno())

            if path == STATE + "/journal.json":
                return injector.journal(args[0], call, tear)
            return injector.effect(
                "%s %s" % (name, path),
                call,
                lambda: OSError(errno.EIO, "made to fail"),
                tear if name == "write" else None,
            )

        return changed

    def run(self, argv, *args, **kwargs):
        def call():
            return plain["run"](self, argv, *args, **kwargs)

        if only_reads(argv):
            return call()
        return injector.effect(
            " ".join(argv[:8])[:120], call, lambda: Failure("CRI-COMMAND-FAILED", "made to fail", command=argv)
        )

    def docker(self, method, path, *args, **kwargs):
        def call():
            return request(self, method, path, *args, **kwargs)

        if method == "GET":
            return call()
        return injector.effect(
            "docker %s %s" % (method, path.split("?")[0]),
            call,
            lambda: Failure("CRI-DOCKER-API", "made to fail"),
        )

    def performed(self, step, *args, **kwargs):
        name = step.__name__

        def inside(e):
            injector.entering = None
            injector.step, injector.count = name, 0
            try:
                injector.reach(name, "begun")
                answer = step(e)
            finally:
                injector.step = None
            injector.reach(name, "after")
            return answer

        inside.__name__ = name
        injector.reach(name, "before")
        injector.entering = name
        return perform(self, inside, *args, **kwargs)

    for name in ("write", "link", "remove"):
        setattr(Node, name, files(name))
    Node.run, Docker.request = run, docker
    Engine.perform = performed
