"""docker-compose.yml and Dockerfile: valid, closed to the outside, and in step with the code."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from streams.settings import VARIABLES, Settings, load

ROOT: Final = Path(__file__).parents[3]
COMPOSE: Final = ROOT / "docker-compose.yml"
FILE: Final[dict[str, Any]] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
SERVICES: Final[dict[str, dict[str, Any]]] = FILE["services"]
WORKERS: Final = ("worker-1", "worker-2")
OURS: Final = ("topics", *WORKERS)
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text(encoding="utf-8")

# A version of at least two numbers: `latest`, `3` and no tag at all are moving targets.
PINNED: Final = re.compile(r"[a-z0-9./-]+:[0-9]+\.[0-9]+[0-9a-z.-]*(@sha256:[0-9a-f]{64})?")


def test_the_file_is_valid_by_the_schema_of_the_compose_specification() -> None:
    """A misspelt key would be found by the first person who starts it."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(COMPOSE),
    ]

    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert 0 == checked.returncode, checked.stdout + checked.stderr


def test_a_broker_a_maker_of_topics_and_two_workers_are_all_there_is() -> None:
    """The least that shows partitions being shared."""
    assert {"kafka", *OURS} == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_images_are_pinned_or_built_here(service: str) -> None:
    """The same file starts the same thing a year from now."""
    assert "build" in SERVICES[service] or PINNED.fullmatch(SERVICES[service]["image"])


def test_the_broker_is_the_release_that_the_tests_run_on() -> None:
    """What is tried out is what is tested."""
    pom = (ROOT / "tests" / "kafka" / "pom.xml").read_text(encoding="utf-8")
    match = re.search(r"<kafka\.version>(.+?)</kafka\.version>", pom)

    assert match is not None
    assert f"apache/kafka:{match[1]}" == SERVICES["kafka"]["image"]


@pytest.mark.parametrize("service", SERVICES)
def test_no_container_runs_as_root_or_may_become_it(service: str) -> None:
    """Nothing here needs a right that others do not have."""
    settings = SERVICES[service]

    assert settings["user"].split(":")[0] not in {"", "0", "root"}
    assert ["ALL"] == settings["cap_drop"]
    assert "no-new-privileges:true" in settings["security_opt"]
    assert "privileged" not in settings


@pytest.mark.parametrize("service", SERVICES)
def test_ports_are_open_to_this_machine_only(service: str) -> None:
    """The broker asks nobody for a password."""
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))
    assert "network_mode" not in SERVICES[service]


def test_no_two_services_take_the_same_port() -> None:
    """The second would not start."""
    taken = [port.split(":")[1] for service in SERVICES.values() for port in service.get("ports", [])]

    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("service", OURS)
def test_every_setting_is_one_that_the_code_knows_and_takes(service: str) -> None:
    """A misspelt variable would be passed over in silence."""
    environment = SERVICES[service]["environment"]

    assert set(environment) <= {variable.name for variable in VARIABLES}
    assert "kafka:29092" == load(environment).bootstrap_servers


def test_the_broker_makes_no_topics_by_itself() -> None:
    """A topic of the wrong number of partitions would stop the workers."""
    assert "false" == SERVICES["kafka"]["environment"]["KAFKA_AUTO_CREATE_TOPICS_ENABLE"]


def test_the_broker_advertises_each_listener_that_clients_use() -> None:
    """Containers come in by one door, this machine by the other."""
    environment = SERVICES["kafka"]["environment"]
    names = {listener.split("://")[0] for listener in environment["KAFKA_LISTENERS"].split(",")}
    advertised = dict(
        listener.split("://") for listener in environment["KAFKA_ADVERTISED_LISTENERS"].split(",")
    )

    assert names - {"CONTROLLER"} == set(advertised)
    assert {"INTERNAL": "kafka:29092", "EXTERNAL": "127.0.0.1:9092"} == advertised
    assert Settings().bootstrap_servers == advertised["EXTERNAL"]


@pytest.mark.parametrize("worker", WORKERS)
def test_workers_start_after_the_topics_and_those_after_the_broker(worker: str) -> None:
    """A worker refuses to start on topics that are not there."""
    assert {"topics": {"condition": "service_completed_successfully"}} == SERVICES[worker]["depends_on"]
    assert {"kafka": {"condition": "service_healthy"}} == SERVICES["topics"]["depends_on"]
    assert ["topics", "create", "--partitions", "4"] == SERVICES["topics"]["command"]
    assert "no" == SERVICES["topics"]["restart"]


@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_is_asked_and_published_where_it_listens(worker: str) -> None:
    """Probe, port and setting name the same place."""
    loaded = load(SERVICES[worker]["environment"])

    assert "0.0.0.0" == loaded.web_host  # noqa: S104 - in its own container
    assert SERVICES[worker]["ports"][0].endswith(f":{loaded.web_port}")
    assert f"http://127.0.0.1:{loaded.web_port}/ready" in SERVICES[worker]["healthcheck"]["test"][-1]


@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_has_longer_to_stop_than_it_takes_at_most(worker: str) -> None:
    """Killed in mid-transaction, it would hold up every reader until that times out."""
    grace_s = int(SERVICES[worker]["stop_grace_period"].removesuffix("s"))

    assert grace_s * 1_000 > load(SERVICES[worker]["environment"]).shutdown_timeout_ms


def test_the_image_is_pinned_runs_as_a_number_and_starts_the_command() -> None:
    """Kubernetes can tell that a number is not root, of a name it cannot."""
    assert all(PINNED.fullmatch(image) for image in re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE))
    assert re.findall(r"^USER (.+)", DOCKERFILE, re.MULTILINE) == [SERVICES["worker-1"]["user"]]
    assert 'ENTRYPOINT ["usagewatch"]' in DOCKERFILE


def test_the_image_has_every_package_that_the_distribution_has() -> None:
    """A folder that is not copied, or kept out by .dockerignore, would be missing at run time only."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {package.split(".")[0] for package in project["tool"]["setuptools"]["packages"]}
    files = {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
        for source in line.split()
    }
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    assert folders | files == copied
    assert copied <= {line.removeprefix("!") for line in ignored if line.startswith("!")}
