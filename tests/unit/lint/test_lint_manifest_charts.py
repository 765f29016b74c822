"""Manifests in the manner of well-known software: what is right there is not found wrong."""

import pytest
from lint_examples import manifests

from seatrial.findings.model import Severity
from seatrial.lint.inventory import inventory_of
from seatrial.lint.registry import MODULES, rule_module
from seatrial.lint.rule import World
from seatrial.lint.runner import run_rules

RULES = [rule_module(name).RULE for name in MODULES if name.startswith("manifest.")]

# A controller with an admission webhook, whose Secret is made by a Job of the chart.
INGRESS_CONTROLLER = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: ingress-nginx, namespace: ingress-nginx}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {allow-snippet-annotations: "false", use-forwarded-headers: "true"}
---
apiVersion: v1
kind: Service
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  selector:
    app.kubernetes.io/name: ingress-nginx
    app.kubernetes.io/instance: ingress-nginx
    app.kubernetes.io/component: controller
  ports:
  - {name: http, port: 80, protocol: TCP, targetPort: http, appProtocol: http}
  - {name: https, port: 443, protocol: TCP, targetPort: https, appProtocol: https}
---
apiVersion: v1
kind: Service
metadata: {name: ingress-nginx-controller-admission, namespace: ingress-nginx}
spec:
  selector:
    app.kubernetes.io/name: ingress-nginx
    app.kubernetes.io/instance: ingress-nginx
    app.kubernetes.io/component: controller
  ports:
  - {name: https-webhook, port: 443, targetPort: webhook, appProtocol: https}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app.kubernetes.io/name: ingress-nginx
      app.kubernetes.io/instance: ingress-nginx
      app.kubernetes.io/component: controller
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ingress-nginx
        app.kubernetes.io/instance: ingress-nginx
        app.kubernetes.io/component: controller
        helm.sh/chart: ingress-nginx-4.11.0
        app.kubernetes.io/version: "1.11.0"
    spec:
      serviceAccountName: ingress-nginx
      terminationGracePeriodSeconds: 300
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.11.0@sha256:0123
        args:
        - /nginx-ingress-controller
        - --configmap=$(POD_NAMESPACE)/ingress-nginx-controller
        - --validating-webhook=:8443
        - --validating-webhook-key=/usr/local/certificates/key
        env:
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        ports:
        - {name: http, containerPort: 80}
        - {name: https, containerPort: 443}
        - {name: webhook, containerPort: 8443}
        resources: {requests: {cpu: 100m, memory: 90Mi}}
        volumeMounts:
        - {name: webhook-cert, mountPath: /usr/local/certificates/, readOnly: true}
      volumes:
      - name: webhook-cert
        secret: {secretName: ingress-nginx-admission}
---
apiVersion: batch/v1
kind: Job
metadata: {name: ingress-nginx-admission-create, namespace: ingress-nginx}
spec:
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ingress-nginx
        app.kubernetes.io/instance: ingress-nginx
        app.kubernetes.io/component: admission-webhook
    spec:
      restartPolicy: OnFailure
      serviceAccountName: ingress-nginx
      containers:
      - name: create
        image: registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1.4.1
        args: [create, --secret-name=ingress-nginx-admission]
        resources: {requests: {cpu: 10m, memory: 20Mi}}
"""

# Its webhook's Secret is made by itself at run time; leader election in another namespace.
CERTIFICATES = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: webhook, namespace: cert-manager}
---
apiVersion: v1
kind: Service
metadata: {name: webhook, namespace: cert-manager}
spec:
  type: ClusterIP
  ports:
  - {name: https, port: 443, protocol: TCP, targetPort: https}
  - {name: metrics, port: 9402, protocol: TCP, targetPort: http-metrics}
  selector: {app: webhook, app.kubernetes.io/component: webhook}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: webhook, namespace: cert-manager}
spec:
  selector:
    matchLabels: {app: webhook, app.kubernetes.io/component: webhook}
  template:
    metadata:
      labels: {app: webhook, app.kubernetes.io/component: webhook}
      annotations: {prometheus.io/scrape: "true", prometheus.io/port: "9402"}
    spec:
      serviceAccountName: webhook
      containers:
      - name: webhook
        image: quay.io/jetstack/cert-manager-webhook:v1.15.0
        args:
        - --secure-port=10250
        - --dynamic-serving-ca-secret-namespace=$(POD_NAMESPACE)
        - --dynamic-serving-ca-secret-name=webhook-ca
        env:
        - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        ports:
        - {name: https, containerPort: 10250}
        - {name: healthcheck, containerPort: 6080}
        - {name: http-metrics, containerPort: 9402}
        resources: {requests: {cpu: 10m, memory: 32Mi}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: shop, namespace: cert-manager}
spec:
  secretName: shop-tls
  issuerRef: {name: letsencrypt}
  dnsNames: [shop.example]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: cert-manager}
spec:
  tls: [{hosts: [shop.example], secretName: shop-tls}]
  rules:
  - host: shop.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: webhook, port: {name: https}}}}
"""

# Pods, Services and Secrets are made by the operator from its own object; a role is a label.
POSTGRES = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: postgres-operator, namespace: db}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: postgres-operator, namespace: db}
spec:
  selector:
    matchLabels: {name: postgres-operator}
  template:
    metadata:
      labels: {name: postgres-operator}
    spec:
      serviceAccountName: postgres-operator
      containers:
      - name: postgres-operator
        image: ghcr.io/zalando/postgres-operator:v1.13.0
        resources: {requests: {cpu: 100m, memory: 250Mi}}
        env:
        - {name: PGPASSWORD_SECRET_NAME, value: shop}
---
apiVersion: acid.zalan.do/v1
kind: postgresql
metadata: {name: shop, namespace: db}
spec:
  numberOfInstances: 2
  users: {shop_user: []}
---
apiVersion: v1
kind: Service
metadata: {name: shop-primary, namespace: db}
spec:
  selector: {cluster-name: shop, spilo-role: master}
  ports: [{port: 5432, targetPort: 5432}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: db}
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
      - name: shop
        image: shop:2.0
        resources: {requests: {cpu: 100m, memory: 250Mi}}
        env:
        - name: DB_PASSWORD
          valueFrom:
            secretKeyRef:
              name: shop-user.shop.credentials.postgresql.acid.zalan.do
              key: password
        - {name: DB_URL, value: "postgres://shop_user:$(DB_PASSWORD)@shop-primary/shop"}
"""

# The operator makes the pods that this Service selects; kube-system is somebody else's.
PROMETHEUS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: operator, namespace: monitoring}
spec:
  selector:
    matchLabels: {app: operator}
  template:
    metadata:
      labels: {app: operator}
    spec:
      containers:
      - name: operator
        image: quay.io/prometheus-operator/prometheus-operator:v0.75.0
        args: [--kubelet-service=kube-system/kubelet, --prometheus-config-reloader=reloader:v0.75.0]
        ports: [{name: https, containerPort: 10250}]
        resources: {requests: {cpu: 100m, memory: 100Mi}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main, namespace: monitoring}
spec: {replicas: 2}
---
apiVersion: v1
kind: Service
metadata: {name: prometheus, namespace: monitoring, labels: {app: prometheus}}
spec:
  selector: {app.kubernetes.io/name: prometheus, operator.prometheus.io/name: main}
  ports: [{name: http-web, port: 9090, targetPort: 9090}]
---
apiVersion: v1
kind: Service
metadata: {name: coredns, namespace: kube-system, labels: {app: coredns}}
spec:
  clusterIP: None
  selector: {k8s-app: kube-dns}
  ports: [{name: http-metrics, port: 9153, targetPort: 9153}]
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: coredns, namespace: monitoring}
spec:
  namespaceSelector: {matchNames: [kube-system]}
  selector: {matchLabels: {app: coredns}}
  endpoints: [{port: http-metrics}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: node-exporter, namespace: monitoring}
spec:
  selector:
    matchLabels: {app: node-exporter}
  template:
    metadata:
      labels: {app: node-exporter}
    spec:
      hostNetwork: true
      hostPID: true
      containers:
      - name: node-exporter
        image: quay.io/prometheus/node-exporter:v1.8.1
        ports: [{name: metrics, containerPort: 9100, hostPort: 9100}]
        resources: {requests: {cpu: 10m, memory: 30Mi}}
"""

# Sentinels give the role by a label; each member has a Service of its own.
REDIS = """\
apiVersion: v1
kind: Secret
metadata: {name: redis}
stringData: {redis-password: from-elsewhere}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: redis-scripts}
data: {start.sh: "exec redis-server --requirepass $REDIS_PASSWORD"}
---
apiVersion: v1
kind: Service
metadata: {name: redis-headless}
spec:
  clusterIP: None
  publishNotReadyAddresses: true
  selector: {app.kubernetes.io/name: redis}
  ports: [{name: tcp-redis, port: 6379}, {name: tcp-bus, port: 16379}]
---
apiVersion: v1
kind: Service
metadata: {name: redis-master}
spec:
  selector: {app.kubernetes.io/name: redis, redis-role: master}
  ports: [{name: tcp-redis, port: 6379, targetPort: redis}]
---
apiVersion: v1
kind: Service
metadata: {name: redis-0}
spec:
  selector: {statefulset.kubernetes.io/pod-name: redis-0}
  ports: [{name: tcp-redis, port: 6379, targetPort: redis}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: redis}
spec:
  serviceName: redis-headless
  replicas: 3
  selector:
    matchLabels: {app.kubernetes.io/name: redis}
  template:
    metadata:
      labels: {app.kubernetes.io/name: redis}
      annotations: {checksum/scripts: 0a1b}
    spec:
      containers:
      - name: redis
        image: docker.io/bitnami/redis:7.2.5
        env:
        - {name: REDIS_PASSWORD, valueFrom: {secretKeyRef: {name: redis, key: redis-password}}}
        - {name: ALLOW_EMPTY_PASSWORD, value: "no"}
        - {name: REDIS_TLS_ENABLED, value: "no"}
        ports: [{name: redis, containerPort: 6379}]
        resources: {requests: {cpu: 100m, memory: 128Mi}}
        volumeMounts: [{name: scripts, mountPath: /opt/scripts}, {name: data, mountPath: /data}]
      - name: metrics
        image: docker.io/bitnami/redis-exporter:1.61.0
        env:
        - {name: REDIS_USER, value: default}
        - {name: REDIS_EXPORTER_WEB_LISTEN_ADDRESS, value: ":9121"}
        ports: [{name: metrics, containerPort: 9121}]
        resources: {requests: {cpu: 10m, memory: 32Mi}}
      volumes:
      - {name: scripts, configMap: {name: redis-scripts}}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 8Gi}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: redis-backup}
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: backup
            image: backup:1.2
            resources: {requests: {cpu: 100m, memory: 128Mi}}
            volumeMounts: [{name: data, mountPath: /data, readOnly: true}]
          volumes:
          - {name: data, persistentVolumeClaim: {claimName: data-redis-0, readOnly: true}}
"""

# Keys that are optional, a Secret that is filled at run time, an Ingress to a port by number.
DELIVERY = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: argocd-server, namespace: argocd}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cmd-params-cm, namespace: argocd}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-tls-certs-cm, namespace: argocd}
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-secret, namespace: argocd}
type: Opaque
---
apiVersion: v1
kind: Service
metadata: {name: argocd-server, namespace: argocd}
spec:
  selector: {app.kubernetes.io/name: argocd-server}
  ports:
  - {name: http, port: 80, targetPort: 8080}
  - {name: https, port: 443, targetPort: 8080}
---
apiVersion: v1
kind: Service
metadata: {name: argocd-server-metrics, namespace: argocd}
spec:
  selector: {app.kubernetes.io/name: argocd-server}
  ports: [{name: metrics, port: 8083, targetPort: 8083}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-server, namespace: argocd}
spec:
  selector:
    matchLabels: {app.kubernetes.io/name: argocd-server}
  template:
    metadata:
      labels: {app.kubernetes.io/name: argocd-server}
    spec:
      serviceAccountName: argocd-server
      containers:
      - name: argocd-server
        image: quay.io/argoproj/argocd:v2.11.3
        args: [/usr/local/bin/argocd-server]
        env:
        - name: ARGOCD_SERVER_INSECURE
          valueFrom:
            configMapKeyRef: {name: argocd-cmd-params-cm, key: server.insecure, optional: true}
        - name: REDIS_PASSWORD
          valueFrom: {secretKeyRef: {name: argocd-redis, key: auth, optional: true}}
        - name: ADMIN_PASSWORD
          valueFrom: {secretKeyRef: {name: argocd-secret, key: admin.password}}
        ports: [{containerPort: 8080}, {containerPort: 8083}]
        resources: {requests: {cpu: 100m, memory: 128Mi}}
        volumeMounts: [{name: tls, mountPath: /app/config/tls}]
      volumes:
      - {name: tls, configMap: {name: argocd-tls-certs-cm}}
      - name: ca
        projected:
          sources:
          - serviceAccountToken: {path: token}
          - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: argocd-server, namespace: argocd}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/name: argocd-server}}
  ingress: [{}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: argocd, namespace: argocd}
spec:
  rules:
  - http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: argocd-server, port: {number: 443}}}}
      - path: /redirect
        pathType: Exact
        backend: {service: {name: ssl-redirect, port: {name: use-annotation}}}
"""

# A registrar gives the leader a label; the Role says who may.
VAULT = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: vault-discovery}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, watch, list, update, patch]}
---
apiVersion: v1
kind: Service
metadata: {name: vault-sealed}
spec:
  selector: {app.kubernetes.io/name: vault, vault-sealed: "false"}
  ports: [{name: https, port: 8200, targetPort: 8200}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: vault}
spec:
  serviceName: vault-internal
  selector:
    matchLabels: {app.kubernetes.io/name: vault}
  template:
    metadata:
      labels: {app.kubernetes.io/name: vault}
    spec:
      containers:
      - name: vault
        image: hashicorp/vault:1.17.0
        ports: [{name: https, containerPort: 8200}]
        resources: {requests: {cpu: 100m, memory: 128Mi}}
"""

CHARTS = {
    "ingress controller": INGRESS_CONTROLLER,
    "certificates": CERTIFICATES,
    "postgres operator": POSTGRES,
    "prometheus": PROMETHEUS,
    "redis": REDIS,
    "delivery": DELIVERY,
    "vault": VAULT,
}


def told(text: str, least: Severity) -> list[tuple[str, str]]:
    found = run_rules(World(inventory_of(manifests(text))), RULES)
    return [(each.rule, each.message) for each in found if each.severity >= least]


@pytest.mark.parametrize("name", CHARTS)
def test_nothing_is_wrong_with_the_manifests_of(name: str) -> None:
    assert told(CHARTS[name], Severity.WARNING) == []


def test_what_a_chart_leaves_to_run_time_is_no_missing_secret() -> None:
    names = {message for rule, message in told(POSTGRES, Severity.INFO) if rule == "secret-missing"}
    assert names == set()
    made_by_a_job = told(INGRESS_CONTROLLER, Severity.INFO)
    assert ("secret-missing", "there is no Secret ingress-nginx-admission among the manifests") in (
        made_by_a_job
    )


@pytest.mark.parametrize(
    ("name", "right", "wrong", "rule"),
    [
        ("ingress controller", "targetPort: webhook", "targetPort: hook", "service-port-unserved"),
        ("certificates", "port: {name: https}", "port: {name: http}", "ingress-backend-missing"),
        ("postgres operator", "$(DB_PASSWORD)", "hunter2", "secret-in-plain-sight"),
        ("prometheus", "kind: DaemonSet", "kind: Deployment", "host-namespace"),
        ("redis", "data-redis-0, readOnly", "date-redis-0, readOnly", "reference-missing"),
        ("redis", "pod-name: redis-0", "pod-name: web-0", "service-selects-nothing"),
        ("redis", "key: redis-password", "key: password", "key-missing"),
        ("delivery", "targetPort: 8083", "targetPort: 8084", "service-port-undeclared"),
        ("vault", 'name: vault, vault-sealed: "false"', "name: valut", "service-selects-nothing"),
    ],
)  # fmt: skip
def test_one_mistake_in_it_is_found(name: str, right: str, wrong: str, rule: str) -> None:
    assert right in CHARTS[name]
    found = told(CHARTS[name].replace(right, wrong), Severity.WARNING)
    assert {each for each, _ in found} == {rule}
