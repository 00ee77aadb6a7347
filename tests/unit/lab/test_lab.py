"""The parts of the lab that can be wrong without a virtual machine."""

import io
import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import yaml
from lab import cli, cluster, host, inventory, nodewatch, prober, procs, profiles, provision, say


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CRI_SWITCHOVER_CACHE", str(tmp_path))


def answer(at, ok=True, ms=3.0):
    return json.dumps({"at": at, "ok": ok, "ms": ms, **({"by": f"pod{at}"} if ok else {"error": "URLError: x"})}) + "\n"


def test_summary_counts_requests_failures_and_gaps():
    lines = [answer(10), answer(10.2, ms=80), answer(12.2, ok=False), '{"at": 13, "ok"']
    result = prober.summary(lines)
    assert (result["requests"], result["seconds"], result["longest_gap_s"], result["slowest_ms"]) == (3, 2.2, 2.0, 80)
    assert [entry["at"] for entry in result["failed"]] == [12.2]
    assert result["pods"] == 2


def test_summary_of_nothing():
    assert prober.summary([])["requests"] == 0


def test_prober_sees_every_failure_and_never_retries():
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(503 if len(asked) % 2 else 200)
            self.end_headers()
            self.wfile.write(b"ok pod-1")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    output, stop = io.StringIO(), threading.Event()
    threading.Timer(1, stop.set).start()
    prober.probe(f"http://127.0.0.1:{server.server_port}/", output, 10, 2, stop)
    server.shutdown()
    result = prober.summary(output.getvalue().splitlines(keepends=True))
    assert result["requests"] == len(asked) >= 5
    assert len(result["failed"]) == (len(asked) + 1) // 2


def test_a_recycled_pid_is_not_ours():
    procs.start("one", ["sleep", "60"])
    pid = procs.pid_of("one")
    assert pid
    file = procs._pid_file("one")
    file.write_text(json.dumps({"pid": pid, "start": "1"}))
    assert procs.pid_of("one") is None
    procs.stop("one")
    assert procs.start_time(pid), "a process that is not ours was ended"
    procs.end(pid)
    assert procs.start_time(pid) is None


def test_a_process_that_ignores_sigterm_is_ended():
    stubborn = "trap '' TERM; echo ready; while :; do sleep 1; done"
    child = subprocess.Popen(["sh", "-c", stubborn], stdout=subprocess.PIPE)
    assert child.stdout and child.stdout.readline()
    procs.end(child.pid, grace=0.2)
    assert procs.start_time(child.pid) is None


@pytest.mark.parametrize("name", profiles.names())
def test_every_profile_loads_and_makes_an_inventory(name):
    profile = profiles.load(name)
    groups = yaml.safe_load(inventory.render(profile))["all"]["children"]
    assert list(groups["kube_node"]["hosts"]) == [f"node{n}" for n in range(1, profile.nodes + 1)]
    assert groups["kube_control_plane"]["hosts"]["lab-control-plane"]["switchover_skip"] is True


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ('{"nodes": 0}', "nodes"),
        ('{"cgroup": "v3"}', "cgroup"),
        ('{"no_such": 1}', "no_such"),
        ('{"kubernetes": "v1.34.2"}', "cri-dockerd with v1.34.2"),
        ('{"source_runtime": "cri-dockerd"}', "dockershim with Kubernetes v1.23.17"),
        ("{", "Expecting"),
    ],
)
def test_a_bad_profile_is_a_plain_error(content, word, tmp_path, monkeypatch):
    monkeypatch.setattr(profiles, "DIRECTORY", tmp_path)
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(say.LabError, match=word):
        profiles.load("bad")


def test_only_what_there_is_can_be_served():
    with pytest.raises(say.LabError, match="no 'kata' to serve; there are: repo-crio, gvisor"):
        cli._serve("kata")


def test_a_node_on_cri_dockerd_has_kubelets_files_as_kubeadm_134_writes_them():
    shim = "unix:///var/run/cri-dockerd.sock"
    files = {path: text.decode() for path, (text, _) in provision.plain_files(1, profiles.load("cri-dockerd")).items()}
    assert yaml.safe_load(files["var/lib/kubelet/config.yaml"])["containerRuntimeEndpoint"] == shim
    assert yaml.safe_load(files["var/lib/kubelet/instance-config.yaml"]) == {"containerRuntimeEndpoint": shim}
    assert "network-plugin" not in files["var/lib/kubelet/kubeadm-flags.env"]
    assert not [path for path, text in files.items() if re.search("@[A-Z_]+@", text)], "marks that nobody replaced"
    old = provision.plain_files(1, profiles.load("default"))
    assert "var/lib/kubelet/instance-config.yaml" not in old and set(old) < set(files)


def test_profiles_differ_in_the_settings_of_kubelet():
    quiet = provision._values(1, profiles.load("default"))["@KUBELET_SETTINGS@"]
    plain = provision._values(1, profiles.load("kubelet-defaults"))["@KUBELET_SETTINGS@"]
    assert yaml.safe_load(quiet)["nodeStatusReportFrequency"] == "10s"
    assert yaml.safe_load(plain)["nodeStatusReportFrequency"] == "0s"


def test_node_table():
    node = {
        "metadata": {"name": "node1"},
        "spec": {"unschedulable": True},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {"kubeletVersion": "v1.23.17", "containerRuntimeVersion": "docker://20.10.24"},
        },
    }
    assert nodewatch.table([node]).splitlines()[1].split() == ["node1", "True", "no", "v1.23.17", "docker://20.10.24"]


def test_help_is_one_page():
    from lab import cli

    assert cli.HELP.count("\n") <= 40
    assert os.access(cli.ROOT / "lab", os.X_OK)


def test_too_little_memory_is_said_at_once(monkeypatch):
    monkeypatch.setattr(host, "COMMANDS", {})
    monkeypatch.setattr(host.artefacts, "missing_tools", lambda: [])
    monkeypatch.setattr(host.os, "access", lambda *_: True)
    with pytest.raises(say.LabError, match="MiB of free memory, there are"):
        host.check(profiles.Profile(name="large", memory_mib=1 << 30))


def test_missing_packages_are_listed_when_they_cannot_be_installed(monkeypatch):
    monkeypatch.setattr(host.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(host.shutil, "which", lambda *_: "/usr/bin/apt-get")
    monkeypatch.setattr(host.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1))
    with pytest.raises(say.LabError, match="sudo apt-get install one two"):
        host.install_packages(["one", "two"])


def test_two_commands_do_not_change_the_lab_at_once():
    with host.lock():
        with pytest.raises(say.LabError, match=f"process {os.getpid()}"):
            with host.lock():
                pass
    with host.lock():
        pass


def test_nothing_is_up_is_a_plain_error():
    with pytest.raises(say.LabError, match="./lab up"):
        cluster.Cluster.running()
