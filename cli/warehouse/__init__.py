"""Results as tables for SQL: the views that BigQuery has, here by DuckDB."""
