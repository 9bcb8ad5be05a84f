"""JupyterLab with Graft's settings and no other configuration: the command line's arguments alone come after them.

It listens on this machine only, with a fresh token, and says so as the running server has it, whatever was asked for.
"""
import os
import secrets
import sys
import urllib.parse
from pathlib import Path

from jupyter_core import paths

# an administrator's and an image's configuration (/etc/jupyter …) is for their own servers; cleared in place, before
# any module has read them
paths.SYSTEM_CONFIG_PATH.clear()
paths.SYSTEM_JUPYTER_PATH.clear()

import quick_schemas  # before jupyter_server, which imports jsonschema
from jupyter_server.serverapp import ServerApp
from jupyterlab.labapp import LabApp
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[3]
FIRST = os.environ.get("GRAFT_LAB_FIRST", "/lab/tree/notebooks/01-transfer-learning.ipynb")
ON_SCREEN = sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")

SETTINGS = Config({
    # its own lines of information say nothing that one has to know; `npm run lab -- --log-level=INFO` shows them
    "Application": {"log_level": "WARN"},
    "ServerApp": {
        "ip": "localhost",
        "root_dir": os.environ.get("GRAFT_LAB_ROOT", str(ROOT)),
        "allow_root": os.geteuid() == 0,
        **({} if ON_SCREEN else {"open_browser": False}),
    },
    "IdentityProvider": {"token": secrets.token_hex(24)},
    "LabApp": {"default_url": FIRST, "check_for_updates_class": "jupyterlab.NeverCheckForUpdate"},
    "MultiKernelManager": {"default_kernel_name": "graft"},
    # a kernel that ends because another process has a port of its is given others: with a cache, the same again
    "KernelManager": {"cache_ports": False},
})


class Server(ServerApp):
    """Jupyter's server, which says where it listens and for whom."""

    def start_app(self):
        super().start_app()
        self.io_loop.add_callback(self.say)  # after it has bound its port

    def say(self):
        provider = self.identity_provider
        token = getattr(provider, "token", "")
        query = f"?{urllib.parse.urlencode({'token': token})}" if token else ""
        address = urllib.parse.urljoin(self.connection_url, self.default_url) + query
        print(f"lab: JupyterLab runs {reached(self)}, {asks(provider)}:\n    {address}\nCtrl-C ends it.", flush=True)


def reached(server):
    """From where a running server is reached: by the sockets that it listens on."""
    bound = {socket.getsockname() for socket in server.http_server._sockets.values()}
    others = sorted({at[0] for at in bound if isinstance(at, tuple) and not (at[0].startswith("127.") or at[0] == "::1")})
    return f"on {' and '.join(others)}, where OTHER MACHINES reach it" if others else "on this machine only"


def asks(provider):
    """What a running server asks its visitors for."""
    if not provider.auth_enabled:
        return "and asks for NO TOKEN: whoever reaches it, other users of this machine too, can run programs as you"
    return "with a token" if getattr(provider, "token", "") else "with a password"


LabApp.serverapp_class = Server
make = LabApp.make_serverapp.__func__
LabApp.make_serverapp = classmethod(lambda cls, **options: make(cls, config=SETTINGS, **options))
LabApp.launch_instance()
