"""Webhooks in, addresses out."""
