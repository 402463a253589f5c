"""WebAssembly modules: the farm's function loader, wasmtime and pywasm."""

from __future__ import annotations

from targets.kinds import Fault, Fuzz, Subject, Target

GUIDE = ("targets.wasm.decoder", "targets.wasm.bodies", "targets.wasm.validator")
"""Native engines give no coverage: the farm's validator reads the same modules and guides."""
TOKENS = "targets.wasm.grammar:tokens"
MEMORY_MIB = 64 * 1024
"""Address space: wasmtime reserves 4 GiB for every memory, of which programs use little."""

TARGET = Target(
    subjects={
        "reference": Subject(
            adapter="targets.wasm.subjects:reference",
            summary="the farm's own function loader, validator and interpreter",
            instrument=(*GUIDE, "targets.wasm.reader", "targets.wasm.reference"),
        ),
        "wasmtime": Subject(
            adapter="targets.wasm.subjects:wasmtime",
            summary="wasmtime: validate, compile, deserialize, run",
            package="wasmtime",
            instrument=GUIDE,
            requires=("wasmtime>=0.29",),
            pins={"<21": ("importlib-resources>=5.10",)},
        ),
        "pywasm": Subject(
            adapter="targets.wasm.subjects:pywasm",
            summary="pywasm, an interpreter in Python",
            package="pywasm",
            # Its one big function takes seconds to instrument, and then runs at a third.
            instrument=GUIDE,
            requires=("pywasm>=0.4.1",),
            pins={"<2": ("numpy>=1.23",)},
        ),
    },
    checks={
        "differential": Fuzz(
            check="targets.wasm.differential:check",
            summary="every instruction computes what the specification says",
            mutate="targets.wasm.grammar:mutate",
            strategy="targets.wasm.grammar:strategy",
            tokens=TOKENS,
            timeout_s=3.0,
            memory_mib=MEMORY_MIB,
            weight=3.0,
        ),
        "embedding": Fuzz(
            check="targets.wasm.embedding:check",
            summary="a host reads, changes and interrupts what a module exports",
            subjects=("reference", "wasmtime"),
            mutate="targets.wasm.grammar:mutate_embedded",
            strategy="targets.wasm.grammar:embedded_strategy",
            tokens=TOKENS,
            memory_mib=MEMORY_MIB,
        ),
        "load": Fuzz(
            check="targets.wasm.load:check",
            summary="accepted exactly when valid, in every way of loading",
            mutate="targets.wasm.grammar:mutate_loaded",
            strategy="targets.wasm.grammar:loaded_strategy",
            tokens=TOKENS,
            memory_mib=MEMORY_MIB,
        ),
        "limits": Fuzz(
            check="targets.wasm.limits:check",
            summary="fuel, memory, tables, stack and time stop a hostile module",
            subjects=("reference", "wasmtime"),
            mutate="targets.wasm.grammar:mutate_hostile",
            strategy="targets.wasm.grammar:hostile_strategy",
            tokens=TOKENS,
            memory_mib=MEMORY_MIB,
        ),
    },
    faults={
        "text-format": Fault("the text format is accepted", ("load",)),
        "trailing-bytes": Fault("bytes behind the end of a section are accepted", ("load",)),
        "leb-overlong": Fault("a number longer than its type allows is accepted", ("load",)),
        "section-order": Fault("sections in any order are accepted", ("load",)),
        "size-limit": Fault("one byte above the largest size is accepted", ("load",)),
        "import-kinds": Fault("only imported functions are held to the allow-list", ("load",)),
        "section-allocation": Fault("memory is reserved for sizes not checked", ("load",)),
        "hash-of-text": Fault("the hash is of the bytes decoded as text", ("load",)),
        "missing-export": Fault("calling a handler that is missing succeeds", ("load",)),
        "rotate-unmasked": Fault("a rotation by 64 or more is wrong", ("differential",)),
        "division-rounds-down": Fault("i32.div_s rounds down, not to zero", ("differential",)),
        "minimum-of-zeros": Fault("f32.min forgets the sign of a zero", ("differential",)),
        "host-write-cut": Fault("a write beyond the end of memory is cut", ("embedding",)),
        "host-zero-boxed": Fault("a global of zero is read as a box", ("embedding",)),
        "memory-limit": Fault("memory grows beyond the budget", ("limits",)),
    },
)
