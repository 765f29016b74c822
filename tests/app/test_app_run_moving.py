"""Where a command listens, how it is moved, and what is said when that cannot be told."""

from collections.abc import Mapping

import pytest

from seatrial_app.command.endpoint import Endpoint, parse_endpoint
from seatrial_app.command.known import BY_NAME
from seatrial_app.command.moving import Asked, NotFound, Plan, parse_target, plan_move, unwrap_shell
from seatrial_app.command.options import Found, take_option

PRIVATE = Endpoint("127.0.0.1", 4444)


def plan(
    command: str,
    environ: Mapping[str, str] | None = None,
    *,
    listen: str | None = None,
    to: str | None = None,
    files: tuple[str, ...] = (),
) -> Plan:
    return plan_move(
        Asked(
            command=tuple(command.split()),
            environ=environ or {},
            private=PRIVATE,
            listen=parse_endpoint(listen) if listen else None,
            to=parse_target(to) if to else None,
            has_file=files.__contains__,
        )
    )


MOVES = [
    ("uvicorn m:app --port 80 --host ::", "[::]:80", "uvicorn --host 127.0.0.1 --port 4444 m:app"),
    ("uvicorn --port=80 m:app", "127.0.0.1:80", "uvicorn --host 127.0.0.1 --port 4444 m:app"),
    ("uvicorn m:app", "127.0.0.1:8000", "uvicorn --host 127.0.0.1 --port 4444 m:app"),
    (
        "python3 -X dev -m uvicorn m:app --port 80 --workers 2",
        "127.0.0.1:80",
        "python3 -X dev -m uvicorn --host 127.0.0.1 --port 4444 m:app --workers 2",
    ),
    (
        "opentelemetry-instrument /venv/bin/uvicorn --factory m:make --port 80",
        "127.0.0.1:80",
        "opentelemetry-instrument /venv/bin/uvicorn --host 127.0.0.1 --port 4444 --factory m:make",
    ),
    ("gunicorn -b 0.0.0.0:80 m:app", "0.0.0.0:80", "gunicorn --bind 127.0.0.1:4444 m:app"),
    ("gunicorn -b:80 -w 2 m:app", ":80", "gunicorn --bind 127.0.0.1:4444 -w 2 m:app"),
    ("gunicorn --bind=h m:app", "h:8000", "gunicorn --bind 127.0.0.1:4444 m:app"),
    ("gunicorn m:app", "127.0.0.1:8000", "gunicorn --bind 127.0.0.1:4444 m:app"),
    ("hypercorn --bind [::1]:80 m:app", "[::1]:80", "hypercorn --bind 127.0.0.1:4444 m:app"),
    ("hypercorn m:app", "127.0.0.1:8000", "hypercorn --bind 127.0.0.1:4444 m:app"),
    (
        "granian --interface asgi --port 80 m:app",
        "127.0.0.1:80",
        "granian --host 127.0.0.1 --port 4444 --interface asgi m:app",
    ),
    ("daphne -b 0.0.0.0 -p80 m:app", "0.0.0.0:80", "daphne --bind 127.0.0.1 --port 4444 m:app"),
    (
        "waitress-serve --port=80 m:app",
        "0.0.0.0:80",
        "waitress-serve --listen=127.0.0.1:4444 m:app",
    ),
    ("waitress-serve --listen=*:80 m:app", ":80", "waitress-serve --listen=127.0.0.1:4444 m:app"),
    ("waitress-serve m:app", "0.0.0.0:8080", "waitress-serve --listen=127.0.0.1:4444 m:app"),
    (
        "flask --app m run -h 0.0.0.0 -p 80",
        "0.0.0.0:80",
        "flask --app m run --host 127.0.0.1 --port 4444",
    ),
    (
        "python -m flask run --debug",
        "127.0.0.1:5000",
        "python -m flask run --host 127.0.0.1 --port 4444 --debug",
    ),
    ("fastapi run m.py --port 80", "0.0.0.0:80", "fastapi run --host 127.0.0.1 --port 4444 m.py"),
    ("fastapi dev", "127.0.0.1:8000", "fastapi dev --host 127.0.0.1 --port 4444"),
    (
        "python manage.py runserver 0.0.0.0:80 --noreload",
        "0.0.0.0:80",
        "python manage.py runserver --noreload 127.0.0.1:4444",
    ),
    ("./manage.py runserver 80", "127.0.0.1:80", "./manage.py runserver 127.0.0.1:4444"),
    (
        "django-admin runserver --settings s",
        "127.0.0.1:8000",
        "django-admin runserver --settings s 127.0.0.1:4444",
    ),
    (
        "python -m http.server 80 -d /tmp",
        ":80",
        "python -m http.server -d /tmp --bind 127.0.0.1 4444",
    ),
    (
        "python -m http.server -b 10.0.0.1",
        "10.0.0.1:8000",
        "python -m http.server --bind 127.0.0.1 4444",
    ),
]


@pytest.mark.parametrize(("command", "public", "moved"), MOVES)
def test_a_known_server_is_moved(command: str, public: str, moved: str) -> None:
    made = plan(command)
    assert (str(made.public), " ".join(made.command)) == (public, moved)
    assert made.target == ("127.0.0.1", 4444)
    assert f"listening on {public}, forwarding to 127.0.0.1:4444; " in made.note
    assert moved in made.note


def test_every_known_server_is_tried() -> None:
    tried = {word.rpartition("/")[2] for command, _, _ in MOVES for word in command.split()}
    assert set(BY_NAME) - tried == {"waitress", "django"}
    assert str(plan("python -m django runserver 80").public) == "127.0.0.1:80"
    assert str(plan("python -m waitress --port 80 m:app").public) == "0.0.0.0:80"


@pytest.mark.parametrize(
    ("command", "environ", "public"),
    [
        ("uvicorn m:app", {"UVICORN_PORT": "81", "UVICORN_HOST": "0.0.0.0"}, "0.0.0.0:81"),
        ("granian m:app", {"GRANIAN_PORT": "81"}, "127.0.0.1:81"),
        ("flask run", {"FLASK_RUN_PORT": "81"}, "127.0.0.1:81"),
        ("gunicorn m:app", {"PORT": "81"}, "0.0.0.0:81"),
        ("gunicorn m:app", {"GUNICORN_CMD_ARGS": "--workers 2 --bind=:81"}, ":81"),
        ("gunicorn -b :80 m:app", {"GUNICORN_CMD_ARGS": "-b :81"}, ":80"),
        ("fastapi run", {"None": "1", "NonePORT": "81"}, "0.0.0.0:8000"),
    ],
)
def test_a_servers_own_variables_count(command: str, environ: dict[str, str], public: str) -> None:
    assert str(plan(command, environ).public) == public


@pytest.mark.parametrize(
    "command",
    [
        "uvicorn m:app --uds /s",
        "uvicorn m:app --fd 3",
        "gunicorn -b unix:/s m:app",
        "gunicorn -b :80 -b :81 m:app",
        "gunicorn -b fd://3 m:app",
        "hypercorn --quic-bind :80 m:app",
        "waitress-serve --listen=*:80 --listen=*:81 m:app",
        "waitress-serve --unix-socket=/s m:app",
        "daphne -e ssl:443 m:app",
        "granian --uds=/s m:app",
        "node server.js",
        "uvicorn-like m:app",
        "python http.server",
        "flask --app m routes",
        "manage.py migrate",
        "sh -c node",
    ],
)
def test_what_cannot_be_told_is_refused_with_the_three_ways(command: str) -> None:
    with pytest.raises(NotFound) as refusal:
        plan(command)
    assert all(way in str(refusal.value) for way in ("{port}", "$PORT", "--to HOST:PORT"))


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("gunicorn -c conf.py m:app", ()),
        ("gunicorn m:app", ("gunicorn.conf.py",)),
        ("hypercorn -c conf.toml m:app", ()),
    ],
)
def test_an_address_in_a_file_must_be_said(command: str, files: tuple[str, ...]) -> None:
    with pytest.raises(NotFound, match="from a file; --listen HOST:PORT must say it"):
        plan(command, files=files)
    made = plan(command, files=files, listen="0.0.0.0:80")
    assert str(made.public) == "0.0.0.0:80"
    assert "--bind 127.0.0.1:4444" in " ".join(made.command)


def test_listen_outranks_what_the_command_says() -> None:
    assert str(plan("uvicorn m:app --port 80", listen="0.0.0.0:90").public) == "0.0.0.0:90"


def test_the_placeholder_becomes_the_private_port_everywhere() -> None:
    made = plan("node s.js --port {port} --url=http://h:{port}/", listen="80")
    assert made.command == ("node", "s.js", "--port", "4444", "--url=http://h:4444/")
    assert str(made.public) == ":80"
    assert str(plan("node s.js {port}", {"PORT": "81"}).public) == ":81"
    with pytest.raises(NotFound, match="--listen HOST:PORT must say ours"):
        plan("node s.js {port}")


def test_the_variable_is_public_for_us_and_private_for_the_server() -> None:
    made = plan("node s.js", {"PORT": "80"})
    assert (str(made.public), made.environ, made.command) == (
        ":80",
        {"PORT": "4444"},
        ("node", "s.js"),
    )


def test_a_server_that_listens_elsewhere_is_left_as_it_is() -> None:
    made = plan("uvicorn m:app --uds /s", listen=":80", to="unix:/s")
    assert (made.target, " ".join(made.command)) == ("/s", "uvicorn m:app --uds /s")
    assert made.environ == {}
    assert plan("x", listen="80", to="8080").target == ("127.0.0.1", 8080)
    with pytest.raises(NotFound, match="--listen"):
        plan("x", to="8080")


@pytest.mark.parametrize("port", ["x", "70000", "-1", "８０", "8 0"])
def test_a_port_that_is_none_is_said(port: str) -> None:
    with pytest.raises(ValueError, match=r"has no port between 0 and 65535"):
        plan_move(Asked(("uvicorn", "m:app", f"--port={port}"), {}, PRIVATE))
    with pytest.raises(ValueError, match=r"has no port between 0 and 65535"):
        parse_endpoint(f"h:{port}")


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exec uvicorn m:app --port 80", ("uvicorn", "m:app", "--port", "80")),
        ("uvicorn 'm:app' --port 80", ("uvicorn", "m:app", "--port", "80")),
        ("cd /app && uvicorn m:app", None),
        ("uvicorn m:app --port $PORT", None),
        ("A=1 uvicorn m:app", None),
        ("uvicorn 'm:app", None),
        ("exec", None),
    ],
)
def test_a_shell_that_would_do_nothing_else_is_left_out(
    script: str, words: tuple[str, ...] | None
) -> None:
    command = ("/bin/sh", "-c", script)
    assert unwrap_shell(command) == (words or command)


def test_options_are_taken_in_all_their_forms() -> None:
    line = ["-p", "1", "a", "-p2", "--port", "3", "--port=4", "-px", "--portly", "--", "-p", "9"]
    assert take_option(line, "-p", "--port") == Found(
        ("1", "2", "3", "4", "x"), ("a", "--portly", "--", "-p", "9")
    )
    assert take_option(["--port"], "--port") == Found((), ())
    assert take_option([], "--port").last is None


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("80", Endpoint("", 80)),
        (":80", Endpoint("", 80)),
        ("h:80", Endpoint("h", 80)),
        ("[::1]:80", Endpoint("::1", 80)),
    ],
)
def test_endpoints_are_read(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint
