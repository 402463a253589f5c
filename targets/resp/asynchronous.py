"""Adapters of asyncio clients, for the check `cancel`."""

from __future__ import annotations

import importlib
from typing import Any

from targets.resp.cancel import AsyncClient


def redis_asyncio() -> AsyncClient:
    """The asyncio client of redis-py: pooled, or on a single connection; alone or in pipelines."""
    module = importlib.import_module("redis.asyncio")
    errors = importlib.import_module("redis.exceptions")

    def connect(host: str, port: int, way: int) -> Any:
        options: dict[str, Any] = {"single_connection_client": bool(way & 1)}
        if not way & 1:
            options["max_connections"] = 1
        if way & 2:
            options["health_check_interval"] = 1
        return module.Redis(host=host, port=port, **options)

    async def echo(client: Any, values: list[bytes], pipelined: bool) -> list[bytes]:
        if pipelined:
            async with client.pipeline(transaction=False) as pipeline:
                for value in values:
                    pipeline.echo(value)
                replies: list[bytes] = await pipeline.execute()
                return replies
        return [await client.echo(value) for value in values]

    async def close(client: Any) -> None:
        await (client.aclose() if hasattr(client, "aclose") else client.close())

    return AsyncClient(connect, echo, close, (errors.RedisError, OSError))
