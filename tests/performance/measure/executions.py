"""The true number of remote module executions: each module logs "Invoked with ..." on the node it runs on."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from lab import ssh


@dataclass(frozen=True)
class Execution:
    at: float  # by the controller's clock
    module: str


# One line each: "<node's clock>", then the journal's JSON. grep ends with 1 when there is nothing.
COLLECT = (
    "date +%s.%N; journalctl -q --no-pager -o json --output-fields=SYSLOG_IDENTIFIER,MESSAGE "
    "--since=@{since} _TRANSPORT=syslog _TRANSPORT=journal | grep -F '\"ansible-' || true"
)


def parse(lines: list[str], ahead: float) -> list[Execution]:
    found = []
    for line in lines:
        entry = json.loads(line)
        module, message = entry.get("SYSLOG_IDENTIFIER", ""), entry.get("MESSAGE", "")
        if isinstance(message, list):  # journald's form for text with control characters
            message = bytes(message).decode(errors="replace")
        # A module may log more than its start: deprecations, warnings, its own words.
        if module.startswith("ansible-") and "nvoked with" in str(message)[:200]:
            at = int(entry["__REALTIME_TIMESTAMP"]) / 1e6 - ahead
            found.append(Execution(at, module.removeprefix("ansible-")))
    return found


def executions(number: int, since: float) -> list[Execution]:
    """Since a moment of the controller's clock. A guest's clock may differ by a second after a restore."""
    asked = time.time()
    clock, *lines = ssh.run(number, COLLECT.format(since=int(since) - 5), timeout=300).splitlines()
    ahead = float(clock) - asked
    return [e for e in parse(lines, ahead) if e.at >= since]
