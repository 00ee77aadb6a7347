# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every way to write a kubelet's arguments down."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line as args
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import plan as core
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.effective_flags import effective_flags
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.environment_files import parse_environment_file
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout

pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

ENDPOINT = "unix:///run/containerd/containerd.sock"
RUNTIME = [
    ["--network-plugin=cni"],
    ["--network_plugin", "kubenet"],
    ["--cni-bin-dir=/opt/cni/bin"],
    ["--container-runtime=docker"],
    ["--container-runtime", "remote"],
    ["--container-runtime-endpoint=unix:///var/run/cri-dockerd.sock"],
    ["--container-runtime-endpoint", "/var/run/dockershim.sock"],
    ["--image-service-endpoint=unix:///var/run/cri-dockerd.sock"],
    ["--docker-only"],
    ["--runtime-cgroups=/system.slice/docker.service"],
    ["--pod-infra-container-image=k8s.gcr.io/pause:3.6"],
]
OTHER = [["--v=2"], ["-v", "3"], ["--node-labels=a=b,c=d"], ["--feature-gates", "A=true"], ["--resolv-conf="]]
SPACED = [["--node-labels=a b"], ["--x", "it is; #not"]]
flags = st.lists(st.sampled_from(RUNTIME + OTHER), max_size=7)
spaced = st.lists(st.sampled_from(RUNTIME + OTHER + SPACED), max_size=7)
minors = st.integers(20, 37)


def flat(groups):
    return [word for group in groups for word in group]


def quoted(draw, word):
    """One word of ExecStart= as somebody may have written it."""
    styles = ["'%s'", '"%s"'] + ([] if set(" ;#") & set(word) or not word else ["%s"])
    style = draw(st.sampled_from(styles))
    if "=" in word and draw(st.booleans()):
        name, value = word.split("=", 1)
        return name + "=" + style % value
    return style % word


@st.composite
def exec_starts(draw):
    gaps = st.sampled_from([" ", "  ", "\t", " \\\n  ", " \\\n# a comment\n    ", " \\\n\t; another\n "])
    words = flat(draw(spaced))
    return "ExecStart=/usr/bin/kubelet" + "".join(draw(gaps) + quoted(draw, word) for word in words), words


@st.composite
def variables(draw, name):
    style = draw(st.sampled_from(["plain", "'", '"', "lines", "continued"]))
    groups = draw(flags if style == "plain" else spaced)
    words = flat(groups)
    inner = "'" if style == '"' else '\\"' if style in ("lines", "continued") else '"'
    written = [inner + word + inner if set(" ;#") & set(word) else word for word in words]
    if style == "plain":
        return "%s=%s%s\n" % (name, " ".join(written), draw(st.sampled_from(["", "  "]))), words
    joint = {"lines": "\n", "continued": " \\\n"}.get(style, draw(st.sampled_from([" ", "   "])))
    quote = '"' if style in ("lines", "continued") else style
    around = draw(st.sampled_from(["", " ", "\n"])) if style != "continued" else draw(st.sampled_from(["", "\\\n"]))
    return "%s=%s%s%s%s%s\n" % (name, quote, around, joint.join(written), around, quote), words


@st.composite
def nodes(draw):
    """(unit text, {file: text}, the arguments the kubelet must get)."""
    line, words = draw(exec_starts())
    files, wanted, unit = {}, list(words), ["[Service]"]
    for number, name in enumerate(
        draw(st.sampled_from([[], ["A"], ["A", "KUBELET_EXTRA_ARGS"], ["KUBELET_KUBEADM_ARGS"]]))
    ):
        text, inside = draw(variables(name))
        path = "/etc/env%d" % number
        files[path] = (
            draw(st.sampled_from(["", "# first\n", "OTHER='x y'\n\n"])) + text + draw(st.sampled_from(["", "#end"]))
        )
        unit.append("EnvironmentFile=-" + path)
        line += " $" + name
        wanted += inside
    return "\n".join(unit + [line, "Restart=always", ""]), files, wanted


@settings(max_examples=150, deadline=None)
@given(nodes())
def test_every_spelling_gives_the_same_arguments(node):
    text, files, wanted = node
    command = args.expand([("/etc/systemd/system/kubelet.service", text)], files)
    assert [word.text for word in command.words] == wanted
    for word in command.words:
        source = files.get(word.path, text)
        assert word.text[:2] in source[word.start : word.end]


@settings(max_examples=250, deadline=None)
@given(nodes(), minors)
def test_plan_holds_and_is_stable(node, minor):
    text, files, words = node
    path = "/etc/systemd/system/kubelet.service"
    version = "1.%d.1" % minor
    layout = Layout("kubelet.service", [(path, text)], files)
    result = core.plan(layout, version, "", ENDPOINT)
    done = dict(files, **{path: text})
    done.update((entry["path"], entry["content"]) for entry in result.files)
    again = core.plan(Layout("kubelet.service", [(path, done.pop(path))], done), version, "", ENDPOINT)
    assert again.files == []
    # What is not about the runtime reaches the kubelet as before, in the same order; comments are still there.
    for before, after in [(text, layout.text(path))] + [(files[name], layout.text(name)) for name in files]:
        comments = [line for line in before.splitlines() if line.lstrip()[:1] in ("#", ";")]
        assert [line for line in after.splitlines() if line.lstrip()[:1] in ("#", ";")] == comments


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="A=\"'\\ \n#;-x$", max_size=40))
def test_no_environment_file_breaks_the_parser(text):
    """Whatever stands there: it is read without an exception, and each word's span lies inside the text."""
    for place in parse_environment_file(text, "/e").assignments:
        assert 0 <= place.start <= place.insert_at <= len(text)
        for word in place.words:
            assert 0 <= word.start <= word.end <= len(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="[Service]\nExecStart=/kubelet \"'\\#;-${}", max_size=60))
def test_no_unit_breaks_the_parser(text):
    effective_flags([("/u", text), ("/v", "[Service]\nExecStart=/usr/bin/kubelet " + text)], {})
