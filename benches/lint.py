"""`seatrial lint` of a thousand manifests, all rules and schemas included.

Half Deployments, half Services, of the size that people write; in a file each, and all in one. What
is told is the time beyond that of a run over one manifest, which is the command's start.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

OBJECTS = 1000
RUNS = 3
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: web-{number}
  namespace: shop
spec:
  selector:
    app: web-{number}
  ports:
  - name: http
    port: 80
    targetPort: http
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{number}
  namespace: shop
  labels:
    app.kubernetes.io/name: web-{number}
    app.kubernetes.io/part-of: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web-{number}
  template:
    metadata:
      labels:
        app: web-{number}
    spec:
      terminationGracePeriodSeconds: 45
      containers:
      - name: web
        image: registry.example/web:1.2.{number}
        ports:
        - name: http
          containerPort: 8080
        env:
        - name: LOG_LEVEL
          value: "info"
        - name: PASSWORD
          valueFrom:
            secretKeyRef:
              name: db
              key: password
        resources:
          requests:
            cpu: 100m
            memory: 128Mi
          limits:
            memory: 256Mi
        readinessProbe:
          httpGet:
            path: /ready
            port: http
          periodSeconds: 5
        lifecycle:
          preStop:
            sleep:
              seconds: 5
"""


def measure_lint() -> dict[str, float]:
    """Seconds: the start, a thousand files, a thousand documents in a file; best of some runs."""
    with tempfile.TemporaryDirectory(prefix="seatrial-bench-") as name:
        directory = Path(name)
        many, one, single = directory / "many", directory / "one.yaml", directory / "single.yaml"
        many.mkdir()
        manifests = list(_manifests())
        for number, text in enumerate(manifests):
            (many / f"{number}.yaml").write_text(text)
        one.write_text("---\n".join(manifests))
        single.write_text(manifests[1])
        start_s = _best(single)
        return {
            "lint_start_s": start_s,
            "lint_1000_files_s": _best(many) - start_s,
            "lint_1000_in_one_file_s": _best(one) - start_s,
        }


def _manifests() -> Iterator[str]:
    for number in range(OBJECTS // 2):
        yield DEPLOYMENT.replace("{number}", str(number))
        yield SERVICE.replace("{number}", str(number))


def _best(path: Path) -> float:
    return min(_timed(path) for _ in range(RUNS))


def _timed(path: Path) -> float:
    argv = [sys.executable, "-m", "seatrial", "lint", "--format", "json", str(path)]
    began = time.perf_counter()
    done = subprocess.run(argv, stdout=subprocess.DEVNULL, timeout=60, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}")
    return time.perf_counter() - began
