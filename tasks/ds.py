"""Queue `ds`: predictions, beside the executors, for both ask models."""

from runtime_app.dispatch.jobs import Predict
from tasks.app import app
from tasks.worker import runtime


@app.task(name=Predict.kind)
def predict(predict_id: str) -> str:
    """Make one prediction."""
    return runtime().predictor.run(predict_id)
