"""The target's daemon restarts under running pods, as with an upgrade of its package. Before the client is asked."""

from lab import waiting

UNITS = {"containerd://": "containerd", "cri-o://": "crio"}
# crictl gives a list of two and more
LINE = "{{range .}}{{.status.id}} {{.info.sandboxID}} {{.info.pid}} {{end}}"


def shims(host):
    """Ids that containerd's shims were started for."""
    words = host.check_output("ps -ww -C containerd-shim-runc-v2,containerd-shim -o args= || true").split()
    return {after for word, after in zip(words, words[1:], strict=False) if word == "-id"}


def containers(host):
    """{id: process} of all that run, but for pods of which a container has a shim of its own.

    A container shares its sandbox's shim. Where that does not accept a connection within 100 ms, as on a busy emulated
    node, containerd starts a second one on the same socket and does not find the sandbox after a restart; kubelet then
    makes the pod anew (seen with 1.6.20; CanConnect in its runtime/v2/shim/util_unix.go).
    """
    running = host.check_output("crictl ps --quiet --state Running").split()
    assert len(running) > 1, "there are too few containers: this test would show nothing"
    words = host.check_output(f"crictl inspect -o go-template --template '{LINE}' {' '.join(running)}").split()
    found = list(zip(words[::3], words[1::3], words[2::3], strict=True))
    own = shims(host)
    lost = {sandbox for identifier, sandbox, _ in found if identifier in own}
    return {identifier: pid for identifier, sandbox, pid in found if sandbox not in lost}


def test_no_pod_restarts_with_the_target(host, cluster, name, target):
    before = containers(host)
    assert before, "all pods have shims of their own: this test would show nothing"
    unit = UNITS[target.scheme]
    old = host.check_output(f"systemctl show {unit} -p MainPID --value")
    waiting.restart_runtime(lambda command: host.run(command).rc == 0, unit, lambda: cluster.get("node", name))
    assert host.check_output(f"systemctl show {unit} -p MainPID --value") != old
    assert waiting.runtime(cluster.get("node", name)).startswith(target.version)
    after = containers(host)
    kept = {identifier: after.get(identifier) for identifier in before}
    # It says so of a shim or sandbox that it takes for dead, as it loads those that it finds.
    assert kept == before, host.run(f"journalctl -u {unit} --since -5min -o cat | grep -iE 'shim|sandbox'").stdout
