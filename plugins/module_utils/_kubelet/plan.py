# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that names a kubelet's container runtime, as it should be after the switch. Pure.

Files are changed by spans: what is not about the runtime keeps its bytes. A new flag goes where the kubelet already
reads its runtime from. The first choice is KUBELET_KUBEADM_ARGS of kubeadm-flags.env. Then come the variable or line in
which the old runtime flags stood, the unit's variable for extra arguments, and last ExecStart= itself.

Files of packages (/lib, /usr/lib, /run) are never changed: a full copy under /etc/systemd/system shadows them. The
finished plan is read again the way systemd reads it, and refused when the kubelet would not get what was meant.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.config_changes import (
    change_driver,
    change_endpoint,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.endpoints import effective_endpoint
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flag_changes import add_flags, change_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.flags_by_release import (
    ENDPOINT,
    RUNTIME_CGROUPS,
    SECRET_FLAGS,
    parse_help,
    parse_version,
)
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.rules import NEVER, Rules
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_dependencies import (
    docker_commands,
    drop_dependencies,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, List, Optional, Sequence

    from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import Release
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_line import Command
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout

_ENDPOINT = re.compile(r"^unix:///[A-Za-z0-9._/@-]+$")
_IMAGE = re.compile(r"^[A-Za-z0-9._:/@-]+$")


class Plan:
    """files: [{path, content, why, copy_of: path whose mode and owner a new file takes, or None}].

    flags_before and flags_after: {flag: value or list}; secrets are masked.
    endpoint_before: what the kubelet would use now, None for dockershim.
    oddities: sentences about what was not understood, or left alone on purpose.
    daemon_reload: whether a unit file is among the files.
    """

    def __init__(self) -> None:
        self.files: "List[Dict[str, Optional[str]]]" = []
        self.flags_before: "Dict[str, Any]" = {}
        self.flags_after: "Dict[str, Any]" = {}
        self.endpoint_before: "Optional[str]" = None
        self.oddities: "List[str]" = []
        self.daemon_reload = False


def plan(
    layout: "Layout",
    version: str,
    help_text: str,
    endpoint: str,
    pause_image: str = "",
    dropped_units: "Collection[str]" = (),
    cgroup_driver: str = "",
    service: "Optional[str]" = None,
) -> Plan:
    """Plan the switch of the kubelet in `layout` (which is changed) to `endpoint`, and to `cgroup_driver` if given.

    version, help_text: what the kubelet prints for --version and --help.
    service: the systemd unit of the runtime behind the endpoint, None where it is not known.
    dropped_units: units of the old runtime that the kubelet's unit must no longer depend on.
    Raises PlanError where that is not possible.
    """
    _check_arguments(endpoint, pause_image)
    result = Plan()
    release = _known_release(version, result.oddities)
    help_flags = parse_help(help_text)
    if help_flags is None:
        result.oddities.append("kubelet --help gave no list of flags: the built-in tables decide")
    command = _command(layout)
    before = layout.texts()
    flags = command.flags()
    result.oddities.extend(command.oddities)
    result.flags_before = _summary(flags)
    result.endpoint_before = effective_endpoint(flags, layout.configs, release)
    rules = _rules(layout, version, Rules(release, help_flags, endpoint, pause_image, bool(layout.configs)))
    unknown = [
        flag.name for flag in flags if help_flags and flag.name not in help_flags and flag.name not in rules.remove
    ]
    result.oddities.extend("the kubelet does not know --{0}".format(name) for name in unknown)

    old_places = change_flags(layout, command, rules, service, result.oddities)
    add_flags(layout, rules, old_places)
    change_endpoint(layout, rules, endpoint)
    if cgroup_driver:
        change_driver(layout, flags, cgroup_driver)
    drop_dependencies(layout, dropped_units, service)
    result.oddities.extend(docker_commands(layout))

    after = layout.expand()
    result.flags_after = _summary(after.flags())
    _verify(command, after, layout, rules, endpoint)
    _collect_files(result, layout, before)
    return result


def _check_arguments(endpoint: str, pause_image: str) -> None:
    if not _ENDPOINT.match(endpoint):
        raise PlanError(
            "CRI-KUBELET-ENDPOINT", "{0!r} is no endpoint: unix:///path is wanted".format(endpoint), endpoint=endpoint
        )
    if pause_image and not _IMAGE.match(pause_image):
        raise PlanError("CRI-KUBELET-PAUSE", "{0!r} is no image reference".format(pause_image), pause_image=pause_image)


def _known_release(version: str, oddities: "List[str]") -> "Release":
    """The kubelet's release, if it is not too old; one that is too new is an oddity."""
    release = parse_version(version)
    oldest, newest = kubelet_releases.oldest(), kubelet_releases.newest()
    if release is None or release < oldest:
        raise PlanError(
            "CRI-KUBELET-VERSION",
            "kubelet {0}: releases from {1}.{2} on are known. Upgrade the kubelet first.".format(version, *oldest),
            version=version,
        )
    if release > newest:
        oddities.append("kubelet {0} is newer than what this collection knows ({1}.{2})".format(version, *newest))
    return release


def _command(layout: "Layout") -> "Command":
    """The kubelet's command line; it must be one that can be changed."""
    command = layout.expand()
    if command.binary is None:
        raise PlanError(
            "CRI-KUBELET-WRAPPER",
            "no kubelet command line in the unit {0}: {1}. Start the kubelet from ExecStart= itself, or change its "
            "arguments by hand.".format(layout.unit, "; ".join(command.oddities) or "no ExecStart="),
            oddities=command.oddities,
        )
    return command


def _rules(layout: "Layout", version: str, rules: Rules) -> Rules:
    """The rules of the release as they apply to this kubelet's files."""
    if ENDPOINT in rules.wanted and not rules.knows(ENDPOINT):
        raise PlanError(
            "CRI-KUBELET-NO-CONFIG",
            "this kubelet takes its endpoint only from a configuration file, and it runs without one (--config)",
            version=version,
        )
    if layout.instance is None or (layout.instance[1] is None and not layout.is_kubeadm):
        rules.instance = NEVER
    return rules


def _summary(flags: "Sequence[Flag]") -> "Dict[str, Any]":
    """{flag: value}, a list where a flag is repeated; secrets masked."""
    found: "Dict[str, Any]" = {}
    for flag in flags:
        value = "********" if flag.name in SECRET_FLAGS and flag.value else flag.value
        if flag.name in found:
            earlier = found[flag.name]
            found[flag.name] = (earlier if isinstance(earlier, list) else [earlier]) + [value]
        else:
            found[flag.name] = value
    return found


def _verify(before: "Command", after: "Command", layout: "Layout", rules: Rules, endpoint: str) -> None:
    """Read the result as systemd and the kubelet will: the runtime's flags as wanted, every other as it was."""
    last = {flag.name: flag.value for flag in after.flags()}
    wrong = sorted(flag for flag in rules.remove if flag in last)
    wrong += sorted(flag for flag, value in rules.wanted.items() if last.get(flag, value) != value)
    ours = set(rules.remove) | set(rules.wanted) | set(rules.update_if_present) | {RUNTIME_CGROUPS}
    others = [
        [(flag.name, flag.value) for flag in command.flags() if flag.name not in ours] for command in (before, after)
    ]
    if others[0] != others[1]:
        wrong += sorted({name for name, _value in set(others[0]) ^ set(others[1])}) or ["order"]
    seen = effective_endpoint(after.flags(), layout.configs, rules.release)
    news = [oddity for oddity in after.oddities if oddity not in before.oddities and not layout.moved]
    if wrong or news or seen != endpoint:
        raise PlanError(
            "CRI-KUBELET-PLAN",
            "the planned files would not give the kubelet what it needs. Wanted endpoint {0}, seen {1}; wrong flags: "
            "{2}; {3}. Nothing was changed; please report this with the unit's files.".format(
                endpoint, seen, ", ".join(wrong) or "none", "; ".join(news) or "no new oddities"
            ),
            endpoint=seen,
            flags=wrong,
            oddities=news,
        )


def _collect_files(result: Plan, layout: "Layout", before: "Dict[str, str]") -> None:
    """Put the files that differ from before into the plan."""
    for path, reasons in layout.touched.items():
        instance = layout.instance
        content = instance[1] if instance and path == instance[0] else layout.text(path)
        if content != before.get(path):
            result.files.append(
                {"path": path, "content": content, "why": "; ".join(reasons), "copy_of": layout.moved.get(path)}
            )
            result.daemon_reload = result.daemon_reload or any(path == unit for unit, _text in layout.unit_texts)
