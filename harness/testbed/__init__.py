"""The testbed: an embedded base model pre-trained on a generated corpus, and tasks with known problems."""
