# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import time

import pytest

from ansible_collections.cri.switchover.plugins.plugin_utils.cutover import follow, node_engine


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(node_engine, "POLL_EVERY", 0)
    monkeypatch.setattr(follow, "POLL_EVERY", 0)
    monkeypatch.setattr(follow, "SILENCE", 0.05)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
