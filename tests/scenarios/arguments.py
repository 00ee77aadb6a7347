"""What ansible-playbook is given. Pure."""

from __future__ import annotations

import json

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.rows.node import VERIFY_MARGIN


def settings(**values: object) -> tuple[str, str]:
    return "-e", json.dumps(values)


def watchdog_for(verify_timeout: int) -> dict[str, int]:
    """Settings for so many seconds to verify, with the soonest watchdog that they allow."""
    return {"switchover_verify_timeout": verify_timeout, "switchover_watchdog": verify_timeout + VERIFY_MARGIN}
