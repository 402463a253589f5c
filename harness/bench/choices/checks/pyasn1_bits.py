"""Bytes in BER: what is wrong with them, the decoder says with its own error."""

import contextlib

from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber.decoder import decode
from pyasn1.error import PyAsn1Error


@given(st.binary())
def test(data: bytes) -> None:
    with contextlib.suppress(PyAsn1Error):
        decode(data)
