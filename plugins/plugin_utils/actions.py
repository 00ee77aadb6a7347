# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What action plugins share: options as their documentation has them, other modules, and the hosts' variables.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible.module_utils.common.yaml import yaml_load
from ansible.plugins.action import ActionBase

from ansible_collections.cri.switchover.plugins.plugin_utils.errors import ActionError

# What a documented option and an argument spec call alike.
_ALIKE = ("type", "elements", "required", "default", "choices", "aliases")


def argument_spec(documentation: str) -> dict[str, dict[str, Any]]:
    """The argument spec of a module that is documentation only, so that both say the same. ``documentation``: YAML."""
    return _options(yaml_load(documentation).get("options") or {})


def _options(documented: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, option in documented.items():
        found[name] = {key: option[key] for key in _ALIKE if key in option}
        if "suboptions" in option:
            found[name]["options"] = _options(option["suboptions"])
    return found


def run_module(action: ActionBase, name: str, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
    """The result of another module, as a task of its own would have it: by its action plugin where it has one.

    ``name``: in full, such as cri.switchover.cluster_info; ``args``: its options.
    """
    task = action._task.copy()
    task.action, task.args = name, args
    found = action._shared_loader_obj.action_loader.get(
        name,
        task=task,
        connection=action._connection,
        play_context=action._play_context,
        loader=action._loader,
        templar=action._templar,
        shared_loader_obj=action._shared_loader_obj,
    )
    if found:
        return found.run(task_vars=task_vars)
    return action._execute_module(module_name=name, module_args=args, task_vars=task_vars)


def variables_of(task_vars: Mapping[str, Any], host: str) -> Mapping[str, Any]:
    """The variables of a host of the inventory, templated as they are asked for. Each call is work: call it once."""
    return task_vars["hostvars"][host]


class Action(ActionBase):
    """An action that works on the controller: its options are checked, and an ActionError is the task's failure."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _requires_connection = False
    # The options, as an argument spec. Made once, when the plugin is loaded: before the fork that runs it.
    SPEC: ClassVar[Mapping[str, Any]] = {}
    REQUIRED_IF: ClassVar[Sequence[Any]] = ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The result of the task."""
        super().run(tmp, task_vars)
        _validated, args = self.validate_argument_spec(argument_spec=self.SPEC, required_if=self.REQUIRED_IF)
        try:
            return self.work(args, task_vars or {})
        except ActionError as exc:
            return exc.result()

    def work(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """What the action does. ``args``: its options. Raises ActionError."""
        raise NotImplementedError
