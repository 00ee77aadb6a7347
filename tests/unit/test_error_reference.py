"""docs/errors.md has a heading for every error token that the collection can print."""

from __future__ import annotations

from pathlib import Path

from generators import error_reference

TOP = Path(__file__).resolve().parents[2]


def tokens_in_source() -> set[str]:
    files = [path for folder in ("plugins", "roles", "playbooks") for path in (TOP / folder).rglob("*")]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix in (".py", ".yml")]
    return {token for text in texts for token in error_reference.mentioned(text)}


def test_every_token_has_its_heading():
    page = (TOP / "docs" / "errors.md").read_text(encoding="utf-8")
    headings = {line.split()[1] for line in page.splitlines() if line.startswith("### ")}
    assert tokens_in_source() - headings == set() and len(headings) > 250


def test_no_document_names_a_token_that_is_gone():
    headings = set(error_reference.entries())
    pages = [path for path in sorted((TOP / "docs").glob("*.md")) if path.name != "errors.md"]
    for path in [TOP / "README.md", *pages]:
        gone = error_reference.mentioned(path.read_text(encoding="utf-8")) - headings
        assert gone == set(), path


def test_messages_are_sentences_not_templates():
    for token, entry in error_reference.entries().items():
        assert not any(part in said for said in entry.messages for part in ("{{", "}}", "{%")), token
