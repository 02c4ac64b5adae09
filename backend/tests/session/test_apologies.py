import numpy as np

from app.session.apologies import APOLOGY_RATE, load_apologies


def test_there_is_an_audible_apology_in_both_languages() -> None:
    apologies = load_apologies()

    assert set(apologies) == {"en", "ja"}
    for samples in apologies.values():
        assert samples.dtype == np.int16
        assert 2 < samples.size / APOLOGY_RATE < 6
        assert np.abs(samples).max() > 5000
