"""docs/operations.md, "Revert entirely by hand", steps 1 to 5, as an operator types them: `by_hand.py RUN`."""

import glob
import json
import os
import shutil
import subprocess
import sys

STATE = "/var/lib/cri-switchover"
SYSTEM = "/etc/systemd/system/"
RECOVERY = "cri-switchover-recover.service"


def call(*argv, check=True):
    return subprocess.run(argv, check=check, stdout=subprocess.PIPE, universal_newlines=True).stdout


def pods_away(socket):
    crictl = ["crictl", "--runtime-endpoint", socket]
    try:
        pods = call(*(crictl + ["pods", "-q"])).split()
        if pods:
            call(*(crictl + ["rmp", "--force"] + pods))
    except subprocess.CalledProcessError:
        print("crictl failed: the rest after a reboot")
        return False
    print("%d pods of the target were there" % len(pods))
    return True


def put_back(path, image):
    if os.path.lexists(path):
        os.unlink(path)
    if image["kind"] == "link":
        os.symlink(image["to"], path)
    elif image["kind"] == "file":
        shutil.copyfile(image["copy"], path)
        os.chmod(path, int(image["mode"], 8))
        os.chown(path, image["uid"], image["gid"])


def main(run):
    with open("%s/before/%s/index.json" % (STATE, run)) as stream:
        before = json.load(stream)
    with open(STATE + "/plan.json") as stream:
        plan = json.load(stream)
    # The timer may be gone: what systemctl says of that is no matter.
    call("systemctl", "stop", "kubelet", "cri-switchover-watchdog.timer", check=False)
    for path in ("kubelet.service.requires/" + RECOVERY, "multi-user.target.wants/" + RECOVERY, RECOVERY):
        if os.path.lexists(SYSTEM + path):
            os.unlink(SYSTEM + path)
    gone = pods_away(plan["to"]["socket"])
    for path, image in before["files"].items():
        put_back(path, image)
    for link in glob.glob("/var/log/pods/*/*/*.log.docker"):
        os.rename(link, link[: -len(".docker")])
    call("systemctl", "daemon-reload")
    for key, value in before["sysctl"].items():
        call("sysctl", "-qw", "%s=%s" % (key.replace("/", "."), value))
    for unit, properties in before["units"].items():
        verb = {"enabled": "enable", "disabled": "disable"}.get(properties.get("UnitFileState"))
        if verb:
            call("systemctl", verb, unit)
    if not gone:
        call("systemctl", "--no-block", "reboot")
        return
    call("systemctl", "restart", "containerd")
    call("systemctl", "start", "docker.socket", "docker.service", "kubelet")


main(sys.argv[1])
