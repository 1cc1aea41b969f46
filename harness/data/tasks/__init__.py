"""What is trained on and what is evaluated. A task owns its metric, its direction and its chance level."""
