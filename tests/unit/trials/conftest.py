"""What the tests of trials share."""

import pytest

from seatrial.testing.stories import Story
from seatrial.trials.settings import Budgets, TrafficSettings
from seatrial.trials.subject import Subject, Target


@pytest.fixture
def story() -> Story:
    """A cluster of ours, an application without readiness probe."""
    return Story()


@pytest.fixture
def subject() -> Subject:
    """Three replicas of a web server, without a probe."""
    deployment = {
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 3,
            "template": {
                "spec": {"containers": [{"name": "web", "ports": [{"containerPort": 8080}]}]}
            },
        },
    }
    target = Target("web", 80, "/", TrafficSettings())
    return Subject("shop", deployment, "web.yaml:1", target, Budgets())
