"""What a benchmark measured: medians and spread over the rounds, as a table and as JSON lines."""

import json
import platform
import statistics
from dataclasses import dataclass, field


@dataclass
class Round:
    """One measurement of ours and, right beside it, of the limit."""

    value: float
    limit: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0


@dataclass
class Figure:
    """One named figure. `ratio` is the median of the rounds' ratios, so that a noisy machine cancels out.
    `goal` is what the issue asks for: a rate, or a ratio where it is below 10; `goal_p99_ms` is what it asks
    of the 99th percentile."""

    name: str
    unit: str
    limit_name: str
    goal: float = 0.0
    goal_p99_ms: float = 0.0
    rounds: list = field(default_factory=list)
    rss_mb: float = 0.0

    def median(self, attribute):
        return statistics.median(getattr(each, attribute) for each in self.rounds)

    def ratio(self):
        return statistics.median(each.value / each.limit for each in self.rounds)

    def table(self):
        head = (
            f"{'round':>6} {self.name:>16} {self.limit_name:>28} {'ratio':>7} {'p50 ms':>8} {'p99 ms':>8}"
        )
        digits = 0 if self.rounds[0].limit > 1000 else 1
        rows = [
            f"{index:>6} {each.value:>14,.{digits}f}/s {each.limit:>26,.{digits}f}/s"
            f" {each.value / each.limit:>7.2f}"
            f" {each.p50_ms:>8.2f} {each.p99_ms:>8.2f}"
            for index, each in enumerate(self.rounds, 1)
        ]
        return "\n".join([head, *rows, *self.verdict()])

    def verdict(self):
        """Whether each goal is met, as lines of the table."""
        lines = []
        if self.goal:
            is_ratio = self.goal < 10
            reached = self.ratio() if is_ratio else self.median("value")
            goal = f"ratio ≥ {self.goal:.2f}" if is_ratio else f"≥ {self.goal:,.0f}/s"
            lines.append(judged(goal, reached >= self.goal))
        if self.goal_p99_ms:
            goal = f"p99 ≤ {self.goal_p99_ms:g} ms"
            lines.append(judged(goal, self.median("p99_ms") <= self.goal_p99_ms))
        return lines

    def json_line(self):
        values = [each.value for each in self.rounds]
        return json.dumps(
            {
                "name": self.name,
                "value": significant(self.median("value")),
                "unit": self.unit,
                "limit": significant(self.median("limit")),
                "limit_name": self.limit_name,
                "ratio": round(self.ratio(), 3),
                "p50_ms": round(self.median("p50_ms"), 2),
                "p99_ms": round(self.median("p99_ms"), 2),
                "rss_mb": round(self.rss_mb, 1),
                "spread": [significant(min(values)), significant(max(values))],
                "machine": machine(),
            }
        )


def judged(goal, met):
    return f"goal {goal}: {'met' if met else 'missed'}"


@dataclass
class TimeFigure:
    """One named time, memory or the like beside its goal, which it must not pass."""

    name: str
    value: float
    unit: str
    goal: float
    p50_ms: float
    p99_ms: float
    rss_mb: float = 0.0
    spread: tuple = ()

    def json_line(self):
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 2),
                "unit": self.unit,
                "limit": self.goal,
                "limit_name": "goal",
                "ratio": round(self.value / self.goal, 3),
                "p50_ms": round(self.p50_ms, 2),
                "p99_ms": round(self.p99_ms, 2),
                "rss_mb": round(self.rss_mb, 1),
                "spread": [round(each, 2) for each in self.spread],
                "machine": machine(),
            }
        )


def significant(rate):
    """A rate for the JSON line: whole, or with two decimals where it is small."""
    return round(rate) if rate >= 1000 else round(rate, 2)


def machine():
    """Processor, cores and memory: figures of two machines cannot be compared."""
    model, memory_kb = platform.processor() or platform.machine(), 0
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        lines = [line for line in file if line.startswith("model name")]
    if lines:
        model = lines[0].split(":", 1)[1].strip()
    with open("/proc/meminfo", encoding="utf-8") as file:
        memory_kb = int(file.readline().split()[1])
    return f"{model}, {len(lines)} cores, {memory_kb // 1024 // 1024} GiB"
