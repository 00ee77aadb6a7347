import time

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import io as node_io


def test_a_command():
    assert node_io.run(["sh", "-c", "echo out; echo err >&2; exit 3"], 20) == (3, "out\n", "err\n")


def test_commands_side_by_side():
    commands = [node_io.Command(["sh", "-c", "echo %d" % number]) for number in range(3)]
    assert [command.result(20)[1] for command in commands] == ["0\n", "1\n", "2\n"]


def test_enabled_units(tmp_path):
    for link in ("default.target.requires/puppet.service", "timers.target.wants/x.timer", "a.service.wants/b.socket"):
        path = tmp_path / link
        path.parent.mkdir(exist_ok=True)
        path.symlink_to("/lib/systemd/system/" + path.name)
    assert node_io.enabled_units(str(tmp_path)) == ["b.socket", "puppet.service", "x.timer"]
    (tmp_path / "puppet.service").symlink_to("/dev/null")
    assert node_io.enabled_units(str(tmp_path)) == ["b.socket", "x.timer"]
    assert node_io.enabled_units(str(tmp_path / "none")) == []


def test_a_timeout_ends_the_command_and_its_children(tmp_path):
    mark = tmp_path / "mark"
    began = time.time()
    with pytest.raises(node_io.NodeTimeout, match="gave no answer in 1 s"):
        node_io.run(["sh", "-c", "(sleep 3; touch %s) & sleep 30" % mark], 1)
    assert time.time() - began < 3
    time.sleep(max(0, began + 3.5 - time.time()))
    assert not mark.exists()


def test_a_program_that_is_not_there():
    with pytest.raises(node_io.NodeError, match="did not start"):
        node_io.run(["/no/such/program"], 1)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("echo one", "read x; echo got $x >&2", [(0, ""), (0, "got one")]),
        ("echo no >&2; exit 4", "cat >/dev/null", [(4, "no"), (0, "")]),
        ("echo x", "cat >/dev/null; exit 5", [(0, ""), (5, "")]),
    ],
)
def test_a_pipe(first, second, expected):
    assert node_io.pipe(["sh", "-c", first], ["sh", "-c", second], 20) == expected


def test_a_pipe_whose_reader_ends_early():
    (first, _text), (second, _other) = node_io.pipe(["sh", "-c", "while echo x; do :; done"], ["false"], 20)
    assert second == 1
    assert first != 0


def test_a_pipe_that_takes_too_long():
    began = time.time()
    with pytest.raises(node_io.NodeTimeout):
        node_io.pipe(["sleep", "30"], ["cat"], 1)
    assert time.time() - began < 5


def test_files(tmp_path):
    (tmp_path / "b.conf").write_text("b")
    (tmp_path / "a.conf").write_text("a")
    (tmp_path / ".hidden.conf").write_text("h")
    (tmp_path / "c.txt").write_text("c")
    (tmp_path / "d.conf").mkdir()
    assert node_io.read_folder(str(tmp_path), (".conf",)) == {"a.conf": "a", "b.conf": "b"}
    assert node_io.read_folder(str(tmp_path / "absent"), ("",)) == {}
    assert node_io.read_text(str(tmp_path / "absent")) is None
    assert node_io.read_bytes(str(tmp_path / "a.conf"), 0) == b""
