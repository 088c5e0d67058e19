#!/usr/bin/python3
"""A real Kafka 3.9.1 broker in KRaft mode on 127.0.0.1: broker and controller in one process, one node.

    tools/parts/kafka.py start --dir DIR --port PORT        the controller listens on PORT + 1
    tools/parts/kafka.py stop|kill|remove --dir DIR
    tools/parts/kafka.py fetch                              downloads the jars, prints their folder
The jars come from $KAFKA_HOME if set, else through Maven into ~/.cache/esm/kafka-3.9.1.
"""

import argparse
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from parts.process import PartError, Process, require_free_ports, wait_until  # noqa: E402

VERSION = "3.9.1"
CLUSTER_ID = "ZXNtLXRocm93LWF3YXktMQ"
METADATA_KEY, METADATA_VERSION = 3, 1

SERVER_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
num.partitions=4
auto.create.topics.enable=true
default.replication.factor=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.segment.bytes=67108864
log.cleaner.dedupe.buffer.size=2097152
message.max.bytes=2097152
broker.session.timeout.ms=6000
broker.heartbeat.interval.ms=1000
"""


def jars():
    """The folder with the jars, fetched through Maven when neither $KAFKA_HOME nor the cache has them."""
    home = os.environ.get("KAFKA_HOME")
    if home:
        found = Path(home) / "libs"
        if not list(found.glob("kafka_2.*.jar")):
            raise PartError(f"KAFKA_HOME is {home}, but {found} has no kafka_2.*.jar")
        return found
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "esm" / f"kafka-{VERSION}"
    if cache.is_dir():
        return cache
    if not shutil.which("mvn"):
        raise PartError("Kafka's jars need Maven: run tools/install_dependencies test, or set KAFKA_HOME")
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="kafka-", dir=cache.parent))
    pom = Path(__file__).resolve().parents[1] / "kafka" / "pom.xml"
    command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={partial}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(partial)
        raise PartError(f"Maven could not fetch Kafka {VERSION}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    try:
        partial.rename(cache)
    except OSError:  # Another run was faster; its copy is as good.
        shutil.rmtree(partial)
    return cache


class Kafka:
    """One broker in `directory`, reached at `bootstrap`. Topics appear at first use, four partitions."""

    def __init__(self, directory, port):
        self.directory = Path(directory).resolve()
        self.port = port
        self.bootstrap = f"127.0.0.1:{port}"
        self.process = Process("kafka", self.directory)

    def start(self, detached=False, timeout_s=90.0, wait=True):
        """Formats the log folder where it is new, starts the broker and waits until it answers requests."""
        require_free_ports({self.port: "Kafka", self.port + 1: "Kafka's controller"})
        if not shutil.which("java"):
            raise PartError("Kafka needs Java 17: run tools/install_dependencies test")
        data = self.directory / "kafka.data"
        data.mkdir(parents=True, exist_ok=True)
        (self.directory / "kafka.port").write_text(f"{self.port}\n")
        properties = self.directory / "kafka.properties"
        properties.write_text(
            SERVER_PROPERTIES.format(port=self.port, controller=self.port + 1, data=data)
        )
        if not (data / "meta.properties").exists():
            self._format(properties)
        self.process.start([*self._java("512m"), "kafka.Kafka", properties], detached=detached)
        if wait:
            self.wait_ready(timeout_s)
        return self

    def wait_ready(self, timeout_s=90.0):
        wait_until(self.ready, timeout_s, f"Kafka on port {self.port}", self.process)

    def ready(self):
        """True once the broker answers a metadata request and knows its controller."""
        body = struct.pack(">hhih3si", METADATA_KEY, METADATA_VERSION, 1, 3, b"esm", 0)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2.0) as connection:
                connection.sendall(struct.pack(">i", len(body)) + body)
                answer = connection.makefile("rb")
                size = struct.unpack(">i", answer.read(4))[0]
                reply = answer.read(size)
        except (OSError, struct.error):
            return False
        brokers = struct.unpack_from(">i", reply, 4)[0]
        if brokers != 1:
            return False
        host_length = struct.unpack_from(">h", reply, 12)[0]
        # correlation id, broker count, node id, host, port, no rack; then the controller's node id.
        return struct.unpack_from(">i", reply, 14 + host_length + 4 + 2)[0] == 1

    def stop(self):
        self.process.stop(timeout_s=60.0)

    def kill(self):
        """kill -9 of the broker."""
        self.process.kill()

    def restart(self):
        if self.process.running():
            self.stop()
        return self.start()

    def remove(self):
        """Stops the broker and deletes its data."""
        if self.process.running():
            self.kill()
        shutil.rmtree(self.directory / "kafka.data", ignore_errors=True)
        for name in ("properties", "port"):
            (self.directory / f"kafka.{name}").unlink(missing_ok=True)

    @staticmethod
    def _java(heap):
        command = ["java", "-Xms128m", f"-Xmx{heap}", "-XX:+UseSerialGC", "-Djava.awt.headless=true"]
        command += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"]
        command += ["-Dorg.slf4j.simpleLogger.showDateTime=true"]
        command += ["-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS"]
        return [*command, "-cp", f"{jars()}/*"]

    def _format(self, properties):
        command = [*self._java("128m"), "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        command += ["-t", CLUSTER_ID, "-c", str(properties)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PartError(f"kafka-storage format: {done.stdout[-1000:]}{done.stderr[-1000:]}")


def main():
    parser = argparse.ArgumentParser(description=f"A Kafka {VERSION} broker in KRaft mode.")
    parser.add_argument("command", choices=["start", "stop", "kill", "remove", "fetch"])
    parser.add_argument("--dir", help="folder of the broker, its log and pid")
    parser.add_argument("--port", type=int, help="TCP port on 127.0.0.1 (for start)")
    options = parser.parse_args()
    if options.command == "fetch":
        print(jars())
        return
    if options.dir is None:
        parser.error("--dir is needed")
    port_file = Path(options.dir) / "kafka.port"
    port = options.port or (int(port_file.read_text()) if port_file.exists() else None)
    if port is None and options.command == "start":
        parser.error("--port is needed where no broker was started in --dir yet")
    broker = Kafka(options.dir, port)
    if options.command == "start":
        broker.start(detached=True)
        print("KAFKA", broker.bootstrap)
    else:
        getattr(broker, options.command)()


if __name__ == "__main__":
    try:
        main()
    except PartError as error:
        sys.exit(f"tools/parts/kafka.py: {error}")
