# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Half a year of daily windows
#
# US flights of 2015, about 270 rows a day. The first quarter is the reference; every day from April to September is a
# window. What is known of these data: on 1 July 2015 the airline US was merged into AA, and nothing else of the kind.

# %%
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import driftline as dl

data = Path(__file__).parent / "data" if "__file__" in globals() else Path("data")
halves = [pq.read_table(data / f"flights_{half}.parquet") for half in ("reference", "current")]
flights = pa.concat_tables(halves).drop_columns("Unnamed: 0")


def watch(log, store=":memory:", **options):
    quarter = dl.monitor.LogRange("2015-01-01", "2015-04-01")
    options = {"reference": quarter, "timestamp": "DATE", "end": "2015-10-01", "dataset": "flights", **options}
    return dl.Monitor(log, store=store, **options)


monitor = watch(flights)
run = monitor.run()
print(len(run.windows), "days:", dict(Counter(each.verdict for each in run.windows)))

# %% [markdown]
# Which column, and since when? On the timeline page (`monitor.to_html("history.html")`) the strip of AIRLINE turns on 1
# July and never turns back. A day has few rows, so many a day alone settles nothing; then the days before are merged
# into it, and the record names the span.

# %%
alerts = [each.title for each in monitor.history() if each.columns["AIRLINE"][0] in ("alert", "warn")]
print("AIRLINE raised on", len(alerts), "days, from", alerts[0], "to", alerts[-1])
assert alerts[0] == "2015-07-01"
merged = [each for each in monitor.history() if each.span_start < each.key.start]
print(len(merged), "days were judged together with days before")

# %% [markdown]
# A second run over the same log writes nothing: the profile's digest proves that the rows are the same.

# %%
before = monitor.history()
assert monitor.run().windows == []
assert monitor.history() == before

# %% [markdown]
# The change is known and wanted. Someone says so, with a reason, and it alerts no more; it is still measured and shown.

# %%
accepted = watch(flights)
accepted.accept("AIRLINE", reason="US merged into AA", by="Kim", since="2015-06-30")
print(dict(Counter(each.verdict for each in accepted.run().windows)))

# %% [markdown]
# ## The same half year with faults
#
# Miles ×100 on one day, 20 % of a column lost on another, a new carrier, a missing day, one that came twice, and one of
# which two thirds were lost.

# %%
table = {name: flights[name].to_numpy(zero_copy_only=False).copy() for name in flights.column_names}
day = np.array(pc.cast(flights["DATE"], pa.string()).to_pylist())
random = np.random.default_rng(1)
table["DISTANCE"][day == "2015-05-20"] *= 100
table["AIR_TIME"][(day == "2015-06-10") & (random.random(len(day)) < 0.2)] = np.nan
table["AIRLINE"] = table["AIRLINE"].astype(object)
table["AIRLINE"][(day == "2015-06-17") & (random.random(len(day)) < 0.15)] = "ZZ"
rows = np.flatnonzero((day != "2015-06-24") & ~((day == "2015-06-03") & (random.random(len(day)) < 0.67)))
rows = np.concatenate([rows, np.flatnonzero(day == "2015-05-27")])
faulty = {name: values[rows] for name, values in table.items()}

faults = ("2015-05-20", "2015-05-27", "2015-06-03", "2015-06-10", "2015-06-17", "2015-06-24")
quiet, found = ({each.title: each for each in watch(log, merge=0).run().windows} for log in (flights, faulty))
for title in faults:
    each = found[title]
    raised = [name for name, verdict in each.record.columns.items() if verdict[0] in ("alert", "warn")]
    print(title, quiet[title].verdict, "→", each.verdict, raised, [finding["text"] for finding in each.record.findings])

# %%
assert found["2015-05-20"].record.columns["DISTANCE"][0] == "alert"
assert found["2015-06-10"].record.columns["AIR_TIME"][0] == "alert"
assert found["2015-06-17"].record.columns["AIRLINE"][0] == "alert"
codes = {title: [finding["code"] for finding in found[title].record.findings] for title in found}
assert codes["2015-05-27"] == ["volume_high"]
assert codes["2015-06-03"] == ["volume_low"]
assert codes["2015-06-24"] == ["missing"]

# %% [markdown]
# What is wrong on one day changes what is said of that day, and of no other.

# %%
assert tuple(title for title in quiet if found[title].record.columns != quiet[title].record.columns) == faults

# %% [markdown]
# The page of the whole history, for people: strips of all columns, what to look at, what did not arrive.

# %%
page = monitor.to_html()
assert "2015-07-01 to 2015-09-30" in page
print(f"{len(page) // 1024} KiB of HTML, no script, nothing loaded from elsewhere")
