"""The command line of the waiter: from words to an exit code.

0 ready, 1 the time limit is reached, 2 wrong usage or a target that can never be ready.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TextIO

from seatrial.waiter.backoff import Pauses
from seatrial.waiter.cluster import Api, account_api
from seatrial.waiter.expression import parse_expression, show_expression
from seatrial.waiter.options import USAGE, Settings, UsageProblem, parse_arguments, render_help
from seatrial.waiter.progress import NORMAL, QUIET, VERBOSE, Narrator, show_event
from seatrial.waiter.schedule import Schedule
from seatrial.waiter.targets import Answer, Defaults, Object, Target, Trust, parse_target
from seatrial.waiter.urls import TargetError
from seatrial.waiter.waiting import wait
from seatrial.waiter.world import RealWorld

CANNOT_WRITE = 1
WRONG_USAGE = 2
SIGNAL_NAMES = {130: "SIGINT", 143: "SIGTERM"}

# Takes a kubeconfig's path and a context, both perhaps empty; gives the API server they mean.
KubeconfigReader = Callable[[str, str], Api]


def run_command(
    arguments: Sequence[str], *, read_kubeconfig: KubeconfigReader | None = None
) -> int:
    """The exit code. SystemExit, raised by a signal's handler, passes."""
    try:
        settings = parse_arguments(arguments)
        if settings.flag("help"):
            return show(render_help())
        if settings.flag("bundle"):
            return bundle(settings)
        return wait_for(settings, read_kubeconfig)
    except (UsageProblem, TargetError) as error:
        say(f"{USAGE}\nTry 'seatrial wait --help' for help.\n\nError: {error}")
        return WRONG_USAGE


def wait_for(settings: Settings, read_kubeconfig: KubeconfigReader | None) -> int:
    """Understand the targets, then wait for them or print a manifest."""
    if not settings.targets:
        raise UsageProblem("Missing argument 'TARGET...'.")
    expression, texts = parse_expression(settings.targets, any_is_enough=settings.flag("any"))
    targets = [parse_target(text, defaults_of(settings)) for text in texts]
    if settings.flag("manifest"):
        return manifest(settings, targets)
    api = find_api(settings, targets, read_kubeconfig)
    limit_s = settings.duration_s("timeout")
    pauses = Pauses(max_s=settings.duration_s("max_pause"))
    world = RealWorld(
        [in_namespace(target, api) for target in targets],
        limit_s=settings.duration_s("attempt_timeout"),
        api=api,
    )
    began_s = world.now_s()
    labels = [target.label for target in targets]
    schedule = Schedule(expression, len(targets), pauses=pauses, limit_s=limit_s, now_s=began_s)
    narrator = Narrator(labels, emitter(settings), level=level_of(settings), began_s=began_s)
    narrator.begin(show_expression(expression, labels), limit_s)
    try:
        return wait(world, schedule, narrator).value
    except SystemExit as interruption:
        name = SIGNAL_NAMES.get(int(interruption.code or 0), "a signal")
        narrator.interrupted(name, schedule, world.now_s())
        raise


def defaults_of(settings: Settings) -> Defaults:
    """What the options say for every target. Raises UsageProblem for a file that is not there."""
    ca = settings.text("ca")
    if ca and not os.access(ca, os.R_OK) and not settings.flag("manifest"):
        raise UsageProblem(f"Invalid value for '--ca': '{ca}' cannot be read.")
    return Defaults(
        Answer(settings.text("status"), settings.text("contains")),
        Trust(ca, settings.flag("insecure")),
        settings.text("namespace"),
    )


def find_api(
    settings: Settings, targets: Sequence[Target], read_kubeconfig: KubeconfigReader | None
) -> Api | None:
    """The API server, if any target is an object; the pod's own before a kubeconfig's."""
    first = next((target for target in targets if isinstance(target, Object)), None)
    if first is None:
        return None
    kubeconfig, context = settings.text("kubeconfig"), settings.text("context")
    api = None if kubeconfig or context else account_api(os.environ)
    if api is not None:
        return api
    if read_kubeconfig is None:
        raise TargetError(
            f"{first.label}: KUBERNETES_SERVICE_HOST is not set, so this is no pod of a cluster; "
            "only an installed seatrial reads a kubeconfig"
        )
    return read_kubeconfig(kubeconfig, context)


def in_namespace(target: Target, api: Api | None) -> Target:
    """An object without a namespace is in the one that the API server's user is in."""
    if isinstance(target, Object) and api is not None and not target.namespace:
        return target._replace(namespace=api.namespace)
    return target


def level_of(settings: Settings) -> int:
    """How much is said."""
    if settings.flag("quiet"):
        return QUIET
    return VERBOSE if settings.flag("verbose") else NORMAL


def emitter(settings: Settings) -> Callable[[dict[str, Any]], None]:
    """Writes events to standard error, as text or as JSON lines."""
    if settings.text("format") == "text":
        return lambda event: say(show_event(event))
    import json

    return lambda event: say(json.dumps(event))


def say(text: str) -> None:
    """A line on standard error, at once. What cannot be said does not stop the waiting."""
    with suppress(OSError):
        write(sys.stderr, text)


def show(text: str) -> int:
    """A result on standard output; the exit code."""
    try:
        write(sys.stdout, text)
    except BrokenPipeError:  # our reader (head, less) has left: it has what it wanted
        return CANNOT_WRITE
    except OSError as error:
        say(f"error: cannot write to standard output: {error.strerror}")
        return CANNOT_WRITE
    return 0


def write(stream: TextIO | None, text: str) -> None:
    """A line, past every buffer: nothing is left to be written at the end. Raises OSError."""
    if stream is None:  # closed by whoever started us: the number may be another file's by now
        return
    data = f"{text}\n".encode(errors="backslashreplace")
    while data:
        data = data[os.write(stream.fileno(), data) :]


def bundle(settings: Settings) -> int:
    """`--bundle FILE`."""
    try:
        from seatrial.waiter.bundle import write_bundle
    except ImportError:
        raise UsageProblem("this is the bundle already: copy it") from None
    path = settings.text("bundle")
    try:
        count = write_bundle(path)
    except OSError as error:
        raise UsageProblem(f"cannot write {path}: {error.strerror}") from error
    say(f"wrote {path} ({count} bytes): python3 {path} --help")
    return 0


def manifest(settings: Settings, targets: Sequence[Target]) -> int:
    """`--manifest`."""
    try:
        from seatrial.waiter.bundle import merged_source
        from seatrial.waiter.manifest import render_manifest
    except ImportError:
        raise UsageProblem("only an installed seatrial prints manifests") from None
    return show(render_manifest(settings, targets, source=merged_source()))
