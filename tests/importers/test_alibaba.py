"""The PAI trace: task and job tables without and with names of columns."""

from pathlib import Path

import pytest
from importers.logs import dropped, read, refused, rows, write

TASKS = """job_name,task_name,inst_num,status,start_time,end_time,plan_cpu,plan_mem,plan_gpu,gpu_type
j1,worker,4.0,Terminated,7200.0,10800.0,600.0,29.3,100.0,V100
j1,ps,2.0,Terminated,7200.0,10800.0,400.0,29.3,,CPU
j2,tensorflow,1.0,Failed,3600.0,5400.0,600.0,29.3,50.0,MISC
j3,worker,1.0,Running,3600.0,,600.0,29.3,200.0,P100
j4,worker,1.0,Waiting,,,600.0,29.3,100.0,P100
j5,worker,x,Terminated,1.0,2.0,600.0,29.3,100.0,P100
j6,worker,1.0,Terminated,9.0,2.0,600.0,29.3,100.0,P100
j7,worker,1.0,Terminated,9.0
"""
JOBS = """job_name,inst_id,user,status,start_time,end_time
j2,b,bob,Failed,1800.0,5400.0
j1,a,ann,Terminated,3600.0,10800.0
,c,eve,Terminated,1.0,2.0
"""


def unnamed(text: str) -> str:
    """Without the first line, as published."""
    return text.partition("\n")[2]


@pytest.mark.parametrize("named", [True, False])
def test_a_task_is_a_gang_with_user_and_submission_of_its_job(named: bool, tmp_path: Path) -> None:
    texts = (TASKS, JOBS) if named else (unnamed(TASKS), unnamed(JOBS))
    tasks, jobs = (write(tmp_path, text, name) for text, name in zip(texts, ("tasks.csv", "jobs.csv"), strict=True))
    found = read("alibaba", tasks, jobs, start="2027-06-03")
    assert rows(found, "job", "team", "tags", "hours", "accelerators", "submitted") == [
        ("j1/worker", "ann", "V100", 1.0, 4, "2027-06-03T01:00:00"),
        ("j2/tensorflow", "bob", "MISC", 0.5, 1, "2027-06-03T00:30:00"),
    ]
    assert dropped(found) == {"NO_ACCELERATORS": 1, "NO_TIME": 2, "UNREADABLE": 2, "BACKWARDS": 1}
    order = "tasks.csv does not name its columns; they are taken in the published order of pai_task_table."
    assert (order in found.tally.notes) is not named


def test_without_the_job_table_the_launch_stands_for_submission(tmp_path: Path) -> None:
    path = write(tmp_path, TASKS, "t.csv")
    found = read("alibaba", path, start="2027-06-03", at="2027-06-03T02:30", clusters={"": "a"}, hours=2)
    assert rows(found, "job", "team", "state", "submitted", "hours_left") == [
        ("j1/worker", None, "running", "2027-06-03T02:00:00", 0.5),
        ("j3/worker", None, "running", "2027-06-03T01:00:00", 0.5),
        ("j4/worker", None, "waiting", None, None),
    ]


def test_processors_are_counted_if_asked(tmp_path: Path) -> None:
    found = read("alibaba", write(tmp_path, TASKS, "t.csv"), start="2027-06-03", per_accelerator=4)
    assert rows(found, "job", "accelerators")[1] == ("j1/ps", 2)


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    tasks, jobs = write(tmp_path, TASKS, "t.csv"), write(tmp_path, JOBS, "j.csv")
    assert "t.csv: the table counts seconds from a begin that it does not name. Give --start" in refused(
        "alibaba", tasks
    )
    words = "the job table does not say how many accelerators a job had. Give pai_task_table.csv with it."
    assert words in refused("alibaba", jobs, start="2027-06-03")
    other = write(tmp_path, "a,b\n1,2\n", "o.csv")
    assert "this is none of pai_task_table, pai_job_table" in refused("alibaba", other, start="2027-06-03")
    assert "the file is empty" in refused("alibaba", write(tmp_path, "", "e.csv"), start="2027-06-03")
