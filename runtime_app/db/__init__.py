"""Postgres access: the only room that imports psycopg2 and SQLAlchemy."""
