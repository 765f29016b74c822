"""What pods refer to, and what is there although nobody wrote a manifest for it."""

import pytest
from lint_workloads import deployment, found, mended, message

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {level: info}
"""
MISSING, KEY, SECRET = "reference-missing", "key-missing", "secret-missing"


def env_from(kind: str, name: str, more: str = "") -> str:
    return deployment(f"envFrom: [{{{kind}: {{name: {name}{more}}}}}]")


def env(kind: str, name: str, key: str, more: str = "") -> str:
    source = f"{{{kind}: {{name: {name}, key: {key}{more}}}}}"
    return deployment(f"env: [{{name: A, valueFrom: {source}}}]")


def volume(source: str, mount: str = "") -> str:
    return deployment(
        f"volumeMounts: [{{name: a, mountPath: /a{mount}}}]",
        pod=f"volumes: [{{name: a, {source}}}]",
    )


@pytest.mark.parametrize(
    ("web", "is_found"),
    [
        (env_from("configMapRef", "settings"), False),
        (env_from("configMapRef", "other"), True),
        (env_from("configMapRef", "other", ", optional: true"), False),
        (env("configMapKeyRef", "other", "level"), True),
        (volume("configMap: {name: other}"), True),
        (volume("configMap: {name: other, optional: true}"), False),
        (volume("projected: {sources: [{configMap: {name: other}}]}"), True),
        (volume("projected: {sources: [{configMap: {name: kube-root-ca.crt}}]}"), False),
        (volume("projected: {sources: [{configMap: {name: other, optional: true}}]}"), False),
        (volume("projected: {sources: [{serviceAccountToken: {path: token}}]}"), False),
        (volume("persistentVolumeClaim: {claimName: data}"), True),
        (volume("emptyDir: {}"), False),
        (volume("ephemeral: {volumeClaimTemplate: {spec: {}}}"), False),
        (deployment(pod="serviceAccountName: default"), False),
        (deployment(pod="serviceAccountName: web"), True),
        (deployment(pod="priorityClassName: high"), False),  # the operators' of the cluster
    ],
)
def test_what_a_pod_cannot_start_without(web: str, *, is_found: bool) -> None:
    assert bool(found(MISSING, CONFIG, web)) is is_found


def test_another_namespace_is_another_object() -> None:
    elsewhere = CONFIG.replace("name: settings", "name: settings, namespace: other")
    assert found(MISSING, elsewhere, env_from("configMapRef", "settings"))


def test_a_template_of_a_cron_job_is_looked_at() -> None:
    text = (
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {generateName: sweep-}\nspec:\n"
        "  schedule: '@daily'\n  jobTemplate:\n    spec:\n      template:\n        spec:\n"
        "          containers: [{name: a, image: 'a:1', envFrom: [{configMapRef: {name: b}}]}]\n"
    )
    (finding,) = found(MISSING, text)
    assert finding.object == "CronJob/sweep-"
    assert finding.field == (
        "spec.jobTemplate.spec.template.spec.containers[0].envFrom[0].configMapRef.name"
    )


def test_a_pull_secret_is_a_reference_too() -> None:
    assert found(SECRET, deployment(pod="imagePullSecrets: [{name: registry}]"))
    assert not found(SECRET, deployment(pod="imagePullSecrets: [{}]"))


def test_an_ingress_makes_no_secret_unless_it_asks_for_one() -> None:
    text = maker("networking.k8s.io/v1", "Ingress", "tls: [{secretName: tls}, {hosts: [a]}]")
    assert found(SECRET, env_from("secretRef", "tls"), text)
    asking = text.replace("annotations: {}", "annotations: {cert-manager.io/issuer: a}")
    assert not found(SECRET, env_from("secretRef", "tls"), asking)


def test_only_a_slip_is_mended() -> None:
    fixed = mended(MISSING, CONFIG, env_from("configMapRef", "setings"))
    container = fixed["spec"]["template"]["spec"]["containers"][0]
    assert container["envFrom"][0]["configMapRef"]["name"] == "settings"
    near = CONFIG.replace("settings", "web-settings-a")
    (finding,) = found(MISSING, near, env_from("configMapRef", "web-settings-b"))
    assert finding.edits == ()


def test_an_object_that_is_missing_is_told_once_and_mended_everywhere() -> None:
    text = deployment(
        "envFrom: [{configMapRef: {name: setings}}]",
        pod="volumes: [{name: a, configMap: {name: setings, items: [{key: level, path: a}]}}]",
    )
    fixed = mended(MISSING, CONFIG, text)["spec"]["template"]["spec"]
    assert fixed["containers"][0]["envFrom"][0]["configMapRef"]["name"] == "settings"
    assert fixed["volumes"][0]["configMap"] == {
        "name": "settings", "items": [{"key": "level", "path": "a"}],
    }  # fmt: skip


def test_claims_of_members_are_made_by_their_stateful_set() -> None:
    members = deployment(
        kind="StatefulSet",
        spec="serviceName: web\nvolumeClaimTemplates: [{metadata: {name: data}, spec: {}}]",
    )
    backup = (
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: backup}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: a, image: 'a:1'}]\n"
        "      volumes: [{name: a, persistentVolumeClaim: {claimName: %s}}]\n"
    )
    assert not found(MISSING, members, backup % "data-web-0")
    assert found(MISSING, members, backup % "data-shop-0")
    assert found(MISSING, members, backup % "data-web-x")


def maker(api_version: str, kind: str, spec: str = "", annotations: str = "") -> str:
    return (
        f"apiVersion: {api_version}\nkind: {kind}\n"
        f"metadata: {{name: a, annotations: {{{annotations}}}}}\nspec: {{{spec}}}\n"
    )


MAKERS = [
    (maker("cert-manager.io/v1", "Certificate", "secretName: tls"), "tls"),
    (maker("external-secrets.io/v1", "ExternalSecret"), "a"),
    (maker("external-secrets.io/v1", "ExternalSecret", "target: {name: b}"), "b"),
    (maker("bitnami.com/v1alpha1", "SealedSecret"), "a"),
    (maker("postgresql.cnpg.io/v1", "Cluster"), "a-app"),
    (maker("acid.zalan.do/v1", "postgresql", "users: {b_c: []}"),
     "b-c.a.credentials.postgresql.acid.zalan.do"),
    (maker("objectbucket.io/v1alpha1", "ObjectBucketClaim"), "a"),
    (maker("trust.cert-manager.io/v1alpha1", "Bundle"), "a"),
    (maker("networking.k8s.io/v1", "Ingress", "tls: [{secretName: tls}]",
           "cert-manager.io/cluster-issuer: b"), "tls"),
]  # fmt: skip


@pytest.mark.parametrize(("made_by", "name"), MAKERS)
def test_secrets_that_operators_make(made_by: str, name: str) -> None:
    web = env_from("secretRef", name)
    assert found(SECRET, web)
    assert not found(SECRET, web, made_by)


def test_a_secret_is_told_once() -> None:
    twice = deployment(
        "envFrom: [{secretRef: {name: a}}]\n"
        "env: [{name: A, valueFrom: {secretKeyRef: {name: a, key: b}}}]"
    )
    assert message(SECRET, twice) == "there is no Secret a among the manifests"


@pytest.mark.parametrize(
    ("secret", "is_found"),
    [
        ("data: {other: ''}", True),
        ("data: {key: ''}", False),
        ("stringData: {key: a}", False),
        ("type: Opaque", False),  # filled while it runs
        ("type: kubernetes.io/service-account-token\ndata: {extra: ''}", False),
        ("data: {other: ''}\n#", True),
    ],
)
def test_a_key_of_a_secret(secret: str, *, is_found: bool) -> None:
    text = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{secret}\n"
    assert bool(found(KEY, text, env("secretKeyRef", "a", "key"))) is is_found
    assert not found(KEY, text, env("secretKeyRef", "a", "key", ", optional: true"))


def test_a_key_that_an_injector_writes() -> None:
    label = "{config.openshift.io/inject-trusted-cabundle: 'true'}"
    text = CONFIG.replace("name: settings", f"name: settings, labels: {label}")
    assert not found(KEY, text, env("configMapKeyRef", "settings", "ca-bundle.crt"))
    assert found(KEY, CONFIG, env("configMapKeyRef", "settings", "ca-bundle.crt"))


def test_keys_of_volumes() -> None:
    wrong = volume("configMap: {name: settings, items: [{key: levle, path: a}]}")
    (finding,) = found(KEY, CONFIG, wrong)
    assert finding.message == "ConfigMap/settings has no key levle"
    assert finding.field.endswith("volumes[0].configMap.items[0].key")
    assert finding.edits


# A change of configuration

CHANGE = "config-change-not-rolled-out"


def test_what_is_read_once() -> None:
    assert message(CHANGE, CONFIG, env_from("configMapRef", "settings")).startswith(
        "ConfigMap/settings is read when the container starts"
    )
    by_subpath = volume("configMap: {name: settings}", ", subPath: level")
    assert "subPath" in message(CHANGE, CONFIG, by_subpath)
    assert not found(CHANGE, CONFIG, volume("configMap: {name: settings}"))


def test_what_changes_with_its_content() -> None:
    web = env_from("configMapRef", "settings-5g2h8m7k6t")
    assert not found(CHANGE, CONFIG.replace("settings", "settings-5g2h8m7k6t"), web)
    assert not found(CHANGE, CONFIG + "immutable: true\n", env_from("configMapRef", "settings"))
    rolled = env_from("configMapRef", "settings").replace("tests: 'yes'", "checksum/config: '1'")
    assert not found(CHANGE, CONFIG, rolled)


def test_a_reloader_watches_from_the_workload_too() -> None:
    web = env_from("configMapRef", "settings").replace(
        "name: web\n", "name: web\n  annotations: {reloader.stakater.com/auto: 'true'}\n", 1
    )
    assert not found(CHANGE, CONFIG, web)


# Variables


@pytest.mark.parametrize(
    ("variables", "is_found"),
    [
        ("{name: A, value: $(B)}, {name: B, value: b}", True),
        ("{name: B, value: b}, {name: A, value: $(B)}", False),
        ("{name: A, value: $$(B)}, {name: B, value: b}", False),
        ("{name: A, value: $(A)}", False),
        ("{name: A, value: $(HOSTNAME)}", False),
        ("{name: A, value: '$(B'}, {name: B, value: b}", False),
        ("{name: B, value: 1}, {name: A, value: $(B)}, {name: B, value: 2}", False),
    ],
)
def test_a_variable_that_is_set_too_late(variables: str, *, is_found: bool) -> None:
    assert bool(found("variable-not-expanded", deployment(f"env: [{variables}]"))) is is_found


def test_a_whole_config_map_is_there_before() -> None:
    text = (
        "env: [{name: A, value: $(B)}, {name: B, value: b}]\nenvFrom: [{configMapRef: {name: a}}]"
    )
    assert not found("variable-not-expanded", deployment(text))


def test_the_same_object_twice() -> None:
    assert message("object-twice", CONFIG, CONFIG) == (
        "ConfigMap/settings stands in line 1 of this file already"
    )
    other = CONFIG.replace("name: settings", "name: settings, namespace: other")
    assert not found("object-twice", CONFIG, other)
    generated = CONFIG.replace("name: settings", "generateName: settings-")
    assert not found("object-twice", generated, generated)


def test_the_old_name_of_the_account() -> None:
    fixed = mended("service-account-field-deprecated", deployment(pod="serviceAccount: web"))
    assert fixed["spec"]["template"]["spec"]["serviceAccountName"] == "web"
    both = deployment(pod="serviceAccount: web\nserviceAccountName: web")
    fixed = mended("service-account-field-deprecated", both)
    assert "serviceAccount" not in fixed["spec"]["template"]["spec"]
