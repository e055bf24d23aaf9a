"""Speed and cost, side by side with what a user would otherwise run; never part of the tests."""
