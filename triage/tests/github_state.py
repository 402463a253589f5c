"""What a stand-in for GitHub keeps: issues, labels, comments of one repository, and its faults."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import random
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from triage.tests.github_description import Description

TOKEN = "ghp_secretOfTheTests0123456789abcdefXY"
"""What must never be seen anywhere."""
REPO = "octo/hello"
DOCUMENTED = {"documentation_url": "https://docs.github.com/rest"}
FAULTS = ("502", "502 after", "silence", "reset", "reset after", "primary", "secondary", "503")
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
)

Answer = tuple[int, Any, dict[str, str]]
Faults = Callable[[str, str], str]
"""Given method and path, the fault to show (one of `FAULTS`) or an empty text."""


def never(method: str, path: str) -> str:
    """No faults."""
    return ""


def sometimes(seed: int, rate: float, faults: tuple[str, ...] = FAULTS) -> Faults:
    """A share of all requests fails, in a way that the seed decides."""
    rng, lock = random.Random(seed), threading.Lock()

    def choose(method: str, path: str) -> str:
        with lock:
            return rng.choice(faults) if rng.random() < rate else ""

    return choose


def planned(*faults: tuple[str, str]) -> Faults:
    """(`POST issues`, fault) pairs in order: each shows once, at the next request of its kind."""
    left, lock = list(faults), threading.Lock()

    def choose(method: str, path: str) -> str:
        with lock:
            for at, (where, _) in enumerate(left):
                verb, _, last = where.partition(" ")
                if method == verb and path.rpartition("/")[2].startswith(last):
                    return left.pop(at)[1]
            return ""

    return choose


@dataclasses.dataclass(slots=True)
class GitHub:
    """The state: one repository, `tokens` with the login of each, and what happened."""

    tokens: dict[str, str] = dataclasses.field(default_factory=lambda: {TOKEN: "farm-bot"})
    repo: str = REPO
    private: bool = False
    has_issues: bool = True
    archived: bool = False
    may_label: bool = True
    faults: Faults = never
    ahead_s: float = 0.0
    """Seconds that its clock is ahead."""
    limit_s: float = 1.0
    issues: dict[int, dict[str, Any]] = dataclasses.field(default_factory=dict)
    comments: dict[int, dict[str, Any]] = dataclasses.field(default_factory=dict)
    labels: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    requests: list[str] = dataclasses.field(default_factory=list)
    shown: list[str] = dataclasses.field(default_factory=list)
    """Faults that were shown."""
    url: str = ""
    description: Description = dataclasses.field(default_factory=Description)
    lock: threading.RLock = dataclasses.field(default_factory=threading.RLock)
    closing: threading.Event = dataclasses.field(default_factory=threading.Event)
    numbers: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(1))
    comment_ids: Iterator[int] = dataclasses.field(default_factory=lambda: itertools.count(7001))

    @property
    def writes(self) -> list[str]:
        """Requests that change something."""
        return [request for request in self.requests if not request.startswith("GET")]

    def answer(self, operation: str, names: tuple[str, ...], asked: Asked) -> Answer:
        """One operation, done."""
        with self.lock:
            if f"{names[0]}/{names[1]}".casefold() != self.repo.casefold():
                return self.error(404, "Not Found")
            match operation:
                case "repos/get":
                    return 200, self._repository(), {}
                case "issues/list-for-repo":
                    return self._page(self._wanted(asked.query), asked)
                case "issues/list-labels-for-repo":
                    return self._page(list(self.labels.values()), asked)
                case "issues/create-label":
                    return self._create_label(asked.body)
                case "issues/create":
                    return self._create(asked)
                case "issues/update-comment":
                    return self._edit_comment(int(names[2]), asked)
            if int(names[2]) not in self.issues:
                return self.error(404, "Not Found")
            issue = self.issues[int(names[2])]
            match operation:
                case "issues/get":
                    return 200, issue, {}
                case "issues/update":
                    return self.update(issue, asked.body)
                case "issues/list-comments":
                    return self._page(self.comments_of(issue["number"]), asked)
                case "issues/create-comment":
                    return self._comment(issue, asked)
            raise AssertionError(f"{operation} is not built")

    def error(self, status: int, message: str, **more: Any) -> Answer:
        """An answer as GitHub says no."""
        return status, {"message": message, "status": str(status), **DOCUMENTED, **more}, {}

    def moment(self) -> str:
        """Now, as in GitHub's answers."""
        now = datetime.datetime.fromtimestamp(time.time() + self.ahead_s, datetime.UTC)
        return f"{now:%Y-%m-%dT%H:%M:%SZ}"

    def comments_of(self, number: int) -> list[dict[str, Any]]:
        """The comments of an issue."""
        return [one for one in self.comments.values() if one["issue_url"].endswith(f"/{number}")]

    def says(self, number: int, body: str, login: str = "octo") -> None:
        """A person comments."""
        with self.lock:
            self._comment(self.issues[number], Asked({}, {"body": body}, login))

    def create(self, title: str, login: str) -> int:
        """A person files an issue; returns its number."""
        with self.lock:
            _, issue, _ = self._create(Asked({}, {"title": title, "body": title}, login))
        number: int = issue["number"]
        return number

    def _repository(self) -> dict[str, Any]:
        owner, name = self.repo.split("/")
        return {
            **self.description.example("full-repository"),
            "full_name": self.repo,
            "name": name,
            "owner": self._user(owner),
            "html_url": f"{self.url}/{self.repo}",
            "url": f"{self.url}/repos/{self.repo}",
            "private": self.private,
            "archived": self.archived,
            "has_issues": self.has_issues,
        }

    def _user(self, login: str) -> dict[str, Any]:
        return {**self.description.example("simple-user"), "login": login}

    def _wanted(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        labels = {name.casefold() for name in query.get("labels", "").split(",") if name}
        state = query.get("state", "open")
        found = [
            issue
            for issue in self.issues.values()
            if labels <= {label["name"].casefold() for label in issue["labels"]}
            and state in ("all", issue["state"])
        ]
        assert query.get("sort", "created") == "created"
        return sorted(found, key=_number, reverse=query.get("direction", "desc") == "desc")

    def _page(self, items: list[dict[str, Any]], asked: Asked) -> Answer:
        size, page = int(asked.query.get("per_page", 30)), int(asked.query.get("page", 1))
        assert 1 <= size <= 100
        last = max(1, -(-len(items) // size))

        def link(number: int, relation: str) -> str:
            query = urllib.parse.urlencode({**asked.query, "page": number})
            return f'<{self.url}{asked.path}?{query}>; rel="{relation}"'

        links = [link(page + 1, "next"), link(last, "last")] if page < last else []
        headers = {"Link": ", ".join(links)} if links else {}
        return 200, items[(page - 1) * size : page * size], headers

    def _create_label(self, body: Any) -> Answer:
        if body["name"].casefold() in self.labels:
            return self._invalid("Label", "name", "already_exists")
        assert len(body["name"]) <= 50
        return 201, self.label(body["name"], body), {}

    def label(self, name: str, more: Mapping[str, Any] = {}) -> dict[str, Any]:
        made = {**self.description.example("label"), "color": "ededed", **more, "name": name}
        return self.labels.setdefault(name.casefold(), made)

    def _invalid(self, resource: str, field: str, code: str, message: str = "") -> Answer:
        why = {"resource": resource, "field": field, "code": code}
        errors = [{**why, "message": message} if message else why]
        return self.error(422, "Validation Failed", errors=errors)

    def _create(self, asked: Asked) -> Answer:
        if not self.has_issues:
            return self.error(410, "Issues are disabled for this repo")
        wrong = self._content("Issue", asked.body)
        if wrong:
            return wrong
        with self.lock:
            number = next(self.numbers)
        path = f"{self.url}/repos/{self.repo}/issues/{number}"
        names = asked.body.get("labels", []) if self.may_label else []
        issue = {
            **self.description.example("issue"),
            "id": 1000 + number,
            "number": number,
            "url": path,
            "comments_url": f"{path}/comments",
            "html_url": f"{self.url}/{self.repo}/issues/{number}",
            "title": asked.body["title"],
            "body": asked.body.get("body"),
            "user": self._user(asked.login),
            "labels": [self.label(name) for name in names],
            "state": "open",
            "state_reason": None,
            "comments": 0,
            "created_at": self.moment(),
            "updated_at": self.moment(),
            "author_association": self._association(asked.login),
        }
        self.issues[number] = issue
        return 201, issue, {"Location": path}

    def _content(self, resource: str, body: Mapping[str, Any]) -> Answer | None:
        if len(body.get("body") or "") > 65_536:
            why = "body is too long (maximum is 65536 characters)"
            return self._invalid(resource, "body", "custom", why)
        if "title" in body and not 0 < len(body["title"]) <= 256:
            return self._invalid(resource, "title", "custom", "title is too long or blank")
        return None

    def update(self, issue: dict[str, Any], body: Any) -> Answer:
        wrong = self._content("Issue", body)
        if wrong:
            return wrong
        changes: dict[str, Any] = {"updated_at": self.moment()}
        changes |= {name: body[name] for name in ("title", "body") if name in body}
        if "state" in body and body["state"] != issue["state"]:
            closed = body["state"] == "closed"
            changes["state"] = body["state"]
            changes["state_reason"] = body.get(
                "state_reason", "completed" if closed else "reopened"
            )
            changes["closed_at"] = self.moment() if closed else None
        if "labels" in body:
            changes["labels"] = [self.label(name) for name in body["labels"]]
        self.issues[issue["number"]] = {**issue, **changes}
        return 200, self.issues[issue["number"]], {}

    def _comment(self, issue: dict[str, Any], asked: Asked) -> Answer:
        wrong = self._content("IssueComment", asked.body)
        if wrong:
            return wrong
        number = next(self.comment_ids)
        comment = {
            **self.description.example("issue-comment"),
            "id": number,
            "url": f"{self.url}/repos/{self.repo}/issues/comments/{number}",
            "issue_url": issue["url"],
            "body": asked.body["body"],
            "user": self._user(asked.login),
            "created_at": self.moment(),
            "updated_at": self.moment(),
            "author_association": self._association(asked.login),
        }
        self.comments[number] = comment
        number = issue["number"]
        self.issues[number] = {**issue, "comments": issue["comments"] + 1}
        return 201, comment, {}

    def _edit_comment(self, number: int, asked: Asked) -> Answer:
        if number not in self.comments:
            return self.error(404, "Not Found")
        wrong = self._content("IssueComment", asked.body)
        if wrong:
            return wrong
        changed = {"body": asked.body["body"], "updated_at": self.moment()}
        self.comments[number] = {**self.comments[number], **changed}
        return 200, self.comments[number], {}

    def _association(self, login: str) -> str:
        return "OWNER" if login == self.repo.split("/", maxsplit=1)[0] else "NONE"


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One request: its query, its JSON body, who asks, for which path."""

    query: Mapping[str, str]
    body: Any
    login: str
    path: str = ""


def _number(issue: dict[str, Any]) -> int:
    number: int = issue["number"]
    return number
