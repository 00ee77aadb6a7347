# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker's settings do for pods, and what becomes of it: the table docker_settings, judged. Pure: no I/O.

Tokens, messages, remedies and exceptions stand in the rows. Private to this collection: there is no promise that it
stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, listed
from ansible_collections.cri.switchover.plugins.module_utils._runtimes import docker_settings, planned
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.docker_setting import (
    UNSET,
    Context,
    Reported,
    shown,
)
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Findings


def judge(node: str, info: Facts, allowed: Collection[str], target: Runtime, declared: Any = None) -> Findings:
    """``info``: the node's; ``allowed``: the exceptions of switchover_allow; ``declared``: switchover_handlers."""
    settings = dig(info, "docker.settings", {})
    default = planned.default_program(target, info, declared) if "default-runtime" in settings else ""
    context, words = Context(info, default), _words(info, target)
    for row in docker_settings.ROWS:
        if row.name in settings and isinstance(row.outcome, Reported) and row.name not in target.carries:
            entry = settings[row.name]
            for value in row.concerns(entry["value"], context):
                shown_words = dict(words, value=shown(value))
                yield finding(
                    row.outcome.level,
                    row.outcome.token,
                    node,
                    "%s (source: %s)" % (row.outcome.message % shown_words, listed(entry["sources"])),
                    row.outcome.remedy % shown_words,
                    row.outcome.allow,
                    allowed,
                    setting=row.name,
                    value=value,
                    sources=entry["sources"],
                )
    yield from _judge_unknown(node, settings, allowed)
    yield from _judge_environment(node, info, allowed, target)


def _words(info: Facts, target: Runtime) -> dict[str, str]:
    """What messages and remedies of the table may say of the target."""
    return {
        "title": target.title,
        "unit": target.unit,
        "store": target.store_of(info.get(target.name) or {}) or target.store,
        "registries": target.registries_place,
        "certificates": target.certificates_place or target.registries_place,
    }


def _judge_unknown(node: str, settings: dict[str, Any], allowed: Collection[str]) -> Findings:
    """Settings that no row has: of a newer Docker, or of a distribution's own."""
    known = {row.name for row in docker_settings.ROWS}
    unknown = {name: settings[name] for name in sorted(set(settings) - known) if settings[name]["value"] not in UNSET}
    if unknown:
        sources = sorted({source for entry in unknown.values() for source in entry["sources"]})
        yield finding(
            BLOCKER,
            "CRI-PF-DAEMON-SETTINGS",
            node,
            "Docker has settings that this collection does not know: %s (source: %s)"
            % (listed(unknown), listed(sources)),
            "check whether pods depend on them",
            "daemon-settings",
            allowed,
            settings=unknown,
        )


def _judge_environment(node: str, info: Facts, allowed: Collection[str], target: Runtime) -> Findings:
    """Variables that no row has."""
    names = [name for name in dig(info, "docker.environment", []) if not docker_settings.of_variable(name)]
    if names:
        yield finding(
            BLOCKER,
            "CRI-PF-DOCKER-ENVIRONMENT",
            node,
            "docker.service has variables in its environment: %s" % listed(names),
            "check whether pulls or containers depend on them; %s takes such in a drop-in" % target.unit,
            "docker-environment",
            allowed,
            variables=names,
        )
