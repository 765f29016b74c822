"""The catalogue's index: what each code stands for. Codes are never used twice."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Practice:
    """One line of the catalogue."""

    code: str
    title: str  # what an application must do
    why: str  # what happens to those who do not
    since: str = "0.1"


PRACTICES: tuple[Practice, ...] = (
    Practice(
        "SEA101",
        "no request before ready",
        "A Service sends requests to a pod as soon as it is Ready. Without a readiness probe "
        "that is the moment its process starts, and requests are refused until the server "
        "listens.",
    ),
    Practice(
        "SEA102",
        "readiness means ready",
        "A pod that says Ready before it can serve is sent requests it must fail. Readiness "
        "and liveness ask two questions: whether to send requests, and whether to start the "
        "process again.",
        since="0.2",
    ),
    Practice(
        "SEA103",
        "a slow start is not killed",
        "A liveness probe that runs out of patience before the process is up kills it, and "
        "the next start is just as slow: the pod never comes up. It shows on the slowest "
        "node, on the worst day.",
        since="0.2",
    ),
    Practice(
        "SEA104",
        "the post-start hook is short, and its failure understood",
        "The container stays Waiting until the hook returns, and is killed when the hook "
        "fails. A hook that needs a shell fails in an image that has none.",
        since="0.2",
    ),
    Practice(
        "SEA201",
        "a rolling update loses nothing",
        "Each deployment of a new version starts and stops every pod once. Whatever one start "
        "and one stop lose is lost at every release.",
    ),
    Practice(
        "SEA202",
        "a bad version does not roll out",
        "Readiness and the progress deadline are what stops a rollout. Without them a version "
        "that cannot work replaces one that does.",
        since="0.2",
    ),
    Practice(
        "SEA203",
        "scale-down loses nothing",
        "Every pod that is removed stops while clients still know its address; what one stop "
        "loses is lost at every scale-down, and an autoscaler scales down every day.",
        since="0.2",
    ),
    Practice(
        "SEA204",
        "a node can be drained",
        "Upgrades drain every node. Without a disruption budget a drain may take all replicas "
        "at once; with one that allows nothing it never ends, and somebody deletes the pods "
        "by force.",
        since="0.2",
    ),
    Practice(
        "SEA205",
        "a node can die",
        "A dead node's pods are missed for minutes before they are replaced. What ran only "
        "there is away for that long.",
        since="0.2",
    ),
    Practice(
        "SEA301",
        "keep serving after SIGTERM until every proxy has let go",
        "On deletion two chains run with no order between them: SIGTERM to the process, and "
        "the removal of the endpoint from every node's rules. A server that closes its "
        "listener first refuses the requests that are still sent to it.",
    ),
    Practice(
        "SEA302",
        "in-flight requests finish",
        "A request that was accepted before SIGTERM is answered after it, if the process "
        "lives long enough. What the grace period cuts off, clients see as a broken answer "
        "that may not be retried.",
        since="0.2",
    ),
    Practice(
        "SEA303",
        "idle keep-alive connections are closed politely",
        "A server that just closes an idle connection races the request that a client is "
        "about to send on it. `Connection: close` on the last answer tells the client in "
        "time.",
        since="0.2",
    ),
    Practice(
        "SEA304",
        "SIGTERM reaches the process",
        "PID 1 of a container has no default action for SIGTERM, and a shell as PID 1 does "
        "not pass it on. The process then lives until SIGKILL and loses everything that is in "
        "flight.",
    ),
    Practice(
        "SEA305",
        "stopping fits the grace period",
        "What has not ended terminationGracePeriodSeconds after the deletion, pre-stop hook "
        "included, is killed.",
    ),
    Practice(
        "SEA306",
        "the pre-stop hook works, and its failure is harmless",
        "A hook that cannot run gives no drain window, and says so only in an Event. SIGTERM "
        "is sent all the same, earlier than was planned.",
        since="0.2",
    ),
    Practice(
        "SEA307",
        "the shutdown handler does no work that must not be lost",
        "Nothing promises that a shutdown handler runs to its end: the grace period runs out, "
        "the process is killed, the node dies. A container may also stop while its pod lives "
        "on.",
        since="0.2",
    ),
    Practice(
        "SEA308",
        "readiness fails late while draining, if at all",
        "The deletion itself takes the pod out of the Service. When all endpoints are "
        "terminating, proxies still use those that are serving: a readiness that fails at "
        "once leaves a single replica's clients nothing.",
        since="0.2",
    ),
    Practice(
        "SEA401",
        "nothing that matters lives in the container's layer",
        "A container that is started again gets a fresh writable layer. What an application "
        "wrote outside a volume is gone after a crash, although the pod is still the same.",
        since="0.2",
    ),
    Practice(
        "SEA402",
        "what must survive a move is on a persistent volume",
        "A pod that is placed on another node takes nothing along but its persistent volumes, "
        "and a volume that only one node may mount holds up every other replica.",
        since="0.2",
    ),
    Practice(
        "SEA403",
        "a bad volume does not crash the application for ever",
        "Volumes keep damage as faithfully as data. What crashes on a truncated file crashes "
        "at every start, where a fresh layer would have helped.",
        since="0.2",
    ),
    Practice(
        "SEA404",
        "a full or read-only disk is survived",
        "Disks fill up. A pod without a limit takes its neighbours along, and is evicted for "
        "it.",
        since="0.2",
    ),
    Practice(
        "SEA405",
        "scaling a StatefulSet down loses no data",
        "The pod with the highest ordinal is removed and its volume is left behind, or "
        "deleted. Its data is moved by nobody unless somebody was told to.",
        since="0.2",
    ),
    Practice(
        "SEA406",
        "orphaned data is found even when the handler never ran",
        "A handler that moves data at shutdown is not run when the node dies. Only something "
        "that looks again and again finds what was left.",
        since="0.2",
    ),
    Practice(
        "SEA501",
        "nobody depends on a pod's IP",
        "Every pod that is replaced has another address. Whoever wrote the old one down talks "
        "to nobody, or to somebody else.",
        since="0.2",
    ),
    Practice(
        "SEA502",
        "members of a cluster are known by stable host names",
        "Only a StatefulSet with a headless Service gives a member a name that outlives it.",
        since="0.2",
    ),
    Practice(
        "SEA503",
        "never two with one identity",
        "A forced deletion frees the name while the old process may still run. Two processes "
        "then believe they are the same member, and write to the same data.",
        since="0.2",
    ),
    Practice(
        "SEA601",
        "starts without its dependencies",
        "Kubernetes starts everything at once. What waits without a limit for somebody else "
        "says nothing and helps nobody; what crashes meanwhile backs off for minutes.",
        since="0.2",
    ),
    Practice(
        "SEA602",
        "survives losing its dependencies",
        "A liveness probe that asks a dependency restarts every replica when that dependency "
        "is away: an outage of one becomes an outage of all.",
        since="0.2",
    ),
    Practice(
        "SEA603",
        "says it is not ready while it cannot work",
        "A pod that is Ready and cannot do its work fails requests that another replica, or "
        "an honest error page, could answer. A rollout also takes it for a good version.",
        since="0.2",
    ),
    Practice(
        "SEA604",
        "order, where needed, by init containers",
        "Objects are stored in the order of the file and started in any order. What must come "
        "first has to be waited for.",
        since="0.2",
    ),
    Practice(
        "SEA701",
        "a crash costs little",
        "A killed process takes its connections with it; the rest of the cost is up to the "
        "application: other replicas, a start that is not sent requests too early, a short "
        "start.",
    ),
    Practice(
        "SEA702",
        "one dead container does not leave half a pod serving",
        "A pod is Ready when every container with a readiness probe is. A container without "
        "one counts as ready while it is down.",
        since="0.2",
    ),
    Practice(
        "SEA703",
        "a pod that stays dead is noticed",
        "A ReplicaSet counts pods, not working ones: a pod that crashes for ever on this node "
        "is never replaced by one on another.",
        since="0.2",
    ),
    Practice(
        "SEA704",
        "the memory limit is survived",
        "Without a limit one leak takes the node's other pods along; with a limit below what "
        "the process was told to use, it is killed at its busiest moment.",
        since="0.2",
    ),
    Practice(
        "SEA801",
        "a workload instead of a naked pod",
        "Nobody replaces a naked pod when its node is drained or dies.",
        since="0.2",
    ),
    Practice(
        "SEA802",
        "requests and limits are set, and inside range and quota",
        "Without requests the scheduler packs by guess and the pod is evicted first; outside "
        "the LimitRange or quota it is never created.",
        since="0.2",
    ),
    Practice(
        "SEA803",
        "secrets come from Secrets",
        "A password in a manifest or ConfigMap is in the repository, in every backup and in "
        "`kubectl describe`.",
        since="0.2",
    ),
    Practice(
        "SEA804",
        "pull secrets are on the ServiceAccount",
        "A pull secret named in each workload is forgotten in the next one.",
        since="0.2",
    ),
    Practice(
        "SEA805",
        "configuration comes from ConfigMaps, and a change rolls out",
        "A ConfigMap that changes does not restart the pods that read it at their start: half "
        "of them run on old values until they happen to die.",
        since="0.2",
    ),
    Practice(
        "SEA806",
        "more than one label, the recommended ones",
        "Labels are how people and tools find what belongs together. One label cannot tell "
        "application, component and version apart.",
        since="0.2",
    ),
    Practice(
        "SEA807",
        "annotations name an owner",
        "At three in the morning somebody needs to know whose this is.",
        since="0.2",
    ),
    Practice(
        "SEA808",
        "ports of Services and Ingresses reach a container",
        "A targetPort that no container serves is a connection refused with a green "
        "deployment.",
        since="0.2",
    ),
    Practice(
        "SEA809",
        "selectors match the template, and nobody else's pods",
        "A selector that matches another application's pods sends it half of the requests, or "
        "adopts and deletes its pods.",
        since="0.2",
    ),
    Practice(
        "SEA810",
        "the autoscaler's target exists, and replicas are left to it",
        "A manifest that says `replicas` sets the autoscaler's work back at every apply: "
        "capacity drops in the middle of the day.",
        since="0.2",
    ),
    Practice(
        "SEA811",
        "the image's tag is immutable",
        "With `latest`, two pods of one ReplicaSet may run two versions, and a rollback "
        "brings nothing back.",
        since="0.2",
    ),
    Practice(
        "SEA812",
        "a CronJob has a deadline and keeps its history",
        "A CronJob that missed too many starts never starts again; one that overlaps itself "
        "does the work twice.",
        since="0.2",
    ),
    Practice(
        "SEA813",
        "the termination message is useful",
        "`kubectl describe` shows what a container wrote as its last words. Without them "
        "there is an exit code and a log that may be gone.",
        since="0.2",
    ),
    Practice(
        "SEA814",
        "logs go to stdout",
        "Logs in a file of the container are read by nobody, fill its disk and vanish with "
        "it.",
        since="0.2",
    ),
    Practice(
        "SEA815",
        "what is referred to exists",
        "A pod that refers to a ConfigMap, Secret, claim or ServiceAccount that is not there "
        "never starts, and says so only in its Events.",
        since="0.2",
    ),
    Practice(
        "SEA816",
        "every field is known and of its type",
        "A misspelt field is dropped in silence: the probe, limit or grace period that it was "
        "meant to set is not there.",
        since="0.2",
    ),
    Practice(
        "SEA817",
        "the API version is served",
        "An API version that the cluster no longer serves cannot be applied; the upgrade that "
        "removes it breaks the next deployment.",
        since="0.2",
    ),
    Practice(
        "SEA818",
        "the pod asks for no more of the node than it needs",
        "What a pod takes from its node directly (host ports, host paths, host namespaces, "
        "privileges) ties it to that node, collides with its next copy during a rollout, and "
        "outlives it.",
        since="0.2",
    ),
    Practice(
        "SEA819",
        "what is silenced is silenced for a reason",
        "A silence without a reason is found by somebody who cannot know whether it still holds.",
        since="0.2",
    ),
    Practice(
        "SEA820",
        "each object is defined once",
        "Of two definitions of one object the one that is applied last wins, and which that is"
        " depends on the names of the files.",
        since="0.2",
    ),
)  # fmt: skip


def by_code(practices: tuple[Practice, ...] = PRACTICES) -> dict[str, Practice]:
    """The index; a code that is there twice is refused (ValueError)."""
    index: dict[str, Practice] = {}
    for practice in practices:
        if practice.code in index:
            raise ValueError(f"code {practice.code} is registered twice")
        index[practice.code] = practice
    return index
