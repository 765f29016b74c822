"""Services, Ingresses and routes: where their ports lead, at the edges."""

import pytest
from lint_workloads import deployment, found, mended, message

HTTP = "ports: [{name: http, containerPort: 8080}]"
DNS = "ports: [{name: dns, containerPort: 53, protocol: UDP}, {name: dns-tcp, containerPort: 53}]"
SIDECAR = """
initContainers:
- name: proxy
  image: proxy:1.0
  restartPolicy: Always
  ports: [{name: admin, containerPort: 9901}]
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata: {name: migrate}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      restartPolicy: Never
      containers: [{name: migrate, image: 'web:1.0'}]
"""


def service(port: str, spec: str = "", name: str = "web", selector: str = "{app: web}") -> str:
    return (
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec:\n"
        f"  selector: {selector}\n  ports: [{{{port}}}]\n{spec and '  ' + spec}\n"
    )


def told(*texts: str) -> list[str]:
    rules = ("service-port-unserved", "service-port-undeclared")
    return [each for each in rules if found(each, *texts)]


UNSERVED, UNDECLARED = ["service-port-unserved"], ["service-port-undeclared"]


@pytest.mark.parametrize(
    ("port", "said"),
    [
        ("port: 80, targetPort: http", []),
        ("port: 80, targetPort: web", UNSERVED),
        ("port: 80, targetPort: 8080", []),
        ("port: 8080", []),  # targetPort is the port where it is left out
        ("port: 8080, targetPort: null", []),
        ("port: 80", UNDECLARED),
        ("port: 80, appProtocol: http", UNDECLARED),
        ("port: 8080, appProtocol: kubernetes.io/h2c", []),
        ("port: 8080, protocol: UDP", UNDECLARED),
        ("port: 80, targetPort: http, protocol: UDP", UNSERVED),
    ],
)
def test_a_port_by_name_number_or_default(port: str, said: list[str]) -> None:
    assert told(deployment(ports=HTTP), service(port)) == said


def test_one_number_for_udp_and_tcp() -> None:
    web = deployment(ports=DNS)
    assert told(web, service("port: 53, protocol: UDP")) == []
    assert told(web, service("port: 53, protocol: TCP")) == []
    assert told(web, service("port: 53, targetPort: dns, protocol: TCP")) == UNSERVED
    assert message(
        "service-port-unserved", web, service("port: 53, targetPort: dns, protocol: TCP")
    ) == "port dns, TCP, is declared by no container of Deployment/web"  # fmt: skip


def test_a_forgotten_protocol_is_told_with_what_is_declared() -> None:
    statsd = deployment(ports="ports: [{containerPort: 9125, protocol: UDP}]")
    (finding,) = found("service-port-undeclared", statsd, service("port: 9125"))
    assert finding.message == "port 9125/TCP is declared by no container of Deployment/web"
    assert finding.advice == "declared are 9125/UDP"


def test_a_sidecar_serves_too() -> None:
    web = deployment(pod=SIDECAR, ports=HTTP)
    assert told(web, service("port: 9901, targetPort: admin")) == []
    assert told(web.replace("restartPolicy: Always", ""), service("port: 1, targetPort: admin"))


@pytest.mark.parametrize(
    "shown",
    [
        "args: ['--metrics-addr=:9090']",
        "env: [{name: PORT, value: '9090'}]",
        "readinessProbe: {httpGet: {port: 9090}}",
        "livenessProbe: {tcpSocket: {port: 9090}}",
    ],
)
def test_a_number_that_something_else_tells_of_is_served(shown: str) -> None:
    assert told(deployment(ports=HTTP), service("port: 9090")) == UNDECLARED
    assert told(deployment(shown, ports=HTTP), service("port: 9090")) == []


def test_a_number_is_not_a_part_of_another_one() -> None:
    web = deployment("args: ['--metrics-addr=:19090']", ports=HTTP)
    assert told(web, service("port: 9090")) == UNDECLARED


def test_an_injected_sidecar_may_serve_anything() -> None:
    web = deployment(ports=HTTP, annotations="sidecar.istio.io/inject: 'true'")
    assert told(web, service("port: 15020")) == []


def test_where_no_port_is_declared_a_number_says_nothing() -> None:
    assert told(deployment(ports=""), service("port: 80")) == []
    assert told(deployment(ports=""), service("port: 80, targetPort: http")) == UNSERVED


def test_a_container_without_ports_may_serve_what_its_sidecar_does_not() -> None:
    proxy = (
        deployment(ports="") + "      - {name: b, image: 'b:1', ports: [{containerPort: 4180}]}\n"
    )
    assert told(proxy, service("port: 8080")) == []
    worker = deployment(ports=HTTP).replace("  name: web", "  name: other", 1)
    assert not found("service-selects-strangers", proxy, worker, service("port: 8080"))


def test_a_headless_service_does_not_translate_ports() -> None:
    assert told(deployment(ports=HTTP), service("port: 80", "clusterIP: None")) == []


@pytest.mark.parametrize("other", [
    service("port: 80", "type: ExternalName\n  externalName: db.example"),
    service("port: 80").replace("  selector: {app: web}\n", ""),
    service("port: 80", selector="{}"),
])  # fmt: skip
def test_a_service_without_pods_has_no_ports_to_serve(other: str) -> None:
    assert told(deployment(ports=HTTP), other) == []
    assert not found("service-selects-nothing", deployment(ports=HTTP), other)


def test_a_slip_is_mended_and_another_port_is_not_chosen() -> None:
    web = deployment(ports="ports: [{name: https, containerPort: 8443}]")
    slip = mended("service-port-unserved", web, service("port: 443, targetPort: htpps"))
    assert slip["spec"]["ports"][0]["targetPort"] == "https"
    (finding,) = found("service-port-unserved", web, service("port: 80, targetPort: http"))
    assert finding.edits == ()


def test_jobs_with_the_labels_of_the_application_get_its_requests() -> None:
    web = deployment(ports=HTTP)
    assert message("service-selects-strangers", web, JOB, service("port: 8080")) == (
        "it also selects the pods of Job/migrate, which do not declare port 8080: they get a share"
        " of its connections while they run"
    )
    assert told(web, JOB, service("port: 8080")) == []
    # by name a pod without the name is no endpoint
    assert not found("service-selects-strangers", web, JOB, service("port: 80, targetPort: http"))


def test_ports_that_two_containers_share() -> None:
    second = (
        "{name: b, image: 'b:1', ports: [{containerPort: 8080}, {name: http, containerPort: 1}]}"
    )
    two = deployment(ports=HTTP) + f"      - {second}\n"
    assert len(found("port-taken-twice", two)) == 1
    assert len(found("port-name-twice", two)) == 1
    dns = deployment(ports=DNS)
    assert not found("port-taken-twice", dns)
    assert not found(
        "port-taken-twice", two.replace("containerPort: 8080}, {name", "name: a}, {name")
    )
    same = deployment(ports="ports: [{name: a, containerPort: 80}, {name: b, containerPort: 80}]")
    assert not found("port-taken-twice", same)


def test_a_headless_service_gives_names_of_strangers_too() -> None:
    web, worker = deployment(ports=HTTP), deployment(ports="ports: [{containerPort: 9000}]")
    worker = worker.replace("  name: web", "  name: worker", 1)
    headless = service("port: 8080", "clusterIP: None")
    (finding,) = found("service-selects-strangers", web, worker, headless)
    assert finding.advice == "add a label to the selector that only the serving pods have"


# Ingresses and routes

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
"""
DEFAULT = INGRESS + "  defaultBackend: {service: {name: %s, port: %s}}\n"
RESOURCE = INGRESS + (
    "  defaultBackend:\n    resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: a}\n"
)
MISSING = "ingress-backend-missing"


def test_backends_of_an_ingress() -> None:
    web = service("name: http, port: 80")
    assert not found(MISSING, web, DEFAULT % ("web", "{number: 80}"))
    assert not found(MISSING, web, DEFAULT % ("web", "{name: http}"))
    assert not found(MISSING, web, RESOURCE)
    assert message(MISSING, web, DEFAULT % ("web", "{number: 8080}")) == (
        "Service/web has no port 8080"
    )
    assert message(MISSING, web, DEFAULT % ("shop", "{number: 80}")) == (
        "there is no Service shop among the manifests"
    )


def test_an_ingress_alone_or_beside_an_operator_cannot_be_judged() -> None:
    ingress = DEFAULT % ("shop", "{number: 80}")
    assert not found(MISSING, ingress)
    operator = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: shop2}\n"
    assert not found(MISSING, ingress, service("port: 80"), operator)


def test_an_external_name_has_whatever_ports_its_host_has() -> None:
    external = service("port: 1", "type: ExternalName\n  externalName: db.example")
    assert not found(MISSING, external, DEFAULT % ("web", "{number: 443}"))


def test_a_misspelt_backend_is_mended() -> None:
    fixed = mended(MISSING, service("port: 80"), DEFAULT % ("wbe", "{number: 80}"))
    assert fixed["spec"]["defaultBackend"]["service"]["name"] == "web"


ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  rules:
  - backendRefs: [{%s}]
"""


def test_a_route_of_another_group_is_read_by_somebody_else() -> None:
    other = (ROUTE % "name: shop, port: 80").replace("gateway.networking.k8s.io", "example.com")
    assert not found("route-backend-missing", service("port: 80"), other)


@pytest.mark.parametrize(
    ("backend", "is_found"),
    [
        ("name: web, port: 80", False),
        ("name: web, port: 81", True),
        ("name: shop, port: 80", True),
        ("name: shop, port: 80, namespace: other", False),  # nothing of that namespace is here
        ("port: 80", False),
        ("name: shop, kind: ServiceImport, group: multicluster.x-k8s.io, port: 80", False),
    ],
)
def test_backends_of_a_route(backend: str, *, is_found: bool) -> None:
    assert bool(found("route-backend-missing", service("port: 80"), ROUTE % backend)) is is_found
