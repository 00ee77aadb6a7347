# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What actions share that run a module on a node besides their own requests to the Kubernetes API.

Private to this collection: there is no promise that it stays as it is.
"""

from __future__ import annotations

import contextlib
from typing import Any

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client
from ansible_collections.cri.switchover.plugins.plugin_utils.actions import Action


class NodeAction(Action):
    """An action for one node: modules run there for a limited time, and without the task's environment."""

    _requires_connection = True
    # Stands before the command that runs a module on the node.
    _before_module = ""

    def make_client(self, kubeconfig: str | None, context: str | None) -> client.Client:
        """A client of the API, with the task's environment. Raises KubeError."""
        env = client.environment(self._task.environment, self._templar)
        return client.Client(kubeconfig, context, env=env)

    def run_bounded(self, name: str, arguments: dict[str, Any], task_vars: Any, seconds: int) -> dict[str, Any]:
        """Run a module on the node, where it is ended after ``seconds``. Raises AnsibleConnectionFailure."""
        self._before_module = "timeout -k 5 %d" % seconds
        try:
            return dict(self._execute_module(module_name=name, module_args=arguments, task_vars=task_vars))
        except AnsibleConnectionFailure:
            # The next try makes a folder of its own, since nobody knows what this one has.
            self._connection._shell.tmpdir = None
            raise
        finally:
            self._before_module = ""

    def _compute_environment_string(self, raw_environment_out: dict[str, str] | None = None) -> str:
        """Nothing of the task's environment, which is for the API's client: on the node, all users could read it."""
        if raw_environment_out is not None:
            raw_environment_out.clear()
        return self._before_module

    def cleanup(self, force: bool = False) -> None:
        """Remove the temporary folder on the node. A node that is lost keeps it, and the task its own result."""
        with contextlib.suppress(AnsibleConnectionFailure):
            super().cleanup(force)
