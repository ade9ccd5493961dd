package io.gsonfire;

/** Imported by generated clients, and used where types have discriminators. */
public interface TypeSelector<T> {}
