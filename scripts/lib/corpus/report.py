"""The outcome of a run, as a table or as JSON."""

import dataclasses
import json
import re

ROW = re.compile(r"^\|\s*`([^`]+)`\s*\|\s*(.*?)\s*\|?\s*$")


def known_differences(path):
    """Names and reasons of a Markdown file's table rows whose first cell is a name in backticks."""
    with open(path, encoding="utf-8") as file:
        return dict(match.groups() for match in map(ROW.match, file) if match)


@dataclasses.dataclass
class FileResult:
    name: str
    kind: str
    expect: str
    outcome: str = ""
    status: str = ""
    problems: list = dataclasses.field(default_factory=list)
    remarks: list = dataclasses.field(default_factory=list)
    figures: dict = dataclasses.field(default_factory=dict)
    seconds: float = 0
    known: str | None = None

    @property
    def is_right(self):
        return not self.problems


@dataclasses.dataclass
class Check:
    """Something that must hold for the whole run."""

    name: str
    holds: bool
    detail: str = ""


class Report:
    def __init__(self, files, checks, minimum, known):
        self.files = files
        self.checks = checks
        self.minimum = minimum
        self.is_listed = known is not None
        for file in files:
            file.known = (known or {}).get(file.name)

    @property
    def percent(self):
        return 100 * sum(file.is_right for file in self.files) / len(self.files)

    @property
    def unexplained(self):
        """Files that are wrong and not on the list, where there is one."""
        return [file for file in self.files if self.is_listed and not file.is_right and not file.known]

    @property
    def holds(self):
        return all(check.holds for check in self.checks) and self.percent >= self.minimum and not self.unexplained

    def write_json(self, path):
        kinds = {kind: {"files": total, "right": right} for kind, total, right in self.counts()}
        outcome = {
            "holds": self.holds,
            "percent": self.percent,
            "minimum": self.minimum,
            "kinds": kinds,
            "checks": [dataclasses.asdict(check) for check in self.checks],
            "files": [dataclasses.asdict(file) for file in self.files],
        }
        with open(path, "w", encoding="utf-8") as file:
            json.dump(outcome, file, ensure_ascii=False, indent=1)

    def counts(self):
        """For each kind the number of files, and of those that are right."""
        for kind in sorted({file.kind for file in self.files}):
            of_kind = [file for file in self.files if file.kind == kind]
            yield kind, len(of_kind), sum(file.is_right for file in of_kind)

    def print(self):
        for file in self.files:
            for problem in file.problems:
                mark = "known" if file.known else "WRONG"
                print(f"{mark}  {file.name}: {problem}")
            if not file.is_right and file.known:
                print(f"       because: {file.known}")
        listed = [file.name for file in self.files if file.known and file.is_right]
        if listed:
            print(f"listed as different, and right: {', '.join(listed)}")
        for file in self.files:
            for remark in file.remarks:
                print(f"note   {file.name}: {remark}")
        print()
        self.print_counts()
        print()
        for check in self.checks:
            print(f"{'ok    ' if check.holds else 'FAIL  '}{check.name}{f': {check.detail}' if check.detail else ''}")
        if self.unexplained:
            print(f"FAIL  {len(self.unexplained)} files are wrong and not listed with a reason")
        mark = "ok    " if self.percent >= self.minimum else "FAIL  "
        print(f"{mark}{self.percent:.1f} % are right ({self.minimum:g} % needed)")

    def print_counts(self):
        print(f"{'kind':<10}{'files':>7}{'right':>7}{'%':>8}")
        rows = [*self.counts(), ("all", len(self.files), sum(file.is_right for file in self.files))]
        for kind, total, right in rows:
            print(f"{kind:<10}{total:>7}{right:>7}{100 * right / total:>8.1f}")
