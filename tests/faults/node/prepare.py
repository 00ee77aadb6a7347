"""Puts a node back to where it was staged, sets up a fault, and starts the engine. `python3 prepare.py`, JSON on stdin.

{plan, journal, faults, edits: [{path, old, new}], setup: shell, start: bool}; prints {start: what it answered}
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys

HOME = "/opt/cri-faults"
RUN = "/run/cri-faults"
STATE = "/var/lib/cri-switchover"
STAGED = STATE + "/staged"
ORIGINAL = HOME + "/staged"


def save(path, value):
    with open(path, "w") as stream:
        json.dump(value, stream, indent=1, sort_keys=True)


def edit(plan, changes):
    """Other contents for a staged file, in a plan that believes in them."""
    for change in changes:
        item = next(item for item in plan["files"] if item["path"] == change["path"])
        with open(item["staged"]) as stream:
            text = stream.read()
        if change["old"] not in text:
            raise SystemExit("%s does not contain %r" % (item["staged"], change["old"]))
        text = text.replace(change["old"], change["new"])
        with open(item["staged"], "w") as stream:
            stream.write(text)
        item["sha256"] = hashlib.sha256(text.encode("utf-8")).hexdigest()


def main():
    given = json.load(sys.stdin)
    if not os.path.isdir(ORIGINAL):
        shutil.copytree(STAGED, ORIGINAL)
    shutil.rmtree(STAGED)
    shutil.copytree(ORIGINAL, STAGED)
    shutil.rmtree(STATE + "/before", ignore_errors=True)
    shutil.rmtree(RUN, ignore_errors=True)
    for path in (STATE + "/reserve", "/run/cri-switchover.lock-owner", "/run/cri-switchover.boot", HOME + "/boots"):
        if os.path.exists(path):
            os.unlink(path)
    os.mkdir(RUN)
    plan = given["plan"]
    edit(plan, given["edits"])
    save(STATE + "/plan.json", plan)
    save(STATE + "/journal.json", given["journal"])
    save(HOME + "/case.json", {"faults": given["faults"]})
    with open("/proc/sys/kernel/random/boot_id") as stream:
        boot = stream.read()
    with open(HOME + "/boots", "w") as stream:
        stream.write(boot)
    with open(HOME + "/launcher.py") as stream:
        text = stream.read()
    with open(STATE + "/cri-switchover", "w") as stream:
        stream.write("#!%s -IS\n%s" % (sys.executable, text))
    os.chmod(STATE + "/cri-switchover", 0o755)
    subprocess.call(["sync"])
    answer = {}
    if given["setup"]:
        subprocess.check_call(["sh", "-ec", given["setup"]], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    if given["start"]:
        words = [STATE + "/cri-switchover", "start", "--run-id", plan["run_id"]] + given.get("words", [])
        done = subprocess.run(words, stdout=subprocess.PIPE, universal_newlines=True)
        answer["start"] = json.loads(done.stdout or "{}")
        answer["code"] = done.returncode
    print(json.dumps(answer))


main()
