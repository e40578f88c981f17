"""Re-packed wheels hold the same program, compiled, and the same bytes each time."""

import importlib.util
import io
import marshal
import zipfile

import pytest
from live_repack import byte_code, repack

FILES = {
    "pack/__init__.py": b"answer = 42\n",
    "pack/broken.py": b"def (:\n",
    "pack/fast.cpython-312-wasm32-emscripten.so": b"\0asm",
    "pack/fast.pyx": b"cdef",
    "pack/data.csv": b"a,b\n",
    "pack-1.0.dist-info/LICENSE": b"free",
    "matplotlib/font_manager.py": b"class FontManager:\n    __version__ = 330\n",
    "matplotlib/fontlist.json": b'{\n  "_version": 390, "a": 390}',
}


def archive(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.mkdir("pack")
        for name, data in files.items():
            file.writestr(name, data)
    return content.getvalue()


def read(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def packed():
    return tuple(map(read, repack(archive(FILES))))


def test_modules_are_compiled_and_run_without_their_source(packed, tmp_path):
    wheel, _ = packed
    assert "pack/__init__.py" not in wheel
    (tmp_path / "module.pyc").write_bytes(wheel["pack/__init__.pyc"])
    spec = importlib.util.spec_from_file_location("module", tmp_path / "module.pyc")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.answer == 42


def test_tracebacks_name_the_file_where_the_source_will_be():
    code = marshal.loads(byte_code("pack/__init__.py", b"1\n")[16:])
    assert code.co_filename == "/lib/python3.12/site-packages/pack/__init__.py"


def test_sources_go_into_an_archive_of_their_own(packed):
    _, sources = packed
    assert sources["pack/__init__.py"] == FILES["pack/__init__.py"]
    assert set(sources) == {"pack/__init__.py", "matplotlib/font_manager.py"}


def test_what_does_not_compile_stays_as_it_is(packed):
    wheel, _ = packed
    assert wheel["pack/broken.py"] == FILES["pack/broken.py"]


def test_programs_data_and_licences_stay_and_the_rest_goes(packed):
    wheel, _ = packed
    assert wheel.keys() == {
        "pack/__init__.pyc",
        "pack/broken.py",
        "pack/fast.cpython-312-wasm32-emscripten.so",
        "pack/data.csv",
        "pack-1.0.dist-info/LICENSE",
        "matplotlib/font_manager.pyc",
        "matplotlib/fontlist.json",
    }


def test_the_font_list_gets_the_number_that_is_asked_for(packed):
    wheel, _ = packed
    assert wheel["matplotlib/fontlist.json"] == b'{\n  "_version": 330, "a": 390}'


def test_the_same_wheel_gives_the_same_bytes():
    assert repack(archive(FILES)) == repack(archive(FILES))


def test_the_files_are_compressed():
    with zipfile.ZipFile(io.BytesIO(repack(archive({"a.so": b"0" * 9999}))[0])) as file:
        assert file.getinfo("a.so").compress_size < 100
