"""docs/docker-settings.md: what Docker's settings do for pods, and what becomes of each in a switch."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import ALLOW
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_settings, registry
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    CarriedOver,
    Reported,
    Setting,
    Unaffected,
)

HEAD = """\
# Docker's settings

<!-- Written by tests/generate.py from plugins/module_utils/_runtimes/docker_settings*.py. -->

The preflight reads how each node's Docker is set up, and reports what would change for pods. A setting counts alike in
`daemon.json`, on dockerd's command line, and in its environment. The report names the source.

- A **blocker** stops the run. Change the node or the pods, or accept it: add its exception to `switchover_allow`.
  See [Exceptions](../README.md#exceptions).
- A **warning** or a **note** does not stop the run.
- A setting that is not on this page is a blocker: `CRI-PF-DAEMON-SETTINGS`, with the exception `daemon-settings`. For a
  variable of Docker's environment it is `CRI-PF-DOCKER-ENVIRONMENT`, with the exception `docker-environment`.
- If Docker could not start again with its files as they are now, a revert would fail. This is the blocker
  `CRI-PF-DAEMON-JSON`. It has no exception.
"""

NOTICED = "| setting | what it does for a pod | what the switch does | exception |\n|---|---|---|---|\n"
UNNOTICED = "| setting | what it does for a pod |\n|---|---|\n"


def page(_text: str = "") -> str:
    """The page."""
    silent = [row for row in docker_settings.ROWS if isinstance(row.outcome, Unaffected)]
    others = [row for row in docker_settings.ROWS if row not in silent]
    return "\n".join(
        (
            HEAD,
            "## Settings that pods notice\n",
            NOTICED + "".join(line(cells(row)) for row in others),
            "## Settings that pods do not notice\n",
            UNNOTICED + "".join(line(cells(row)[:2]) for row in silent),
            "The last rows name several variables together. `*` stands for any end of a name.\n",
            "\n".join(ignored(row) for row in silent if row.ignored),
        )
    )


def line(row: Iterable[str]) -> str:
    """A line of a table."""
    return "| %s |\n" % " | ".join(row)


def cells(row: Setting) -> list[str]:
    """The cells of a setting. Raises ValueError for an exception that nobody could set."""
    allow = row.outcome.allow if isinstance(row.outcome, Reported) else None
    if allow is not None and allow not in ALLOW:
        raise ValueError(f"{row.name}: the exception {allow} is missing in _common/findings.py")
    return [names(row), row.meaning, becomes(row), f"`{allow}`" if allow else ""]


def names(row: Setting) -> str:
    """Its keys in daemon.json, its flags where they are called otherwise, and its variables; or its title."""
    flags = ["--" + flag for flag in row.flags if flag not in row.keys]
    variables = [*row.variables, *(names[0] for names in row.members.values())]
    return row.title or ", ".join(f"`{name}`" for name in [*row.keys, *flags, *variables])


def ignored(row: Setting) -> str:
    """All variables that mean nothing to a pod for the same reason: too many for a cell."""
    names = textwrap.wrap(", ".join(row.ignored), 120, break_on_hyphens=False)
    return "\n".join((f"The {row.title}:\n", "```text", *names, "```\n"))


def becomes(row: Setting) -> str:
    """What a switch does with it."""
    if isinstance(row.outcome, Unaffected):
        return ""
    if isinstance(row.outcome, CarriedOver):
        return f"carried over by {row.outcome.by}"
    reported = f"{row.outcome.level} `{row.outcome.token}`"
    targets = [runtime.title for runtime in registry.RUNTIMES if runtime.is_target and row.name in runtime.carries]
    return f"{' and '.join(targets)}: carried over; otherwise {reported}" if targets else reported
