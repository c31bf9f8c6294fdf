"""One curated article: a Markdown file with front matter, read strictly.

The file format is described for authors in docs/articles.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, ClassVar, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from knowledge.shipped import FASTEST

Workstream = Literal[
    "programme",
    "market-intelligence",
    "supply-risk",
    "governance",
    "staff-development",
    "understanding",
    "knowledge",
    "service-improvement",
    "change-handover",
    "value-for-money",
]
Audience = Literal[
    "all",
    "business-unit-lead",
    "commissioner",
    "contract-manager",
    "csmg-member",
    "expert-user",
    "srm-lead",
    "team-leader",
]
Tier = Literal["Platinum", "Gold", "Silver", "Bronze"]
Stage = Literal["plan", "procure", "mobilise", "operate", "change", "exit", "all"]
Basis = Literal["law", "guidance", "plan", "local"]
Advice = Literal["legal", "hr", "financial", "safeguarding"]

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class _Loader(FASTEST):  # type: ignore[misc, valid-type]  # which of the two it is shows at run time
    """Leaves dates as they are written: a date that is none is then told with its name and line."""

    yaml_implicit_resolvers: ClassVar = {
        first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_FENCE = "---"
_HEADING = re.compile(r"^##\s+(?P<text>.*?)\s*(?:\{(?P<marks>[^}]*)\})?\s*$")
_DEEPER_HEADING = re.compile(r"^(#|#{3,})\s")


class ArticleError(Exception):
    """An article file cannot be read: says the file, the line and what to do."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.path, self.line, self.problem = path, line, problem


class Source(BaseModel):
    """Where a fact comes from. `year` is a year, "undated", or "local" for the council's own papers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Line
    publisher: Line
    year: Annotated[str, StringConstraints(pattern=r"^(\d{4}(-\d{2,4})?|undated|local)$")]


class FrontMatter(BaseModel):
    """What stands between the two `---` lines of an article."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: Slug
    title: Line
    workstream: Workstream
    audience: tuple[Audience, ...] = Field(min_length=1)
    tiers: tuple[Tier, ...] = Field(min_length=1)
    lifecycle: tuple[Stage, ...] = Field(min_length=1)
    basis: Basis
    owner: Line
    last_reviewed: date
    next_review: date
    sources: tuple[Source, ...] = Field(min_length=1)
    questions: tuple[Line, ...] = Field(min_length=1)
    keywords: tuple[Line, ...] = ()
    acronyms: Mapping[str, Line] = Field(default_factory=dict)
    related: tuple[Slug, ...] = ()
    advice: tuple[Advice, ...] = ()
    do_now: Line | None = None
    owner_email: Line | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of an article; the body is Markdown.

    `tiers` and `stages` are empty for a section that holds for every contract.
    """

    heading: str
    body: str
    basis: Basis | None = None
    tiers: tuple[Tier, ...] = ()
    stages: tuple[Stage, ...] = ()

    @property
    def local(self) -> bool:
        """Whether the council has yet to confirm this part."""
        return self.basis == "local"


@dataclass(frozen=True, slots=True)
class Article:
    """A curated answer: its front matter, the opening answer and the sections that follow."""

    about: FrontMatter
    opening: str
    sections: tuple[Section, ...]

    @property
    def slug(self) -> str:
        return self.about.slug

    @property
    def title(self) -> str:
        return self.about.title

    @property
    def body(self) -> str:
        """All the words of the article as Markdown, without its front matter."""
        parts = [self.opening]
        parts += [f"## {section.heading}\n\n{section.body}" for section in self.sections]
        return "\n\n".join(parts)

    def stale(self, today: date) -> bool:
        """Whether the article is past the date by which someone should have reviewed it."""
        return today > self.about.next_review


def read_article(path: Path) -> Article:
    """The article in the file at `path`, or an `ArticleError` that says what to mend and where."""
    try:
        # Some editors put a byte order mark first.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ArticleError(path, 1, f"is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except OSError as error:
        raise ArticleError(path, 1, f"cannot be read: {error.strerror}") from error
    return parse_article(text, path)


def parse_article(text: str, path: Path) -> Article:
    """The article written in `text`; `path` is used in messages and to check slug and folder."""
    lines = text.splitlines()
    end = _end_of_front_matter(lines, path)
    about = _front_matter("\n".join(lines[1:end]), path)
    opening, sections = _sections(lines[end + 1 :], end + 2, path)
    return Article(about, opening, sections)


def source_of(article: Article) -> str:
    """The article's Markdown as it stands in its file, with the marks of its sections."""
    parts = [article.opening]
    for section in article.sections:
        marks: list[str] = [section.basis] if section.basis else []
        marks += [f"tiers: {', '.join(section.tiers)}"] if section.tiers else []
        marks += [f"stages: {', '.join(section.stages)}"] if section.stages else []
        shown = f" {{{'; '.join(marks)}}}" if marks else ""
        parts.append(f"## {section.heading}{shown}\n\n{section.body}")
    return "\n\n".join(parts)


def write_article(about: FrontMatter, body: str) -> str:
    """The text of an article's file: what `parse_article` reads back as the same."""
    values = about.model_dump(mode="python", exclude_none=True)
    values["sources"] = [each.model_dump() for each in about.sources]
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value
    }
    plain |= {"acronyms": dict(about.acronyms)} if about.acronyms else {}
    front = "".join(_entry(name, value) for name, value in plain.items())
    return f"{_FENCE}\n{front}{_FENCE}\n\n{body.strip()}\n"


def _entry(name: str, value: object) -> str:
    """One entry of the front matter as authors write it: short lists on one line, others indented."""
    if name in ("sources", "questions"):
        listed = re.sub(r"^(\s*year: )'(\w+(?:-\w+)?)'$", r'\1"\2"', _yaml(value), flags=re.MULTILINE)
        return f"{name}:\n" + "".join(f"  {line}\n" for line in listed.splitlines())
    if isinstance(value, list):
        return f"{name}: {_yaml(value, on_one_line=True)}"
    return _yaml({name: value})


def _yaml(value: object, *, on_one_line: bool = False) -> str:
    return yaml.safe_dump(
        value, sort_keys=False, allow_unicode=True, width=100_000, default_flow_style=on_one_line
    )


def source_file(article: Article) -> str:
    """The article's whole file, written anew."""
    return write_article(article.about, source_of(article))


def _end_of_front_matter(lines: list[str], path: Path) -> int:
    if not lines or lines[0].strip() != _FENCE:
        raise ArticleError(path, 1, "must begin with a line '---' and its front matter")
    for number, line in enumerate(lines[1:], start=1):
        if line.strip() == _FENCE:
            return number
    raise ArticleError(path, 1, "the front matter has no closing '---' line; add one")


def _front_matter(text: str, path: Path) -> FrontMatter:
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        values = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 2
        raise ArticleError(path, line, f"is not valid YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 2
        raise ArticleError(path, line, "has a character that text can't have; type the line again") from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(values, dict):
        raise ArticleError(path, 2, "the front matter must be 'name: value' lines")
    _refuse_repeated_keys(node, path)
    try:
        about = FrontMatter.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"]
        name = ".".join(str(part) for part in where)
        raise ArticleError(path, _line_of(node, where), f"{name}: {first['msg']}") from error
    if about.next_review <= about.last_reviewed:
        raise ArticleError(path, _line_of(node, ("next_review",)), "next_review must be after last_reviewed")
    if path.stem != about.slug:
        problem = f"slug is '{about.slug}' but the file is '{path.name}'; make them agree"
        raise ArticleError(path, _line_of(node, ("slug",)), problem)
    if path.parent.name != about.workstream:
        problem = f"workstream is '{about.workstream}' but the folder is '{path.parent.name}'; move the file"
        raise ArticleError(path, _line_of(node, ("workstream",)), problem)
    return about


def _refuse_repeated_keys(node: yaml.MappingNode, path: Path) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise ArticleError(path, key.start_mark.line + 2, f"'{key.value}' stands twice; keep one")
        seen.add(key.value)


def _line_of(node: yaml.Node, where: tuple[int | str, ...]) -> int:
    """The line in the file of the value at `where`, or of the closest thing around it."""
    line = node.start_mark.line
    for part in where:
        if isinstance(node, yaml.MappingNode):
            child = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            child = node.value[part] if part < len(node.value) else None
        else:
            child = None
        if child is None:
            break
        node, line = child, child.start_mark.line
    return int(line) + 2


def _sections(lines: list[str], first_line: int, path: Path) -> tuple[str, tuple[Section, ...]]:
    opening: list[str] = []
    sections: list[tuple[int, Section, list[str]]] = []
    for number, line in enumerate(lines, start=first_line):
        if _DEEPER_HEADING.match(line):
            raise ArticleError(path, number, "only second-level headings ('## …') are used in an article")
        heading = _HEADING.match(line)
        if heading:
            sections.append((number, _marked_section(heading, path, number), []))
        elif sections:
            sections[-1][2].append(line)
        else:
            opening.append(line)
    answer = "\n".join(opening).strip()
    if not answer:
        raise ArticleError(path, first_line, "must open with the answer before its first heading")
    return answer, tuple(_filled(sections, path))


def _filled(sections: list[tuple[int, Section, list[str]]], path: Path) -> Iterator[Section]:
    for number, section, lines in sections:
        body = "\n".join(lines).strip()
        if not body:
            raise ArticleError(
                path, number, f"the section '{section.heading}' is empty; fill it or remove it"
            )
        yield Section(section.heading, body, section.basis, section.tiers, section.stages)


def _marked_section(heading: re.Match[str], path: Path, number: int) -> Section:
    basis: Basis | None = None
    tiers: list[Tier] = []
    stages: list[Stage] = []
    for mark in filter(None, (part.strip() for part in (heading["marks"] or "").split(";"))):
        name, _, rest = mark.partition(":")
        values = [value.strip() for value in rest.split(",") if value.strip()]
        if not rest and name in get_args(Basis):
            basis = name
        elif name == "tiers" and values and set(values) <= set(get_args(Tier)):
            tiers += values
        elif name == "stages" and values and set(values) <= set(get_args(Stage)):
            stages += values
        else:
            raise ArticleError(
                path,
                number,
                f"'{{{mark}}}' is not a section mark; use {{law}}, {{guidance}}, {{plan}}, {{local}}, "
                "{tiers: Gold, Platinum} or {stages: exit}",
            )
    return Section(heading["text"], "", basis, tuple(tiers), tuple(stages))
