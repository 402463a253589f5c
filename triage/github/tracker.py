"""The edge to GitHub's REST API: reads and writes one at a time, each patient, none done twice.

PyGithub's own retries are off: they would send a POST again without looking whether it was done.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import urllib.parse
from collections.abc import Callable, Iterator
from typing import TypeVar

import github
from github.GithubObject import NotSet
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.Label import Label
from github.PaginatedList import PaginatedList
from github.Repository import Repository

from targets.errors import FarmError
from triage.github import body
from triage.github.patience import Patience, Refused
from triage.github.threads import LABEL, Comment, Thread

GITHUB = "https://api.github.com"
PER_PAGE = 100
COLOUR = "ededed"

_Item = TypeVar("_Item", Issue, IssueComment, Label)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclasses.dataclass(frozen=True, slots=True)
class Access:
    """Where GitHub is and how to talk to it: seconds for one answer, and between two writes."""

    api: str
    token: str = dataclasses.field(repr=False)
    timeout_s: float = 20.0
    pace_s: float = 1.0


class Tracker:
    """The issues of one repository; `open` it first. Errors are those of `Patience.attempt`."""

    def __init__(self, access: Access, repo: str, patience: Patience) -> None:
        """FarmError when the address of the API is none, or would show the token to the network."""
        _check_address(access.api)
        self._patience = patience
        self._name = repo
        self._github = github.Github(
            base_url=access.api.rstrip("/"),
            auth=github.Auth.Token(access.token),
            user_agent="fuzzfarm",
            timeout=max(1, round(access.timeout_s)),
            per_page=PER_PAGE,
            retry=None,
            seconds_between_requests=0.0,  # one at a time is slow enough for reading
            seconds_between_writes=access.pace_s,
        )
        self._repo: Repository | None = None
        self._issues: dict[int, Issue] = {}
        self._comments: dict[int, IssueComment] = {}
        self._labels: set[str] = set()

    def open(self) -> tuple[str, bool]:
        """The repository's own name, `OWNER/NAME`, and whether it is private."""

        def read() -> tuple[Repository, str, bool, str]:
            repo = self._github.get_repo(self._name)
            closed = "is archived: nothing can be filed there" if repo.archived else ""
            if not repo.has_issues:
                closed = "has its issues disabled: switch them on in its settings"
            return repo, repo.full_name, bool(repo.private), closed

        self._repo, name, private, closed = self._patience.attempt("opening the repository", read)
        if closed:
            raise FarmError(f"{name} {closed}")
        return name, private

    def labelled(self) -> list[Thread]:
        """All issues with the farm's label, open and closed; their comments are not read."""
        return list(self._listed("listing the issues", "asc", lambda _: True))

    def newer(self, than: int) -> list[Thread]:
        """Those with a higher number: what was filed since."""
        return list(
            self._listed("listing the newest issues", "desc", lambda issue: issue.number > than)
        )

    def read(self, number: int) -> Thread | None:
        """One issue with its comments; None when it is not there (deleted, or moved away)."""

        def get() -> Issue:
            issue = self._opened.get_issue(number)
            _thread(issue)  # all that is needed is read here, where it is tried again
            return issue

        what = f"reading #{number}"
        try:
            issue = self._patience.attempt(what, get)
        except Refused as refused:
            if refused.status in (404, 410):
                return None
            raise
        if not issue.html_url.casefold().startswith(f"{self._opened.html_url}/".casefold()):
            return None
        self._issues[number] = issue
        return dataclasses.replace(_thread(issue), comments=tuple(self.comments(number)))

    def comments(self, number: int) -> list[Comment]:
        """All comments of an issue, oldest first."""
        what = f"reading the comments of #{number}"
        pages = self._patience.attempt(what, self._issues[number].get_comments)
        found = []
        for comment in self._items(what, pages):
            self._comments[comment.id] = comment
            found.append(_comment(comment))
        return sorted(found, key=lambda comment: comment.id)

    def create(
        self, title: str, text: str, labels: tuple[str, ...], done: Callable[[], Thread | None]
    ) -> Thread:
        """A new issue, or the one that `done` finds after an uncertain end."""

        def post() -> Thread:
            issue = self._opened.create_issue(title, text, labels=list(labels))
            self._issues[issue.number] = issue
            return _thread(issue)

        self._ensure(labels)
        thread = self._patience.attempt("creating an issue", post, done)
        return dataclasses.replace(thread, comments=())

    def edit(
        self, thread: Thread, *, text: str | None = None, state: str = "", reason: str = ""
    ) -> Thread:
        """The issue with another body or state; harmless when it is done twice."""
        issue = self._issues[thread.number]

        def patch() -> Thread:
            issue.edit(
                body=NotSet if text is None else text,
                state=state or NotSet,
                state_reason=reason or NotSet,
            )
            return _thread(issue)

        changed = self._patience.attempt(f"editing #{thread.number}", patch)
        return dataclasses.replace(changed, comments=thread.comments)

    def say(self, thread: Thread, text: str, is_it: Callable[[str], bool]) -> Thread:
        """The issue with one more comment; `is_it` knows it again after an uncertain end."""
        number = thread.number
        known = {comment.id for comment in thread.comments or ()}

        def post() -> Comment:
            comment = self._issues[number].create_comment(text)
            self._comments[comment.id] = comment
            return _comment(comment)

        def done() -> Comment | None:
            new = (comment for comment in self.comments(number) if comment.id not in known)
            return next((comment for comment in new if is_it(comment.body)), None)

        comment = self._patience.attempt(f"commenting on #{number}", post, done)
        return dataclasses.replace(thread, comments=(*(thread.comments or ()), comment))

    def reword(self, thread: Thread, comment: Comment, text: str) -> Thread:
        """The issue with other words in one comment."""
        written = self._comments[comment.id]

        def patch() -> Comment:
            written.edit(text)
            return _comment(written)

        changed = self._patience.attempt(f"editing a comment of #{thread.number}", patch)
        return dataclasses.replace(
            thread,
            comments=tuple(
                changed if one.id == comment.id else one for one in thread.comments or ()
            ),
        )

    @property
    def _opened(self) -> Repository:
        if self._repo is None:
            raise ValueError("open the tracker first")
        return self._repo

    def _listed(
        self, what: str, direction: str, wanted: Callable[[Issue], bool]
    ) -> Iterator[Thread]:
        """Issues in the order of their creation, up to the first that is not wanted."""
        pages = self._patience.attempt(
            what,
            lambda: self._opened.get_issues(
                state="all", labels=[LABEL], sort="created", direction=direction
            ),
        )
        for issue in self._items(what, pages):
            if not wanted(issue):
                return
            if "/pull/" not in issue.html_url:  # `pull_request` would cost a request for each
                self._issues[issue.number] = issue
                yield _thread(issue)

    def _items(self, what: str, pages: PaginatedList[_Item]) -> Iterator[_Item]:
        """The items of all pages; a page that failed is asked for again, not all of them."""
        at = 0
        while True:
            found = self._patience.attempt(what, functools.partial(_item, pages, at))
            if found is None:
                return
            yield found
            at += 1

    def _ensure(self, labels: tuple[str, ...]) -> None:
        """Makes labels that the repository lacks; somebody else may do the same meanwhile."""
        if not self._labels:
            what = "reading the labels"
            pages = self._patience.attempt(what, self._opened.get_labels)
            self._labels = {label.name.casefold() for label in self._items(what, pages)}
        for name in labels:
            if name.casefold() in self._labels:
                continue
            try:
                self._patience.attempt(f"making the label {name!r}", self._maker(name))
            except Refused as refused:
                if refused.status != 422 or "already_exists" not in str(refused):
                    raise
            self._labels.add(name.casefold())

    def _maker(self, name: str) -> Callable[[], Label]:
        colour, about = body.COLOURS.get(name, COLOUR), body.DESCRIPTIONS.get(name, "fuzzfarm")
        return lambda: self._opened.create_label(name, colour, about)


def _item(pages: PaginatedList[_Item], at: int) -> _Item | None:
    try:
        return pages[at]
    except IndexError:
        return None


def _check_address(api: str) -> None:
    try:
        address = urllib.parse.urlsplit(api)
        _ = address.port
    except ValueError as error:
        raise FarmError(f"--api {api!r} is no address ({error}); GitHub's is {GITHUB}") from None
    if address.scheme not in ("http", "https") or not address.hostname or address.username:
        raise FarmError(f"--api {api!r} is no address of an API; GitHub's is {GITHUB}")
    if address.scheme == "http" and address.hostname not in _LOOPBACK:
        raise FarmError(f"--api {api!r} would show the token to the network; write https://")


def _thread(issue: Issue) -> Thread:
    return Thread(
        number=issue.number,
        url=issue.html_url,
        title=issue.title,
        body=issue.body or "",
        author=issue.user.login if issue.user else "",
        labels=frozenset(label.name for label in issue.labels),
        is_open=issue.state == "open",
        reason=issue.state_reason or "",
        created_s=_seconds(issue.created_at),
        closed_s=_seconds(issue.closed_at) if issue.closed_at else None,
        comments=None if issue.comments else (),
    )


def _comment(comment: IssueComment) -> Comment:
    return Comment(
        id=comment.id,
        body=comment.body or "",
        author=comment.user.login if comment.user else "",
        association=comment.author_association or "",
        created_s=_seconds(comment.created_at),
    )


def _seconds(moment: datetime.datetime) -> float:
    return moment.timestamp()
