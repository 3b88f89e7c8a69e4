"""Is docker-compose.yml what we promise of it? Valid, without secrets, with limits and health checks everywhere."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from acceptance.compose_file import COMPOSE_FILE, OURS, PROJECT, compose_file, variables_in

from config.embedded.postgres import SETTINGS
from config.settings import Settings

SERVICES: dict[str, Any] = compose_file()["services"]
LONG_RUNNING = [name for name in SERVICES if name != "migrate"]
PASSWORDS = {"POSTGRES_PASSWORD", "ORDERFLODE_APP_PASSWORD", "ORDERFLODE_WEB_PASSWORD", "REDIS_PASSWORD"}
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")


def test_the_file_is_valid_by_the_compose_specification() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    done = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", COMPOSE_FILE], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_process_of_ours_is_a_service_beside_its_servers() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}
    assert {name: SERVICES[name]["command"][:2] for name in OURS} == {name: ["orderflode", name] for name in OURS}


def test_every_password_comes_from_the_environment_and_has_no_default() -> None:
    text = COMPOSE_FILE.read_text(encoding="utf-8")
    without_comments = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    assert variables_in(without_comments) == PASSWORDS
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            is_secret = "PASSWORD" in name or "AUTH" in name
            assert not is_secret or re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), name
            url = re.fullmatch(r"[a-z]+://[^:]*:(.*)@[^@]+", value)
            assert not url or re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", url[1]), name


def test_every_variable_that_is_given_to_our_processes_is_a_setting() -> None:
    settings = {field.validation_alias for field in Settings.model_fields.values()}
    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= settings


def test_only_the_migration_has_the_owners_connection() -> None:
    assert [name for name in OURS if "DATABASE_OWNER_URL" in SERVICES[name]["environment"]] == ["migrate"]
    assert "POSTGRES_PASSWORD" not in str({name: SERVICES[name] for name in OURS if name != "migrate"})


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_a_log_that_ends_and_time_to_stop(name: str) -> None:
    service = SERVICES[name]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert re.fullmatch(r"[0-9]+[sm]", service["stop_grace_period"])
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_every_service_that_stays_is_restarted_and_looked_after(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert set(service["healthcheck"]) >= {"test", "interval", "timeout", "retries"}


def test_the_migration_runs_once_and_everything_of_ours_waits_for_it() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in OURS[1:]:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_web_process_waits_for_no_redis() -> None:
    assert "redis" not in SERVICES["web"]["depends_on"]
    assert SERVICES["worker"]["depends_on"]["redis"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("name", OURS)
def test_our_processes_can_change_nothing_but_their_home(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == [f"home:{service['environment']['ORDERFLODE_HOME']}"]
    assert service["tmpfs"] == ["/tmp"]


def test_data_live_on_named_volumes_where_the_images_keep_them() -> None:
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]
    named = {volume.partition(":")[0] for service in SERVICES.values() for volume in service["volumes"]}
    assert set(compose_file()["volumes"]) == named


def test_only_the_web_process_is_reached_from_outside_and_only_from_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:8080:8080"]
    }
    assert compose_file()["networks"]["inner"] == {"internal": True}
    assert {name for name in SERVICES if SERVICES[name]["networks"] != ["inner"]} == {"web", "webhooks"}


def test_what_a_statement_holds_never_reaches_postgres_log() -> None:
    given = dict(word.removeprefix("-c").split("=", 1) for word in SERVICES["postgres"]["command"][1:])
    private = {name for name in SETTINGS if name.startswith(("log_min", "log_error", "log_statement", "log_parameter"))}
    assert len(private) == 6
    assert {name: given.get(name) for name in private} == {name: SETTINGS[name] for name in private}


def test_the_image_is_pinned_hash_checked_and_runs_as_an_account_without_rights() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert bases and all(re.fullmatch(r"python:3\.\d+-slim-[a-z]+", base) for base in bases)
    assert "pip install --require-hashes" in DOCKERFILE
    account = re.findall(r"^USER (\S+)", DOCKERFILE, flags=re.MULTILINE)[-1]
    assert int(account) > 0
    assert f"--uid {account} " in DOCKERFILE


def test_the_image_has_the_home_that_the_file_mounts() -> None:
    home = SERVICES["worker"]["environment"]["ORDERFLODE_HOME"]
    assert f"install --directory --owner=orderflode --group=orderflode --mode=0700 {home}" in DOCKERFILE
    assert f"ORDERFLODE_HOME={home}" in DOCKERFILE


def test_what_the_image_copies_is_there() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    assert copied
    for source in " ".join(copied).split():
        assert (PROJECT / source).exists(), source
