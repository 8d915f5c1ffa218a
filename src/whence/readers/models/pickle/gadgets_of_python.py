"""Names of the standard library that turn unpickling into something else than data.

The format of the tables is told in `gadgets`.
"""

from __future__ import annotations

from typing import Final

EXECUTE: Final = """
builtins: eval exec compile execfile breakpoint help input exit quit apply
mock.*: *
os: system popen popen2 popen3 popen4 execl execle execlp execlpe execv execve execvp execvpe \
spawnl spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe posix_spawn posix_spawnp \
startfile fork forkpty kill killpg _exit abort putenv unsetenv environ environb setuid setgid seteuid \
setegid setgroups setsid dup dup2 login_tty add_dll_directory _execvpe _spawnvef _execvp pipe
posix: *
_aix_support: *
_osx_support: *
_bootsubprocess: *
_pyrepl.*: *
_sitebuiltins: *
typing: get_type_hints _eval_type evaluate_forward_ref ForwardRef._evaluate
annotationlib: a*
string: Formatter.format Formatter.vformat Formatter.get_field
nt: *
subprocess: *
_posixsubprocess: *
_winapi: *
commands: *
popen2: *
pty: *
tty: *
ctypes.*: *
_ctypes: *
code: *
codeop: *
pdb: *
bdb: *
timeit: *
trace: *
profile: *
cProfile: *
_lsprof: *
pstats: *
doctest: *
pydoc: *
cmd: *
idlelib.*: *
ensurepip.*: *
venv.*: *
distutils.*: *
test.*: *
unittest.*: *
asyncio.*: *
_asyncio: *
multiprocessing.*: *
_multiprocessing: *
concurrent.*: *
_xxsubinterpreters: *
_interpreters: *
_testcapi: *
_testinternalcapi: *
threading: Thread Timer _start_new_thread _bootstrap_inner Thread.start Thread.run
_thread: start_new_thread start_new interrupt_main
signal: *
atexit: *
sched: *
platform: popen _syscmd_* architecture
webbrowser: *
antigravity: *
this: *
types: FunctionType LambdaType CodeType MethodType BuiltinFunctionType
logging.config: *
logging: FileHandler basicConfig config.*
sqlite3.*: *
_sqlite3: *
readline: *
rlcompleter: *
turtledemo.*: *
xmlrpc.*: *
wsgiref.*: *
cgitb: *
cgi: *
uuid: _get_command_stdout _popen _find_mac _find_mac_* _arp_getnode _ifconfig_getnode _ip_getnode \
_ipconfig_getnode _lanscan_getnode _netbios_getnode _netstat_getnode _ifconfig_getter getnode
pipes: *
winreg: *
_winreg: *
nturl2path: *
imp: *
crypt: *
curses.*: *
tkinter.*: *
turtle: *
msilib.*: *
"""

NETWORK: Final = """
socket: *
_socket: *
ssl: *
_ssl: *
socketserver: *
http.*: *
httplib: *
urllib.request: *
urllib.robotparser: *
urllib: urlopen urlretrieve URLopener FancyURLopener
urllib2: *
ftplib: *
smtplib: *
smtpd: *
poplib: *
imaplib: *
nntplib: *
telnetlib: *
asyncore: *
asynchat: *
select: *
selectors: *
"""

FILE_WRITE: Final = """
shutil: *
tempfile: * _TemporaryFileCloser
zipfile.*: *
tarfile: *
os: remove unlink rename renames replace rmdir removedirs mkdir makedirs chmod chown lchown link \
symlink truncate write ftruncate mknod mkfifo utime chroot chdir fdopen
logging.handlers: *
dbm.*: *
dbm.dumb: * _Database
shelve: *
mailbox: *
py_compile: *
compileall: *
zipapp: *
gzip: open GzipFile
bz2: open BZ2File
lzma: open LZMAFile
distutils.file_util: *
"""

_PATHS: Final = ("Path", "PosixPath", "WindowsPath")
_PATH_METHODS: Final = """
read_text read_bytes write_text write_bytes open unlink touch rename replace mkdir rmdir chmod lchmod
symlink_to hardlink_to link_to iterdir glob rglob walk copy copy_into move move_into
"""
_OF_PATHS: Final = " ".join(f"{owner}.{name}" for owner in _PATHS for name in _PATH_METHODS.split())

FILE_READ: Final = f"""
pathlib: {_OF_PATHS}
pathlib._local: {_OF_PATHS}
builtins: open file
io: open open_code FileIO
_io: open open_code FileIO
_pyio: *
codecs: open StreamReaderWriter EncodedFile
tokenize: open
os: open read listdir scandir walk fwalk getenv environb readlink stat
linecache: *
fileinput: *
mmap: *
glob: *
netrc: *
pkgutil: *
zipimport: *
filecmp: *
pwd: *
grp: *
spwd: *
"""

IMPORT: Final = """
pkgutil: resolve_name get_loader find_loader get_data ImpImporter extend_path
builtins: __import__
importlib.*: *
_frozen_importlib: *
_frozen_importlib_external: *
_imp: *
runpy: *
site: *
sysconfig: *
modulefinder: *
pyclbr: *
"""

DYNAMIC: Final = """
builtins: setattr delattr globals locals vars __build_class__ __loader__ __spec__ \
object.__reduce__ object.__reduce_ex__ type.__call__
sys: *
gc: *
inspect: *
symtable: *
operator: call __call__ setitem delitem
_operator: call __call__ setitem delitem
functools: reduce
_functools: reduce
copyreg: pickle add_extension remove_extension constructor dispatch_table _inverted_registry \
_extension_registry _extension_cache clear_extension_cache
copy_reg: pickle add_extension constructor
weakref: finalize
types: resolve_bases prepare_class coroutine
faulthandler: *
tracemalloc: *
lib2to3.*: *
getpass: *
"""

DENIAL: Final = """
time: sleep
os: nice
resource: *
"""

DESERIALIZE: Final = """
pickle: load Unpickler _load _Unpickler
_pickle: load Unpickler
cPickle: load Unpickler
pickletools: *
marshal: load loads
"""

BY_DESIGN: Final = """
xml.*: *
ast: *
dis: *
configparser: *
contextlib: *
optparse: *
argparse: *
typing: ForwardRef
types: new_class
string: Formatter
functools: singledispatch cached_property partialmethod update_wrapper wraps singledispatchmethod
itertools: *
builtins: map filter type classmethod staticmethod super
operator: methodcaller attrgetter
_operator: methodcaller attrgetter
"""
