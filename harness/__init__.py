"""Measures what ways of fine-tuning gain, forget and cost. The rooms are described in docs/architecture.md."""
