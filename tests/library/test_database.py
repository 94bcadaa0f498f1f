import hashlib
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from miso_desktop import paths
from miso_desktop.errors import LibraryError, NewerLibrary
from miso_desktop.library import Library
from miso_desktop.library.database import Database
from miso_desktop.moods import Mood
from tests.library.samples import analysis, music, scan


def query(path, sql):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def change(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


SHIPPED = len(list(paths.catalog("migrations").glob("*.sql")))


@pytest.fixture
def next_version(tmp_path):
    """The shipped migrations and one more."""
    folder = tmp_path / "migrations"
    shutil.copytree(paths.catalog("migrations"), folder)
    (folder / "9999_rating.sql").write_text(
        "-- a comment; with a semicolon\nALTER TABLE tracks ADD COLUMN stars INTEGER;\n"
        "CREATE TABLE lists (\n id INTEGER PRIMARY KEY\n);\n",
        encoding="utf-8",
    )
    return folder


def test_a_new_library_is_made_with_its_folder(tmp_path):
    path = tmp_path / "in" / "a folder" / "library.db"
    Library(path).close()
    assert query(path, "PRAGMA journal_mode") == [("wal",)]
    assert query(path, "PRAGMA user_version") == [(SHIPPED,)]


def test_what_was_stored_is_there_after_reopening(tmp_path, folder):
    (path,) = music(folder, "a.mp3")
    with Library(tmp_path / "l.db") as library:
        library.tracks.correct(library.tracks.store(analysis(path)), Mood.HAPPY)
    with Library(tmp_path / "l.db") as library:
        (track,) = library.tracks.all()
        assert (track.path, track.corrected) == (path, Mood.HAPPY)


def test_an_older_library_is_brought_up_to_date_and_its_old_form_kept(tmp_path, next_version):
    path = tmp_path / "library.db"
    with Library(path) as library:
        library.folders.add(tmp_path)
    Database(path, next_version).close()
    assert query(path, "PRAGMA user_version") == [(SHIPPED + 1,)]
    assert len(query(path, "SELECT * FROM folders")) == 1
    assert query(path, "SELECT stars FROM tracks") == []
    backup = tmp_path / f"library.db.v{SHIPPED}.bak"
    assert query(backup, "PRAGMA user_version") == [(SHIPPED,)]
    assert len(query(backup, "SELECT * FROM folders")) == 1
    assert not list(tmp_path.glob("*.part"))


def test_a_migration_that_fails_half_way_changes_nothing(tmp_path, next_version):
    path = tmp_path / "library.db"
    Library(path).close()
    with (next_version / "9999_rating.sql").open("a", encoding="utf-8") as file:
        file.write("INSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        Database(path, next_version)
    assert query(path, "PRAGMA user_version") == [(SHIPPED,)]
    Library(path).close()


def test_a_newer_library_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "library.db"
    Library(path).close()
    change(path, "PRAGMA user_version = 99")
    before = hashlib.sha256(path.read_bytes()).digest()
    with pytest.raises(NewerLibrary, match=r"library\.db was written by a newer MISO") as caught:
        Library(path)
    assert caught.value.path == path
    assert hashlib.sha256(path.read_bytes()).digest() == before


@pytest.mark.parametrize("content", [b"not a database at all, by no means" * 40, b"\0" * 4096])
def test_a_damaged_library_is_named_and_left_alone(tmp_path, content):
    path = tmp_path / "library.db"
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=r"library\.db"):
        Library(path)
    assert path.read_bytes() == content


def test_a_library_damaged_inside_is_named_when_it_is_read(tmp_path, folder):
    path = tmp_path / "library.db"
    with Library(path) as library:
        music(folder, *(f"{n}.mp3" for n in range(50)))
        scan(library, folder)
    ((page,),) = query(path, "SELECT rootpage FROM sqlite_master WHERE name = 'tracks'")
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
    path.write_bytes(content)
    with Library(path) as library, pytest.raises(LibraryError, match=r"library\.db is damaged"):
        library.tracks.all()


def test_another_programs_database_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "bookmarks.db"
    change(path, "CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="belongs to another program"):
        Library(path)
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_the_library_is_named(tmp_path):
    with pytest.raises(LibraryError, match=r"cannot be written"):
        Library(tmp_path)


def test_a_file_in_the_place_of_the_librarys_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryError, match=r"cannot be written"):
        Library(tmp_path / "file" / "library.db")


def test_a_full_disk_is_said_and_costs_nothing_stored_before(tmp_path, library, folder):
    paths_ = music(folder, *(f"{n}.mp3" for n in range(400)))
    with library._database.read() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    def store_all():
        for path in paths_:
            library.tracks.store(analysis(path))

    with pytest.raises(LibraryError, match=r"disk that holds .* is full\. Free some space"):
        store_all()
    stored = len(library.tracks.all())
    assert 0 < stored < len(paths_)
    with library._database.read() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    library.tracks.store(analysis(paths_[-1]))
    assert len(library.tracks.all()) == stored + 1


def test_a_library_that_another_program_holds_is_named(tmp_path, library, folder, monkeypatch):
    with library._database.read() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(library.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(LibraryError, match="Another program is writing"):
            library.folders.add(folder)
    finally:
        other.close()
    library.folders.add(folder)
    assert library.folders.all() == [folder]


def test_a_transaction_that_is_broken_off_leaves_nothing(library):
    def break_off():
        with library._database.write() as connection:
            connection.execute("INSERT INTO folders (path, added_at) VALUES (x'2f', 0)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        break_off()
    assert library.folders.all() == []


def test_two_programs_may_use_one_library(tmp_path, folder):
    first, second = music(folder, "a.mp3", "b.mp3")
    with Library(tmp_path / "l.db") as one, Library(tmp_path / "l.db") as other:
        one.tracks.store(analysis(first))
        other.tracks.store(analysis(second))
        assert one.tracks.all() == other.tracks.all()
        assert len(one.tracks.all()) == 2


def test_many_threads_may_use_one_library(library, folder):
    paths_ = music(folder, *(f"{n}.mp3" for n in range(40)))
    problems = []

    def work(part):
        try:
            for path in part:
                library.history.add(library.tracks.store(analysis(path)))
                library.tracks.all()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(paths_[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [track.plays for track in library.tracks.all()] == [1] * 40


_STORE_FOR_EVER = """
import sys
from pathlib import Path
from miso_desktop.library import Library
from miso_desktop.moods import Mood
from tests.library.samples import analysis
folder = Path(sys.argv[2])
with Library(Path(sys.argv[1])) as library:
    n = 0
    while True:
        track = library.tracks.store(analysis(folder / f"{n}.mp3"))
        library.tracks.correct(track, Mood.SAD)
        library.history.add(track)
        n += 1
        print(n, flush=True)
"""


@pytest.mark.parametrize("commits", [1, 7, 30])
def test_killed_while_storing_it_loses_nothing_that_was_stored(tmp_path, folder, commits):
    path = tmp_path / "library.db"
    with subprocess.Popen(
        [sys.executable, "-c", _STORE_FOR_EVER, str(path), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        done = 0
        while done < commits:
            line = process.stdout.readline()
            assert line, "the process that stores ended by itself"
            done = int(line)
        process.kill()
        done = max([done, *map(int, process.stdout.read().split())])
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    assert query(path, "PRAGMA foreign_key_check") == []
    with Library(path) as library:
        tracks = library.tracks.all()
    assert done <= len(tracks) <= done + 1
    assert all(track.corrected is Mood.SAD and track.plays == 1 for track in tracks[:done])
