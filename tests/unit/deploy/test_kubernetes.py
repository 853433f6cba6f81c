"""The kustomize base: valid, without rights that it does not need, and in step with the code."""

from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from streams.settings import VARIABLES, load
from streams.version import VERSION

FOLDER: Final = Path(__file__).parents[3] / "k8s"
KUBERNETES_VERSIONS: Final = ("1.36", "1.37")
"""Those that the installed schemas have."""
SIZES: Final = {"Mi": 1024**2, "Gi": 1024**3}

KUSTOMIZATION: Final[dict[str, Any]] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text("utf-8"))
FILES: Final = tuple(sorted(set(FOLDER.glob("*.yaml")) - {FOLDER / "kustomization.yaml"}))


def config_map() -> dict[str, Any]:
    """Return what kustomize makes of the generator, but for the hash at the end of the name."""
    (generator,) = KUSTOMIZATION["configMapGenerator"]
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": generator["name"], "labels": generator["options"]["labels"]},
        "data": dict(literal.split("=", 1) for literal in generator["literals"]),
    }


RESOURCES: Final[dict[str, dict[str, Any]]] = {
    resource["kind"]: resource
    for resource in [config_map(), *(yaml.safe_load(file.read_text("utf-8")) for file in FILES)]
}
DEPLOYMENT: Final[dict[str, Any]] = RESOURCES["Deployment"]["spec"]
POD: Final[dict[str, Any]] = DEPLOYMENT["template"]["spec"]
WORKER: Final[dict[str, Any]] = POD["containers"][0]
SETTINGS: Final[dict[str, str]] = RESOURCES["ConfigMap"]["data"]


@pytest.mark.parametrize("version", KUBERNETES_VERSIONS)
@pytest.mark.parametrize("kind", RESOURCES)
def test_every_resource_is_valid_by_kubernetes_own_schema(kind: str, version: str) -> None:
    """Strictly: a key that the schema does not have is a mistake, not an extension."""
    assert version == kubernetes_validate.validate(RESOURCES[kind], version, strict=True)


def test_the_base_is_what_the_worker_needs_and_names_every_file() -> None:
    """A file that is not listed is never applied, and nobody notices."""
    assert {"ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "ServiceAccount"} == set(RESOURCES)
    assert len(FILES) + 1 == len(RESOURCES)
    assert {file.name for file in FILES} == set(KUSTOMIZATION["resources"])


def test_every_setting_is_one_that_the_code_knows_and_takes() -> None:
    """A misspelt variable would be passed over in silence, a wrong value stop every worker."""
    assert set(SETTINGS) <= {variable.name for variable in VARIABLES}
    assert "0.0.0.0" == load(SETTINGS).web_host  # noqa: S104 - in its own pod
    assert [{"configMapRef": {"name": RESOURCES["ConfigMap"]["metadata"]["name"]}}] == WORKER["envFrom"]


def test_port_and_probes_are_where_the_worker_listens() -> None:
    """Each probe asks for its own question by the port's name."""
    (port,) = WORKER["ports"]
    probes = {
        name: (WORKER[name]["httpGet"]["path"], WORKER[name]["httpGet"]["port"])
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }

    assert load(SETTINGS).web_port == port["containerPort"]
    assert {
        "startupProbe": ("/live", port["name"]),
        "livenessProbe": ("/live", port["name"]),
        "readinessProbe": ("/ready", port["name"]),
    } == probes


def test_the_service_leads_to_the_workers_port() -> None:
    """Prometheus finds every worker, also one that is not ready."""
    (port,) = RESOURCES["Service"]["spec"]["ports"]

    assert (load(SETTINGS).web_port, WORKER["ports"][0]["name"]) == (port["port"], port["targetPort"])
    assert RESOURCES["Service"]["spec"]["publishNotReadyAddresses"]


def test_every_selector_matches_the_pods_and_only_by_their_labels() -> None:
    """A selector that matches nothing is valid and does nothing."""
    labels = DEPLOYMENT["template"]["metadata"]["labels"]
    (spread,) = POD["topologySpreadConstraints"]
    selectors = [
        DEPLOYMENT["selector"]["matchLabels"],
        RESOURCES["Service"]["spec"]["selector"],
        RESOURCES["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        spread["labelSelector"]["matchLabels"],
    ]

    assert [labels] * 4 == selectors


def test_a_disruption_stops_one_worker_of_several() -> None:
    """Two at a time would leave nobody to take over."""
    assert 1 == RESOURCES["PodDisruptionBudget"]["spec"]["maxUnavailable"]
    assert 2 == DEPLOYMENT["replicas"]


def test_the_image_is_this_release() -> None:
    """Not whatever was built last."""
    assert f"usagewatch:{VERSION}" == WORKER["image"]


def test_no_container_runs_as_root_or_may_become_it() -> None:
    """The restricted pod security standard, and a root file system that cannot be written."""
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["securityContext"]["runAsUser"] > 0
    assert {"type": "RuntimeDefault"} == POD["securityContext"]["seccompProfile"]
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == WORKER["securityContext"]
    assert [WORKER] == POD["containers"]
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers"} & set(POD)


def test_the_worker_gets_no_token_and_no_variables_of_services() -> None:
    """It never asks the cluster; and a service `usagewatch-web` would set USAGEWATCH_WEB_PORT to `tcp://…`."""
    assert RESOURCES["ServiceAccount"]["metadata"]["name"] == POD["serviceAccountName"]
    assert RESOURCES["ServiceAccount"]["automountServiceAccountToken"] is False
    assert POD["automountServiceAccountToken"] is False
    assert POD["enableServiceLinks"] is False


def test_the_worker_has_longer_to_stop_than_it_takes_at_most() -> None:
    """Killed in mid-transaction, it would hold up every reader until that times out."""
    assert POD["terminationGracePeriodSeconds"] * 1_000 > load(SETTINGS).shutdown_timeout_ms


def test_memory_is_limited_and_processor_time_is_not() -> None:
    """Out of memory is contained; a throttled worker would lose its partitions."""
    requested, limits = (WORKER["resources"][name] for name in ("requests", "limits"))

    assert {"memory"} == set(limits)
    assert {"cpu", "memory"} == set(requested)
    octets = [int(text[:-2]) * SIZES[text[-2:]] for text in (requested["memory"], limits["memory"])]
    assert sorted(octets) == octets


def test_the_place_where_the_worker_stands_can_be_written() -> None:
    """The root file system is read-only; whatever wants a scratch file finds a place."""
    dockerfile = (FOLDER.parent / "Dockerfile").read_text("utf-8")
    (mount,) = WORKER["volumeMounts"]

    assert f"WORKDIR {mount['mountPath']}\n" in dockerfile
    assert [mount["name"]] == [volume["name"] for volume in POD["volumes"] if "emptyDir" in volume]
