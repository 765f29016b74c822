"""Lets the object of a pod go, once nothing of it is left on this node."""

import asyncio
from collections.abc import Callable

from seatrial.api.kinds import POD
from seatrial.api.objects import Object, key_of, name_of, namespace_of, uid_of
from seatrial.client.errors import ClientError, Conflict, NotFound
from seatrial.client.interface import Client
from seatrial.kit.backoff import Backoff
from seatrial.kit.record import get_record

record = get_record("kubelet.pod")

DELETE_BACKOFF = Backoff(first_s=0.1, factor=2.0, max_s=10.0)


async def delete_object(client: Client, pod: Object, *, is_gone: Callable[[], bool]) -> None:
    """Delete this very pod (not one of its name) with no grace, as often as it takes."""
    failures = 0
    while not is_gone():
        try:
            await client.delete(
                POD, name_of(pod), namespace_of(pod), grace_period_s=0, uid=uid_of(pod)
            )
        except (NotFound, Conflict):
            return
        except ClientError as error:
            failures += 1
            record.warning("pod.not_deleted", pod=key_of(pod), error=error)
            await asyncio.sleep(DELETE_BACKOFF.delay_s(failures))
        else:
            return
