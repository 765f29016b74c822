"""Signals, threads, forks and ends of real processes.

Each test runs a small program; it says a line when it is ready, and the line is what is waited for.
"""

import os
import signal
import sys

import pytest
from app_program import program, rest, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


def test_a_script_ends_with_0_after_its_work() -> None:
    with program(
        """
        life = Lifecycle(in_kubernetes=True, drain_window_s=0.1)
        life.install()
        life.on_drain(lambda: say("draining"))
        life.on_close(lambda: say("closing"))
        done = threading.Event()
        def work():
            with life.work("report"):
                done.wait()
                say("work is done")
        thread = threading.Thread(target=work)
        thread.start()
        life.on_close(done.set)
        try:
            say("ready")
            threading.Event().wait()
        finally:
            say("finally runs")
        """
    ) as process:
        until(process, "ready")
        process.send_signal(signal.SIGTERM)
        assert rest(process) == ["draining", "closing", "work is done", "finally runs"]
        assert process.wait() == 0


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_leaves_at_once_with_its_number(signum: signal.Signals) -> None:
    with program(
        """
        life = Lifecycle(in_kubernetes=True, drain_window_s=60, grace_period_s=600)
        life.install()
        life.on_drain(lambda: say("draining"))
        say("ready")
        threading.Event().wait()
        """
    ) as process:
        until(process, "ready")
        process.send_signal(signal.SIGTERM)
        until(process, "draining")
        process.send_signal(signum)
        assert process.wait() == 128 + signum


def test_a_process_that_hangs_is_ended_inside_the_grace_period_and_says_what_held_it() -> None:
    with program(
        """
        life = Lifecycle(in_kubernetes=True, drain_window_s=0, grace_period_s=0.4)
        life.install(then=lambda: None)
        life.block("upload")
        life.on_close(lambda: threading.Event().wait())  # a callback that never returns
        say("ready")
        threading.Event().wait()
        """
    ) as process:
        until(process, "ready")
        process.send_signal(signal.SIGTERM)
        lines = rest(process)
        assert process.wait() == 128 + signal.SIGTERM
        assert [line.split()[0] for line in lines] == ["leave", "quit"]
        assert "blockers=upload" in lines[0]


def test_a_handler_that_was_there_runs_later_in_the_main_thread() -> None:
    with program(
        """
        stop = threading.Event()
        def theirs(signum, frame):
            say("theirs", signum, threading.current_thread() is threading.main_thread())
            stop.set()
        signal.signal(signal.SIGTERM, theirs)
        life = Lifecycle(in_kubernetes=True, drain_window_s=0.1)
        life.install()
        life.on_drain(lambda: say("draining"))
        say("ready")
        stop.wait()
        """
    ) as process:
        until(process, "ready")
        process.send_signal(signal.SIGTERM)
        assert rest(process) == ["draining", f"theirs {int(signal.SIGTERM)} True"]
        assert process.wait() == 0


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    with program(
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        life = Lifecycle()
        life.install(then=lambda: None)
        say(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)
        say(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
        """
    ) as process:
        assert rest(process) == ["True", "False"]


def test_begin_in_a_signal_handler_on_top_of_every_lock_of_ours() -> None:
    with program(
        """
        life = Lifecycle(in_kubernetes=True, drain_window_s=0.1)
        over = threading.Event()
        life.install(then=over.set)
        for lock in (life.requests._lock, life.works._lock, life.blockers._lock):
            lock.acquire()
        import logging
        logging._lock.acquire()
        signal.raise_signal(signal.SIGTERM)
        say(life.state.value)
        for lock in (life.requests._lock, life.works._lock, life.blockers._lock, logging._lock):
            lock.release()
        over.wait()
        say(life.state.value)
        """
    ) as process:
        assert rest(process) == ["draining", "closing"]


def test_a_child_of_a_fork_has_a_clock_of_its_own() -> None:
    with program(
        """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12: fork beside our thread
        life = Lifecycle(in_kubernetes=True, drain_window_s=0.1)
        life.install()
        held = life.work("of the parent")
        child = os.fork()
        if not child:
            life.on_drain(lambda: say("child drains", life.snapshot().work))
            say("ready")
            threading.Event().wait()
        os.kill(child, 0)
        _, status = os.waitpid(child, 0)
        say("child ended with", os.WEXITSTATUS(status), "parent is", life.state.value)
        """
    ) as process:
        assert until(process, "ready")
        children = _children(process.pid)
        os.kill(children[0], signal.SIGTERM)
        assert rest(process) == ["child drains ()", "child ended with 0 parent is starting"]


def _children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as listing:
        return [int(word) for word in listing.read().split()]


def test_without_the_main_thread_signals_are_left_and_begin_works() -> None:
    with program(
        """
        seen = []
        life = Lifecycle(in_kubernetes=True, drain_window_s=0)
        life.add_hook(lambda event: seen.append(event.name))
        over = threading.Event()
        def serve():
            life.install(then=over.set)
            say(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, seen)
            life.begin("told by a thread")
            over.wait()
            say(life.state.value)
        thread = threading.Thread(target=serve)
        thread.start()
        thread.join()
        """
    ) as process:
        assert rest(process) == ["True ['signals']", "closing"]
        assert process.wait() == 0


def test_a_system_without_those_signals_imports_and_installs() -> None:
    with program(
        """
        import importlib
        from seatrial_app import signals
        for name in ("SIGBREAK", "pthread_kill"):
            if hasattr(signal, name):
                delattr(signal, name)
        importlib.reload(signals)
        life = Lifecycle(in_kubernetes=True, drain_window_s=0)
        life._ending.signals = signals.Interposer(
            begin=life.begin, leave=life._ending._second_signal, is_window_over=lambda:
            life.is_closing
        )
        over = threading.Event()
        life.install(then=over.set)
        os.kill(os.getpid(), signal.SIGINT)
        over.wait()
        say("closed")
        """
    ) as process:
        assert "closed" in rest(process)


def test_after_its_end_outside_kubernetes_the_signals_are_given_back() -> None:
    with program(
        """
        life = Lifecycle()
        life.install(then=lambda: None)
        life.begin()
        life.finished()
        say(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
        say(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        """
    ) as process:
        assert rest(process) == ["True", "True"]
        assert process.wait() == 0


def test_a_second_server_in_one_process_has_a_life_of_its_own() -> None:
    with program(
        """
        from seatrial_app.lifecycle import lifecycle_to_run
        first = seatrial_app.lifecycle()
        say(lifecycle_to_run() is first)
        first.finished()
        say(seatrial_app.lifecycle() is first, lifecycle_to_run() is first)
        """
    ) as process:
        assert rest(process) == ["True", "True False"]


def test_importing_loads_no_server_and_nothing_heavy() -> None:
    with program(
        """
        heavy = {"asyncio", "dataclasses", "inspect", "ssl", "http", "json", "subprocess"}
        say(sorted((heavy | {"uvicorn", "aiohttp", "grpc", "gunicorn"}) & set(sys.modules)))
        """
    ) as process:
        assert rest(process) == ["[]"]


LOOP_SERVER = """
import asyncio

async def app(scope, receive, send):
    await send({{"type": "lifespan.startup.complete"}})

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    life = Lifecycle(in_kubernetes=True, drain_window_s=0.1)
    life.on_drain(lambda: say("draining"))
    life.on_close(lambda: say("closing"))
    served = seatrial_app.asgi(app, life)
    async def send(message):
        say("up")
    await served({{"type": "lifespan"}}, None, send)
    {told}
    await stop.wait()
    say("the server stops", life.state.value)

asyncio.run(main())
"""


def test_a_server_that_listens_on_its_event_loop_hears_of_sigterm_after_the_window() -> None:
    with program(LOOP_SERVER.format(told="")) as process:
        until(process, "up")
        process.send_signal(signal.SIGTERM)
        assert rest(process) == ["draining", "closing", "the server stops closing"]
        assert process.wait() == 0


def test_a_server_whose_parent_told_us_is_not_stopped_before_its_parent_says_so() -> None:
    told = """
    closed = asyncio.Event()
    @life.on_close
    async def tell():
        closed.set()
    life.begin("the parent has SIGTERM")
    await closed.wait()
    say("still serving", stop.is_set())
    signal.raise_signal(signal.SIGTERM)
    """
    with program(LOOP_SERVER.format(told=told)) as process:
        said = ["up", "draining", "closing", "still serving False", "the server stops closing"]
        assert rest(process) == said
        assert process.wait() == 0


def test_uvloop_hides_its_handlers_and_that_is_said() -> None:
    pytest.importorskip("uvloop")
    text = LOOP_SERVER.format(told="").replace("asyncio.run(", "import uvloop; uvloop.run(")
    with program(text, warnings="ignore") as process:
        lines = until(process, "up")
        assert "uvloop keeps the server's handler from us" in lines[0]
        process.send_signal(signal.SIGTERM)
        assert rest(process) == ["the server stops ready"]


def test_one_middleware_around_another_does_it_all() -> None:
    with program(
        """
        import asyncio
        life = Lifecycle(in_kubernetes=True, drain_window_s=0)
        async def app(scope, receive, send):
            say(life.snapshot().in_flight)
            await send({"type": "http.response.start", "status": 200, "headers": []})
        async def send(message):
            say(message["headers"])
        async def main():
            inner = seatrial_app.asgi(app, life)
            outer = seatrial_app.asgi(inner, life)
            outer.is_attached = True
            life.begin()
            await outer({"type": "http"}, None, send)
            say(inner.is_attached)
        asyncio.run(main())
        """
    ) as process:
        assert rest(process) == ["1", "[(b'connection', b'close')]", "False"]


def test_everything_imports_and_lives_on_a_system_with_less() -> None:
    with program(
        """
        import asyncio, http.server, importlib, json, logging, selectors, socket, socketserver
        gone = {
            os: ("fork", "register_at_fork", "getuid", "killpg"),
            signal: ("pthread_kill", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGCHLD"),
            socket: ("AF_UNIX", "AF_NETLINK", "SO_REUSEPORT"),
        }
        for module, names in gone.items():
            for name in names:
                if hasattr(module, name):
                    delattr(module, name)
        sys.platform = "win32"
        for name in [name for name in sys.modules if name.startswith("seatrial_app")]:
            del sys.modules[name]
        import seatrial_app
        for name in ("asyncio", "threads", "aiohttp", "uvicorn", "grpc"):
            getattr(seatrial_app.servers, name)
        importlib.import_module("seatrial_app.listener")
        life = seatrial_app.Lifecycle(in_kubernetes=True, drain_window_s=0)
        over = threading.Event()
        life.install(then=over.set)
        signal.raise_signal(signal.SIGINT)
        over.wait()
        life.finished()
        say(life.state.value)
        """
    ) as process:
        assert rest(process) == ["stopped"]
        assert process.wait() == 0
