"""External services: one small class or function a service, chosen by settings, always with a timeout, never in a transaction."""
