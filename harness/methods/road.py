"""RoAd: outputs are rotated in pairs within groups of the rank's size."""

from harness.methods.peft.factory import adapter

METHOD = adapter(
    "road",
    summary="pairs of activations turned and scaled",
    source="Liao and Monz 2024, arXiv:2409.00119",
    untuned_learning_rate=3e-3,
    settings={"variant": "road_1"},
)
