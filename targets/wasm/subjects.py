"""Adapters: every implementation behind `engine.Engine`, imported only when asked for."""

from __future__ import annotations

from targets.wasm.pywasm_engine import Pywasm
from targets.wasm.reference import Loader
from targets.wasm.wasmtime_engine import Wasmtime


def reference() -> Loader:
    """The farm's own loader, validator and interpreter."""
    return Loader()


def wasmtime() -> Wasmtime:
    """wasmtime with its default compiler."""
    return Wasmtime()


def pywasm() -> Pywasm:
    """The interpreter in Python."""
    return Pywasm()
