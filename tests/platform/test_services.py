"""The embedded PostgreSQL and Redis: started once, shared, stopped by the last, prepared, closed to other accounts."""

import os
import shutil
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis

from portal.embedded import services
from portal.embedded.broker import redis_answers
from portal.embedded.places import BASE_DIR, DATABASE, OWNER, TEST_OWNER, CannotStart, Places
from portal.embedded.postgres import postgres_answers


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Brings up a pair of services of this module's own."""
    own = Places(tmp_path_factory.mktemp("services") / "var")
    services.keep_services(own)
    yield own
    assert services.stop_services(own)


@pytest.fixture
def empty(tmp_path):
    """Returns places where nothing runs; whatever a test starts there is stopped."""
    own = Places(tmp_path / "var")
    yield own
    services.stop_services(own)


def answering(places):
    return postgres_answers(places), redis_answers(places)


def connect(places, owner=OWNER, database=DATABASE):
    return psycopg.connect(host=str(places.postgres_socket), dbname=database, user=owner, autocommit=True)


def test_database_is_postgresql_18_in_utf8(places):
    with connect(places) as connection:
        version, encoding = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding')"
        ).fetchone()
    assert (version, encoding) == (18, "UTF8")


@pytest.mark.parametrize("owner", [OWNER, TEST_OWNER])
def test_portal_s_own_accounts_are_no_superusers(places, owner):
    with connect(places, owner) as connection:
        row = connection.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, False)


def test_portal_cannot_switch_the_triggers_off(places):
    with connect(places) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SET session_replication_role = replica")


def test_nothing_listens_on_the_network(places):
    with connect(places) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with redis.Redis.from_url(places.redis()) as client:
        assert client.config_get("port") == {"port": "0"}


def test_sockets_are_closed_to_other_accounts(places):
    assert stat.S_IMODE(places.postgres_socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(places.redis_socket.stat().st_mode) == 0o700


def test_queue_is_never_pushed_out_for_memory(places):
    with redis.Redis.from_url(places.redis()) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}


def test_starting_again_changes_nothing(places):
    with connect(places) as connection:
        before = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    services.ensure_services(places)
    with connect(places) as connection:
        assert connection.execute("SELECT pg_postmaster_start_time()").fetchone() == before


def test_services_that_are_kept_outlive_a_lease(places):
    with services.held_services(places):
        assert answering(places) == (True, True)
    assert answering(places) == (True, True)


def test_last_lease_stops_both_and_the_data_stays(empty):
    with services.held_services(empty):
        with connect(empty) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        with redis.Redis.from_url(empty.redis()) as client:
            client.set("kept", "1")
        with services.held_services(empty):
            assert not services.stop_services(empty)
        assert answering(empty) == (True, True)
    assert answering(empty) == (False, False)
    with services.held_services(empty), connect(empty) as connection, redis.Redis.from_url(empty.redis()) as client:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        assert client.get("kept") == b"1"


def test_ten_at_once_start_one_pair(empty):
    program = (
        "from portal.embedded.places import Places; from portal.embedded.services import *\n"
        "with held_services(Places.from_environment()) as _: assert postgres_answers(Places.from_environment())"
    )

    def once(number):
        environment = os.environ | {"VAR_DIR": str(empty.var)}
        return subprocess.run([sys.executable, "-c", program], cwd=BASE_DIR, env=environment, check=False).returncode

    with ThreadPoolExecutor(10) as pool:
        assert list(pool.map(once, range(10))) == [0] * 10
    assert answering(empty) == (False, False)


def test_killed_database_comes_back_with_its_data(places):
    with connect(places) as connection:
        connection.execute("CREATE TABLE survives (n int)")
        connection.execute("INSERT INTO survives VALUES (7)")
    pid = int((places.var / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, 9)
    deadline = time.monotonic() + 20
    while postgres_answers(places) and time.monotonic() < deadline:
        time.sleep(0.05)
    services.ensure_services(places)
    with connect(places) as connection:
        assert connection.execute("SELECT n FROM survives").fetchone() == (7,)


def test_lock_whose_number_went_to_another_program_does_not_hinder(empty):
    """After a restart of the machine the number in the lock file may be anybody's: here, this test's own."""
    with services.held_services(empty):
        files = [empty.var / "postgres" / "postmaster.pid", empty.postgres_socket / ".s.PGSQL.5432.lock"]
        kept = {path: path.read_text() for path in files}
    for path, text in kept.items():
        path.write_text("\n".join([str(os.getpid()), *text.splitlines()[1:]]) + "\n")
        shutil.chown(path, files[0].parent.stat().st_uid)
        path.chmod(0o600)
    with services.held_services(empty):
        assert answering(empty) == (True, True)


def test_long_path_gets_a_short_socket(tmp_path):
    deep = Places(tmp_path / ("很长的目录" * 8) / "var")
    assert len(os.fsencode(deep.postgres_socket)) < 100
    assert deep.run.name.startswith("tianshan-")
    assert Places(deep.var).run == deep.run


def test_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="cannot be written"):
        Places(tmp_path / "file" / "var").prepare()


def test_other_version_of_the_database_is_left_alone(empty):
    empty.prepare()
    (empty.var / "postgres").mkdir()
    (empty.var / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match="made by PostgreSQL 16"):
        services.ensure_services(empty)


def test_interrupted_first_start_leaves_nothing_half(empty):
    empty.prepare()
    (empty.var / "postgres.new").mkdir()
    (empty.var / "postgres.new" / "PG_VERSION").write_text("18\n")
    with services.held_services(empty):
        assert answering(empty) == (True, True)


def test_folder_closed_to_the_database_s_account_works(tmp_path):
    """A clone under /root or in a fresh mktemp -d: the permissions on the way stay as they are."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    own = Places(closed / "var")
    with services.held_services(own):
        assert answering(own) == (True, True)
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


def test_command_line_says_what_runs(places):
    environment = os.environ | {"VAR_DIR": str(places.var)}
    answer = subprocess.run(
        [sys.executable, "-m", "portal.embedded", "status"],
        cwd=BASE_DIR,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0
    assert answer.stdout.count("up") == 2
