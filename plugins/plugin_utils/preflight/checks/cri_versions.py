# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of CRI kubelet, the target and crictl speak, and whether the releases fit. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.cri.switchover.plugins.module_utils._common import kubelet_releases
from ansible_collections.cri.switchover.plugins.module_utils._common.findings import BLOCKER, finding
from ansible_collections.cri.switchover.plugins.module_utils._common.kubelet_releases import V1, V1ALPHA2
from ansible_collections.cri.switchover.plugins.module_utils._common.text import dig, version
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.base import Runtime
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.versions import dotted
from ansible_collections.cri.switchover.plugins.plugin_utils.preflight.cases import FRESH, Case
from ansible_collections.cri.switchover.plugins.plugin_utils.records import Facts, Finding, Findings

WHEN = FRESH

# The first and the last release of crictl that speaks a version of CRI; None: any. Its code imports v1alpha2 up to
# 1.23.0, and v1 from 1.24.0 on (cmd/crictl). 1.24 and 1.25 try the other one as well (cri-tools #883), but 1.26 does
# not (containerd #7818).
CRICTL: dict[str, tuple[tuple[int, int] | None, tuple[int, int] | None]] = {
    V1ALPHA2: (None, (1, 25)),
    V1: ((1, 24), None),
}


def judge(node: str, info: Facts, target: Runtime) -> Findings:
    """kubelet and the version of the target that will serve it, installed or offered; then crictl."""
    kubelet = version(dig(info, "kubelet.version"))
    text, installed = target.version(info)
    release = target.release(info)
    if kubelet is None:
        return
    if release is None:
        if installed:
            yield _unreadable(node, info, target, text)
        return
    served = target.cri_versions(release)
    asked_for = kubelet_releases.of(kubelet).cri
    if served.intersection(asked_for):
        yield from target.release_findings(node, info, release)
    else:
        yield finding(
            BLOCKER,
            "CRI-PF-VERSIONS",
            node,
            "kubelet %s asks for CRI %s, and %s %s (%s) speaks only %s"
            % (
                dig(info, "kubelet.version"),
                _named(asked_for),
                target.title,
                text,
                "installed" if installed else "the packages' candidate",
                _named(served),
            ),
            "use a release of %s that speaks it, or upgrade kubelet first" % target.title,
            kubelet=dig(info, "kubelet.version"),
            installed=installed,
            runtime=text,
        )
    yield from _judge_crictl(node, info, target, served)


def spoken_by_crictl(release: tuple[int, ...]) -> frozenset[str]:
    """The versions of CRI that a release of crictl speaks."""
    return frozenset(
        name
        for name, (first, last) in CRICTL.items()
        if (first is None or release[:2] >= first) and (last is None or release[:2] <= last)
    )


def _judge_crictl(node: str, info: Facts, target: Runtime, served: frozenset[str]) -> Findings:
    """crictl verifies the target, with which it must have a version of CRI in common."""
    installed = bool(dig(info, "crictl.installed"))
    text = dig(info, "crictl.version") if installed else dig(info, "packages.candidates", {}).get("cri-tools")
    seen = version(text)
    if seen is not None and not spoken_by_crictl(seen) & served:
        yield finding(
            BLOCKER,
            "CRI-PF-CRICTL",
            node,
            "crictl %s (%s) asks for CRI %s, and %s %s speaks only %s"
            % (
                text,
                "installed" if installed else "the packages' candidate",
                _named(spoken_by_crictl(seen)),
                target.title,
                target.version(info)[0],
                _named(served),
            ),
            "install a crictl (package cri-tools) %s" % _fitting(served),
            crictl=text,
            installed=installed,
        )


def _fitting(served: frozenset[str]) -> str:
    """The releases of crictl that speak one of these versions, for a sentence."""
    words = []
    for name in sorted(served & set(CRICTL)):
        first, last = CRICTL[name]
        words += ["from %s on" % dotted(first)] if first else []
        words += ["up to %s" % dotted(last)] if last else []
    return " or ".join(words) or "that speaks it"


def _unreadable(node: str, info: Facts, target: Runtime, text: str | None) -> Finding:
    return finding(
        BLOCKER,
        "CRI-PF-VERSIONS",
        node,
        "the version of the installed %s could not be read (seen: %r)" % (target.title, text),
        "run `%s --version` on the node to see why" % target.process,
        kubelet=dig(info, "kubelet.version"),
        installed=True,
        runtime=text,
    )


def _named(versions: Iterable[str]) -> str:
    """The versions for a sentence, older ones first."""
    return " and ".join(sorted(versions, key=lambda name: ("alpha" not in name, name)))


def check(case: Case) -> Findings:
    """A node that is to be switched."""
    yield from judge(case.host, case.info, case.target)
