"""No old word of the glossary is left: one word for one thing, and it is the one that the field uses.

A finding is a word of WORDS in a text or in a path. EXCEPTIONS name where such a word is right. Each finding is printed
with its file, its line and the word to use instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

TOP = Path(__file__).resolve().parents[3]

ROOMS = (
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "switch-runtime.yml",
    "lab",
    "docs",
    "changelogs/fragments",
    "roles",
    "playbooks",
    "plugins/action",
    "plugins/doc_fragments",
    "plugins/filter",
    "plugins/lookup",
    "plugins/module_utils",
    "plugins/modules",
    "plugins/plugin_utils",
    "molecule",
    ".config/molecule",
    "tests/*",  # the files in it
    "tests/api",
    "tests/faults",
    "tests/generators",
    "tests/lab",
    "tests/performance",
    "tests/playbooks",
    "tests/scenarios",
    "tests/unit",
)
NOT_READ = (
    "tests/unit/house/test_words.py",  # names them all
    "tests/performance/baseline.json",  # figures of a commit that had the old names
    "*.jsonl",  # records of earlier runs
    "tests/faults/record.csv",  # the same
    "*/__pycache__/*",
    "*.pyc",
    "tests/output/*",
)

# What stands for a space in a pattern: also the end of a line in a comment, in a YAML text or between two literals.
GAP = r"""(?:[ _-]|\s?["']?[ ]*\n[\s#>*]*(?:\b[fr]{1,2}(?=["']))?["']?)"""
FEW = "(?: [a-z']+){0,4}"


class Word(NamedTuple):
    """An old word. Its pattern finds it where no letter stands before it or after it. "[ ]" is a space and no more."""

    pattern: str
    now: str  # what to use instead
    reason: str = ""  # why not every use of it is found
    files: str = "*"  # where it is an old word, patterns with "|" between them


class Exception_(NamedTuple):
    """Where an old word is right: in these files, inside of what this pattern matches."""

    files: str
    pattern: str
    reason: str


LOCK = "|".join(  # where the lock of a node, and the run that has it, are spoken of
    (
        "docs/*",
        "roles/*",
        "playbooks/*",
        "plugins/action/*",
        "plugins/modules/cutover.py",
        "plugins/modules/docker_removal.py",
        "plugins/module_utils/_engine/*",
        "plugins/module_utils/_docker_removal/*",
        "plugins/module_utils/_facts/*journal.py",
        "tests/faults/*",
        "tests/playbooks/*",
        "tests/scenarios/*",
        "tests/unit/*cutover*",
        "tests/unit/*docker_removal*",
        "tests/unit/*/_engine/*",
        "tests/unit/*/test_journal.py",
    )
)
PLANS = (
    "docs/*|roles/*|playbooks/*|plugins/filter/*|plugins/plugin_utils/*|tests/unit/plugins/plugin_utils/*"
    "|tests/playbooks/*"
)


def value(word: str) -> str:
    """The word as a value, in quotes or in V(), or as the end of a token; not in a sentence."""
    return rf"(?<=[\"'`]){word}(?=[\"'`])|(?<=V[(]){word}(?=[)])|(?<=phase[ ]){word}|(?-i:(?<=-){word.upper()})"


WORDS = {
    # revert
    "way back": Word("ways? back", "revert"),
    "goes back": Word("(?:go|goes|going|gone|went) back", "revert, be reverted"),
    "taken back, sent back": Word(
        f"(?:take|takes|taking|taken|took|send|sends|sending|sent|bring|brings|bringing|brought){FEW} back", "revert"
    ),
    "rollback": Word("roll(?:s|ed|ing)? back|rollbacks?", "revert"),
    # phases and states
    "cutting": Word("cutting", "switching"),
    "settled": Word("settl(?:e|es|ed|ing)", "finalize, finalized; recheck_delay"),
    "stayed": Word(value("stayed"), "revert_blocked", "in a sentence it is only the past of stay"),
    "broken": Word(value("broken") + "|is BROKEN", "revert_failed", "in a sentence it is a usual word"),
    "todo": Word("(?-i:todo)", "pending"),
    "halfway": Word("halfway", "interrupted"),
    "owed": Word("ow(?:e|es|ed|ing)", "awaiting_finalize"),
    "left": Word(value("left"), "excluded", "elsewhere it is a usual word", PLANS),
    # service and Lease
    "give back": Word(f"(?:give|gives|giving|given|gave){FEW} back", "return to service"),
    "put back into service": Word(f"put(?:s|ting)?{FEW} back in(?:to)? service", "return to service"),
    "take up": Word("(?:take|takes|taking|taken|took)(?: [a-z']+){0,3} up", "resume"),
    "pick up": Word("pick(?:s|ed|ing)?(?: [a-z']+){0,2} up", "resume"),
    "let go of": Word("let(?:s|ting)? go", "release"),
    "let others in": Word("let(?:s|ting)? (?:others?|other rollouts?|other runs?|them) in", "release"),
    # the lock of a node
    "holder": Word("holders?", "owner"),
    "hold": Word(
        r"(?:the|a|an|its|no|any|another|node's|rollout's|run's|engine's) holds?(?! (?:up|on|for))"
        r"|(?<=[\"'`])holds?(?=[\"'`])|(?<=_)hold(?=\b|_)|(?<=def[ ])hold|(?<=cri-switchover[ ])hold"
        r"|(?<=[\"'`])held(?=[\"'`])|held(?==)|held[_]by|(?<=-)(?-i:HELD)",
        "node lock, lock, locked",
        "as a verb in a sentence it is a usual word",
    ),
    "token": Word(
        r"--token|(?<=[\"'`(])token(?=[\"'`)])|token(?=[:=])|(?<=,[ ])token(?=,)|(?<=--token[ ])TOKEN",
        "run_id",
        "an error's token is called so, and a credential's",
        LOCK,
    ),
    "who": Word(
        r"--who|(?<=[\"'`])who(?=[\"'`])|who(?==)|(?<=,[ ])who(?=[,}])", "owner", "in a sentence it is a usual word"
    ),
    # switch
    "cut": Word(
        "(?<!power[ ])(?<!power[_-])cuts?(?! (?:off|at|into|short|down|power|its power|their power))",
        "switch",
        "power is cut, and a thing is cut into parts",
    ),
    "cutover": Word(
        "(?:the|a|an|its|this|that|each|every|any|no|one|first|second|before|after|during|until|of|in|by|real|whole|failed"
        "|another|next|node's|to) cutovers?(?! (?:module|action|plugin|plan|task|state))|cutovers",
        "switch",
        "the module and its action keep their name",
    ),
    # checks and reports
    "look": Word("look(?:s|ed|ing)?(?! (?:up|like|for|after|whole|done))", "check, poll, read-only pass"),
    "see": Word(
        "(?<=name:[ ])(?-i:See)|(?<!can[ ])see(?= (?:that|whether))",
        "check",
        "a reference begins with see, and people see",
    ),
    "tell": Word("tells?|told|telling", "report"),
    # plain words
    "mend": Word("mend(?:s|ed|ing)?", "fix"),
    "room": Word("rooms?", "capacity; space on a disk"),
    "neighbours": Word("neighbou?rs?", "external controllers"),
    "strangers": Word("strangers?", "unmanaged containers"),
    "proof": Word("proofs?", "verification"),
    "prove, proven": Word("prov(?:e|es|en|ed|ing)", "verify, verified"),
    "gains": Word("gains?", "available features"),
    "words of switchover_allow": Word(
        r"(?:allow|allowed|unknown|accepted|accepting) words?|words?(?= [a-z\s]{0,20}`{0,2}switchover_allow)"
        "|a word turns",
        "exceptions",
        "elsewhere it is a usual word",
    ),
    "_drain_words": Word("drain words", "messages"),
    "for people": Word("for people", "human-readable"),
    "floor": Word("floors?", "manual baseline; minimum version"),
    "made up": Word("made up", "simulated"),
    "on paper": Word("paper", "simulated"),
    "points": Word(
        "(?<!starting[ ])(?<!entry[ ])(?<!mount[ ])points?(?! (?:to|at|of|in|into))",
        "fault cases",
        "elsewhere it is a usual word",
        "tests/faults/*|tests/unit/faults/*|docs/development.md|tests/performance/collected.py",
    ),
    "matrix": Word("(?<!fault[ ])matrix", "fault matrix; cases"),
    "the watchdog strikes": Word("strikes?|struck|striking", "expires; interrupts"),
    "cut off": Word("cut(?:s|ting)? off", "interrupted"),
    "monitors": Word("monitors", "container shims"),
    # names in the code
    "may_stay": Word("may[_]stay", "can_remain_on_target"),
    "leave_for_source": Word("leave[_]for[_]source", "check_docker_first"),
    "is_elsewhere": Word("is[_]elsewhere", "in_other_boot"),
    "go_on": Word("go[_]on", "continue_after_reboot", "", "plugins/*|tests/unit/plugins/*|tests/faults/*"),
    "blame": Word("blame[sd]?", "record_failure"),
    "release_units": Word("release units", "drop_dependencies"),
    "_release()": Word(r"(?<=[.\s])_release(?=\()", "drop_dependencies"),
    "Rules.follow": Word(
        r"(?<=\.)follow|follow(?==)", "update_if_present", "", "plugins/module_utils/_kubelet/*|tests/unit/*/_kubelet/*"
    ),
    "standing": Word("standing", "if_present", "", "plugins/module_utils/_kubelet/*|tests/unit/*/_kubelet/*"),
    "images_to_carry": Word(
        "images to carry|carr(?:y|ies|ied|ying)(?: the| its| all)? images|images(?: [a-z']+){0,3} carried",
        "images_to_transfer",
    ),
    "near": Word(
        r"near(?=[(_])|(?<=[_.])near|(?<=def[ ])near|(?<=import[ ])near",
        "suggestion",
        "in a sentence it is a usual word",
    ),
    "cluster_remembered": Word("cluster remembered", "compact_cluster"),
    "task names": Word(
        r"(?<=name:[ ])(?:Take up|Hold|Judge|Bring gVisor|Know what is there now|Do what the node needs)(?=\n)",
        "the action and its object",
    ),
    # English
    "can not": Word("can[ ]not", "cannot"),
    "less pods": Word("less (?:pods|nodes|rights)", "fewer"),
    "how long still": Word("how long still", "time left"),
    "notwithstanding": Word("notwithstanding", "even if ... forbid it"),
    "the play left it": Word("the play left it", "say what happened"),
    # headings
    "At three in the morning": Word("at three in the morning", "Troubleshooting"),
    "A node's way": Word("a node's way", "How a node is switched"),
    "From where the API is asked": Word("from where the API is asked", "API access"),
    "Messages you may meet": Word("messages you may meet", "Error reference"),
    # parts and folders of the tests
    "tests/fleet and the like": Word(
        "tests/(?:fleet|measure|bench|floor)|bench drain", "tests/playbooks, tests/performance"
    ),
}

LEASE = "|".join(
    (
        "roles/rollout/tasks/take_lease.yml",
        "plugins/modules/rollout_lease.py",
        "plugins/module_utils/_rollout/*",
        "tests/api/test_rollout_lease.py",
        "tests/api/test_rights.py",
        "tests/playbooks/test_revert.py",
        "tests/playbooks/test_rollout_role.py",
        "tests/unit/*/_rollout/*",
        "tests/unit/*/test_rollout_lease.py",
    )
)

EXCEPTIONS = (
    Exception_(
        "changelogs/fragments/20-words.yml",
        r"switchover_\w+|``(?:cutting|settled?|stayed|broken|hold|CRI-PROOF-\*)``",
        "what an earlier release called it",
    ),
    # the API's words
    Exception_("*", r"CRI-LEASE-HELD", "a Lease is held: Kubernetes' word"),
    Exception_(LEASE, r"plan_hold|def hold\(|[\"'`]held[\"'`]|[\"'] held[\"']", "a Lease is held: Kubernetes' word"),
    Exception_(
        "tests/api/test_rollout_lease.py", r"holder\((?:cluster)?\)|def holder", "reads holderIdentity of the Lease"
    ),
    # keys of results
    Exception_("*", r"held_by", "a key of results, the same for the Lease and the node lock"),
    # package managers hold packages
    Exception_(
        "*",
        r"packages(?:\[\"held|__held|\.get\(\"held)|PACKAGES-HELD|``held``: packages",
        "apt and dnf hold packages back",
    ),
    Exception_(
        "plugins/module_utils/*packages.py|plugins/modules/docker_removal.py|tests/unit/*/_facts/test_packages.py"
        "|tests/unit/*/_docker_removal/*",
        r"== \"hold\"|found\[\"held\"\]|\"held\": \[|\"held\"\),|held=\[|\[\"held\"\]",
        "apt and dnf hold packages back",
    ),
    Exception_(
        "tests/unit/*/preflight/good_node.py|tests/unit/*/preflight/lab_node.json",
        r"\"held\": \[",
        "the same, in facts",
    ),
    Exception_("tests/unit/*/checks/test_packages.py", r"PACKAGES-HELD", "apt and dnf hold packages back"),
    # others that hold something
    Exception_(
        "tests/lab/netns.py|tests/lab/start.py", r"(?i)[\w.]*holder\w*", "a process that holds a network namespace"
    ),
    # a cut that is no switch
    Exception_(
        "tests/faults/*|tests/unit/faults/*|tests/lab/*|tests/unit/lab/*", r"(?i)(?<![a-z])cuts?(?![a-z])", "power"
    ),
    Exception_("docs/*|tests/unit/*/_engine/*", r"power is cut|The second cut|A cut in the place", "power"),
    Exception_("plugins/module_utils/_facts/masking.py|tests/unit/*/_facts/test_masking.py", r"\bcut\b", "shortened"),
    Exception_("plugins/module_utils/_kubelet/*|tests/unit/*/_kubelet/*", r"def cut\(|\.cut\(", "a part of a text"),
    # usual words
    Exception_(
        "plugins/*|tests/unit/*|docs/errors.md", r"HANDLERS?-BROKEN|\"BROKEN\", \"/c", "a program that does not start"
    ),
    Exception_(
        "plugins/module_utils/_engine/guards.py", r"Podman's monitors", "conmon: its own name is container monitor"
    ),
    Exception_("tests/faults/*|tests/unit/faults/*|tests/*", r"faults/matrix|faults\.matrix", "the fault matrix"),
    Exception_("tests/faults/*|tests/unit/faults/*", r"\bmatrix\b[.,]|class Matrix|\bMatrix\(", "the fault matrix"),
    Exception_("tests/faults/*", r"args\.go_on|\"go_on\"", "--continue of the fault matrix"),
    Exception_("tests/performance/sources.py", r"math\.floor", "Python's function"),
    Exception_("tests/playbooks/test_remove_docker.py", r"\"left\": \[\]", "the module's key: what stays"),
    Exception_(
        "tests/faults/environ/*",
        r"drift-before-cutover|docker-refuses-in-cutover|way-back-blocked",
        "names of fault cases in record.csv",
    ),
    Exception_("tests/faults/*|tests/unit/faults/*", r"[\"']point[\"']", "the column of record.csv"),
    Exception_("tests/performance/collected.py", r"all_points", "the function in the commit that is the baseline"),
    Exception_(
        "tests/performance/baseline.py", r"tests/bench/\w+\.py", "the folder in the commit that is the baseline"
    ),
)


def compiled(pattern: str) -> re.Pattern[str]:
    spaced = pattern.replace("[ ]", "\0").replace(" ", GAP).replace("\0", "[ ]")
    return re.compile("(?<![a-z])(?:%s)(?![a-z])" % spaced, re.IGNORECASE)


FINDERS = {was: compiled(word.pattern) for was, word in WORDS.items()}
RIGHT = [(exception, re.compile(exception.pattern)) for exception in EXCEPTIONS]


class Finding(NamedTuple):
    path: str
    line: int  # 0: in its path
    found: str
    was: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line else "its path"
        return f"  {place}: {' '.join(self.found.split())!r} ({self.was}) -> {WORDS[self.was].now}"


def matches(path: str, patterns: str) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns.split("|"))


def findings(path: str, text: str, used: set[Exception_]) -> Iterator[Finding]:
    """Of a file: its path is the first line. ``used`` collects the exceptions that were needed."""
    text = f"{path}\n{text}"
    excepted = [
        (match.start(), match.end(), exception)
        for exception, pattern in RIGHT
        if matches(path, exception.files)
        for match in pattern.finditer(text)
    ]
    for was, finder in FINDERS.items():
        if not matches(path, WORDS[was].files):
            continue
        for match in finder.finditer(text):
            covering = [exc for start, end, exc in excepted if start <= match.start() and match.end() <= end]
            used.update(covering)
            if not covering:
                yield Finding(path, text.count("\n", 0, match.start()), match.group(), was)


def files(room: str) -> list[Path]:
    place = TOP / room
    found = TOP.glob(room) if room.endswith("*") else place.rglob("*") if place.is_dir() else [place]
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


@cache
def read(room: str) -> tuple[dict[str, list[Finding]], set[Exception_]]:
    """{path: its findings} of the files in a room that have any, and the exceptions that were needed there."""
    found: dict[str, list[Finding]] = {}
    used: set[Exception_] = set()
    for file in files(room):
        path = str(file.relative_to(TOP))
        if matches(path, "|".join(NOT_READ)):
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # an image or an archive
        in_file = sorted(findings(path, text, used), key=lambda finding: finding.line)
        if in_file:
            found[path] = in_file
    return found, used


@pytest.mark.parametrize("room", ROOMS)
def test_no_old_word_is_left(room: str) -> None:
    found, _used = read(room)
    if found:
        count = sum(map(len, found.values()))
        lines = [
            f"{count} old words in {len(found)} files of {room}; see WORDS and EXCEPTIONS in {Path(__file__).name}"
        ]
        for path, in_file in found.items():
            lines += ["", f"{path} ({len(in_file)})", *map(str, in_file)]
        pytest.fail("\n".join(lines), pytrace=False)


def test_every_exception_is_needed() -> None:
    needed = {exception for room in ROOMS for exception in read(room)[1]}
    assert [exception for exception in EXCEPTIONS if exception not in needed] == []


SAID = [
    ("the node goes back", "goes back"),
    ("the node was taken\n  # from there back", "taken back, sent back"),
    ('say("it is sent "\n    "back")', "taken back, sent back"),
    ("tasks/give_back.yml", "give back"),
    ("NOT GIVEN BACK", "give back"),
    ("- name: Hold\n", "task names"),
    ('journal["phase"] == "broken"', "broken"),
    ("CRI-JOURNAL-BROKEN", "broken"),
    ("V(todo)", "todo"),
    ("switchover_require_room", "room"),
    ("CRI-PF-ROOM", "room"),
    ("before the cutover", "cutover"),
    ("run `cri-switchover hold`", "hold"),
    ("a hold of another run", "hold"),
    ("PodDisruptionBudgets notwithstanding", "notwithstanding"),
]


@pytest.mark.parametrize("text, was", SAID)
def test_an_old_word_is_found(text: str, was: str) -> None:
    assert [finding.was for finding in findings("docs/x.md", text, set())] == [was]


@pytest.mark.parametrize(
    "text",
    [
        "holderIdentity, placeholder and threshold",
        "a broken link, and what is left of it",
        "the module `cutover`, the action cutover.py, and CRI-CUTOVER-BUSY",
        "a run holds the Lease; a power cut; look up; see docs/rollout.md; the improved fingerprint",
        "stable error token; the service account's token; as many words as it takes; the next line.\nBack to the start",
        "CRI-LEASE-HELD",
    ],
)
def test_right_english_is_not_found(text: str) -> None:
    assert list(findings("docs/x.md", text, set())) == []
