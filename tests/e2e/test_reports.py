"""Reports as users get them: their own history and notifications, whichever way the services run."""

import re

from support.waiting import eventually


def report(visitor, parameters):
    """(result, {artifact's name: content}) of a report that was made."""
    client, user = visitor.client, visitor.user
    task = client.create_task(user, parameters, taskType="report_generation")
    done = client.finished_task(user, task["taskId"])
    assert done["status"] == "completed", done
    listed = client.get("tasks", f"tasks/{task['taskId']}/artifacts", user).json()["artifacts"]
    made = {}
    for each in listed:
        content = client.get("tasks", f"files/{each['fileId']}/content", user)
        assert content.status_code == 200 and len(content.content) == each["bytes"], content.text
        assert content.headers["content-disposition"].startswith("attachment;")
        made[each["name"]] = content.content
    assert {(each["name"], each["bytes"]) for each in done["result"]["artifacts"]} == {
        (name, len(content)) for name, content in made.items()
    }
    return done["result"], made


def test_the_own_history_as_pdf_and_html(visitor):
    client, user = visitor.client, visitor.user
    good = client.create_task(user)
    bad = client.create_task(
        user, {"format": "csv", "csv": "a,b\n1\n"}, taskType="data_processing", maxAttempts=1
    )
    for each in (good, bad):
        client.finished_task(user, each["taskId"])
    stranger = client.new_user()
    client.finished_task(stranger, client.create_task(stranger)["taskId"])
    result, made = report(
        visitor, {"report": "task_history", "formats": ["pdf", "html"], "period": {"lastDays": 1}}
    )
    assert made["report.pdf"].startswith(b"%PDF-1.") and result["pages"] >= 1
    page = made["report.html"].decode()
    own = client.get("tasks", "tasks", user, params={"limit": 500}).json()["tasks"]
    # The report's own task is the one that may have ended since.
    assert result["rows"] in (len(own), len(own) - 1)
    assert f"<dd>{result['rows']}</dd>" in page
    assert bad["taskReference"] in page and "csv" in page
    assert not re.search(r"<script|src=|href=|url\(", page)


def test_the_own_notifications(visitor):
    welcome = {
        "title": "Mail",
        "formats": ["html"],
        "sources": {"mail": {"records": "notifications"}},
        "sections": [
            {"kind": "figures", "figures": [{"title": "Messages"}]},
            {"kind": "table", "columns": ["eventType", "channel", "recipient"]},
        ],
    }

    def welcomed():
        result, made = report(visitor, welcome)
        return made["report.html"].decode() if result["rows"] > 0 else None

    page = eventually(welcomed, 30, "the report shows the mail of the registration")
    assert visitor.user.email in page and "user.registered.v1" in page


def test_bad_parameters_name_the_field(visitor):
    section = {"kind": "chart", "chart": "cake", "category": "a", "values": [{}]}
    body = {
        "taskType": "report_generation",
        "parameters": {"title": "T", "sources": {"a": {"records": "tasks"}}, "sections": [section]},
    }
    answer = visitor.client.post("tasks", "tasks", visitor.user, json=body)
    assert answer.status_code == 422, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/parameters/sections/0/chart"]
