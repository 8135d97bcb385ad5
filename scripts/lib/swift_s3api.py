"""An OpenStack Swift with the S3 API (s3api) for tests: all of it in one process, on loopback.

    SWIFT_ACCESS_KEY=account:user SWIFT_SECRET_KEY=… /usr/bin/python3 swift_s3api.py DIRECTORY PORT

Needs the code of Debian's python3-swift, none of its services. Account, container, object and proxy server are loaded
here, each backend with a ring of one device in DIRECTORY, whose file system must keep extended attributes. The daemons
of a real cluster are missing: nothing is replicated, and what could not be updated at once stays as it is.
"""

import getpass
import json
import os
import pathlib
import signal
import sys
import time

import eventlet
import eventlet.wsgi
from swift.common import utils

COMMON = """[DEFAULT]
swift_dir = {directory}
devices = {directory}/devices
mount_check = false
bind_ip = 127.0.0.1
bind_port = {port}
user = {user}
log_address = {directory}/no-syslog
log_level = WARNING
disable_fallocate = true
fallocate_reserve = 0
# A loaded machine must not look like a broken node.
node_timeout = 60
recoverable_node_timeout = 60
conn_timeout = 10
client_timeout = 120
container_update_timeout = 60
"""

BACKEND = """
[pipeline:main]
pipeline = {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
"""

# s3api wants the bulk and the large-object middleware; tempauth knows the secret that it checks signatures with.
PROXY = """
[pipeline:main]
pipeline = catch_errors gatekeeper s3api tempauth bulk slo dlo proxy-server

[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:gatekeeper]
use = egg:swift#gatekeeper

[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_upload_part_num = 10000
multi_delete_concurrency = 16

[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{name} = {secret} .admin

[filter:bulk]
use = egg:swift#bulk

[filter:slo]
use = egg:swift#slo

[filter:dlo]
use = egg:swift#dlo
"""


class Cache:
    """What a memcached is to the proxy, which will not do without one."""

    def __init__(self):
        self.values = {}

    def get(self, key, **_):
        text, end = self.values.get(key, ("null", 0))
        return json.loads(text) if end == 0 or end > time.monotonic() else None

    def set(self, key, value, **options):
        seconds = options.get("time", 0)
        self.values[key] = (json.dumps(value), time.monotonic() + seconds if seconds > 0 else 0)

    def incr(self, key, delta=1, **options):
        value = max(0, int(self.get(key) or 0) + int(delta))
        self.set(key, value, **options)
        return value

    def delete(self, key, **_):
        self.values.pop(key, None)


def with_cache(application):
    cache = Cache()

    def answer(environment, start_response):
        environment["swift.cache"] = cache
        return application(environment, start_response)

    return answer


def serve(directory, port):
    account, _, name = os.environ["SWIFT_ACCESS_KEY"].partition(":")
    device = directory / "devices" / "disk"
    device.mkdir(parents=True, exist_ok=True)
    try:
        os.setxattr(device, "user.swift.test", b"1")
    except OSError as error:
        sys.exit(f"error: {directory} keeps no extended attributes ({error.strerror}); set TMPDIR to a place that does")
    (directory / "swift.conf").write_text("[swift-hash]\nswift_hash_path_suffix = satchel\n")

    utils.eventlet_monkey_patch()
    # All that Swift has to say goes to standard error.
    get_logger = utils.get_logger
    utils.get_logger = lambda *arguments, **named: get_logger(*arguments, **named | {"log_to_console": True})
    # The rest of Swift looks for /etc/swift when it is imported.
    utils.set_swift_dir(str(directory))
    from swift.common.ring import RingBuilder
    from swift.common.wsgi import SwiftHttpProtocol, loadapp

    utils.disable_fallocate()
    utils.FALLOCATE_RESERVE = 0

    servers = []
    for kind in ("account", "container", "object"):
        listener = eventlet.listen(("127.0.0.1", 0), backlog=512)
        own = listener.getsockname()[1]
        builder = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
        builder.add_dev(
            {"id": 0, "region": 1, "zone": 1, "weight": 1.0, "ip": "127.0.0.1", "port": own, "device": device.name}
        )
        builder.rebalance()
        builder.get_ring().save(str(directory / f"{kind}.ring.gz"))
        servers.append((kind, own, listener, BACKEND))
    servers.append(("proxy", port, eventlet.listen(("127.0.0.1", port), backlog=512), PROXY))

    for kind, own, listener, template in servers:
        path = directory / f"{kind}-server.conf"
        path.touch(mode=0o600)
        path.write_text(
            (COMMON + template).format(
                directory=directory,
                port=own,
                user=getpass.getuser(),
                kind=kind,
                account=account,
                name=name,
                secret=os.environ["SWIFT_SECRET_KEY"],
            )
        )
        application = loadapp(str(path), global_conf={"log_name": f"{kind}-server"})
        # As swift.common.wsgi.run_server does, which wants a process for each server.
        eventlet.spawn(
            eventlet.wsgi.server,
            listener,
            with_cache(application) if kind == "proxy" else application,
            utils.NullLogger(),
            protocol=SwiftHttpProtocol,
            socket_timeout=120,
            capitalize_response_headers=False,
        )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    serve(pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]))
    while True:
        eventlet.sleep(3600)
