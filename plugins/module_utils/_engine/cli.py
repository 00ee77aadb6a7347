# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of `cri-switchover`: the node's own program, which moves it from Docker to another runtime, or back.

It runs as a transient systemd unit that outlives SSH, Ansible and the controller, and needs nobody's help. Standard
library only, Python 3.6 and newer, nothing from Ansible.
"""

import errno
import json
import os
import sys

from .commands import COMMANDS
from .errors import Failure
from .log import open_log
from .node import Node
from .node_lock import LOCK_SECONDS
from .store import Store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

NEED_RUN = ("start", "run", "confirm")
FLAGS = ("json", "watchdog", "detach", "force", "allow_drift")
VALUES = ("run_id", "reason", "by_run", "owner", "seconds")
USAGE = """usage: cri-switchover COMMAND [--run-id RUN] [--json]
  status      what happened on this node, and where it stands
  start       begin the staged switch as a unit of its own      (--run-id)
  confirm     accept the new runtime; the watchdog is disarmed  (--run-id)
  can-revert  what speaks against a revert; changes nothing     ([--allow-drift])
  revert      revert to Docker; --detach: as a unit of its own, as always when called from a terminal
                                                                ([--run-id] [--reason TOKEN] [--detach] [--allow-drift])
  finalize    stop and disable Docker on a confirmed node
  forget      remove journal, before-images and this program; no revert after that
  steps       the engine's steps, as the staged plan has them
  lock        take or renew the node lock                      (--by-run RUN [--owner NAME] [--seconds N])
  run, recover, revert --watchdog: called by systemd units
While a playbook has the node lock, other rollouts are refused; --force ignores the lock."""


def parse(argv: "List[str]") -> "Optional[Dict[str, Any]]":
    """Few and simple arguments: argparse alone would cost more than the rest of `status`. None: not understood."""
    args: "Dict[str, Any]" = dict.fromkeys(FLAGS, False)
    args.update(dict.fromkeys(VALUES), seconds=LOCK_SECONDS)
    if not argv or argv[0] not in COMMANDS:
        return None
    rest = list(argv[1:])
    while rest:
        word = rest.pop(0)
        name = word[2:].replace("-", "_")
        if not word.startswith("--") or (name not in FLAGS and not (name in VALUES and rest)):
            return None
        args[name] = True if name in FLAGS else rest.pop(0)
    if argv[0] in NEED_RUN and not args["run_id"] or argv[0] == "lock" and not args["by_run"]:
        return None
    if not str(args["seconds"]).isdigit():
        return None
    args["seconds"] = int(args["seconds"])
    return args


def main(argv: "Optional[List[str]]" = None, node: "Optional[Node]" = None) -> int:
    """Do one command and print its answer; returns the exit code: 0 done, 1 failed, 2 refused or not understood."""
    argv = sys.argv[1:] if argv is None else argv
    args = parse(argv)
    if args is None:
        sys.stderr.write(USAGE + "\n")
        return 2
    open_log()
    node = node or Node()
    os.umask(0o077)
    try:
        code, answer = COMMANDS[argv[0]](node, Store(node), args)
    except Failure as exc:
        code, answer = 1, {"failed": True, "reason": exc.reason, "error": str(exc), "details": exc.details}
    except (IOError, OSError) as exc:
        if exc.errno not in (errno.EACCES, errno.EPERM):
            raise
        text = "CRI-NOT-ROOT: only root may do this: %s" % exc
        code, answer = 1, {"failed": True, "reason": "CRI-NOT-ROOT", "error": text}
    sys.stdout.write((answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True)) + "\n")
    return code
