"""The parts a running system stands on: throw-away PostgreSQL, Kafka and SMTP servers, the `esm` processes.

Shared by run, the demo, the tests and the benches. Standard library only, so that a bare python3 runs it.
"""
