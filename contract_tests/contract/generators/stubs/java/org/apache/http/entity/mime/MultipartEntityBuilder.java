package org.apache.http.entity.mime;

/** Generated clients import it; nothing in the contract is sent with it. */
public final class MultipartEntityBuilder {
  private MultipartEntityBuilder() {}
}
