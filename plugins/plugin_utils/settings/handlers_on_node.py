# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declared handlers as a switched node has them: what is rendered the same is the same. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import handlers
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.handler_declaration import ORIGINS, flag_text


def handlers_on_node(declared: list[Any]) -> list[Any]:
    """The handlers with all keys filled in, as they are rendered, whatever their order.

    Without RuntimeClasses, which are the cluster's. Without the origin of programs: it is not to be seen on the node.
    """
    shaped = [
        {
            "name": handler["name"],
            "runtime": handler["runtime"],
            "default": handler["default"],
            "optional": handler["optional"],
            "options": _options_on_node(handler["options"]),
        }
        for handler in (handlers.parse(declared) if declared else [])
    ]
    return sorted(shaped, key=lambda handler: handler["name"])


def without_origins(declared: list[Any]) -> list[Any]:
    """The handlers without the origins of their programs: a URL may have credentials. All that is not on the node."""
    return [
        dict(entry, options={name: option for name, option in entry["options"].items() if name not in ORIGINS})
        if entry.get("options")
        else entry
        for entry in declared
    ]


def _options_on_node(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a handler. An empty one is rendered as if it were not there."""
    forms: dict[str, Callable[[Any], Any]] = {
        "flags": lambda flags: {name: flag_text(flag) for name, flag in flags.items()},
        "pod_annotations": lambda names: sorted(set(names)),
        "runsc_sha512": str.lower,
        "shim_sha512": str.lower,
    }
    shaped = {name: forms.get(name, lambda option: option)(options[name]) for name in options if name not in ORIGINS}
    return {name: option for name, option in shaped.items() if option not in ([], {})}
