"""Calls that open, serve, write or remove what a path names.

`copy` and `move` have two paths: what is taken, and where it goes. `look` and `store` read and
write like any other, but names from data are what they are for: only those of callers matter.
Sources: the libraries' reference pages.
"""

from __future__ import annotations

from whence.flow.tables.sink import Sink, each

PATHS: dict[str, Sink] = {
    **each("PathUse", ("file",), "read", "open", "io.open", "aiofiles.open", "codecs.open"),
    **each("PathUse", ("path",), "look", "os.open", "os.listdir", "os.scandir"),
    **each("PathUse", ("filename",), "look", "gzip.open", "bz2.open", "lzma.open"),
    **each("PathUse", ("file",), "read", "anyio.open_file", "linecache.getlines"),
    **each("PathUse", ("fp",), "look", "PIL.Image.open"),
    **each("PathUse", (), "delete", "os.remove", "os.unlink", "os.rmdir", "os.removedirs"),
    **each("PathUse", ("path",), "delete", "shutil.rmtree"),
    **each("PathUse", (), "serve", "flask.send_file", "quart.send_file"),
    **each("PathUse", ("directory",), "serve", "flask.send_from_directory"),
    **each("PathUse", (), "serve", "django.http.FileResponse"),
    **each("PathUse", ("path",), "serve", "fastapi.responses.FileResponse"),
    **each("PathUse", ("path",), "serve", "starlette.responses.FileResponse"),
    **each("PathUse", ("path",), "serve", "aiohttp.web.FileResponse"),
    **each("PathUse", ("location",), "serve", "sanic.response.file", "sanic.response.file_stream"),
    **each(
        "PathUse", (), "read", "pathlib.Path().read_text", "pathlib.Path().read_bytes", position=-1
    ),
    **each(
        "PathUse",
        (),
        "write",
        "pathlib.Path().write_text",
        "pathlib.Path().write_bytes",
        position=-1,
    ),
    **each("PathUse", (), "read", "pathlib.Path().open", position=-1),
    **each("PathUse", (), "look", "pathlib.Path().iterdir", position=-1),
    **each("PathUse", (), "delete", "pathlib.Path().unlink", "pathlib.Path().rmdir", position=-1),
    **each("PathUse", ("target",), "write", "pathlib.Path().rename", "pathlib.Path().replace"),
    **each(
        "PathUse",
        ("dst",),
        "copy",
        "shutil.copy",
        "shutil.copy2",
        "shutil.copyfile",
        "shutil.copytree",
        position=1,
    ),
    **each("PathUse", ("dst",), "move", "shutil.move", "os.rename", "os.replace", position=1),
    **each(
        "PathUse",
        ("dst",),
        "write",
        "werkzeug.datastructures.FileStorage().save",
        "flask.request.files[].save",
        "quart.request.files[].save",
        "bottle.request.files[].save",
    ),
    **each("PathUse", ("file",), "store", "numpy.save", "numpy.savez", "numpy.savetxt"),
    **each("PathUse", ("f",), "store", "torch.save", position=1),
    **each("PathUse", ("filename",), "store", "joblib.dump", position=1),
    **each("PathUse", ("filename",), "look", "openpyxl.load_workbook"),
    **each(
        "PathUse",
        ("filename",),
        "store",
        "openpyxl.Workbook().save",
        "openpyxl.load_workbook().save",
    ),
    **each("PathUse", ("docx",), "look", "docx.Document"),
    **each("PathUse", ("pptx",), "look", "pptx.Presentation"),
    **each("PathUse", ("filename",), "look", "fitz.open", "pymupdf.open"),
    **each("PathUse", ("path_or_stream",), "store", "docx.Document().save"),
    **each("PathUse", ("file",), "store", "pptx.Presentation().save"),
    **each(
        "PathUse",
        ("fp",),
        "store",
        "PIL.Image.open().save",
        "PIL.Image.new().save",
        "PIL.Image.fromarray().save",
        "PIL.Image.Image().save",
    ),
    **each("PathUse", ("fname",), "store", "matplotlib.pyplot.savefig"),
    **each(
        "PathUse",
        ("path_or_buf", "path", "excel_writer"),
        "store",
        "pandas.DataFrame().to_excel",
        "pandas.DataFrame().to_pickle",
        "pandas.ExcelWriter",
    ),
    **each(
        "PathUse",
        ("path_or_buf", "path"),
        "store",
        "pandas.DataFrame().to_csv",
        "pandas.DataFrame().to_json",
        "pandas.DataFrame().to_parquet",
    ),
}
