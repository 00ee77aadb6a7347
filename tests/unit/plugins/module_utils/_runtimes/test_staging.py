import pytest

from ansible_collections.cri.switchover.plugins.module_utils._runtimes import staging


def entry(path="/etc/x", **values):
    return dict({"path": path, "content": "", "mode": "0644", "owner": "root", "group": "root"}, **values)


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ([entry()], 0),
        ([entry(mode="600"), entry("/etc/y", mode="0755")], 0),
        ([entry("etc/x")], 1),
        ([entry("/etc/../x")], 1),
        ([entry("/etc/x/")], 1),
        ([entry("//etc/x")], 1),
        ([entry("/")], 1),
        ([entry(), entry()], 1),
        ([entry(mode="u=rw")], 1),
        ([entry(mode="0o644")], 1),
        ([entry(mode="7777")], 1),
        ([entry("x", mode="x")], 2),
    ],
)
def test_problems(files, count):
    assert len(staging.problems(files, "/var/lib/s")) == count


def test_the_root_is_checked_as_well():
    assert len(staging.problems([entry()], "staged")) == 1


def test_paths():
    assert staging.staged_path("/var/lib/s/", "/etc/x") == "/var/lib/s/etc/x"
    command = ["containerd", "--config", "{staged}/etc/x", "config", "dump", "%s"]
    assert staging.substitute(command, "/tmp/c/") == ["containerd", "--config", "/tmp/c/etc/x", "config", "dump", "%s"]


@pytest.mark.parametrize(
    ("mode", "private"), [("0644", False), ("0640", False), ("0604", False), ("600", True), ("0711", True)]
)
def test_private(mode, private):
    assert staging.is_private(mode) is private


def test_modes():
    assert staging.mode_text(staging.mode_number("600")) == "0600"


def test_diff():
    assert staging.diff("/etc/x", "0644", b"a\n", b"a\n") is None
    assert staging.diff("/etc/x", "0644", b"a\n", b"b\n") == {
        "before_header": "/etc/x",
        "after_header": "/etc/x",
        "before": "a\n",
        "after": "b\n",
    }
    absent = staging.diff("/etc/x", "0644", None, b"")
    assert (absent["before_header"], absent["before"], absent["after"]) == ("/etc/x (absent)", "", "")


def test_a_private_file_is_not_shown():
    text = str(staging.diff("/etc/x", "0600", b"old secret", b"new secret"))
    assert "secret" not in text
