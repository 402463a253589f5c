"""Lines of a multipart body: what is wrong with them, the parser says with its own error."""

import contextlib
import io

import multipart
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text(st.characters(max_codepoint=126))))
def test(lines: list[str]) -> None:
    body = io.BytesIO("\r\n".join(["--x", *lines]).encode())
    with contextlib.suppress(multipart.MultipartError):
        list(multipart.MultipartParser(body, "x"))
