"""Airflow operators that check data for drift; for Airflow 2.11 and 3.

Importing this module, and so parsing a DAG, loads no statistics: driftline itself is imported when a task runs.

=========================== ==========================================================================
what happens                 what the task does
=========================== ==========================================================================
drift, ``on_drift="fail"``   fails at once, without a retry: the same data would give the same verdict
drift, ``on_drift="skip"``   is skipped, and what comes after it
drift, ``on_drift="warn"``   succeeds, with a warning in its log
data cannot be read          fails, and is retried as the task's ``retries`` say
no column could be judged    the same
a wrong option               fails at once, without a retry
=========================== ==========================================================================

The result is pushed as ``return_value`` whatever the outcome, and goes into the event of every asset in ``outlets``
when the task succeeds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowFailException,
    AirflowSkipException,
    Asset,
    BaseBranchOperator,
    BaseOperator,
    DecoratedOperator,
    context_merge,
    determine_kwargs,
    task_decorator_factory,
)

if TYPE_CHECKING:
    from driftline.decision import Decision

__all__ = ["DriftBranchOperator", "DriftCheckOperator", "DriftDetectedError", "drift_check_task"]

ON_DRIFT = ("fail", "skip", "warn")


class DriftDetectedError(AirflowFailException):
    """The data have drifted. Airflow does not retry: the verdict on the same data would be the same."""


class _DriftTask(BaseOperator):
    """What the operators share: the two sides, how they are judged, and where the result goes."""

    template_fields: Sequence[str] = ("reference", "current", "policy", "schema", "methods", "columns", "html")
    template_fields_renderers: ClassVar[dict[str, str]] = {"policy": "json", "schema": "json"}
    ui_color = "#dcebf7"

    def __init__(
        self,
        *,
        reference: str | Sequence[str] | None,
        current: str | Sequence[str] | None,
        policy: Mapping[str, Any] | None = None,
        schema: Mapping[str, Any] | None = None,
        methods: Sequence[str] | None = None,
        columns: Sequence[str] | None = None,
        fail_on: str = "alert",
        html: str | None = None,
        most: int = 10,
        threads: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reference = reference
        self.current = current
        self.policy = policy
        self.schema = schema
        self.methods = methods
        self.columns = columns
        self.fail_on = fail_on
        self.html = html
        self.most = most
        self.threads = threads

    def _sides(self, context: Any) -> tuple[Any, Any]:  # noqa: ARG002 - the decorated task needs it
        return self.reference, self.current

    def _evaluate(self, context: Any) -> dict[str, Any]:
        """Check, log, write the report, tell the assets; the summary of the decision."""
        sides = self._sides(context)
        from driftline.notify import summary

        decision = self._check(*sides)
        self.log.info("%s", decision.to_text())
        found = summary(decision, fail_on=self.fail_on, most=self.most, report=self.html)
        context["ti"].xcom_push(key="return_value", value=found)  # Airflow itself pushes only what is returned.
        for outlet in self.outlets:
            if isinstance(outlet, Asset):
                context["outlet_events"][outlet].extra.update(found)
        if self.html:
            self._write(self.html, decision)
        if found["status"] == "not_judged":
            raise AirflowException(f"driftline could not evaluate: {decision.headline}")
        return found

    def _check(self, reference: Any, current: Any) -> Decision:
        import driftline as dl
        from driftline.notify import failing_verdicts

        try:
            failing_verdicts(self.fail_on)
            policy = dl.Policy(**self.policy) if self.policy else None
            schema = dl.Schema(**self.schema) if self.schema else None
        except (dl.OptionError, TypeError) as error:  # TypeError: a field that does not exist
            raise AirflowFailException(f"driftline: {error}") from error
        try:
            return dl.check(
                *(reference, current),
                policy=policy,
                schema=schema,
                methods=self.methods,
                columns=self.columns,
                threads=self.threads,
            )
        except dl.OptionError as error:
            raise AirflowFailException(f"driftline: {error}") from error
        except (dl.DriftlineError, OSError) as error:
            raise AirflowException(f"driftline could not evaluate: {error}") from error

    def _write(self, html: str, decision: Decision) -> None:
        from driftline.errors import InputError

        try:
            if "://" in html:
                from airflow.providers.common.compat.sdk import ObjectStoragePath

                ObjectStoragePath(html).write_bytes(decision.to_html().encode("utf-8"))
            else:
                Path(html).parent.mkdir(parents=True, exist_ok=True)
                decision.to_html(html)
        except (OSError, InputError) as error:
            raise AirflowException(
                f"driftline found {decision.verdict} ({decision.headline}), but could not write {html}: {error}"
            ) from error


class DriftCheckOperator(_DriftTask):
    """Compare current data with a reference, and fail, skip or warn when they have drifted.

    Parameters
    ----------
    reference, current : str or list of str
        Data files, globs, or a saved profile, as :func:`driftline.check` takes them. Templated.
    policy, schema : dict, optional
        The fields of :class:`driftline.Policy` and :class:`driftline.Schema`. Templated.
    methods, columns : list of str, optional
        As in :func:`driftline.check`. Templated.
    on_drift : str
        ``"fail"`` (no retry), ``"skip"`` or ``"warn"``.
    fail_on : str
        The mildest verdict that counts as drift: ``"alert"``, ``"warn"`` or ``"inconclusive"``.
    html : str, optional
        Where the report goes: a path, or a URL that Airflow's object storage knows (``s3://…``). Templated.
    most : int
        Columns named in the result, the worst first.
    threads : int, optional
        At most this many threads.

    Raises
    ------
    DriftDetectedError
        When the data have drifted and ``on_drift="fail"``.
    AirflowSkipException
        When they have and ``on_drift="skip"``.
    AirflowException
        When the data could not be read or judged, or the report could not be written; Airflow retries.
    AirflowFailException
        For an option that is not allowed.
    """

    def __init__(self, *, on_drift: str = "fail", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if on_drift not in ON_DRIFT:
            raise ValueError(f"on_drift must be one of {', '.join(ON_DRIFT)}, got {on_drift!r}")
        self.on_drift = on_drift

    def execute(self, context: Any) -> dict[str, Any]:
        """Check, and do what ``on_drift`` says."""
        found = self._evaluate(context)
        if found["status"] != "drift":
            return found
        text = _told(found)
        if self.on_drift == "fail":
            raise DriftDetectedError(text)
        if self.on_drift == "skip":
            raise AirflowSkipException(text)
        self.log.warning("%s", text)
        return found


class DriftBranchOperator(_DriftTask, BaseBranchOperator):
    """Compare current data with a reference, and go on with one branch when they have drifted, with another when not.

    Takes what :class:`DriftCheckOperator` takes, but for ``on_drift``, and

    Parameters
    ----------
    follow_task_ids_if_drift, follow_task_ids_if_ok : str or list of str, optional
        Tasks or task groups directly downstream that run; the others directly downstream are skipped. ``None``
        follows nothing.
    """

    def __init__(
        self,
        *,
        follow_task_ids_if_drift: str | Sequence[str] | None = None,
        follow_task_ids_if_ok: str | Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.follow_task_ids_if_drift = follow_task_ids_if_drift
        self.follow_task_ids_if_ok = follow_task_ids_if_ok

    def execute(self, context: Any) -> dict[str, Any]:
        """Check, and follow a branch."""
        found = self._evaluate(context)
        drifted = found["status"] == "drift"
        if drifted:
            self.log.warning("%s", _told(found))
        self.do_branch(context, self.follow_task_ids_if_drift if drifted else self.follow_task_ids_if_ok)
        return found


class _DecoratedDriftCheck(DecoratedOperator, DriftCheckOperator):
    """The operator behind ``@task.drift_check``: its function makes the data."""

    template_fields: Sequence[str] = (*DecoratedOperator.template_fields, *_DriftTask.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **DecoratedOperator.template_fields_renderers,
        **_DriftTask.template_fields_renderers,
    }
    custom_operator_name: str = "@task.drift_check"

    def __init__(
        self,
        *,
        python_callable: Callable[..., Any],
        reference: str | Sequence[str] | None = None,
        op_args: Collection[Any] | None = None,
        op_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            python_callable=python_callable,
            op_args=op_args,
            op_kwargs=op_kwargs,
            reference=reference,
            current=None,
            **kwargs,
        )

    def _sides(self, context: Any) -> tuple[Any, Any]:
        context_merge(context, self.op_kwargs)
        made = self.python_callable(*self.op_args, **determine_kwargs(self.python_callable, self.op_args, context))
        if self.reference is not None:
            return self.reference, made
        if not isinstance(made, tuple) or len(made) != 2:
            raise AirflowFailException(
                f"{self.python_callable.__name__} must return (reference, current), or @task.drift_check be given "
                f"reference=...; it returned {type(made).__name__}"
            )
        return made


def drift_check_task(
    python_callable: Callable[..., Any] | None = None,
    multiple_outputs: bool | None = None,  # noqa: FBT001 - Airflow's signature for a decorator
    **kwargs: Any,
) -> Any:
    """``@task.drift_check``: check what a function returns.

    The function returns the current data, as :func:`driftline.check` takes them, and ``reference=`` says what they are
    compared with; without ``reference=`` it returns ``(reference, current)``. Everything else is as in
    :class:`DriftCheckOperator`.
    """
    return task_decorator_factory(
        python_callable=python_callable,
        multiple_outputs=bool(multiple_outputs),  # Airflow would go by what the function returns, which stays inside.
        decorated_operator_class=_DecoratedDriftCheck,
        **kwargs,
    )


def _told(found: Mapping[str, Any]) -> str:
    """The finding in one line: the headline, the worst column, where the report is."""
    parts = [f"drift: {found['headline']}"]
    parts += [f"worst {column['column']}, {column['reason']}" for column in found["worst"][:1]]
    parts += [f"report {found['report']}"] if found["report"] else []
    return "; ".join(parts)
