"""A switched node, seen from itself."""

import json
import re
import shlex

import yaml

IMAGES = "/var/lib/docker/image/overlay2/imagedb/content/sha256"


def arguments_of(host, unit):
    pid = host.check_output(f"systemctl show {unit} -p MainPID --value")
    return host.check_output(f"tr '\\0' '\\n' < /proc/{pid}/cmdline").splitlines()


def test_kubelet_runs_on_the_target(host, target, kubelet_minor):
    arguments = arguments_of(host, "kubelet")
    assert not [a for a in arguments if a.startswith("--network-plugin")], "a flag of dockershim is left"
    if kubelet_minor < 34:
        assert "--container-runtime=remote" in arguments
        assert f"--container-runtime-endpoint={target.socket}" in arguments
        return
    assert not [a for a in arguments if a.startswith("--container-runtime")], "flags that this kubelet has no use for"
    for name in ("config.yaml", "instance-config.yaml"):
        text = host.file(f"/var/lib/kubelet/{name}").content_string
        assert yaml.safe_load(text)["containerRuntimeEndpoint"] == target.socket, name


def test_runtime_and_network_are_ready(crictl):
    conditions = {c["type"]: c["status"] for c in crictl("info")["status"]["conditions"]}
    assert conditions["RuntimeReady"] and conditions["NetworkReady"]


def test_docker_is_stopped_and_disabled(host):
    shim = [f"cri-docker.{kind}" for kind in ("service", "socket") if host.exists("cri-dockerd")]
    for unit in ["docker.service", "docker.socket", *shim]:
        assert not host.service(unit).is_running
        assert host.run(f"systemctl is-enabled {unit}").stdout.strip() == "disabled"


def test_docker_and_its_data_are_still_there(host, name, before):
    assert host.package("docker.io").version == before[name]["docker_version"]
    assert host.file("/etc/docker/daemon.json").sha256sum == before[name]["daemon_json"]
    # Pods of another, drained node may have brought further images. None may be gone, and each is named by its digest.
    listed = host.check_output(f"cd {IMAGES} && sha256sum *").splitlines()
    whole = {image for digest, image in map(str.split, listed) if digest == image}
    assert set(before[name]["docker_images"].split()) <= whole
    assert int(host.check_output("ls /var/lib/docker/overlay2 | wc -l")) >= int(before[name]["docker_layers"])


def test_no_process_of_docker_is_left_in_a_pod(host):
    assert host.run("pgrep -f 'containerd-shim.*-namespace moby'").rc == 1


def sandboxes(crictl):
    return {s["id"] for s in crictl("pods", "-o", "json")["items"] if s["state"] == "SANDBOX_READY"}


def test_every_address_belongs_to_a_live_sandbox(host, crictl, cluster):
    """host-local keeps one file per address; its first line is the sandbox that holds it and goes first."""

    def strays():
        listing = host.check_output("grep -Hm1 . /var/lib/cni/networks/*/[0-9]* || true").splitlines()
        held = {line.split(":", 1)[0]: line.split(":", 1)[1].strip() for line in listing}
        assert held, "no pod has an address: this test would show nothing"
        live = sandboxes(crictl)
        return {path: sandbox for path, sandbox in held.items() if sandbox not in live}

    cluster.eventually(strays, lambda seen: not seen, 60)


def test_every_cni_chain_belongs_to_a_live_sandbox(host, crictl, cluster):
    """portmap writes the sandbox's id into the comment of the rule that jumps to its chain."""

    def strays():
        rules = host.check_output("iptables-save -t nat").splitlines()
        chains = {r.split()[0][1:] for r in rules if r.startswith(":CNI-") and not r.startswith(":CNI-HOSTPORT")}
        assert chains, "no pod has a CNI chain: this test would show nothing"
        live = sandboxes(crictl)
        # gVisor takes the addresses off a pod's interface, by which plugin bridge finds the rules that it is to remove.
        shims = host.run("journalctl -u containerd -o cat | grep io.containerd.runsc.v1").stdout
        live |= set(re.findall(r"/k8s\.io/([0-9a-f]{64})", shims))
        jumps = {chain: [r for r in rules if f"-j {chain}" in r and r.startswith("-A")] for chain in chains}
        return {c: rules for c, rules in jumps.items() if not any(one in rule for rule in rules for one in live)}

    cluster.eventually(strays, lambda seen: not seen, 60)


def test_the_node_is_on_cgroup_v2_to_stay(host, declared):
    """After the reboot that follows, too: the entry that was tried once is the node's own by then."""
    assert host.check_output("stat -fc %T /sys/fs/cgroup") == "cgroup2fs"
    if declared.get("switchover_cgroup_v2") != "enable":
        return
    arguments = host.check_output("cat /proc/cmdline").split()
    assert [a for a in arguments if "cgroup" in a] == ["systemd.unified_cgroup_hierarchy=1"]
    menu = host.check_output("cat /boot/grub/grub.cfg").splitlines()
    kernels = [line for line in menu if line.split()[:1] == ["linux"]]
    assert kernels, "the menu has no kernel: this test would show nothing"
    word = "unified_cgroup_hierarchy="
    assert all(f"{word}1" in line and f"{word}0" not in line for line in kernels), kernels
    assert "next_entry=cri" not in host.check_output("grub-editenv /boot/grub/grubenv list")
    assert "cgroupDriver: systemd" in host.check_output("cat /var/lib/kubelet/config.yaml")


def test_the_kernel_settings_that_docker_made_persist(host):
    assert host.check_output("sysctl -n net.ipv4.ip_forward") == "1"
    assert host.check_output("sysctl -n net.bridge.bridge-nf-call-iptables") == "1"
    persisted = host.check_output("cat /etc/modules-load.d/*.conf /etc/sysctl.d/*.conf")
    assert "br_netfilter" in persisted and "net.ipv4.ip_forward" in persisted


def test_the_journal_says_finalized_and_is_private(host, handlers):
    status = json.loads(host.check_output("/var/lib/cri-switchover/cri-switchover status --json"))
    assert status["phase"] == "finalized"
    verified = status["handlers"]["verified"]
    assert set(verified) >= {handler["name"] for handler in handlers}
    assert all("gVisor" in verified[h["name"]] for h in handlers if h["runtime"] == "runsc"), verified
    state = host.file("/var/lib/cri-switchover")
    assert state.user == "root" and state.mode == 0o700
    fact = host.file("/etc/ansible/facts.d/cri_switchover.fact")
    assert fact.mode == 0o644 and json.loads(fact.content_string)["phase"] == "finalized"


def test_nothing_of_the_window_is_left_armed(host):
    units = host.check_output("systemctl list-units --all --plain --no-legend 'cri-switchover*'")
    assert not units.strip(), shlex.quote(units)
    assert not host.file("/etc/systemd/system/cri-switchover-recover.service").exists
