"""The way of an object into the store: create, change, delete, for every kind alike.

Does: form, names, defaults, the kind's strategy, admission, rules, then one write with compare and
swap; tries again when somebody else was faster.
Holds: a write that changes nothing is not written; a terminating object is removed by the write
that takes away what held it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from seatrial.api import status
from seatrial.api.causes import forbidden, required
from seatrial.api.kinds import NAMESPACE, Kind
from seatrial.api.objects import Object, is_terminating
from seatrial.apiserver.admission.order import Admission
from seatrial.apiserver.admission.review import Review
from seatrial.apiserver.config import NAME_ATTEMPTS_MAX, WRITE_ATTEMPTS_MAX
from seatrial.apiserver.options import DeleteOptions, WriteOptions
from seatrial.apiserver.refusal import Refused
from seatrial.apiserver.registry import judge, meta
from seatrial.apiserver.registry.deletion import Deletion, may_go, plan_deletion
from seatrial.apiserver.registry.keys import key_of
from seatrial.apiserver.registry.objects import Found, Moved, Objects
from seatrial.apiserver.strategies.namespace import IMMORTAL
from seatrial.apiserver.strategies.registry import strategy_of
from seatrial.kit import chance, clock

# From what is there to what shall be; gets its own copy and may change it.
Edit = Callable[[Object], Object]
Warn = Callable[[str], None]
# A generated name may be this long before its five random letters.
_GENERATE_NAME_LETTERS_MAX = 58

STATUS = "status"
FINALIZE = "finalize"


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion made of an object: `gone`, or terminating."""

    obj: Object
    gone: bool


class Writer:
    """Writes objects of every kind."""

    def __init__(self, objects: Objects, admission: Admission) -> None:
        self._objects = objects
        self._admission = admission

    async def create(
        self, kind: Kind, namespace: str, obj: Object, *, options: WriteOptions, warn: Warn
    ) -> Object:
        """Store a new object; `obj` is given away, the result must not be changed.

        Raises Refused (400, 403, 404, 409, 422).
        """
        obj = meta.check_kind(kind, obj)
        meta.check_names(kind, obj, namespace=namespace)
        if obj["metadata"].pop("resourceVersion", ""):
            raise Refused(
                status.bad_request("resourceVersion should not be set on objects to be created")
            )
        obj = judge.well_formed(kind, obj, field_validation=options.field_validation, warn=warn)
        generated = _is_generated(obj)
        for attempt in range(NAME_ATTEMPTS_MAX):
            if generated:
                _generate_name(obj)
            elif not obj["metadata"].get("name"):
                cause = required("metadata.name", "name or generateName is required")
                raise Refused(status.invalid(kind, "", [cause]))
            try:
                return await self._create(kind, namespace, obj, options)
            except Refused as refusal:
                taken = refusal.status["reason"] == "AlreadyExists"
                if not (generated and taken) or attempt == NAME_ATTEMPTS_MAX - 1:
                    raise
        raise Refused(status.already_exists(kind, obj["metadata"].get("name", "")))

    async def _create(
        self, kind: Kind, namespace: str, obj: Object, options: WriteOptions
    ) -> Object:
        strategy = strategy_of(kind)
        meta.stamp_new(obj, strategy, uid=chance.uid(), now_s=clock.wall_time_s())
        judge.complete(kind, obj)
        strategy.prepare_create(obj)
        review = Review(kind, namespace, obj, None, self._objects)
        async with self._admission.admitted(review, dry_run=options.dry_run):
            judge.check_create(kind, obj)
            if options.dry_run:
                await self._check_free(kind, namespace, obj["metadata"]["name"])
                return obj
            found = await self._objects.create(kind, namespace, obj)
            self._admission.written(kind, found.entry.key, obj)
        await self._admission.created(kind, obj)
        return obj

    async def _check_free(self, kind: Kind, namespace: str, name: str) -> None:
        if await self._objects.find(kind, namespace, name) is not None:
            raise Refused(status.already_exists(kind, name))

    async def change(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        edit: Edit,
        *,
        options: WriteOptions,
        warn: Warn,
        subresource: str = "",
    ) -> Object:
        """Read, edit, write; again when somebody else wrote in between.

        An edit that leaves `metadata.resourceVersion` as it found it is repeated on the newer
        state; one that names a revision is refused then. Raises Refused (404, 409, 422).
        """
        for _ in range(WRITE_ATTEMPTS_MAX):
            found = await self._objects.get(kind, namespace, name)
            new = meta.check_kind(kind, edit(found.own()))
            meta.check_names(kind, new, namespace=namespace, name=name)
            meta.check_identity(kind, new, found.shared)
            validation = options.field_validation
            new = judge.well_formed(kind, new, field_validation=validation, warn=warn)
            try:
                return await self._replace(kind, namespace, found, new, options, subresource)
            except Moved:
                continue
        raise Refused(status.conflict(kind, name))

    async def _replace(
        self,
        kind: Kind,
        namespace: str,
        found: Found,
        new: Object,
        options: WriteOptions,
        subresource: str,
    ) -> Object:
        old = found.shared
        judge.complete(kind, new)
        new = _prepared(kind, new, old, subresource)
        review = Review(kind, namespace, new, old, self._objects, subresource)
        async with self._admission.admitted(review, dry_run=options.dry_run):
            if not subresource:
                judge.check_update(kind, new, old)
            _check_finalizers(kind, new, old)
            new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
            if options.dry_run or new == old:
                return new
            if may_go(kind, new):
                await self._remove(kind, found, new)
            else:
                await self._objects.replace(kind, found, new)
                self._admission.written(kind, found.entry.key, new)
        return new

    async def delete(
        self, kind: Kind, namespace: str, name: str, options: DeleteOptions
    ) -> Deleted:
        """Delete, at once or gracefully. Raises Refused (403, 404, 409)."""
        if kind is NAMESPACE and name in IMMORTAL:
            raise Refused(status.forbidden(kind, name, "this namespace may not be deleted"))
        for _ in range(WRITE_ATTEMPTS_MAX):
            found = await self._objects.get(kind, namespace, name)
            _check_preconditions(kind, found.shared, options)
            deletion = _plan(kind, found, options)
            try:
                return await self._carry_out(kind, found, deletion, options)
            except Moved:
                continue
        raise Refused(status.conflict(kind, name))

    async def _carry_out(
        self, kind: Kind, found: Found, deletion: Deletion, options: DeleteOptions
    ) -> Deleted:
        if options.dry_run or (not deletion.changes and not deletion.removes):
            return Deleted(deletion.obj, deletion.removes)
        if deletion.removes:
            await self._remove(kind, found, deletion.obj)
        else:
            await self._objects.replace(kind, found, deletion.obj)
        return Deleted(deletion.obj, deletion.removes)

    async def _remove(self, kind: Kind, found: Found, obj: Object) -> None:
        await self._objects.remove(kind, found, obj)
        self._admission.written(kind, found.entry.key, None)

    async def exists(self, kind: Kind, namespace: str, name: str) -> bool:
        """There is such an object."""
        return await self._objects.store.get(key_of(kind, namespace, name)) is not None


def _plan(kind: Kind, found: Found, options: DeleteOptions) -> Deletion:
    grace_s = strategy_of(kind).grace_s(found.shared, options.grace_period_s)
    return plan_deletion(
        kind,
        found.own(),
        grace_s=grace_s,
        wanted_s=options.grace_period_s,
        propagation=options.propagation,
        now_s=clock.wall_time_s(),
    )


def _prepared(kind: Kind, new: Object, old: Object, subresource: str) -> Object:
    """The next state, of which the client may decide only its part."""
    strategy = strategy_of(kind)
    if subresource == STATUS:
        new = {**old, "metadata": dict(old["metadata"]), "status": new.get("status") or {}}
    elif subresource == FINALIZE:
        new = {**old, "metadata": dict(old["metadata"]), "spec": new.get("spec") or {}}
    elif not subresource:
        strategy.prepare_update(new, old)
    meta.carry_over(new, old)
    if not subresource and strategy.has_generation and strategy.asks_anew(new, old):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    return new


def _check_preconditions(kind: Kind, obj: Object, options: DeleteOptions) -> None:
    metadata = obj["metadata"]
    name, uid, revision = metadata["name"], metadata["uid"], metadata["resourceVersion"]
    if options.uid and options.uid != uid:
        raise Refused(status.uid_conflict(kind, name, wanted=options.uid, found=uid))
    if options.resource_version and options.resource_version != revision:
        wanted = options.resource_version
        raise Refused(status.revision_conflict(kind, name, wanted=wanted, found=revision))


def _check_finalizers(kind: Kind, new: Object, old: Object) -> None:
    if not is_terminating(old):
        return
    before = old["metadata"].get("finalizers") or []
    added = [each for each in new["metadata"].get("finalizers") or [] if each not in before]
    if added:
        told = f"no new finalizers can be added if the object is being deleted, found new {added}"
        cause = forbidden("metadata.finalizers", told)
        raise Refused(status.invalid(kind, new["metadata"]["name"], [cause]))


def _is_generated(obj: Object) -> bool:
    return not obj["metadata"].get("name") and bool(obj["metadata"].get("generateName"))


def _generate_name(obj: Object) -> None:
    stem = obj["metadata"]["generateName"][:_GENERATE_NAME_LETTERS_MAX]
    obj["metadata"]["name"] = stem + chance.name_suffix()
