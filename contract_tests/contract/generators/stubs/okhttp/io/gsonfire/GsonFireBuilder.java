package io.gsonfire;

import com.google.gson.GsonBuilder;

/** What generated clients use of the class of this name. */
public final class GsonFireBuilder {
  public GsonBuilder createGsonBuilder() {
    return new GsonBuilder();
  }
}
