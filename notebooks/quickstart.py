# ---
# jupyter:
#   jupytext:
#     formats: py:percent
# ---

# %% [markdown]
# # Have these data drifted?
#
# US flights of 2015: the first half of the year is the reference, the second half is what a model sees in production.

# %%
from pathlib import Path

import driftline as dl

data = Path(__file__).parent / "data" if "__file__" in globals() else Path("data")
reference = dl.profile(data / "flights_reference.parquet")
current = dl.profile(data / "flights_current.parquet")
reference

# %% [markdown]
# A profile holds no rows. It can be saved, merged with the profile of another day, and compared again later.

# %%
delay = reference.columns["DEPARTURE_DELAY"]
print(f"{delay.n_valid} delays, {delay.n_null + delay.n_nan} missing, median {delay.quantile(0.5):g} minutes")
print("the 99 % quantile is certainly within", delay.quantile_bounds(0.99))

# %% [markdown]
# `check` compares and decides. The verdict is about changes that matter: a column is an alert when its change is
# certainly above the tolerance, not when it is merely significant.

# %%
decision = dl.check(reference, current)
decision

# %%
print(decision.to_text())

# %% [markdown]
# Why AIRLINE? The evidence names the bins that carry the score.

# %%
evidence = decision.report["AIRLINE", "psi"]
print(f"PSI {evidence.value:.2f}, certainly between {evidence.ci_low:.2f} and {evidence.ci_high:.2f}")
print(decision.report.columns["AIRLINE"].sentence)

# %% [markdown]
# The same number from the published counts, in a few lines of NumPy:

# %%
import numpy as np

r = np.asarray(evidence.details["reference_counts"], dtype=float)
c = np.asarray(evidence.details["current_counts"], dtype=float)
n, m = r.sum(), c.sum()
pooled = (r + c) / (n + m)
bins = np.count_nonzero(r + c)
p = (r + max(bins / 2, 0.002 * n) * pooled) / (n + max(bins / 2, 0.002 * n))
q = (c + max(bins / 2, 0.002 * m) * pooled) / (m + max(bins / 2, 0.002 * m))
occupied = r + c > 0
psi = np.sum((p - q)[occupied] * np.log(p[occupied] / q[occupied]))
assert abs(psi - evidence.value) < 1e-12

# %% [markdown]
# Stricter or looser: a policy says what matters. Half of the columns' tolerances can come from domain knowledge.

# %%
policy = dl.Policy(alpha=0.01, by_column={"DEPARTURE_DELAY": {"method": "ks", "tolerances": {"ks": (0.02, 0.10)}}})
print(decision.report.decide(policy).columns["DEPARTURE_DELAY"].verdict)

# %% [markdown]
# The full page, for people without a notebook:

# %%
page = decision.to_html()
print(f"{len(page) // 1024} KiB of HTML, no script, nothing loaded from elsewhere")
