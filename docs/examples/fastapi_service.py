"""A service that watches what it predicts on: a history of hours, without keeping a row, at ``/drift``."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timezone

from fastapi import FastAPI, Request
from pydantic import BaseModel

import driftline as dl


def watch(clock: Callable[[], float] = time.time) -> dl.Monitor:
    """One history for all workers and restarts: what each saw of an hour is merged in the store."""
    return dl.Monitor(
        reference=os.environ["REFERENCE"],
        timestamp="at",
        window="1h",
        columns=["AIRLINE", "DISTANCE"],
        store=os.environ["STORE"],
        dataset="flights",
        clock=clock,
    )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Closing stores the rows of the hour that is not over."""
    app.state.monitor = watch()
    yield
    app.state.monitor.close()


app = FastAPI(lifespan=lifespan)


class Flight(BaseModel):
    """What a prediction is made from."""

    AIRLINE: str
    DISTANCE: float


@app.post("/predict")
def predict(flight: Flight, request: Request) -> dict:
    """Predict, and log what was predicted on; the call that comes after the end of an hour decides it."""
    request.app.state.monitor.log({"at": datetime.now(timezone.utc), **flight.model_dump()})
    return {"late": flight.DISTANCE > 1000}


@app.get("/drift")
def drift(request: Request) -> list[dict]:
    """The last day, hour by hour."""
    monitor = request.app.state.monitor
    monitor.flush()
    return [
        {
            "hour": hour.title,
            "verdict": hour.verdict,
            "rows": hour.n_rows,
            "drifted": [name for name, found in hour.columns.items() if found[0] in ("warn", "alert")],
        }
        for hour in monitor.history()[-24:]
    ]
