"""When schedules run, held against others: croniter for the calendar, a plain search over Python's own time
zones for clocks that jump."""

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from croniter import CroniterBadDateError, croniter

MINUTE = timedelta(minutes=1)
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
NAMES = {
    3: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(),
    4: "SUN MON TUE WED THU FRI SAT".split(),
}
EXPRESSIONS = 150
RUNS = 40


def random_field(dice, index):
    low, high = FIELDS[index]

    def item():
        kind = dice.random()
        first = dice.randint(low, high)
        if kind < 0.5:
            if index in NAMES and dice.random() < 0.4:
                return dice.choice(NAMES[index])
            return str(first)
        last = dice.randint(first, high)
        if last <= first + 1:  # croniter takes 14-14 for every day
            return str(first)
        if kind < 0.8:
            return f"{first}-{last}"
        return f"{first}-{last}/{dice.randint(1, last - first)}"

    kind = dice.random()
    if kind < 0.35:
        return "*"
    if kind < 0.5:
        return f"*/{dice.randint(1, 6 if index == 4 else high - low)}"
    return ",".join(item() for _ in range(dice.randint(1, 3)))


def random_expression(dice):
    return " ".join(random_field(dice, index) for index in range(5))


def preview(visitor, **query):
    answer = visitor.client.get("tasks", "schedules/preview", visitor.user, params=query)
    return answer.json() if answer.status_code == 200 else None


def runs(visitor, **query):
    found = preview(visitor, **query)
    return found and [datetime.fromisoformat(run["runAt"]) for run in found["runs"]]


@pytest.mark.parametrize("seconds", [False, True])
def test_the_calendar_is_croniters(visitor, seconds):
    dice = random.Random(20260329 + seconds)
    refused = 0
    for _ in range(EXPRESSIONS):
        cron = random_expression(dice)
        if seconds:
            cron = f"{random_field(dice, 0)} {cron}"
        begin = datetime(2024, 1, 1, tzinfo=timezone.utc) + timedelta(minutes=dice.randint(0, 3_000_000))
        found = runs(visitor, cron=cron, after=begin.isoformat(), count=RUNS)
        if found is None:
            refused += 1  # 30 February and its like
            continue
        options = {"second_at_beginning": True, "max_years_between_matches": 60}
        other = croniter(cron, begin, implement_cron_bug=True, **options)
        try:
            assert found == [other.get_next(datetime) for _ in range(len(found))], cron
        except CroniterBadDateError:
            refused += 1  # "0 0 30 2 MON": it wants a date by the day of the month as well
        assert len(found) == RUNS or "29" in cron
    assert refused < EXPRESSIONS / 10


def minutes_of(cron):
    """The local minutes that an expression of plain numbers names, as a test of a naive datetime."""
    minute, hour = cron.split()[:2]
    minutes = range(60) if minute == "*" else [int(each) for each in minute.split(",")]
    hours = range(24) if hour == "*" else [int(each) for each in hour.split(",")]
    return lambda local: local.minute in minutes and local.hour in hours


def expected(cron, zone, begin, end):
    """By definition: over every minute of the days, in the simplest way there is."""
    matches, found = minutes_of(cron), set()
    if cron.split()[1] == "*":
        at = begin
        while at < end:
            if matches(at.astimezone(zone)):
                found.add(at)
            at += MINUTE
        return sorted(found)
    local = begin.astimezone(zone).replace(tzinfo=None) - timedelta(hours=2)
    while local < end.astimezone(zone).replace(tzinfo=None) + timedelta(hours=2):
        if matches(local):
            at = local.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
            if at.astimezone(zone).replace(tzinfo=None) != local:
                # A local time that no clock showed: the first minute whose clock is beyond it.
                at -= timedelta(hours=3)
                while at.astimezone(zone).replace(tzinfo=None) < local:
                    at += MINUTE
            found.add(at)
        local += MINUTE
    return sorted(each for each in found if begin <= each < end)


JUMPS = [
    ("Europe/Vienna", "2026-03-28"),
    ("Europe/Vienna", "2026-10-24"),
    ("America/New_York", "2026-03-07"),
    ("America/New_York", "2026-10-31"),
    ("America/St_Johns", "2006-10-28"),  # at one minute past midnight
    ("Australia/Lord_Howe", "2026-04-04"),  # by half an hour
    ("Australia/Lord_Howe", "2026-10-03"),
    ("America/Sao_Paulo", "2018-11-03"),  # at midnight
    ("Africa/Casablanca", "2026-02-14"),  # in Ramadan
    ("Asia/Kathmandu", "1985-12-31"),  # from +05:30 to +05:45
    ("Pacific/Chatham", "2026-09-26"),
    ("Europe/Dublin", "2040-03-24"),
]


@pytest.mark.parametrize("zone, day", JUMPS)
@pytest.mark.parametrize(
    "cron", ["30 2 * * *", "0,15,30,45 1,2,3 * * *", "30 0 * * *", "15,45 * * * *", "0 0,2,4,23 * * *"]
)
def test_clocks_that_jump_are_pythons(visitor, zone, day, cron):
    begin = datetime.fromisoformat(day).replace(tzinfo=timezone.utc)
    end = begin + timedelta(days=2)
    wanted = expected(cron, ZoneInfo(zone), begin, end)
    before = (begin - timedelta(microseconds=1)).isoformat()
    found = runs(visitor, cron=cron, timeZone=zone, after=before, count=100)
    assert [each for each in found if each < end] == wanted
