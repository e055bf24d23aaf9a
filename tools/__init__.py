"""What makes the bundled models, the example and the generated docs; run from the checkout, never installed."""
