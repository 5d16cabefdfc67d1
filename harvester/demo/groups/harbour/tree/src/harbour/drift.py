"""Do skippers still ask for what we trained on?"""

import pandas as pd
from evidently.metric_preset import DataDriftPreset
from evidently.report import Report
from loguru import logger

from harbour.data import FEATURES


def drift_report(reference: pd.DataFrame, current: pd.DataFrame) -> Report:
    """Compare the features of the training lots with those of recent requests."""
    report = Report(metrics=[DataDriftPreset()])
    report.run(reference_data=reference[FEATURES], current_data=current[FEATURES])
    return report


def share_of_drifted(report: Report) -> float:
    """Share of the features whose distribution has moved."""
    share = report.as_dict()["metrics"][0]["result"]["share_of_drifted_columns"]
    logger.info("{:.0%} of the features have drifted", share)
    return float(share)
