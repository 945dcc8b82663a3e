"""A service that profiles what it predicts on: constant memory, no rows kept, and the drift so far at ``/drift``."""

from __future__ import annotations

import os
import threading

from fastapi import FastAPI
from pydantic import BaseModel

import driftline as dl
from driftline.notify import summary

BATCH = 500


class Window:
    """The rows since the last reset, as a profile; rows are profiled in batches, because one by one would be slow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[dict] = []
        self._profile: dl.Profile | None = None

    def add(self, row: dict) -> None:
        """Take one row, from any thread."""
        with self._lock:
            self._rows.append(row)
            if len(self._rows) >= BATCH:
                self._fold()

    def profile(self) -> dl.Profile | None:
        """Everything so far; profiles are values, so later rows do not change it."""
        with self._lock:
            if self._rows:
                self._fold()
            return self._profile

    def _fold(self) -> None:
        columns = {name: [row[name] for row in self._rows] for name in self._rows[0]}
        batch = dl.profile(columns)
        self._profile = batch if self._profile is None else self._profile + batch
        self._rows = []


class Flight(BaseModel):
    """What a prediction is made from."""

    AIRLINE: str
    DISTANCE: float


app = FastAPI()
reference = dl.load(os.environ["REFERENCE"])
window = Window()


@app.post("/predict")
def predict(flight: Flight) -> dict:
    """Predict, and remember what was predicted on."""
    late = flight.DISTANCE > 1000
    window.add({"AIRLINE": flight.AIRLINE, "DISTANCE": flight.DISTANCE})
    return {"late": late}


@app.get("/drift")
def drift() -> dict:
    """How far the rows so far are from the reference."""
    current = window.profile()
    if current is None:
        return {"status": "not_judged", "headline": "no rows yet"}
    return summary(dl.check(reference, current, columns=["AIRLINE", "DISTANCE"]))
