# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One key of a KubeletConfiguration, read and set without a YAML library."""

import json

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import config_file as config

NEW = "unix:///n"

# text, what it says, text after
CASES = [
    ("key: unix:///o\n", "unix:///o", "key: unix:///n\n"),
    ("key:  unix:///o   # why\nb: c\n", "unix:///o", "key:  unix:///n   # why\nb: c\n"),
    ('a: b\n"key": "unix:///o"\n', "unix:///o", 'a: b\n"key": "unix:///n"\n'),
    ("'key' : 'o'#\n".replace("#", ""), "o", "'key' : 'unix:///n'\n"),
    ('key: ""\n', "", "key: unix:///n\n"),
    ("key:\nb: c\n", "", "key: unix:///n\nb: c\n"),
    ("key: # nothing\n", "", "key: unix:///n # nothing\n"),
    ("key: ~\n", "", "key: unix:///n\n"),
    ("key: null", "", "key: unix:///n"),
    ("a: b\n", None, "a: b\nkey: unix:///n\n"),
    ("a: b", None, "a: b\nkey: unix:///n\n"),
    ("", None, "key: unix:///n\n"),
    ("---\na: b\n...\n", None, "---\na: b\nkey: unix:///n\n...\n"),
    ("a:\n  key: inner\n- x\n".replace("- x\n", ""), None, "a:\n  key: inner\nkey: unix:///n\n"),
    ("a:\n- key: inner\n", None, "a:\n- key: inner\nkey: unix:///n\n"),
    ("a: |\n  key: text\n", None, "a: |\n  key: text\nkey: unix:///n\n"),
    ("# key: o\r\na: b\r\n", None, "# key: o\r\na: b\r\nkey: unix:///n\r\n"),
    ("keyOther: o\n", None, "keyOther: o\nkey: unix:///n\n"),
    ('{"key": "o", "b": {"key": 1}}', "o", '{"key": "unix:///n", "b": {"key": 1}}'),
    ('{"b": {"key": 1}}', None, '{"key": "unix:///n", "b": {"key": 1}}'),
    ('{\n  "b": 1\n}\n', None, '{\n  "key": "unix:///n",\n  "b": 1\n}\n'),
    ("{}", None, '{"key": "unix:///n" }'),
    ('{"key": null}', "", '{"key": "unix:///n"}'),
]


@pytest.mark.parametrize("text, says, after", CASES)
def test_read_and_set(text, says, after):
    assert config.read_field(text, "key") == says
    assert config.set_field(text, "key", NEW) == after
    assert config.read_field(after, "key") == NEW
    assert config.set_field(after, "key", NEW) == after
    if text.startswith("{"):
        assert json.loads(after) == dict(json.loads(text), key=NEW)


REFUSED = [
    "key: |\n  unix:///o\n",
    "key: >-\n  o\n",
    "key: &a o\n",
    "key: *a\n",
    "key: !!str o\n",
    "key: [o]\n",
    "key: o\n  and more\n",
    'key: "o" more\n',
    'key: "o\\n"\n',
    "key: a: b\n",
    "key: a\nkey: b\n",
    "a: b\n---\nkey: c\n",
    "--- {key: o}\n",
    "{key: o}\n",
    "  key: o\n",
    "? key\n: o\n",
    '{"key": 1}',
    '{"key": "a", "key": "b"}',
]


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    with pytest.raises(config.ConfigError):
        config.set_field(text, "key", NEW)
