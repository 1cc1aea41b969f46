"""Gates: did gain, forgetting or cost get worse? Pure functions of two sets of records; never torch."""
