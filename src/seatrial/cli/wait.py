"""`seatrial wait`: wait until other things are ready.

Does: shows the waiter to the rest of the command line; reads a kubeconfig for it.
Does not: wait: `seatrial.waiter` does, and `seatrial.__main__` goes there without coming by here,
because an init container should not pay for imports that it does not need.
"""

import asyncio
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import click

from seatrial.cli import places
from seatrial.client.errors import ClientError
from seatrial.client.kubeconfig import KubeconfigError, load, namespace_of_context
from seatrial.client.transport.http import HttpTarget
from seatrial.waiter.__main__ import main
from seatrial.waiter.cluster import Api
from seatrial.waiter.options import ABOUT, OPTIONS, Option
from seatrial.waiter.urls import TargetError


class Passed(click.Command):
    """Shows click's help, and hands every word on as it stands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args = list(args)
        return ctx.args

    def invoke(self, ctx: click.Context) -> int:
        return main(ctx.args, read_kubeconfig=api_of)


def _parameter(option: Option) -> click.Option:
    return click.Option(
        option.names,
        help=option.help,
        metavar=option.metavar or None,
        default=option.default or None,
        show_default=bool(option.default and option.metavar),
        is_flag=not option.takes_value,
        type=click.Choice(option.choices) if option.choices else None,
    )


command = Passed(
    "wait",
    help="\n\n".join(ABOUT),
    params=[click.Argument(["target"], nargs=-1, required=True), *map(_parameter, OPTIONS)],
)


def api_of(kubeconfig: str, context: str) -> Api:
    """The API server of a kubeconfig, by default the user's, as the waiter talks to it."""
    path = Path(kubeconfig).absolute() if kubeconfig else places.kubeconfig()
    try:
        target = load(path, context)
        namespace = namespace_of_context(path, context)
    except KubeconfigError as error:
        raise TargetError(f"{error} ({error.remedy})" if error.remedy else str(error)) from error
    address = urlsplit(target.url)
    is_secure = address.scheme == "https"
    return Api(
        host=address.hostname or "",
        port=address.port or (443 if is_secure else 80),
        namespace=namespace,
        headers=lambda: _headers(target),
        tls=(lambda: target.tls or ssl.create_default_context()) if is_secure else None,
        prefix=address.path.rstrip("/"),
        server_name=target.server_name,
    )


def _headers(target: HttpTarget) -> list[tuple[str, str]]:
    try:
        return list(asyncio.run(_ask(target)).items())
    except ClientError as error:  # the waiter knows no errors of ours
        raise OSError(str(error)) from error


async def _ask(target: HttpTarget) -> dict[str, str]:
    return dict(await target.credentials.headers())
