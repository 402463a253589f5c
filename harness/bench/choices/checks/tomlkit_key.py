"""Text as TOML that tomlkit reads as a table of one number: the standard library takes it too."""

import tomllib

import tomlkit
from hypothesis import assume, given
from hypothesis import strategies as st
from tomlkit.exceptions import TOMLKitError


@given(st.text("ab1[]{}=.,#'\"\n\r\t\\ "))
def test(text: str) -> None:
    try:
        value = tomlkit.parse(text)
    except (TOMLKitError, ValueError):
        return
    assume(value == {"a": {"b": 1}})
    tomllib.loads(text)
