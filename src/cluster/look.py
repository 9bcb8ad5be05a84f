"""
Looks at what is behind a cluster's address before anything is given to it: whether Ray's head answers there and takes the
token, and which of its nodes answer. Ray itself tries for a minute or two, and says less.

usage: python look.py ADDRESS   prints what `look` gives, as one line of JSON
"""
import concurrent.futures
import json
import os
import socket
import sys
import threading

# Seconds in which a port has to take a connection, and a head to answer: it needs milliseconds
CONNECTED, ANSWERED = 10, 20


def look(address):
    """
    Says what is at "auto" or HOST:PORT, as an event: a "cluster" with its nodes; "unreachable", with why; "mute", where
    something takes the connection and does not answer as Ray's head does; "refused", where it takes no token of ours.
    """
    try:
        if address != "auto":
            connect(address)  # before Ray is loaded, which takes seconds
        from ray._private.services import canonicalize_bootstrap_address_or_die

        head = canonicalize_bootstrap_address_or_die(address)
        connect(head)
    except (OSError, ValueError) as error:
        return {"event": "unreachable", "message": str(error)}
    asked = {}
    asking = threading.Thread(target=lambda: asked.update(ask(address, head)), daemon=True)
    asking.start()
    asking.join(ANSWERED)
    return asked or {"event": "mute", "head": head}


def connect(address):
    host, port = address.rsplit(":", 1)
    socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECTED).close()


def ask(address, head):
    from ray._private.authentication import authentication_token_setup as token
    from ray._raylet import GcsClient
    from ray.exceptions import AuthenticationError, RayError

    try:
        if address == "auto":  # Ray's own rule: of a cluster that is named the mode has to be as well
            token.maybe_enable_token_auth_if_token_available(warn_if_disabled=False)
        token.ensure_token_if_auth_enabled(None, create_token_if_missing=False)
        nodes = GcsClient(address=head).get_all_node_info(timeout=ANSWERED).values()
    except AuthenticationError:
        return {"event": "refused", "head": head, **given()}
    except RayError as error:
        return {"event": "mute", "head": head, "message": str(error)}
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        return {"event": "cluster", "head": head, "nodes": list(pool.map(node_of, nodes))}


def given():
    """Where the token comes from that Ray takes, without the token: "none", a variable's name, or a file's."""
    from ray._raylet import AuthenticationMode, get_authentication_mode

    mode = "token" if get_authentication_mode() == AuthenticationMode.TOKEN else "none"
    file = os.path.expanduser("~/.ray/auth_token")
    sources = [name for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH") if os.environ.get(name)]
    return {"mode": mode, "token": next(iter(sources), file if os.path.exists(file) else "none")}


def node_of(info):
    """A node as the head knows it, and whether it answers: the head itself notices after some 15 seconds."""
    address, resources = info.node_manager_address, info.resources_total
    alive = info.state == 0
    return {
        "name": f"{info.node_manager_hostname} ({address})",
        "cpus": resources.get("CPU", 0),
        "gpus": resources.get("GPU", 0),
        "answers": alive and takes_connection(address, info.node_manager_port),
        "here": alive and is_here(address),
    }


def takes_connection(host, port):
    try:
        socket.create_connection((host, port), timeout=CONNECTED).close()
        return True
    except OSError:
        return False


def is_here(address):
    """Whether an address is this machine's: only such a one can be bound."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as bound:
            bound.bind((address, 0))
        return True
    except OSError:
        return False


if __name__ == "__main__":
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Ray prints is no event
    lines.write(json.dumps(look(sys.argv[1])) + "\n")
    lines.flush()
    os._exit(0)  # whatever of Ray still waits for an answer
