# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import client


@pytest.mark.skipif(not client.HAS_KUBERNETES, reason="a client needs the package kubernetes")
def test_clients_keep_to_the_limit_of_the_run_where_there_is_one(monkeypatch, tmp_path):
    config = tmp_path / "config"
    cluster = {"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    config.write_text(
        json.dumps(
            {"clusters": [cluster], "contexts": [context], "users": [{"name": "u", "user": {}}], "current-context": "c"}
        )
    )
    monkeypatch.setattr(client, "_of_run", None)
    assert len(client.Client(str(config), env={})._buckets) == 1
    client.load()
    first, second = (client.Client(str(config), env={})._buckets for _ in range(2))
    assert first[0] is not second[0] and first[1] is second[1] is client._of_run
    client.load()
    assert first[1] is client._of_run, "to load it again makes no other"
