"""The command against an API server that says exactly what a test wants, through a kubeconfig.

Jobs, and roles that are missing: what a cluster of ours does not show.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from e2e_machine import SEATRIAL, Finished, run

Object = dict[str, Any]
JOBS = "/apis/batch/v1/namespaces/shop/jobs?fieldSelector=metadata.name%3Dmigrate"
PREFIX = "/k8s/clusters/c-1"


@dataclass
class Script:
    """What a list answers, what a watch then tells, and what was asked."""

    items: list[Object]
    changes: list[Object] = field(default_factory=list)
    status: int = 200
    message: str = ""
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


def job(*conditions: tuple[str, str], **status: Any) -> Object:
    told = [{"type": name, "status": "True", "message": why} for name, why in conditions]
    return {"metadata": {"name": "migrate"}, "status": {"conditions": told, **status}}


@contextmanager
def api_server(script: Script) -> Iterator[str]:
    """Its URL."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.asked.append(self.path)
            script.tokens.add(self.headers.get("Authorization", ""))
            self.send_response(script.status)
            self.end_headers()
            body: list[Object]
            if script.status != 200:
                body = [{"kind": "Status", "message": script.message}]
            elif "watch=1" in self.path:
                body = [{"type": "MODIFIED", "object": each} for each in script.changes]
            else:
                body = [{"metadata": {"resourceVersion": "7"}, "items": script.items}]
            self.wfile.writelines(json.dumps(each).encode() + b"\n" for each in body)

        def log_message(self, *_words: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}"
        server.shutdown()
        thread.join()


@pytest.fixture
def wait(tmp_path: Path) -> Any:
    """Runs `seatrial wait` with a kubeconfig for a script's server."""

    def waiting(script: Script, *words: str) -> Finished:
        path = tmp_path / "kubeconfig"
        with api_server(script) as url:
            config = {
                "clusters": [{"name": "c", "cluster": {"server": url}}],
                "users": [{"name": "u", "user": {"token": "t0ken"}}],
                "contexts": [
                    {"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "shop"}}
                ],
            }
            path.write_text(json.dumps(config))
            named = ["--kubeconfig", str(path), "--context", "x"]
            return run([SEATRIAL, "wait", *words, *named], {}, may_fail=True)

    return waiting


def test_a_job_that_completes(wait: Any) -> None:
    script = Script([job(active=1)], [job(succeeded=1), job(("Complete", ""))])
    done = wait(script, "job/migrate")
    assert done.code == 0, done.err
    assert [line.partition("] ")[2] for line in done.err.splitlines()[1:-1]] == [
        "job/migrate: not yet: pods: active 1, succeeded 0, failed 0",
        "job/migrate: not yet: pods: active 0, succeeded 1, failed 0",
        "job/migrate: ready",
    ]
    watch = f"{JOBS}&watch=1&resourceVersion=7&timeoutSeconds=120"
    assert script.asked == [PREFIX + JOBS, PREFIX + watch]
    assert script.tokens == {"Bearer t0ken"}


def test_a_job_that_fails_ends_it_at_once(wait: Any) -> None:
    script = Script([job(active=1)], [job(("Failed", "has reached the specified backoff limit"))])
    done = wait(script, "job/migrate", "dns://nobody.invalid", "--timeout=0")
    assert done.code == 2
    assert done.err.splitlines()[-1] == (
        "error: can never be ready: "
        "job/migrate (it has failed: has reached the specified backoff limit)"
    )


def test_a_missing_role_is_named(wait: Any) -> None:
    script = Script([], status=403, message='jobs.batch is forbidden: User "me" cannot list')
    done = wait(script, "job/migrate", "--timeout=300ms")
    assert done.code == 1
    assert done.err.splitlines()[1].partition("] ")[2] == (
        'job/migrate: not yet: jobs.batch is forbidden: User "me" cannot list; it needs a Role in '
        "namespace shop with apiGroups ['batch'], resources [jobs], resourceNames [migrate], verbs "
        "[list, watch] (`seatrial wait --manifest` prints it)"
    )
