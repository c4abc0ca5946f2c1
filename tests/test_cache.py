"""The cache of built indexes: processes that race, die or find no room; damage; staleness; cleaning up."""

from __future__ import annotations

import ast
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

import cs_helper
from cs_helper import build, cache, yaml_file
from cs_helper.cache import index_path, index_state, load_index
from cs_helper.index import Index
from cs_helper.match import match

# the program on a library of a few lines; what the first argument says is done before it starts
PROGRAM = """
import pathlib, sys
import cs_helper.paths
from cs_helper.__main__ import main

exec(sys.argv.pop(1))
library = pathlib.Path(sys.argv.pop(1))
cs_helper.paths.bundled_library = lambda: library
main()
"""
SCENARIO = """
title: {title}
messages: [{messages}]
replies: [{{id: a, technique: 跟进, text: {reply}}}]
"""
URGE = SCENARIO.format(title="催发货", messages="怎么还不发货, 快点发货, 发货了吗, 还不发货呀", reply="马上发")
DEAR = SCENARIO.format(title="嫌贵", messages="太贵了, 这也太贵了, 价格太贵, 贵了点", reply="一分钱一分货")
MESSAGE = "怎么还没发货"

as_root = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library of two scenarios."""
    write(tmp_path / "library" / "in_sale" / "urge.yaml", URGE)
    write(tmp_path / "library" / "price_objections" / "dear.yaml", DEAR)
    return tmp_path / "library"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, not yet there; this process and those it starts use it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "cs-helper"


def write(path: Path, text: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.write_text(text, encoding="utf-8")


def start(
    library: Path, *, before: str = "", wrapper: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*wrapper, sys.executable, "-c", PROGRAM, before, str(library), MESSAGE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {})},
    )


def answers(process: subprocess.Popen[bytes]) -> bool:
    """Whether the program gave the right reply, and said nothing besides."""
    out, err = process.communicate(timeout=60)
    return (process.returncode, out.decode(), err) == (0, "马上发\n", b"")


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def load(*layers: Path) -> tuple[Index, bool]:
    """The index of these folders, and whether it had to be built."""
    calls: list[None] = []
    index = load_index(layers, before_build=lambda: calls.append(None))
    return index, bool(calls)


def path_of(*layers: Path) -> Path:
    path = index_path(layers)
    assert path
    return path


# --- processes ------------------------------------------------------------------------------------------------------


def test_ten_at_once_on_an_empty_cache(library: Path, folder: Path) -> None:
    late = "import time, cs_helper.cache as c; s = c._store; c._store = lambda *a: time.sleep(0.2) or s(*a)"
    processes = [start(library, before=late) for _ in range(10)]
    assert [answers(process) for process in processes] == [True] * 10
    assert names(folder) == [path_of(library).name]
    assert load(library)[1] is False


@pytest.mark.parametrize("written", [0, 100, None])
def test_killed_while_writing(library: Path, folder: Path, written: int | None) -> None:
    die = (
        "import os, signal, cs_helper.cache as c; w = pathlib.Path.write_bytes\n"
        f"def dying(path, data): w(path, data[:{written}]); os.kill(os.getpid(), signal.SIGKILL)\n"
        "pathlib.Path.write_bytes = dying"
    )
    killed = start(library, before=die)
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    (left,) = names(folder)
    assert left.endswith(".part")
    assert answers(start(library))
    assert names(folder) == sorted([left, path_of(library).name])  # it could still be somebody's
    os.utime(folder / left, (0, 0))
    write(library / "in_sale" / "urge.yaml", URGE + "# edited\n")
    assert answers(start(library))
    assert names(folder) == [path_of(library).name]


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "half of it": lambda data: data[: len(data) // 2],
    "without its last byte": lambda data: data[:-1],
    "header": lambda data: data[:60] + b"\xff" + data[61:],
    "all weights zero": lambda data: data[: len(data) // 2] + bytes(len(data) - len(data) // 2),
    "zeros": lambda data: bytes(len(data)),
    "text": lambda data: "不是索引".encode() * 1000,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_is_built_again(library: Path, folder: Path, damage: str) -> None:
    load(library)
    path = path_of(library)
    whole = path.read_bytes()
    path.write_bytes(DAMAGES[damage](whole))
    index, _ = load(library)
    assert match(MESSAGE, index) == match(MESSAGE, Index(whole))
    assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", ["empty", "all weights zero"])
def test_the_program_says_nothing_about_damage(library: Path, folder: Path, damage: str) -> None:
    load(library)
    path = path_of(library)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    assert answers(start(library))


def test_damaged_weights_alone_are_built_again(library: Path, folder: Path) -> None:
    load(library)
    path = path_of(library)
    whole = path.read_bytes()
    path.write_bytes(whole[:-60] + bytes(60))
    index, built = load(library)
    assert not built  # opening does not look at weights
    assert match(MESSAGE, index) == match(MESSAGE, Index(whole))
    assert path.read_bytes() == whole


def without_rights() -> tuple[str, ...]:
    """What makes root respect the modes of folders."""
    if not as_root:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root can write everywhere")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner", "--inh-caps=-all")


@pytest.mark.parametrize("inside", [False, True])
def test_a_read_only_folder(library: Path, folder: Path, inside: bool) -> None:
    """Before the program's folder is there, and with an index in it that no longer fits."""
    wrapper = without_rights()
    if inside:
        load(library)
        write(library / "in_sale" / "urge.yaml", URGE + "# edited\n")
    closed = folder if inside else folder.parent
    closed.mkdir(parents=True, exist_ok=True)
    before = names(closed)
    closed.chmod(0o500)
    try:
        assert answers(start(library, wrapper=wrapper))
        assert names(closed) == before
    finally:
        closed.chmod(0o700)


def test_files_where_folders_should_be(library: Path, folder: Path) -> None:
    folder.parent.write_text("")
    assert answers(start(library))
    folder.parent.unlink()
    folder.parent.mkdir()
    folder.write_text("")
    assert answers(start(library))
    folder.unlink()
    path_of(library).mkdir(parents=True)
    assert answers(start(library))
    assert names(folder) == [path_of(library).name]


@pytest.mark.parametrize("home", ["", "relative", "/proc/nowhere"])
def test_a_home_that_is_none(library: Path, tmp_path: Path, home: str) -> None:
    env = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), home)
    assert answers(start(library, env=env))
    assert not (Path.cwd() / "relative").exists()


def test_no_home_at_all(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)  # as where the user is in no database
    assert index_path([library]) is None
    assert index_state([library])[1] == "not built yet"
    assert match(MESSAGE, load(library)[0])[1]


# --- no room --------------------------------------------------------------------------------------------------------


@pytest.fixture
def tiny_disk(folder: Path) -> Iterator[Path]:
    """A disk of one page as the cache folder."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)]
    if not as_root or not shutil.which("mount") or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("cannot mount a disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk(library: Path, tiny_disk: Path) -> None:
    (tiny_disk / "filler").write_bytes(b"x" * 4096)
    assert answers(start(library))
    assert names(tiny_disk) == ["filler"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
def test_a_limit_on_the_size_of_files(library: Path, folder: Path) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    assert answers(start(library, before=limit, env={"PYTHONDONTWRITEBYTECODE": "1"}))
    assert names(folder) == []


def test_no_space_left(library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Path, "write_bytes", fail)
    index, built = load(library)
    assert built
    assert match(MESSAGE, index)[1]
    assert names(folder) == []
    assert load(library)[1]


# --- staleness ------------------------------------------------------------------------------------------------------

EDITS: dict[str, Callable[[Path], object]] = {
    "a letter": lambda lib: write(lib / "in_sale" / "urge.yaml", URGE.replace("马上发", "立刻发")),
    "a file more": lambda lib: write(lib / "in_sale" / "more.yaml", DEAR),
    "a file of the other ending": lambda lib: write(lib / "in_sale" / "more.yml", DEAR),
    "a file less": lambda lib: (lib / "price_objections" / "dear.yaml").unlink(),
    "another name": lambda lib: (lib / "in_sale" / "urge.yaml").rename(lib / "in_sale" / "hurry.yaml"),
    "another stage": lambda lib: shutil.move(lib / "in_sale", lib / "after_sale"),
    "two files that change places": lambda lib: [
        write(lib / "in_sale" / "urge.yaml", DEAR),
        write(lib / "price_objections" / "dear.yaml", URGE),
    ],
    "a lexicon": lambda lib: write(lib / "lexicon.yaml", "late: [还没, 还不]\n"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_noticed(library: Path, folder: Path, edit: str) -> None:
    assert [load(library)[1] for _ in range(2)] == [True, False]
    assert index_state([library])[1] == "up to date"
    EDITS[edit](library)
    assert index_state([library])[1] == "out of date"
    assert [load(library)[1] for _ in range(2)] == [True, False]
    assert len(names(folder)) == 1


def test_a_file_that_moves_to_another_layer_is_an_edit(library: Path, folder: Path, tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    (upper / "price_objections").mkdir(parents=True)
    assert load(library, upper)[1]
    shutil.move(library / "price_objections" / "dear.yaml", upper / "price_objections")
    assert load(library, upper)[1]


def test_an_edit_shows_in_the_next_answer(library: Path, folder: Path) -> None:
    assert answers(start(library))
    write(library / "in_sale" / "urge.yaml", URGE.replace("马上发", "立刻发"))
    assert start(library).communicate(timeout=60)[0].decode() == "立刻发\n"


def test_another_version_of_the_program_builds_its_own(
    library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(library)
    monkeypatch.setattr(cache, "__version__", "99.0")
    assert load(library)[1]


def test_who_reads_an_index_keeps_it_while_another_is_put_in_its_place(library: Path, folder: Path) -> None:
    load(library)
    reading = load(library)[0]
    write(library / "in_sale" / "urge.yaml", URGE.replace("马上发", "立刻发"))
    assert load(library)[1]
    assert reading.scenario("urge").replies[0].text == "马上发"


@pytest.mark.parametrize("name", ["notes.txt", "in_sale/README.md", "elsewhere/urge.yaml", "in_sale/deep/urge.yaml"])
def test_what_is_no_library_file_changes_nothing(library: Path, folder: Path, name: str) -> None:
    load(library)
    write(library / name, "x")
    os.utime(library / "in_sale" / "urge.yaml", (0, 0))
    assert load(library)[1] is False


def test_states(library: Path, folder: Path) -> None:
    assert index_state([library])[1] == "not built yet"
    load(library)
    assert index_state([library])[1] == "up to date"
    path_of(library).write_bytes(b"")
    assert index_state([library])[1] == "damaged"


# --- weights and an index that are there already ---------------------------------------------------------------------


REPLY_EDITS: dict[str, tuple[Callable[[Path], object], bool]] = {
    "a reply": (EDITS["a letter"], True),
    "a placeholder": (lambda lib: write(lib / "placeholders.yaml", "price: {kind: fact, meaning: 现价}\n"), True),
    "a title": (lambda lib: write(lib / "in_sale" / "urge.yaml", URGE.replace("催发货", "催")), True),
    "a message": (lambda lib: write(lib / "in_sale" / "urge.yaml", URGE.replace("快点发货", "快点发呀")), False),
    "a message that moves": (lambda lib: write(lib / "in_sale" / "urge.yaml", URGE.replace("快点发货, ", "")), False),
    "a lexicon": (EDITS["a lexicon"], False),
    "a scenario less": (EDITS["a file less"], False),
}


@pytest.mark.parametrize("edit", REPLY_EDITS)
def test_weights_are_learnt_anew_only_from_other_examples(
    library: Path, folder: Path, edit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(library)
    change, kept = REPLY_EDITS[edit]
    change(library)
    learnt: list[None] = []
    learn = build._learn
    monkeypatch.setattr(build, "_learn", lambda *a: (learnt.append(None), learn(*a))[1])
    index, built = load(library)
    assert (built, not learnt) == (True, kept)
    shutil.rmtree(folder)
    assert bytes(index._rows) == bytes(load(library)[0]._rows)
    assert match(MESSAGE, index)[0][0].scenario == "urge"


@pytest.mark.parametrize("edit", [*EDITS, *REPLY_EDITS, "a file that breaks", "a file that extends"])
def test_what_is_taken_over_makes_no_difference(library: Path, folder: Path, tmp_path: Path, edit: str) -> None:
    upper = tmp_path / "upper"
    write(upper / "in_sale" / "track.yaml", URGE.replace("发货", "到货"))
    load(library, upper)
    others = {name: change for name, (change, _) in REPLY_EDITS.items()} | {
        "a file that breaks": lambda lib: write(lib / "in_sale" / "urge.yaml", "title: ["),
        "a file that extends": lambda _: write(
            upper / "in_sale" / "urge.yaml", "extends: true\nmessages: [货呢]\nreplies: []\n"
        ),
    }
    (EDITS | others)[edit](library)
    load(library, upper)
    edited = path_of(library, upper).read_bytes()
    shutil.rmtree(folder)
    load(library, upper)
    assert edited == path_of(library, upper).read_bytes()


def test_only_files_that_changed_are_read_again(library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(library)
    EDITS["a letter"](library)
    read: list[str] = []
    root = yaml_file.YamlFile.root
    monkeypatch.setattr(yaml_file.YamlFile, "root", lambda file: (read.append(Path(file.path).name), root(file))[1])
    assert load(library)[0].scenario("urge").replies[0].text == "立刻发"
    assert read == ["urge.yaml"]


@pytest.mark.parametrize("at", [0.3, 0.5, 0.9])
def test_what_was_kept_and_is_damaged_is_not_taken_over(library: Path, folder: Path, at: float) -> None:
    index = load(library)[0]
    data = path_of(library).read_bytes()
    place = data.index(bytes(index.kept)) + int(len(index.kept) * at)
    path_of(library).write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    assert load(library)[1] is False  # no answer looks at it
    EDITS["a letter"](library)
    assert load(library)[1]
    edited = path_of(library).read_bytes()
    shutil.rmtree(folder)
    load(library)
    assert edited == path_of(library).read_bytes()


def test_weights_of_other_code_are_not_taken_over(library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(library)
    monkeypatch.setattr(cache, "MAKERS", (*cache.MAKERS, "rank"))
    learnt: list[None] = []
    learn = build._learn
    monkeypatch.setattr(build, "_learn", lambda *a: (learnt.append(None), learn(*a))[1])
    assert load(library)[1]
    assert learnt


def test_damaged_weights_are_not_kept(library: Path, folder: Path) -> None:
    load(library)
    data = path_of(library).read_bytes()
    path_of(library).write_bytes(data[:-20] + b"\xff" * 20)
    EDITS["a letter"](library)
    edited = load(library)[0]
    shutil.rmtree(folder)
    assert bytes(edited._rows) == bytes(load(library)[0]._rows)


@pytest.fixture
def packed(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that came with the program."""
    path = tmp_path / "site-packages" / "library.index"
    path.parent.mkdir()
    path.write_bytes(cache.compile_library([library]))
    monkeypatch.setattr(cache, "bundled_index", lambda: path)
    return path


def test_the_index_that_came_along_needs_no_cache(library: Path, folder: Path, packed: Path) -> None:
    index, built = load(library)
    assert not built
    assert match(MESSAGE, index)[1]
    assert index_state([library]) == (packed, "up to date")
    assert not folder.exists()


@pytest.mark.parametrize("spoil", [lambda p: p.write_bytes(b"no index"), lambda p: p.unlink()], ids=["damaged", "gone"])
def test_nothing_hangs_on_it(library: Path, folder: Path, packed: Path, spoil: Callable[[Path], object]) -> None:
    spoil(packed)
    assert [load(library)[1] for _ in range(2)] == [True, False]


def test_it_lends_its_weights_to_a_library_with_other_replies(library: Path, folder: Path, packed: Path) -> None:
    EDITS["a letter"](library)
    index, built = load(library)
    assert built
    assert bytes(index._rows) == bytes(Index(packed.read_bytes())._rows)
    assert index.scenario("urge").replies[0].text == "立刻发"
    assert index_state([library]) == (path_of(library), "up to date")


def test_other_code_makes_another_index(library: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(library)
    monkeypatch.setattr(cache, "MAKERS", (*cache.MAKERS, "rank"))
    assert load(library)[1]


# --- cleaning up ----------------------------------------------------------------------------------------------------


def test_the_oldest_indexes_are_removed(library: Path, folder: Path, tmp_path: Path) -> None:
    paths = []
    for i in range(cache.KEEP + 3):
        copy = tmp_path / f"copy{i}"
        shutil.copytree(library, copy)
        load(copy)
        paths.append(path_of(copy))
        os.utime(paths[-1], (1_000_000 + i, 1_000_000 + i))
    assert names(folder) == sorted(p.name for p in paths[-cache.KEEP :])


def test_the_index_just_built_stays_though_the_clock_was_set_back(library: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    for i in range(cache.KEEP + 3):
        write(folder / f"{i}.index", "")
        os.utime(folder / f"{i}.index", (4_000_000_000 + i, 4_000_000_000 + i))
    load(library)
    newest = [f"{i}.index" for i in range(4, cache.KEEP + 3)]
    assert names(folder) == sorted([path_of(library).name, *newest])


def test_other_files_are_left_alone(library: Path, folder: Path) -> None:
    write(folder / "notes.txt", "mine")
    os.utime(folder / "notes.txt", (0, 0))
    load(library)
    assert "notes.txt" in names(folder)


def test_each_combination_of_folders_has_a_file_of_its_own(library: Path, folder: Path, tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    write(upper / "in_sale" / "urge.yaml", URGE.replace("马上发", "立刻发"))
    for layers in ([library], [library, upper], [upper, library]):
        assert load(*layers)[1]
    assert [load(*layers)[1] for layers in ([library], [library, upper], [upper, library])] == [False] * 3
    assert len(names(folder)) == 3
    assert load(library, upper)[0].scenario("urge").replies[0].text == "立刻发"
    assert load(upper, library)[0].scenario("urge").replies[0].text == "马上发"


# --- nothing in it is ever run --------------------------------------------------------------------------------------


def test_nothing_unpickles_or_evaluates() -> None:
    """An index is data: whoever can write to the cache must not be able to run code."""
    package = Path(cs_helper.__file__).parent
    for path in package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            imported += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {"pickle", "marshal", "shelve", "dbm", "dill", "joblib"} & {i.split(".")[0] for i in imported}, (
                path
            )
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "compile", "__import__"), path
