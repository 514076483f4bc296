"""JupyterHub's configuration for this class, used by `python -m hub` on the prepared machine."""

import sys
from pathlib import Path

from hub.classroom import ROOT, load_classroom, sockets_of

c = get_config()  # noqa: F821  (JupyterHub provides it)

HERE = ROOT / "hub"
BIN = Path(sys.executable).parent
PATH = f"{BIN}:/usr/local/bin:/usr/bin:/bin"
PAGES = "units"  # the service of the students' pages
MINUTES_PER_REQUEST = 30  # autograding a class is one request of the formgrader

classroom = load_classroom()

# Addresses. Only the first can be reached from other machines.
c.JupyterHub.bind_url = classroom.address
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{classroom.port(1)}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{classroom.port(2)}"
c.ConfigurableHTTPProxy.command = [
    sys.executable,
    str(HERE / "proxy.py"),
    f"--proxy-timeout={MINUTES_PER_REQUEST * 60 * 1000}",
]
c.ConfigurableHTTPProxy.pid_file = str(classroom.state / "proxy.pid")

# The Hub's own state.
c.JupyterHub.db_url = f"sqlite:///{classroom.state}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(classroom.state / "cookie_secret")
c.JupyterHub.cleanup_servers = True

# Users and their roles.
c.Authenticator.allowed_users = set(classroom.people)
c.JupyterHub.load_groups = {
    classroom.students_group: {"users": list(classroom.people)},
    classroom.instructors_group: {"users": list(classroom.instructors)},
}
c.JupyterHub.load_roles = [
    {
        # Requests that each user's server may make: nbgrader asks the Hub whose course this is.
        "name": "server",
        "scopes": [
            "users:activity!user",
            "access:servers!server",
            "read:users:name!user",
            "read:users:groups!user",
        ],
    },
    {
        "name": classroom.instructors_group,
        "description": "Open the formgrader",
        "groups": [classroom.instructors_group],
        "scopes": [f"access:services!service={classroom.course}"],
    },
    {
        "name": "units",
        "description": "Open the page of one's own units",
        "groups": [classroom.students_group],
        "scopes": [f"access:services!service={PAGES}"],
    },
]

# A server for each student and instructor.
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
c.Spawner.environment = {
    "PATH": PATH,
    "JUPYTER_CONFIG_PATH": str(HERE / "student"),
    "RESNET_COURSE_ID": classroom.course,
    "RESNET_COURSE_EXCHANGE": str(classroom.exchange),
}
c.Spawner.start_timeout = 120  # thirty servers that start together share the processors
c.Spawner.http_timeout = 120

# The formgrader: one server for all instructors, which runs as the account that owns the course.
c.JupyterHub.services = [
    {
        "name": classroom.course,
        "url": f"http://127.0.0.1:{classroom.port(3)}",
        "command": [
            str(BIN / "jupyterhub-singleuser"),
            f"--ServerApp.root_dir={classroom.course_folder}",
        ],
        "cwd": str(classroom.course_folder),
        "environment": {
            "PATH": PATH,
            "JUPYTER_CONFIG_PATH": str(HERE / "formgrader"),
            "JUPYTERHUB_DEFAULT_URL": "/formgrader",
        },
        "oauth_no_confirm": True,
        **({"user": classroom.account} if classroom.apart else {}),
    },
    # What everybody has in each unit. It reads the course's folder, as the account that owns it.
    {
        "name": PAGES,
        "url": f"http://127.0.0.1:{classroom.port(4)}",
        "command": [sys.executable, "-m", "hub.pages", str(classroom.course_folder)],
        "cwd": str(classroom.course_folder),
        "environment": {"PATH": PATH, "PYTHONPATH": str(ROOT)},
        "oauth_no_confirm": True,
        **({"user": classroom.account} if classroom.apart else {}),
    },
]

# The watcher grades what is submitted. It ends with the Hub, which starts it again should it end alone.
if classroom.watch:
    c.JupyterHub.services.append(
        {
            "name": "watch",
            "command": [
                str(BIN / "kerasgrader"),
                "watch",
                f"--root={classroom.course_folder}",
            ],
            "cwd": str(classroom.course_folder),
            "environment": {"PATH": PATH},
            **({"user": classroom.account} if classroom.apart else {}),
        }
    )

if classroom.apart:
    # Kernels use sockets in the account's home, not ports, on which others could listen. The path
    # of a socket has at most 107 characters, so its folder must have a short one.
    SOCKETS = "--KernelManager.transport=ipc"
    c.Spawner.args = [SOCKETS]
    c.Spawner.environment["JUPYTER_RUNTIME_DIR"] = lambda spawner: str(
        sockets_of(spawner.user.name)
    )
    formgrader = c.JupyterHub.services[0]
    formgrader["command"].append(SOCKETS)
    formgrader["environment"]["JUPYTER_RUNTIME_DIR"] = str(sockets_of(classroom.account))
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
else:
    WARNING = (
        "A trial: everybody here shares one account of this machine. Students are not kept apart from one "
        "another, nor from the solutions and the marks. Start the Hub as root for a class."
    )
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = (classroom.state / "password").read_text().strip()
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = f"{classroom.homes}/{{username}}"
    c.JupyterHub.template_vars = {"announcement": WARNING}
