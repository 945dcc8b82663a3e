"""A Kubeflow pipeline step: metrics and the report appear in the run, and the next step can branch on the verdict."""

from kfp import dsl
from kfp.dsl import HTML, Dataset, Input, Metrics, Output


@dsl.component(base_image="registry.example.com/python-with-driftline", install_kfp_package=False)
def check_drift(
    reference: Input[Dataset], current: Input[Dataset], metrics: Output[Metrics], report: Output[HTML]
) -> str:
    """The verdict: alert, warn, ok, inconclusive or skipped."""
    import driftline as dl
    from driftline.notify import flat_metrics

    decision = dl.check(reference.path, current.path)
    decision.to_html(report.path)
    for name, value in flat_metrics(decision).items():
        metrics.log_metric(name, value)
    return decision.verdict


@dsl.component(base_image="registry.example.com/python-with-driftline", install_kfp_package=False)
def retrain() -> str:
    """Stands for your own step."""
    return "retrained"


@dsl.pipeline
def check_and_retrain(reference_uri: str, current_uri: str):
    """Retrain when the data have drifted."""
    sides = [
        dsl.importer(artifact_uri=uri, artifact_class=Dataset, reimport=True) for uri in (reference_uri, current_uri)
    ]
    found = check_drift(reference=sides[0].output, current=sides[1].output)
    with dsl.If(found.outputs["Output"] == "alert"):
        retrain()
