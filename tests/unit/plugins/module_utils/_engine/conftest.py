# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

# Else an assertion in it that fails does not show what it has compared.
pytest.register_assert_rewrite("ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.engine_node")

from ansible_collections.cri.switchover.plugins.module_utils._engine import machine  # noqa: E402
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine import engine_node  # noqa: E402


@pytest.fixture
def quick(monkeypatch):
    """For a test on a node. Not for all in this folder: what only calls a function needs nothing of it."""
    engine_node.quick(monkeypatch)
    monkeypatch.setattr(machine, "TRY_AGAIN", (0, 0, None))
