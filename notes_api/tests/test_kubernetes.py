"""The manifests in `deploy/kubernetes`: valid for Kubernetes, consistent, and with settings that the server accepts."""

import json
from itertools import chain

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from jsonschema import Draft202012Validator

from notes_api.settings import BASE_DIR
from notes_api.tests.test_packaging import EIGHT, read, start_with

DIRECTORY = BASE_DIR / "deploy/kubernetes"
FILES = sorted(path.name for path in DIRECTORY.glob("*.yaml") if path.name != "kustomization.yaml")
SCHEMAS = json.loads(read("notes_api/tests/kubernetes_schemas.json"))


def objects_in(file):
    return list(yaml.safe_load_all((DIRECTORY / file).read_text()))


OBJECTS = list(chain.from_iterable(map(objects_in, FILES)))


def the(kind):
    [found] = [each for each in OBJECTS if each["kind"] == kind]
    return found


def pods():
    """Return the templates of all pods, by the kind of what creates them."""
    return {
        "Deployment": the("Deployment")["spec"]["template"],
        "CronJob": the("CronJob")["spec"]["jobTemplate"]["spec"]["template"],
    }


def containers():
    return [
        container
        for pod in pods().values()
        for container in (*pod["spec"].get("initContainers", []), *pod["spec"]["containers"])
    ]


def server():
    [container] = pods()["Deployment"]["spec"]["containers"]
    return container


def errors_in(each):
    schema = {**SCHEMAS["kinds"][each["kind"]], "$defs": SCHEMAS["$defs"]}
    return [error.message for error in Draft202012Validator(schema).iter_errors(each)]


def test_every_object_is_valid_for_kubernetes(subtests):
    for each in OBJECTS:
        with subtests.test(each=each):
            assert errors_in(each) == []


def test_the_schemas_notice_a_member_that_does_not_exist():
    wrong = the("Deployment")
    wrong = {**wrong, "spec": {**wrong["spec"], "replica": 2}}

    assert errors_in(wrong) == ["Additional properties are not allowed ('replica' was unexpected)"]


def test_kustomize_applies_every_file_except_the_example_of_a_secret():
    [kustomization] = objects_in("kustomization.yaml")

    assert sorted(kustomization["resources"]) == [name for name in FILES if ".example." not in name]
    assert {image["name"] for image in kustomization["images"]} == {container["image"] for container in containers()}


def test_everything_that_selects_pods_selects_those_of_the_server_alone():
    deployment = the("Deployment")["spec"]
    [spread] = deployment["template"]["spec"]["topologySpreadConstraints"]
    selectors = [
        deployment["selector"]["matchLabels"],
        spread["labelSelector"]["matchLabels"],
        the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        the("Service")["spec"]["selector"],
    ]
    labels = {kind: pod["metadata"]["labels"].items() for kind, pod in pods().items()}

    assert [[kind for kind, found in labels.items() if selector.items() <= found] for selector in selectors] == [
        ["Deployment"]
    ] * 4


def test_the_ports_lead_from_the_ingress_to_the_server(settings):
    [port] = server()["ports"]
    [published] = the("Service")["spec"]["ports"]
    [path] = the("Ingress")["spec"]["rules"][0]["http"]["paths"]

    assert port["containerPort"] == settings.PORT
    assert published["targetPort"] == port["name"]
    assert path["backend"]["service"] == {"name": "cloud-notes", "port": {"name": published["name"]}}
    assert the("Service")["metadata"]["name"] == "cloud-notes"


@pytest.mark.parametrize("name", ["startupProbe", "livenessProbe", "readinessProbe"])
def test_a_probe_asks_an_address_of_the_server(client, name):
    probe = server()[name]["httpGet"]

    assert probe["port"] == server()["ports"][0]["name"]
    assert client.get(probe["path"], headers={"Host": "10.1.2.3"}).status_code == 200


def test_only_readiness_depends_on_the_database():
    paths = [server()[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")]

    assert paths == ["/livez", "/livez", "/readyz"]


def test_the_server_accepts_the_settings():
    values = {**the("ConfigMap")["data"], **the("Secret")["stringData"], "SECRET_KEY": EIGHT["SECRET_KEY"]}

    assert start_with(**values) == ""


def test_the_example_of_a_secret_has_none_and_does_not_start():
    secrets = the("Secret")["stringData"]

    assert set(secrets.values()) == {""}
    assert start_with(**the("ConfigMap")["data"], **secrets).startswith("Cannot start: SECRET_KEY is not set")


def test_every_container_takes_its_settings_from_these_two():
    references = [{"configMapRef": {"name": "cloud-notes"}}, {"secretRef": {"name": "cloud-notes"}}]

    assert [container["envFrom"] for container in containers()] == [references] * 3
    assert {the(kind)["metadata"]["name"] for kind in ("ConfigMap", "Secret")} == {"cloud-notes"}


def test_every_container_is_confined_and_limited():
    confined = {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }

    assert [container["securityContext"] for container in containers()] == [confined] * 3
    assert all(container["resources"]["limits"]["memory"] for container in containers())
    assert all(pod["spec"]["securityContext"]["runAsNonRoot"] for pod in pods().values())
    assert [pod["spec"]["automountServiceAccountToken"] for pod in pods().values()] == [False, False]


def test_every_pod_runs_as_the_user_of_the_image():
    users = {str(pod["spec"]["securityContext"]["runAsUser"]) for pod in pods().values()}

    assert users == {"10001"}
    assert "\nUSER 10001\n" in read("Dockerfile")


def test_every_mounted_volume_exists():
    for pod in pods().values():
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        every = (*pod["spec"].get("initContainers", []), *pod["spec"]["containers"])
        assert all({mount["name"] for mount in container["volumeMounts"]} == volumes for container in every)


def test_the_commands_exist_with_their_options():
    for container in containers():
        if "command" not in container:
            continue
        python, program, name, *arguments = container["command"]
        assert (python, program) == ("python", "manage.py")
        parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
        parser.parse_args(arguments)


def test_a_pod_has_the_time_that_its_workers_need_to_end():
    [_, pause] = server()["lifecycle"]["preStop"]["exec"]["command"]

    # `graceful_timeout` of gunicorn_conf.py with the default settings is 38 seconds.
    assert pods()["Deployment"]["spec"]["terminationGracePeriodSeconds"] > int(pause) + 38
