"""An operator can read the documents: short sentences and cells, no nested parentheses, links that lead somewhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
DOCUMENTS = sorted(
    [path for path in (TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "SECURITY.md") if path.exists()]
    + list((TOP / "docs").glob("*.md"))
    + list((TOP / "roles").glob("*/README.md"))
)
FRAGMENTS = sorted((TOP / "changelogs" / "fragments").glob("*.yml"))
DOCUMENTED = sorted(
    [
        path
        for folder in ("modules", "filter", "lookup", "doc_fragments")
        for path in (TOP / "plugins" / folder).iterdir()
        if path.suffix == ".yml" or (path.suffix == ".py" and "DOCUMENTATION = " in path.read_text(encoding="utf-8"))
    ]
    + list((TOP / "roles").glob("*/meta/argument_specs.yml"))
)
CELL = 120  # characters
SENTENCE = 25  # words

LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
CODE = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
ITEM = re.compile(r"^\s*(?:[-*]|\d+\.)\s+")
# Ansible's markup: C(code), O(option=value), M(module), ...
MARKUP = re.compile(r"\b(?:[A-Z]|RV)\((?:\\.|[^()\\]|\([^()]*\))*\)")
SHOWN = ("description", "short_description", "details", "notes", "requirements", "returned")


class Block(NamedTuple):
    """A paragraph, an item of a list, a heading or a row of a table, and the line it begins in."""

    line: int
    text: str


def blocks(text: str) -> tuple[list[Block], list[Block]]:
    """The prose and the tables' rows of a Markdown document, without blocks of code and comments."""
    prose: list[Block] = []
    rows: list[Block] = []
    begun: list[str] = []
    start = 0
    in_code = False
    text = re.sub(r"<!--.*?-->", lambda match: "\n" * match.group().count("\n"), text, flags=re.S)

    def end() -> None:
        if begun:
            prose.append(Block(start, " ".join(begun)))
            begun.clear()

    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("```"):
            end()
            in_code = not in_code
        elif in_code:
            continue
        elif stripped.startswith("|"):
            end()
            rows.append(Block(number, stripped))
        elif not stripped:
            end()
        elif stripped.startswith("#"):
            end()
            prose.append(Block(number, stripped.lstrip("# ")))
        else:
            if ITEM.match(line):
                end()
            if not begun:
                start = number
            begun.append(ITEM.sub("", line).strip())
    end()
    return prose, rows


def plain(text: str) -> str:
    """As it is read: code is one word, a link is its text, and emphasis is nothing."""
    return LINK.sub(r"\1", CODE.sub("CODE", text)).replace("*", "")


def sentences(text: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.?!])[\"')]?\s+", plain(text)) if part]


def too_long(text: str) -> list[str]:
    return [sentence for sentence in sentences(text) if len(re.findall(r"\w\S*", sentence)) > SENTENCE]


def cells(row: str) -> list[str]:
    """The cells of a row of a table. A bar in code, or behind a backslash, divides nothing."""
    masked = re.sub(r"\\\|", "xx", CODE.sub(lambda match: "x" * len(match.group()), row))
    borders = [match.start() for match in re.finditer(r"\|", masked)]
    return [row[left + 1 : right].strip() for left, right in zip(borders, borders[1:], strict=False)]


def nested(text: str) -> bool:
    depth = 0
    for char in plain(text):
        depth = max(0, depth + {"(": 1, ")": -1}.get(char, 0))
        if depth > 1:
            return True
    return False


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings: lower case, no punctuation, hyphens for spaces, a number for the second."""
    found: set[str] = set()
    in_code = False
    for line in path.read_text(encoding="utf-8").splitlines():
        in_code ^= line.strip().startswith("```")
        heading = re.match(r"#+\s+(.*)", line)
        if heading and not in_code:
            words = LINK.sub(r"\1", heading.group(1)).strip().lower()
            base = slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            count = 0
            while slug in found:
                count += 1
                slug = f"{base}-{count}"
            found.add(slug)
    return found


def entries(path: Path) -> list[str]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [entry for section in content.values() for entry in ([section] if isinstance(section, str) else section)]


def shown_texts(content: Any, key: str = "") -> Iterator[str]:
    """The sentences in a plugin's documentation, or in a role's argument specs, with its markup as code."""
    if isinstance(content, dict):
        for name, value in content.items():
            yield from shown_texts(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from shown_texts(value, key)
    elif isinstance(content, str) and key in SHOWN:
        yield MARKUP.sub("`code`", content)


def documentation(path: Path) -> Iterator[Any]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".yml":
        yield yaml.safe_load(text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            if getattr(node.targets[0], "id", "") in ("DOCUMENTATION", "RETURN"):
                yield yaml.safe_load(str(node.value.value))


def name(path: Path) -> str:
    return str(path.relative_to(TOP))


documents = pytest.mark.parametrize("path", DOCUMENTS, ids=name)
fragments = pytest.mark.parametrize("path", FRAGMENTS, ids=name)


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path.name != "errors.md"], ids=name)
def test_no_sentence_is_too_long(path: Path) -> None:
    """Not of errors.md: it has the messages of the program, of which each lists what it has found."""
    prose, _rows = blocks(path.read_text(encoding="utf-8"))
    assert [(block.line, sentence) for block in prose for sentence in too_long(block.text)] == []


@documents
def test_no_cell_of_a_table_is_too_long(path: Path) -> None:
    _prose, rows = blocks(path.read_text(encoding="utf-8"))
    assert [(row.line, cell) for row in rows for cell in cells(row.text) if len(cell) > CELL] == []


@documents
def test_no_parenthesis_is_in_a_parenthesis(path: Path) -> None:
    prose, rows = blocks(path.read_text(encoding="utf-8"))
    assert [block for block in prose + rows if nested(block.text)] == []


@documents
def test_every_link_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for _words, target in LINK.findall(CODE.sub("CODE", text)):
        if re.match(r"\w+:", target):
            continue
        file, _hash, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@fragments
def test_a_fragment_of_the_changelog_is_as_readable(path: Path) -> None:
    texts = [entry.replace("``", "`") for entry in entries(path)]
    assert [sentence for text in texts for sentence in too_long(text)] == []
    assert [text for text in texts if nested(text)] == []


@pytest.mark.parametrize("path", DOCUMENTED, ids=name)
def test_the_documentation_of_plugins_and_roles_is_as_readable(path: Path) -> None:
    texts = [text for content in documentation(path) for text in shown_texts(content)]
    assert texts
    assert [sentence for text in texts for sentence in too_long(text)] == []
    assert [text for text in texts if nested(text)] == []


def test_every_document_that_is_named_is_there() -> None:
    """Messages, comments and fragments name documents as `docs/NAME.md`."""
    sources = [path for folder in ("plugins", "roles", "playbooks", "changelogs") for path in (TOP / folder).rglob("*")]
    for path in [*DOCUMENTS, *(path for path in sources if path.suffix in (".py", ".yml"))]:
        text = re.sub(r"https?://\S+", "", path.read_text(encoding="utf-8"))
        for named in re.findall(r"(?<![\w./])docs/[\w-]+\.(?:md|yaml)", text):
            # runc's and gVisor's documents are named in comments
            if not re.search(r"(?:its|runc's|gvisor\.dev/)\s?%s" % re.escape(named), text):
                assert (TOP / named).exists(), f"{name(path)} names {named}"


def test_all_plugins_have_the_same_author() -> None:
    handles = {
        handle
        for folder in ("plugins", "roles")
        for path in (TOP / folder).rglob("*")
        if path.suffix in (".py", ".yml")
        for handle in re.findall(r"\(@([\w-]+)\)", path.read_text(encoding="utf-8"))
    }
    assert handles == {"cri-switchover"}


def test_the_reader_itself() -> None:
    """What the tests above are made of finds what it is for."""
    prose, rows = blocks(
        "# A title\n\nOne `a.b. C` two. Three\nfour.\n- item (one (two))\n| a | `b|c` |\n```\n| not | this |\n```\n"
    )
    assert [block.text for block in prose] == ["A title", "One `a.b. C` two. Three four.", "item (one (two))"]
    assert prose[1].line == 3
    assert sentences(prose[1].text) == ["One CODE two.", "Three four."]
    assert nested(prose[2].text) and not nested("(one, [two](three)) and `(f(x))`")
    assert [cells(row.text) for row in rows] == [["a", "`b|c`"]]
    assert not too_long("word " * SENTENCE) and too_long("word " * (SENTENCE + 1))
    assert "how-a-node-is-switched" in anchors(TOP / "README.md")
    described = {"description": ["See O(a=b (c)). It ends."], "default": "(not (shown))", "sub": {"details": "x"}}
    assert list(shown_texts(described)) == ["See `code`. It ends.", "x"]
