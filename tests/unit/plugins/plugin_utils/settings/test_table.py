# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of the table are complete, and what stands elsewhere agrees with them."""

from collections import Counter
from pathlib import Path

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._drain.options import DEFAULTS as DRAIN
from ansible_collections.cri.switchover.plugins.module_utils._runtimes.registry import BY_NAME, TARGETS
from ansible_collections.cri.switchover.plugins.modules import cutover, node_drain, rollout_gate
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.rows import node, run, target
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import HOST, RUN, SettingError
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS, value

ROLES = Path(__file__).resolve().parents[5] / "roles"
ROWS = pytest.mark.parametrize("setting", SETTINGS.values(), ids=lambda setting: setting.name)


@ROWS
def test_a_default_is_a_value(setting):
    assert setting.read(setting.default) == setting.default
    assert setting.read("") == setting.default == setting.of({})
    assert setting.read(setting.kind.text(setting.default)) == setting.default


@ROWS
def test_a_row_is_complete(setting):
    assert setting.name.startswith("switchover_") and setting.scope in (RUN, HOST)
    assert setting.description.endswith(".") and setting.runtime in ("", *TARGETS)
    assert setting.shapes or not (setting.on_node or setting.stands_for)
    assert set(setting.stands_for) <= ({setting.runtime} if setting.runtime else set(TARGETS))
    for variable in setting.variables:
        assert any(variable.startswith(role.name + "_") for role in ROLES.iterdir()), variable


@ROWS
def test_a_survey_can_ask_for_it(setting):
    question = setting.kind.question()
    default = setting.kind.text(setting.default)
    assert question["type"] in ("text", "textarea", "integer", "multiplechoice")
    assert default in ("", *question["choices"]) if "choices" in question else True
    for choice in question.get("choices", []):
        setting.read(choice)
    if question["type"] == "integer":
        for bound in (question["min"], question["max"]):
            assert setting.read(str(bound)) == bound
        for outside in (question["min"] - 1, question["max"] + 1):
            with pytest.raises(SettingError):
                setting.read(outside)


def test_a_name_stands_once():
    assert len(SETTINGS) == len(run.ROWS + node.ROWS + target.ROWS)
    uses = Counter(variable for setting in SETTINGS.values() for variable in setting.variables)
    assert max(uses.values()) == 1


def test_a_value_is_no_part_of_the_table():
    SETTINGS["switchover_batches"].read("").append("5%")
    assert value("switchover_batches", {}) == [1, "25%"]


def test_a_value_is_read_among_variables():
    variables = {"switchover_retry": "true", "switchover_only": "a,b", "other": 1, "switchover_soak": ""}
    assert value("switchover_retry", variables) is True
    assert value("switchover_only", variables) == ["a", "b"]
    assert value("switchover_soak", variables) == 0 and value("switchover_watchdog", variables) == 600
    with pytest.raises(SettingError, match="^CRI-SETTINGS-VALUE: switchover_retry is 'x', wanted: true or false"):
        value("switchover_retry", {"switchover_retry": "x"})


# What cannot read the table, because it also runs where the controller's code is not.
ELSEWHERE = [
    ("switchover_drain_timeout", DRAIN["timeout"]),
    ("switchover_drain_timeout", node_drain.SPEC["timeout"]["default"]),
    ("switchover_drain_delete_emptydir", DRAIN["delete_emptydir"]),
    ("switchover_drain_force", DRAIN["force"]),
    ("switchover_drain_disable_eviction", DRAIN["disable_eviction"]),
    ("switchover_drain_wait_volumes", node_drain.SPEC["wait_volumes"]["default"]),
    ("switchover_watchdog", cutover.ARGUMENT_SPEC["watchdog"]["default"]),
    ("switchover_verify_timeout", cutover.ARGUMENT_SPEC["verification"]["options"]["timeout"]["default"]),
    ("switchover_recheck_delay", cutover.ARGUMENT_SPEC["recheck_delay"]["default"]),
    ("switchover_gate_timeout", rollout_gate.ARGUMENT_SPEC["timeout"]["default"]),
]


@pytest.mark.parametrize("name, default", ELSEWHERE)
def test_the_same_default_stands_elsewhere(name, default):
    assert SETTINGS[name].default == default


@pytest.mark.parametrize("runtime", TARGETS)
def test_options_of_a_target_have_their_settings_defaults(runtime):
    options = BY_NAME[runtime].options
    prefix = f"switchover_{runtime}_"
    own = {setting.name[len(prefix) :]: setting for setting in SETTINGS.values() if setting.name.startswith(prefix)}
    assert own, f"the options of {runtime} have no settings"
    for name, setting in own.items():
        assert setting.runtime == runtime and setting.shapes
        assert setting.default == (options[name] or setting.default), name
