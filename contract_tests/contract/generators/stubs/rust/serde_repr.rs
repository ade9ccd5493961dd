//! Named by generated clients, and not used.
