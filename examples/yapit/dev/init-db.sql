-- Development starts with a database that Stack Auth has been set up in.
CREATE SCHEMA IF NOT EXISTS stack_auth;
