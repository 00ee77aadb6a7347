# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""handler_binaries on real files below a directory, with real programs; only apt's download is simulated."""

import hashlib
import os
import shutil

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._facts import io
from ansible_collections.cri.switchover.plugins.modules import handler_binaries

RUNSC = b"#!/bin/sh\necho runsc version release-20260224.0\necho spec: 1.1.0\n"
SHIM = b"#!/bin/sh\nexit 3\n"


class Ended(Exception):
    pass


class Module:
    result = {}  # type: dict

    def __init__(self, directory, check_mode=False, **params):
        self.check_mode, self._diff = check_mode, False
        self.params = dict(
            {
                "directory": str(directory),
                "files": [],
                "package": None,
                "programs": ["runsc", "containerd-shim-runsc-v1"],
                "version_of": "runsc",
                "timeout": 20,
            },
            **params,
        )

    def exit_json(self, **result):
        self.result = result
        raise Ended

    def fail_json(self, **result):
        self.result = dict(result, failed=True)
        raise Ended


@pytest.fixture
def run(monkeypatch):
    def runs(module):
        monkeypatch.setattr(handler_binaries, "AnsibleModule", lambda **_spec: module)
        with pytest.raises(Ended):
            handler_binaries.main()
        return module.result

    return runs


@pytest.fixture
def files(tmp_path):
    wanted = []
    for name, content in (("runsc", RUNSC), ("containerd-shim-runsc-v1", SHIM)):
        path = tmp_path / "from" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        key, origin = ("src", str(path)) if name == "runsc" else ("url", path.as_uri())
        wanted.append({"name": name, "sha512": hashlib.sha512(content).hexdigest().upper(), key: origin})
    return wanted


def test_placed_once(tmp_path, run, files):
    bin_dir = tmp_path / "bin"
    planned = run(Module(bin_dir, check_mode=True, files=files))
    assert planned["changed"] and planned["facts"]["runsc"]["path"] == str(bin_dir / "runsc") and not bin_dir.exists()
    files[0]["consume"] = True
    first = run(Module(bin_dir, files=files))
    assert os.listdir(str(tmp_path / "from")) == ["containerd-shim-runsc-v1"]
    assert first["changed"] and first["facts"] == {
        "runsc": {"path": str(bin_dir / "runsc"), "version": "release-20260224.0"},
        "containerd-shim-runsc-v1": {"path": str(bin_dir / "containerd-shim-runsc-v1"), "version": None},
    }
    assert all(item["placed"] for item in first["programs"].values())
    assert sorted(os.listdir(str(bin_dir))) == ["containerd-shim-runsc-v1", "runsc"]
    assert os.stat(str(bin_dir / "runsc")).st_mode & 0o7777 == 0o755
    shutil.rmtree(str(tmp_path / "from"))
    again = run(Module(bin_dir, files=files))
    assert not again["changed"] and again["facts"] == first["facts"]


def test_a_wrong_sum_leaves_nothing(tmp_path, run, files):
    files[0]["sha512"] = "0" * 128
    result = run(Module(tmp_path / "bin", files=files))
    assert result["reason"] == "CRI-HANDLERS-CHECKSUM" and result["details"]["wanted"] == "0" * 128
    assert os.listdir(str(tmp_path / "bin")) == []


def test_another_program_there_is_left_alone(tmp_path, run, files):
    (tmp_path / "runsc").write_bytes(b"older")
    for check_mode in (True, False):
        result = run(Module(tmp_path, check_mode, files=files))
        assert result["reason"] == "CRI-HANDLERS-DIFFERS"
    assert (tmp_path / "runsc").read_bytes() == b"older" and not (tmp_path / "containerd-shim-runsc-v1").exists()


@pytest.mark.parametrize("url", ["file://bob:s3cr3t@host/nowhere", "x-none://bob:s3cr3t@host/x"])
def test_no_message_has_a_url(tmp_path, run, files, url):
    result = run(Module(tmp_path / "bin", files=[{"name": "runsc", "sha512": files[0]["sha512"], "url": url}]))
    assert result["reason"] == "CRI-HANDLERS-FETCH" and "fetched from host: " in result["msg"]
    assert "s3cr3t" not in str(result)


@pytest.mark.parametrize("origin", [{"src": "/nowhere/runsc"}, {"url": "file:///nowhere"}, {"url": "no url"}])
def test_what_cannot_be_had(tmp_path, run, files, origin):
    entry = dict({"name": "runsc", "sha512": files[0]["sha512"]}, **origin)
    result = run(Module(tmp_path / "bin", files=[entry]))
    assert result["reason"] == "CRI-HANDLERS-FETCH" and "cannot be fetched from" in result["msg"]
    assert os.listdir(str(tmp_path / "bin")) == []


def test_a_program_that_does_not_run(tmp_path, run, files):
    (tmp_path / "from" / "runsc").write_bytes(SHIM)
    files[0]["sha512"] = hashlib.sha512(SHIM).hexdigest()
    assert run(Module(tmp_path / "bin", files=files))["reason"] == "CRI-HANDLERS-BROKEN"


def package(monkeypatch, contents):
    calls = []

    def answers(argv, timeout):
        calls.append(argv)
        if "download" in argv:
            with open("runsc_1_amd64.deb", "w"):
                pass
        elif argv[0] == "dpkg-deb":
            for name, content in contents.items():
                path = os.path.join(argv[3], name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with open(path, "wb") as stream:
                    stream.write(content)
        else:
            return 0, "runsc version 20221219.0\n", ""
        return 0, "", ""

    monkeypatch.setattr(io, "run", answers)
    return calls


def test_programs_of_a_package(tmp_path, run, monkeypatch):
    calls = package(monkeypatch, {"usr/bin/runsc": RUNSC, "usr/bin/containerd-shim-runsc-v1": SHIM, "postinst": b""})
    result = run(Module(tmp_path, package="runsc=1"))
    assert result["changed"] and result["facts"]["runsc"]["version"] == "20221219.0"
    assert (tmp_path / "runsc").read_bytes() == RUNSC
    # Downloaded and unpacked: nothing installs it, so none of its scripts runs.
    assert [argv[0] for argv in calls] == ["apt-get", "dpkg-deb", str(tmp_path / "runsc")]
    assert calls[0][-2:] == ["download", "runsc=1"] and "install" not in calls[0]
    assert not run(Module(tmp_path, package="runsc=1"))["changed"]


def test_a_package_without_the_shim(tmp_path, run, monkeypatch):
    package(monkeypatch, {"usr/bin/runsc": RUNSC})
    result = run(Module(tmp_path, package="runsc"))
    assert result["reason"] == "CRI-HANDLERS-PACKAGE" and result["details"]["missing"] == ["containerd-shim-runsc-v1"]
    assert os.listdir(str(tmp_path)) == []


def test_a_url_with_credentials_is_kept_out_of_the_nodes_log(monkeypatch):
    class Module:
        def __init__(self, argument_spec, **_more):
            raise RuntimeError(argument_spec)

    monkeypatch.setattr(handler_binaries, "AnsibleModule", Module)
    with pytest.raises(RuntimeError) as caught:
        handler_binaries.main()
    (spec,) = caught.value.args
    assert spec["files"]["options"]["url"]["no_log"] is True
